//! What is stored, against what ClickHouse and the file system say.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener},
    path::Path,
};

use bytes::Bytes;
use ticketlens_store::{
    Costs, Storage, StorageBy, Store, StoreConfig, TableLoad, TenantSettings, TicketFilter,
    Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, settled, store, tenant, value},
    sample::{lately, usual},
};

const DAY: u64 = 86_400_000_000_000;

/// Tickets of a tenant, received so many days ago.
async fn commit(store: &Store, tenant: &TenantSettings, count: u128, trace: usize, days: u64) {
    let mut out = Vec::new();
    let received = Timestamp::from_unix_nanos(Timestamp::now().as_unix_nanos() - days * DAY);
    for n in 0..count {
        let status = if n % 4 == 0 { "FAILED" } else { "SUCCESS" };
        let number = n + 1_000_000 * u128::from(days);
        let record = Record { status: status.into(), ..usual(number, lately(), trace) };
        rows::ticket::append(&mut out, tenant, received, "", &Costs::default(), &record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

fn names(storage: &Storage) -> Vec<(&str, u64)> {
    storage.groups.iter().map(|group| (group.name.as_str(), group.total.rows)).collect()
}

/// Bytes of every file below a folder.
fn bytes_below(folder: &Path) -> u64 {
    let bytes = |entry: std::fs::DirEntry| match entry.file_type().unwrap().is_dir() {
        true => bytes_below(&entry.path()),
        false => entry.metadata().unwrap().len(),
    };
    std::fs::read_dir(folder).unwrap().map(|entry| bytes(entry.unwrap())).sum()
}

#[tokio::test]
async fn totals_are_what_the_folder_holds() {
    let store = store("folder").await;
    let acme = tenant(&store, "acme").await;
    for days in 0..5 {
        commit(&store, &acme, 400, 4_000, days).await;
    }
    raw(&store, "OPTIMIZE TABLE folder_store.tickets FINAL").await.unwrap();
    settled(&store).await;
    let storage = store.storage(&Visibility::All, StorageBy::Tenant).await.unwrap();
    let disk = storage.disk.unwrap();
    let paths = raw(
        &store,
        "SELECT arrayJoin(data_paths) AS path FROM system.tables WHERE database = 'folder_store'",
    )
    .await
    .unwrap();
    let of = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        bytes_below(Path::new(line["path"].as_str().unwrap()))
    };
    let on_disk: u64 = paths.lines().map(of).sum();
    let beyond = on_disk.abs_diff(disk.database_bytes);
    // A part's own list of files, sums and columns is not counted in it: 2.3 kB, as measured.
    let parts = "SELECT count() FROM system.parts WHERE database = 'folder_store'";
    let parts: u64 = value(&store, parts).await.parse().unwrap();
    let counted = disk.database_bytes;
    assert!(beyond < 4_096 * (parts + 1), "{on_disk} bytes of files, {counted} of {parts} parts");
    let bytes = storage.total.bytes.unwrap();
    assert!(bytes <= disk.database_bytes && bytes > 100_000, "{storage:?}");
    assert!(storage.total.uncompressed_bytes.unwrap() > 2 * bytes, "prose compresses");
    assert!(disk.free_bytes.unwrap() <= disk.total_bytes.unwrap());
}

#[tokio::test]
async fn shares_add_up_and_follow_what_rows_hold() {
    let store = store("shares").await;
    let (acme, globex) = (tenant(&store, "acme").await, tenant(&store, "globex").await);
    commit(&store, &acme, 100, 1_000, 2).await;
    commit(&store, &globex, 100, 10_000, 1).await;
    let all = store.storage(&Visibility::All, StorageBy::Tenant).await.unwrap();
    assert_eq!((all.tickets, all.total.rows, all.is_share), (200, 200, false));
    assert_eq!(names(&all), [("globex", 100), ("acme", 100)], "the largest first");
    let share = |n: usize| all.groups[n].total.bytes.unwrap();
    assert!(share(0) > 4 * share(1), "{all:?}");
    let sum = share(0) + share(1);
    assert!(sum.abs_diff(all.total.bytes.unwrap()) <= 2, "{sum} {all:?}");

    // Its own, to the byte the same, and nothing of the disk.
    let who = Visibility::Tenant(acme.name.clone());
    let own = store.storage(&who, StorageBy::Status).await.unwrap();
    assert_eq!((own.tickets, own.is_share, own.disk), (100, true, None));
    assert!(own.total.bytes.unwrap().abs_diff(share(1)) <= 2, "{own:?}");
    let mut by_status = names(&own);
    by_status.sort_unstable();
    assert_eq!(by_status, [("FAILED", 25), ("SUCCESS", 75)]);
    let workflows = store.storage(&who, StorageBy::Workflow).await.unwrap();
    assert_eq!(names(&workflows), [("airline-support", 100)]);
    let days = store.storage(&Visibility::All, StorageBy::Day).await.unwrap();
    let latest = value(&store, "SELECT max(toDate(received_at)) FROM shares.tickets").await;
    assert_eq!((days.groups.len(), days.groups[0].name.as_str()), (2, latest.as_str()));
    assert_eq!(days.oldest, days.oldest.min(days.newest));

    // Two full days at most: yesterday's tickets, and perhaps those of the day before.
    let growth = all.growth.unwrap();
    assert!((1..=2).contains(&growth.days), "{growth:?}");
    let expected = 100.0;
    assert!((growth.rows - expected).abs() < 0.01, "{growth:?}");
    assert!(growth.bytes.unwrap() > 0.0);
}

#[tokio::test]
async fn nothing_stored_is_nothing() {
    let store = store("nothing").await;
    let storage = store.storage(&Visibility::All, StorageBy::Day).await.unwrap();
    assert_eq!((storage.tickets, storage.total.rows, storage.total.bytes), (0, 0, Some(0)));
    assert_eq!((storage.oldest, storage.newest, storage.growth), (None, None, None));
    assert!(storage.groups.is_empty() && storage.disk.is_some_and(|d| d.free_bytes.is_some()));
}

#[tokio::test]
async fn the_load_counts_active_parts_and_those_of_the_fullest_partition() {
    let store = store("loaded").await;
    raw(&store, "SYSTEM STOP MERGES loaded_store.tickets").await.unwrap();
    let acme = tenant(&store, "acme").await;
    let before = store.table_load().await.unwrap();
    for _ in 0..3 {
        commit(&store, &acme, 1, 10, 0).await;
    }
    let after = store.table_load().await.unwrap();
    assert_eq!(after.parts.unwrap() - before.parts.unwrap(), 3);
    // Those of the tickets' month; one of a small table may have as many.
    assert!(after.most_parts_of_a_partition.unwrap() >= 3, "{after:?}");
    let disk = after.disk.unwrap();
    assert!(disk.free_bytes.unwrap() <= disk.total_bytes.unwrap(), "{disk:?}");
}

#[tokio::test]
async fn faults_are_counted_by_name() {
    let store = store("faulty").await;
    let count = |of: &Store, kind: &str| of.faults().iter().find(|(k, _)| *k == kind).unwrap().1;
    assert_eq!(count(&store, "UNKNOWN_TABLE"), 0);
    raw(&store, "DROP TABLE faulty_store.tickets").await.unwrap();
    let lost = store.insert(Table::Tickets, &[Bytes::from("x")], Uuid::new_v4()).await.unwrap_err();
    assert!(lost.to_string().contains("not committed"), "{lost}");
    assert_eq!(count(&store.clone(), "UNKNOWN_TABLE"), 1, "an insert's");
    store.count_tickets(&Visibility::All, &TicketFilter::default()).await.unwrap_err();
    assert_eq!(count(&store, "UNKNOWN_TABLE"), 2, "and a query's");
}

/// Stands in for a ClickHouse whose login may do nothing.
fn denying() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let body = "Code: 497. DB::Exception: not enough privileges. (ACCESS_DENIED)";
        let length = body.len();
        for mut stream in listener.incoming().map_while(Result::ok) {
            let answer = format!(
                "HTTP/1.1 403 Forbidden\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = stream.read(&mut [0; 65_536]);
            let _ = stream.write_all(answer.as_bytes());
            // Until the other side has gone: closed with something unread, the answer might be lost.
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    url
}

/// It is asked twice a minute: nobody should be woken each time.
#[tokio::test]
async fn what_a_login_may_not_see_of_the_load_is_absent_and_no_error() {
    let store = Store::open(StoreConfig::new(denying().parse().unwrap()));
    let denied = || store.faults().iter().find(|(kind, _)| *kind == "ACCESS_DENIED").unwrap().1;
    assert_eq!(store.table_load().await, Ok(TableLoad::default()));
    assert_eq!(denied(), 0);
    store.keys_mark().await.unwrap_err();
    assert_eq!(denied(), 1, "what is needed and may not be seen is one");
}
