//! What a server says of itself, on the real engine.

use bytes::Bytes;
use std::num::NonZeroU64;

use ticketlens_store::{
    Act, Actor, AuditEntry, Copies, Costs, Counts, Fault, KeyRequest, SchemaState, Scope, Store,
    StoreConfig, TenantLimits, TenantSettings, Usage,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant},
    sample::{lately, usual},
};

async fn commit(store: &Store, tenant: &TenantSettings, records: &[Record<'_>]) {
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, tenant, Timestamp::now(), "", &Costs::default(), record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

#[tokio::test]
async fn a_server_tells_its_clock_settings_and_parts() {
    let store = store("checkup_server").await;
    let before = Timestamp::now();
    let clock = store.clock().await.unwrap();
    // One machine: microseconds are cut off.
    assert!(clock.at.as_unix_nanos() + 1_000 >= clock.before.as_unix_nanos());
    assert!(clock.at <= clock.after && before <= clock.before);
    let settings = store.settings_in_force().await.unwrap();
    assert_eq!(settings.readonly, 0);
    assert_eq!(settings.max_partitions_per_insert_block, 100);
    assert!(!settings.async_insert_is_fixed);
    let acme = tenant(&store, "acme").await;
    raw(&store, "SYSTEM STOP MERGES checkup_server_store.tickets").await.unwrap();
    for number in 0..7 {
        commit(&store, &acme, &[usual(number, lately(), 100)]).await;
    }
    let parts = store.most_parts().await.unwrap().unwrap();
    assert_eq!((parts.table.as_str(), parts.most), ("tickets", 7));
    assert_eq!(parts.refused_from, Some(3_000));
    assert!(store.detached_parts().await.unwrap().is_empty());
    let partition = parts.partition;
    let detach = format!("ALTER TABLE checkup_server_store.tickets DETACH PARTITION {partition}");
    raw(&store, &detach).await.unwrap();
    let detached = store.detached_parts().await.unwrap();
    assert_eq!((detached[0].table.as_str(), detached[0].reason.as_str()), ("tickets", ""));
    assert_eq!(detached[0].parts, 7);
}

#[tokio::test]
async fn every_right_can_be_asked_for() {
    let store = store("checkup_rights").await;
    assert_eq!(store.missing_rights().await.unwrap(), []);
}

#[tokio::test]
async fn all_questions_are_answered_each_by_itself() {
    let config = store("checkup_all").await.config().clone();
    let made = Store::open(config.clone());
    let checkup = made.checkup().await.unwrap();
    assert_eq!(checkup.schema, Ok(SchemaState::Pending(Vec::new())));
    assert!(checkup.version.is_ok() && checkup.clock.is_ok() && checkup.settings.is_ok());
    assert_eq!((checkup.copies, checkup.missing_rights), (Ok(Copies::default()), Ok(Vec::new())));
    assert!(checkup.gaps.is_ok() && checkup.open.is_ok() && checkup.rejected.is_ok());
    assert!(checkup.parts.is_ok() && checkup.detached.is_ok());
    assert_eq!(checkup.tables, Ok(Vec::new()));
    assert_eq!((checkup.refused_keys, checkup.throttled), (Ok(Vec::new()), Ok(Vec::new())));

    // Where nothing was made, what looks at our tables fails, and the rest is told.
    let database = "checkup_nowhere".parse().unwrap();
    let nowhere = Store::open(StoreConfig { database, ..config.clone() });
    let checkup = nowhere.checkup().await.unwrap();
    assert!(checkup.version.is_ok() && checkup.settings.is_ok());
    assert!(matches!(&checkup.schema, Ok(SchemaState::Pending(all)) if all[0].number == 1));
    assert!(checkup.gaps.is_err() && checkup.copies.is_err());
    assert!(matches!(&checkup.tables, Err(Fault::Refused { code: 60, .. })));
    assert!(nowhere.faults().iter().all(|(_, count)| count == 0), "not its work's");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}").parse().unwrap();
    let away = Store::open(StoreConfig { url, ..config }).checkup().await;
    assert!(matches!(away, Err(Fault::Unreachable(_))), "{away:?}");
}

#[tokio::test]
async fn columns_that_somebody_changed_are_named() {
    let store = store("checkup_columns").await;
    let alter = "ALTER TABLE checkup_columns_store.tickets";
    raw(&store, &format!("{alter} DROP COLUMN span_id")).await.unwrap();
    assert_eq!(store.differing_columns().await.unwrap(), ["tickets.span_id"]);
}

#[tokio::test]
async fn keys_that_were_refused_and_tenants_over_a_limit_are_told() {
    let store = store("checkup_turned_away").await;
    let limits = TenantLimits { records_per_day: NonZeroU64::new(5), ..Default::default() };
    let acme = TenantSettings { limits, ..TenantSettings::new("acme".parse().unwrap()) };
    let acme = store.create_tenant(&acme).await.unwrap();
    let key = store
        .create_key(KeyRequest {
            tenant: Some(acme.name.clone()),
            scope: Scope::Read,
            note: String::new(),
            expires_at: None,
        })
        .await
        .unwrap()
        .key;
    assert!(store.refused_keys().await.unwrap().is_empty());
    assert!(store.throttled_lately().await.unwrap().is_empty());

    let actor = Actor::Key { id: key.id, origin: String::new() };
    let denied = AuditEntry::new(Act::AdminCall, actor).of(acme.name.clone());
    store.record_denials(vec![(denied.clone(), 3), (denied, 4)]).await.unwrap();
    let refused = store.refused_keys().await.unwrap();
    let [one] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!((&*one.key_id, &*one.tenant), (&*key.id.to_string(), "acme"));
    assert_eq!((&*one.scope, &*one.reason, one.calls), ("read", "wrong_scope", 7));

    let mut counts = Counts::default();
    counts.usage.add(Usage { records: 0, bytes: 0, throttled: 6 });
    store.record_counts(Timestamp::now(), &[(acme.life(), counts)], Uuid::new_v4()).await.unwrap();
    let throttled = store.throttled_lately().await.unwrap();
    let [one] = &throttled[..] else { panic!("{throttled:?}") };
    assert_eq!((&*one.tenant, one.requests), ("acme", 6));
    assert_eq!(one.limits, ["max_records_per_day"]);
}

#[tokio::test]
async fn gaps_what_was_left_open_and_copies_are_counted() {
    let store = store("checkup_arrivals").await;
    let acme = tenant(&store, "acme").await;
    assert_eq!(store.gaps_of_a_day().await.unwrap().missing, 0);
    assert_eq!(store.copies_of_an_hour().await.unwrap(), Copies::default());
    assert!(store.rejected_lately().await.unwrap().is_empty());
    raw(&store, "SYSTEM STOP MERGES checkup_arrivals_store.tickets").await.unwrap();
    let numbered = |number: u128, sequence: u64| Record {
        instance: "process-1".into(),
        sequence: Some(sequence),
        open: Some(4),
        ..usual(number, lately(), 100)
    };
    commit(&store, &acme, &[numbered(1, 1), numbered(2, 2), numbered(9, 9)]).await;
    commit(&store, &acme, &[numbered(9, 9)]).await;
    let gaps = store.gaps_of_a_day().await.unwrap();
    assert_eq!((gaps.processes, gaps.missing), (1, 6));
    assert_eq!(gaps.tenants, ["acme"]);
    let copies = store.copies_of_an_hour().await.unwrap();
    assert_eq!((copies.rows, copies.executions), (4, 3));
    assert_eq!(copies.tenants, ["acme"]);
    // It sent something just now, so it lives.
    assert_eq!(store.left_open().await.unwrap().processes, 0);
    let hours_ago =
        Timestamp::from_unix_nanos(Timestamp::now().as_unix_nanos() - 3 * 3_600 * 1_000_000_000);
    let gone = Record { instance: "process-2".into(), ..numbered(20, 1) };
    let mut out = Vec::new();
    rows::ticket::append(&mut out, &acme, hours_ago, "", &Costs::default(), &gone);
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let left = store.left_open().await.unwrap();
    assert_eq!((left.processes, left.open), (1, 4));
    assert_eq!(left.tenants, ["acme"]);
}
