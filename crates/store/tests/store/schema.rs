//! Migrations, and the contract they make.

use ticketlens_store::{ColumnsError, MigrateError, Store, TenantLimits, fault};
use ticketlens_ticket::Subject;

use crate::engine::{config, raw, store, value};

#[tokio::test]
async fn migrating_twice_applies_everything_once() {
    let store = Store::open(config("twice"));
    let names =
        |list: Vec<ticketlens_store::Migration>| list.iter().map(|m| m.name).collect::<Vec<_>>();
    let all = [
        "tables",
        "views",
        "tenant_privacy",
        "step_views",
        "tenant_limits",
        "detectors",
        "subject",
        "audit",
        "key_uses",
        "key_lengths",
        "open_tickets",
        "request_id",
        "feedback",
        "costs",
        "value",
        "prices",
    ];
    assert_eq!(names(store.pending().await.unwrap()), all);
    assert_eq!(names(store.migrate().await.unwrap()), all);
    assert!(store.migrate().await.unwrap().is_empty());
    assert!(store.pending().await.unwrap().is_empty());
    store.check_columns().await.unwrap();
}

#[tokio::test]
async fn two_receivers_may_migrate_at_once() {
    let stores: Vec<_> = (0..4).map(|_| Store::open(config("at_once"))).collect();
    let runs: Vec<_> =
        stores.into_iter().map(|s| tokio::spawn(async move { s.migrate().await })).collect();
    for run in runs {
        run.await.unwrap().unwrap();
    }
    let store = Store::open(config("at_once"));
    assert!(store.pending().await.unwrap().is_empty());
    store.check_columns().await.unwrap();
}

#[tokio::test]
async fn a_migration_that_died_half_way_is_finished() {
    let store = Store::open(config("half_way"));
    store.migrate().await.unwrap();
    raw(&store, "TRUNCATE TABLE half_way_store.migrations").await.unwrap();
    raw(&store, "DROP VIEW half_way.ledger").await.unwrap();
    assert_eq!(store.migrate().await.unwrap().len(), 16);
    assert_eq!(value(&store, "SELECT count() FROM half_way.ledger").await, "0");
}

#[tokio::test]
async fn tenants_of_before_deny_nothing_drop_nothing_hash_subjects_and_have_no_limits() {
    let store = store("before").await;
    let old = "ALTER TABLE before_store.tenants DROP COLUMN deny_keys, DROP COLUMN drop_messages, \
               DROP COLUMN subject, \
               DROP COLUMN max_records_per_second, DROP COLUMN max_bytes_per_second, \
               DROP COLUMN max_records_per_day";
    raw(&store, old).await.unwrap();
    raw(&store, "DELETE FROM before_store.migrations WHERE number IN (3, 5, 7)").await.unwrap();
    let row = "INSERT INTO before_store.tenants VALUES \
               ('acme', 'Acme', 'TIMELINE', 7, 90, now64(6), 0, 1)";
    raw(&store, row).await.unwrap();
    assert_eq!(store.migrate().await.unwrap().len(), 3);
    let acme = store.tenant(&"acme".parse().unwrap()).await.unwrap();
    assert_eq!((acme.trace_days, acme.metrics_days), (7, 90));
    assert!(acme.deny_keys.is_empty() && !acme.drop_messages);
    assert_eq!(acme.subject, Subject::Hash);
    assert_eq!(acme.limits, TenantLimits::default());
}

#[tokio::test]
async fn a_changed_migration_and_a_newer_database_are_refused() {
    let store = store("changed").await;
    let row = "INSERT INTO changed_store.migrations (number, name, checksum) VALUES";
    raw(&store, &format!("{row} (99, 'later', '')")).await.unwrap();
    assert_eq!(store.migrate().await, Err(MigrateError::Newer { number: 99 }));
    raw(&store, &format!("{row} (1, 'tables', 'other')")).await.unwrap();
    assert_eq!(store.migrate().await, Err(MigrateError::Changed { number: 1 }));
}

#[tokio::test]
async fn a_table_that_differs_is_noticed_before_the_first_insert() {
    let unmigrated = Store::open(config("nothing_there"));
    assert_eq!(unmigrated.check_columns().await, Err(ColumnsError::NotMigrated("tickets")));
    let store = store("differs").await;
    raw(&store, "ALTER TABLE differs_store.tickets ADD COLUMN extra String").await.unwrap();
    store.check_columns().await.unwrap();
    raw(&store, "ALTER TABLE differs_store.tickets DROP COLUMN span_id").await.unwrap();
    raw(&store, "ALTER TABLE differs_store.tickets MODIFY COLUMN redactions UInt64").await.unwrap();
    let columns = vec!["redactions", "span_id"];
    let mismatch = ColumnsError::Mismatch { table: "tickets", columns };
    assert_eq!(store.check_columns().await, Err(mismatch));
}

#[tokio::test]
async fn durability_follows_the_configuration_both_ways() {
    let engine = "SELECT arrayStringConcat(groupArray(engine_full), '|') FROM system.tables \
                  WHERE database = 'durable_store' AND name IN ('tickets', 'feedback')";
    for fsync in [true, false] {
        let store = Store::open(ticketlens_store::StoreConfig { fsync, ..config("durable") });
        store.migrate().await.unwrap();
        let full = value(&store, engine).await;
        let set = full.matches("fsync_after_insert = 1, fsync_part_directory = 1").count();
        assert_eq!(set, if fsync { 2 } else { 0 });
    }
}

#[tokio::test]
async fn every_column_of_the_contract_has_a_comment() {
    let store = store("commented").await;
    let sql = "SELECT count() FROM system.columns WHERE database = 'commented' AND comment = ''";
    assert_eq!(value(&store, sql).await, "0");
}

/// The contract itself: a change here is a change for every panel.
#[tokio::test]
async fn the_views_are_the_contract() {
    let store = store("contract").await;
    let sql = "SELECT table || '.' || name AS column, type FROM system.columns \
               WHERE database = 'contract' ORDER BY table, position";
    insta::assert_snapshot!(raw(&store, sql).await.unwrap());
}

#[tokio::test]
async fn the_codes_are_the_engines() {
    let store = Store::open(config("codes"));
    for (code, name) in fault::TRANSIENT.iter().chain(fault::BAD_DATA).chain(fault::LASTING) {
        assert_eq!(value(&store, &format!("SELECT errorCodeToName({code})")).await, *name);
    }
}
