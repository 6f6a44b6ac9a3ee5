//! A retention put to stored tickets: as ingest would have stamped them, and nothing comes back.

use bytes::Bytes;
use ticketlens_store::{
    Costs, Month, OtherDays, RestampError, Restamped, Store, TenantChange, TenantError, TenantName,
    TenantSettings, TicketFilter, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, settled, store, tenant, value},
    sample::full,
};

const DAY: u64 = 86_400_000_000_000;

fn days_ago(days: u64) -> Timestamp {
    Timestamp::from_unix_nanos(Timestamp::now().as_unix_nanos() - days * DAY)
}

/// One ticket for each age in days, received then.
async fn received(store: &Store, tenant: &TenantSettings, ages: &[u64]) {
    for age in ages {
        let at = days_ago(*age);
        let trace_json = "{\"output\":\"something\"}".to_owned();
        let record = Record { trace_json, ..full(&format!("T-{age}"), (*age).into(), at) };
        let mut out = Vec::new();
        rows::ticket::append(&mut out, tenant, at, "", &Costs::default(), &record);
        store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    }
}

async fn set(store: &Store, name: &TenantName, trace_days: u32, metrics_days: u32) {
    let change = TenantChange {
        trace_days: Some(trace_days),
        metrics_days: Some(metrics_days),
        ..TenantChange::default()
    };
    store.update_tenant(name, change).await.unwrap();
}

/// Ticket numbers that are seen, and of these, those with a trace.
async fn seen(store: &Store, database: &str) -> (String, String) {
    let of = |what: &str| {
        format!("SELECT arraySort(groupArrayIf(ticket_id, {what})) FROM {database}.tickets")
    };
    (value(store, &of("1")).await, value(store, &of("trace_json != ''")).await)
}

#[tokio::test]
async fn a_shorter_retention_takes_at_once_what_is_past_it() {
    let store = store("shorter").await;
    let (acme, other) = (tenant(&store, "acme").await, tenant(&store, "globex").await);
    received(&store, &acme, &[1, 8, 20, 70]).await;
    received(&store, &other, &[70]).await;
    let days = OtherDays { trace_days: Some(7), metrics_days: Some(60) };
    let would = store.restamp_preview(&acme.name, days).await.unwrap();
    assert_eq!((would.tickets, would.tickets_expired, would.traces_expired), (4, 1, 2));
    assert_eq!(would.by_month.iter().map(|(_, tickets)| tickets).sum::<u64>(), 4);
    let (all, traces) = seen(&store, "shorter").await;
    assert_eq!((all.matches("T-").count(), traces.matches("T-").count()), (5, 3), "{traces}");

    set(&store, &acme.name, 7, 60).await;
    assert_eq!(store.restamp(&acme.name, None).await.unwrap(), would);
    assert_eq!(store.restamp(&acme.name, None).await.unwrap(), Restamped::default());
    let (all, traces) = seen(&store, "shorter").await;
    assert_eq!(all, "['T-1','T-20','T-70','T-8']", "T-70 is the other tenant's");
    assert_eq!(traces, "['T-1']");
    let any = TicketFilter::default();
    let own = Visibility::Tenant(acme.name.clone());
    assert_eq!(store.count_tickets(&own, &any).await.unwrap(), 3);

    // Off the disk as well, once merged.
    raw(&store, "OPTIMIZE TABLE shorter_store.tickets FINAL").await.unwrap();
    settled(&store).await;
    let rows = "SELECT countIf(tenant = 'acme'), sumIf(length(trace_json), tenant = 'acme') > 0, \
                countIf(tenant = 'acme' AND trace_json != '') FROM shorter_store.tickets";
    assert_eq!(value(&store, &format!("SELECT tuple(*) FROM ({rows})")).await, "(3,1,1)");
}

#[tokio::test]
async fn stored_tickets_carry_what_new_ones_would() {
    let store = store("stamps").await;
    let acme = tenant(&store, "acme").await;
    received(&store, &acme, &[1]).await;
    set(&store, &acme.name, 90, 800).await;
    let now = store.tenant(&acme.name).await.unwrap();
    assert_eq!(store.restamp(&acme.name, None).await.unwrap().tickets, 1);
    // The same ticket, received at the same time by a receiver that knows the days in force.
    let at = "SELECT toUnixTimestamp64Micro(received_at) FROM stamps_store.tickets";
    let micros: u64 = value(&store, at).await.parse().unwrap();
    let at = Timestamp::from_unix_nanos(micros * 1_000);
    let mut out = Vec::new();
    rows::ticket::append(
        &mut out,
        &now,
        at,
        "",
        &Costs::default(),
        &full("again", 77, days_ago(1)),
    );
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let stamps = "SELECT uniqExact(trace_expires_at, expires_at) FROM stamps_store.tickets";
    assert_eq!(value(&store, stamps).await, "1");
}

#[tokio::test]
async fn a_longer_retention_keeps_what_is_there_and_brings_nothing_back() {
    let store = store("longer").await;
    let acme = tenant(&store, "acme").await;
    set(&store, &acme.name, 5, 30).await;
    let short = store.tenant(&acme.name).await.unwrap();
    // A trace and a ticket whose time is over, not yet off the disk.
    received(&store, &short, &[1, 10, 40]).await;
    let before = seen(&store, "longer").await;
    assert_eq!(before, ("['T-1','T-10']".to_owned(), "['T-1']".to_owned()));
    set(&store, &acme.name, 100, 100).await;
    let restamped = store.restamp(&acme.name, None).await.unwrap();
    assert_eq!((restamped.tickets, restamped.tickets_expired), (2, 0));
    assert_eq!(seen(&store, "longer").await, before);
    // The ticket of ten days has its own time anew, its trace has not.
    let of = "SELECT tuple(dateDiff('day', received_at, expires_at), \
              dateDiff('day', received_at, trace_expires_at)) FROM longer_store.tickets \
              WHERE ticket_id = 'T-10'";
    assert_eq!(value(&store, of).await, "(100,5)");
}

#[tokio::test]
async fn a_month_at_a_time_and_never_with_days_that_cannot_be() {
    let store = store("by_month").await;
    let acme = tenant(&store, "acme").await;
    received(&store, &acme, &[1, 40]).await;
    set(&store, &acme.name, 7, 60).await;
    let would = store.restamp_preview(&acme.name, OtherDays::default()).await.unwrap();
    assert_eq!(would.by_month.len(), 2, "{would:?}");
    let mut sum = 0;
    for (month, tickets) in would.by_month {
        let restamped = store.restamp(&acme.name, Some(month)).await.unwrap();
        assert_eq!(restamped.by_month, [(month, tickets)]);
        sum += restamped.tickets;
    }
    assert_eq!(sum, would.tickets);
    let empty = Some(Month::new(202_001).unwrap());
    assert_eq!(store.restamp(&acme.name, empty).await.unwrap(), Restamped::default());
    let never = OtherDays { trace_days: Some(61), metrics_days: None };
    let refused = store.restamp_preview(&acme.name, never).await.unwrap_err();
    assert!(matches!(refused, RestampError::Tenant(TenantError::Invalid(_))), "{refused:?}");
    let nobody = store.restamp(&"nobody".parse().unwrap(), None).await.unwrap_err();
    assert_eq!(nobody, RestampError::Tenant(TenantError::NotFound));
}
