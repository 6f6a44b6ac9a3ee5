//! A name that was given again: what is written for who had it before is nobody's to see.

use bytes::Bytes;
use ticketlens_store::{
    Costs, Counts, Overview, PageStart, Store, TenantLife, TenantSettings, TicketFilter, Usage,
    Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Reject, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant, value},
    feedback::csat,
    sample::{execution, full, lately},
};

/// Commits a ticket and feedback on it, as a receiver does that knows the tenant by these settings.
async fn commit(store: &Store, tenant: &TenantSettings, number: u128) {
    let mut record = Record { sequence: Some(number as u64), ..full("A", number, lately()) };
    record.steps[0].call = Some(Box::default());
    let mut out = Vec::new();
    rows::ticket::append(&mut out, tenant, Timestamp::now(), "", &Costs::default(), &record);
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let mut out = Vec::new();
    rows::feedback::append(&mut out, tenant, Timestamp::now(), "", &csat("A", 4.0, lately()));
    store.insert(Table::Feedback, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

/// Counts one record, one throttled request and one rejection.
async fn count(store: &Store, life: TenantLife) {
    let mut counts = Counts::default();
    counts.usage.add(Usage { records: 1, bytes: 100, throttled: 1 });
    counts.rejections.add(Reject::Malformed);
    store.record_counts(Timestamp::now(), &[(life, counts)], Uuid::new_v4()).await.unwrap();
}

/// The tenant before and after it was removed and its name was given again.
async fn two_lives(store: &Store) -> (TenantSettings, TenantSettings) {
    let former = tenant(store, "acme").await;
    commit(store, &former, 1).await;
    count(store, former.life()).await;
    store.delete_tenant(&former.name).await.unwrap();
    (former.clone(), store.create_tenant(&former).await.unwrap())
}

/// Every view, found and not listed, with its rows; `tenants` is of the present one by itself.
async fn rows_of_views(store: &Store, database: &str) -> Vec<(String, u64)> {
    let views = format!(
        "SELECT name FROM system.tables WHERE database = '{database}' AND engine = 'View' \
         AND name != 'tenants' ORDER BY name"
    );
    let mut found = Vec::new();
    for line in raw(store, &views).await.unwrap().lines() {
        let view: serde_json::Value = serde_json::from_str(line).unwrap();
        let view = view["name"].as_str().unwrap().to_owned();
        let rows = value(store, &format!("SELECT count() FROM {database}.{view}")).await;
        found.push((view, rows.parse().unwrap()));
    }
    found
}

#[tokio::test]
async fn what_is_committed_late_for_a_former_tenant_is_in_no_view_and_no_answer() {
    let store = store("lives").await;
    let (former, present) = two_lives(&store).await;
    assert!(present.created_at > former.created_at, "{present:?}");
    for number in [1, 2] {
        commit(&store, &former, number).await;
    }
    count(&store, former.life()).await;
    let views = rows_of_views(&store, "lives").await;
    assert_eq!(views.len(), 12, "{views:?}");
    assert!(views.iter().all(|(_, rows)| *rows == 0), "{views:?}");
    let any = TicketFilter::default();
    for who in [Visibility::All, Visibility::Tenant(present.name.clone())] {
        assert_eq!(store.count_tickets(&who, &any).await.unwrap(), 0);
        assert_eq!(
            store.list_tickets(&who, &any, 9, &PageStart::default()).await.unwrap().tickets,
            []
        );
        assert_eq!(store.get_ticket(&who, "A", Some(execution(1))).await.unwrap(), None);
        assert_eq!(store.overview(&who, &any).await.unwrap(), Overview::default());
    }
    let lives = [former.life(), present.life()];
    let today = store.records_today(Timestamp::now(), &lives).await.unwrap();
    assert_eq!(today, [1, 0], "a quota is of one life");

    commit(&store, &present, 3).await;
    count(&store, present.life()).await;
    for (view, rows) in rows_of_views(&store, "lives").await {
        // Of the sample's two steps none is a search, and nobody administered anything.
        let expected = match view.as_str() {
            "ticket_steps" | "ticket_trace" => 2,
            "ticket_retrieval" | "audit" | "value_rates" => 0,
            _ => 1,
        };
        assert_eq!(rows, expected, "{view}");
    }
    assert_eq!(store.count_tickets(&Visibility::All, &any).await.unwrap(), 1);
    let found = store.get_ticket(&Visibility::All, "A", None).await.unwrap().unwrap();
    assert_eq!((found.summary.execution_id, found.executions.len()), (execution(3), 0));
    assert_eq!(value(&store, "SELECT sum(received) FROM lives.ledger").await, "1");
}

#[tokio::test]
async fn removing_a_tenant_again_takes_what_came_late_from_the_disk() {
    let store = store("leftovers").await;
    let (former, present) = two_lives(&store).await;
    let other = tenant(&store, "globex").await;
    for life in [&former, &present, &other] {
        commit(&store, life, 1).await;
        count(&store, life.life()).await;
    }
    store.delete_tenant(&present.name).await.unwrap();
    for table in ["tickets", "rejections", "usage"] {
        let sql = format!("SELECT groupArray(tenant) FROM leftovers_store.{table}");
        assert_eq!(value(&store, &sql).await, "['globex']", "{table}");
    }
}

/// What was there when tenants had no lives to tell apart stays to be seen.
#[tokio::test]
async fn rows_of_before_are_seen() {
    let store = store("of_before").await;
    let acme = tenant(&store, "acme").await;
    let created_at = Timestamp::from_unix_nanos(0);
    commit(&store, &TenantSettings { created_at, ..acme }, 1).await;
    let any = TicketFilter::default();
    assert_eq!(store.count_tickets(&Visibility::All, &any).await.unwrap(), 1);
}

/// Also where a clock was set back: what names a tenant's life names no other's.
#[tokio::test]
async fn no_two_tenants_were_ever_added_at_the_same_time() {
    let store = store("times").await;
    let at = lately();
    let mut lives = Vec::new();
    for name in ["acme", "globex", "acme", "initech"] {
        let settings = TenantSettings::new(name.parse().unwrap());
        let _ = store.delete_tenant(&settings.name).await;
        let made = TenantSettings { created_at: at, ..settings };
        let made = store.create_tenant(&made).await.unwrap();
        assert_eq!(store.tenant(&made.name).await.unwrap(), made);
        lives.push(made.created_at);
    }
    assert!(lives.is_sorted_by(|a, b| a < b), "{lives:?}");
}
