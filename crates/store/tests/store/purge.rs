//! Purging: what the dry run counts is what the real run deletes, with every copy, and nothing else.

use bytes::Bytes;
use ticketlens_store::{
    Costs, Month, NamedCount, Purge, Purged, Store, TenantSettings, TicketFilter, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{settled, store, tenant, value},
    sample::{after, full},
};

/// A whole second of a day of 2026.
fn day(month: u64, day: u64) -> Timestamp {
    const DAYS_BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let days = DAYS_BEFORE[month as usize - 1] + day - 1;
    Timestamp::from_unix_nanos((1_767_225_600 + days * 86_400) * 1_000_000_000)
}

async fn commit(store: &Store, tenant: &TenantSettings, records: &[Record<'_>]) {
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, tenant, Timestamp::now(), "", &Costs::default(), record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

fn before(executed_before: Timestamp) -> Purge {
    Purge {
        executed_before,
        status: None,
        category: None,
        workflow: None,
        environment: None,
        month: None,
    }
}

fn month(number: u32) -> Month {
    Month::new(number).unwrap()
}

fn named(name: &str, count: u64) -> NamedCount {
    NamedCount { name: name.to_owned(), count }
}

/// The dry run, and then the real one, which finds the same.
async fn purged(store: &Store, who: &Visibility, purge: &Purge) -> Purged {
    let would = store.purge_preview(who, purge).await.unwrap();
    let did = store.purge(who, purge).await.unwrap();
    assert_eq!(Purged { bytes: None, ..would.clone() }, did);
    let none = store.purge_preview(who, purge).await.unwrap();
    assert_eq!(none, Purged::default(), "nothing is left");
    would
}

async fn left(store: &Store, who: &Visibility) -> u64 {
    store.count_tickets(who, &TicketFilter::default()).await.unwrap()
}

#[tokio::test]
async fn what_is_older_goes_by_month_and_the_rest_stays() {
    let store = store("purge").await;
    let (acme, globex) = (tenant(&store, "acme").await, tenant(&store, "globex").await);
    let cutoff = day(8, 10);
    for whose in [&acme, &globex] {
        let at = [day(6, 1), day(6, 30), day(8, 9), cutoff, after(cutoff, 1), day(9, 1)];
        let records: Vec<_> =
            at.into_iter().enumerate().map(|(n, at)| full("A", n as u128, at)).collect();
        commit(&store, whose, &records).await;
    }
    let only = Visibility::Tenant(acme.name.clone());
    let of_june = Purge { month: Some(month(202_606)), ..before(cutoff) };
    let june = purged(&store, &only, &of_june).await;
    assert_eq!((june.tickets, june.by_month.as_slice()), (2, &[(month(202_606), 2)][..]));
    assert!(june.bytes.is_some_and(|bytes| bytes > 0), "{june:?}");
    assert_eq!((left(&store, &only).await, left(&store, &Visibility::All).await), (4, 10));

    let all = purged(&store, &Visibility::All, &before(cutoff)).await;
    assert_eq!(all.by_tenant, [named("acme", 1), named("globex", 3)]);
    assert_eq!(all.by_month, [(month(202_606), 2), (month(202_608), 2)]);
    // At the cutoff and later.
    assert_eq!(left(&store, &Visibility::All).await, 6);
    settled(&store).await;
    let on_disk = "SELECT sum(rows) FROM system.parts \
                   WHERE database = 'purge_store' AND table = 'tickets' AND active";
    assert_eq!(value(&store, on_disk).await, "6", "off the disk as well");
}

#[tokio::test]
async fn each_filter_selects_and_all_together() {
    let store = store("purge_filters").await;
    let acme = tenant(&store, "acme").await;
    let like =
        |n, status: &'static str, workflow: &'static str, environment: &'static str| Record {
            status: status.into(),
            workflow: workflow.into(),
            environment: environment.into(),
            ..full("A", n, day(5, 1))
        };
    let records = [
        like(1, "FAILED", "refunds", "production"),
        like(2, "FAILED", "refunds", "staging"),
        like(3, "FAILED", "mails", "production"),
        like(4, "SUCCESS", "refunds", "production"),
    ];
    commit(&store, &acme, &records).await;
    let text = |text: &str| Some(text.to_owned());
    let purge = Purge {
        status: text("FAILED"),
        workflow: text("refunds"),
        environment: text("production"),
        category: text("BOOKING"),
        ..before(day(6, 1))
    };
    let other = Purge { category: text("ELSE"), ..purge.clone() };
    assert_eq!(store.purge(&Visibility::All, &other).await.unwrap(), Purged::default());
    assert_eq!(purged(&store, &Visibility::All, &purge).await.tickets, 1);
    let failed = Purge { status: text("FAILED"), ..before(day(6, 1)) };
    assert_eq!(purged(&store, &Visibility::All, &failed).await.tickets, 2);
    assert_eq!(left(&store, &Visibility::All).await, 1);
}

/// A ticket sent again with another status is what it was last: no older copy comes to light.
#[tokio::test]
async fn copies_of_an_execution_go_with_it_or_stay_with_it() {
    let store = store("purge_copies").await;
    let acme = tenant(&store, "acme").await;
    for status in ["FAILED", "SUCCESS"] {
        let record = Record { status: status.into(), ..full("A", 1, day(5, 1)) };
        commit(&store, &acme, &[record]).await;
    }
    let of = |status: &str| Purge { status: Some(status.to_owned()), ..before(day(6, 1)) };
    assert_eq!(purged(&store, &Visibility::All, &of("FAILED")).await.tickets, 0);
    assert_eq!(left(&store, &Visibility::All).await, 1);
    assert_eq!(purged(&store, &Visibility::All, &of("SUCCESS")).await.tickets, 1);
    assert_eq!(left(&store, &Visibility::All).await, 0);
}
