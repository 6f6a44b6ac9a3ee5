//! Inserts: once and only once, whatever breaks.

use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;
use ticketlens_store::{
    Costs, Fault, InsertCompression, Store, StoreConfig, TenantSettings, TicketFilter, Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, Timestamp};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{
    engine::{config, store, value},
    sample::{bare, lately, usual},
};

fn chunk(records: &[Record<'_>]) -> Bytes {
    // As of before tenants' lives were told apart: it is seen though there is no such tenant.
    let created_at = Timestamp::from_unix_nanos(0);
    let tenant = TenantSettings { created_at, ..TenantSettings::new("acme".parse().unwrap()) };
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, &tenant, Timestamp::now(), "", &Costs::default(), record);
    }
    out.into()
}

async fn count(store: &Store) -> u64 {
    store.count_tickets(&Visibility::All, &TicketFilter::default()).await.unwrap()
}

#[tokio::test]
async fn a_retry_is_read_once() {
    let store = store("retry").await;
    let chunks = [chunk(&[bare("A", 1, lately())]), chunk(&[bare("B", 2, lately())])];
    for _ in 0..3 {
        store.insert(Table::Tickets, &chunks, Uuid::from_u128(9)).await.unwrap();
    }
    assert_eq!(count(&store).await, 2);
    assert_eq!(value(&store, "SELECT count() FROM retry.tickets").await, "2");
}

#[tokio::test]
async fn a_resend_in_other_company_is_stored_once() {
    let store = store("resend").await;
    let at = lately();
    let first = chunk(&[bare("A", 1, at), bare("B", 2, at)]);
    let again = chunk(&[bare("B", 2, at), bare("C", 3, at)]);
    store.insert(Table::Tickets, &[first], Uuid::from_u128(1)).await.unwrap();
    store.insert(Table::Tickets, &[again], Uuid::from_u128(2)).await.unwrap();
    assert_eq!(value(&store, "SELECT count() FROM resend_store.tickets").await, "4");
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn rows_may_span_chunks_and_chunks_may_be_empty() {
    let store = store("spans").await;
    let whole = chunk(&[usual(1, lately(), 5_000), usual(2, lately(), 5_000)]);
    let chunks: Vec<_> = (0..whole.len())
        .step_by(777)
        .flat_map(|at| [whole.slice(at..whole.len().min(at + 777)), Bytes::new()])
        .collect();
    store.insert(Table::Tickets, &chunks, Uuid::from_u128(1)).await.unwrap();
    store.insert(Table::Tickets, &[], Uuid::from_u128(2)).await.unwrap();
    store.insert(Table::Tickets, &[Bytes::new()], Uuid::from_u128(3)).await.unwrap();
    assert_eq!(count(&store).await, 2);
}

#[tokio::test]
async fn compressed_rows_arrive_whole() {
    let plain = store("lz4").await;
    let compression = InsertCompression::Lz4;
    let store = Store::open(StoreConfig { compression, ..plain.config().clone() });
    // More than one compressed piece.
    let records: Vec<_> = (1..=30).map(|n| usual(n, lately(), 100_000)).collect();
    store.insert(Table::Tickets, &[chunk(&records)], Uuid::from_u128(1)).await.unwrap();
    let bytes: usize = records.iter().map(|r| r.trace_json.len()).sum();
    let sql = "SELECT sum(length(trace_json)) FROM lz4.tickets";
    assert_eq!(value(&store, sql).await, bytes.to_string());
}

/// One sender with a broken clock must not refuse everyone's rows.
#[tokio::test]
async fn any_spread_of_times_fits_one_insert() {
    let store = store("spread").await;
    let month = 31 * 86_400 * 1_000_000_000u64;
    let records: Vec<_> =
        (0..250).map(|n| bare("A", u128::from(n), Timestamp::from_unix_nanos(n * month))).collect();
    store.insert(Table::Tickets, &[chunk(&records)], Uuid::from_u128(1)).await.unwrap();
    assert_eq!(count(&store).await, 250);
}

#[tokio::test]
async fn bytes_that_are_no_rows_are_blamed_on_the_data_and_store_nothing() {
    let store = store("garbage").await;
    let good = chunk(&[bare("A", 1, lately())]);
    let cut = good.slice(..good.len() - 3);
    let error = store.insert(Table::Tickets, &[good, cut], Uuid::from_u128(1)).await.unwrap_err();
    assert!(error.blames_the_data() && !error.is_retryable(), "{:?}", error.fault());
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn a_missing_table_is_tried_again() {
    let store = Store::open(config("missing"));
    let rows = [chunk(&[bare("A", 1, lately())])];
    let error = store.insert(Table::Tickets, &rows, Uuid::from_u128(1)).await.unwrap_err();
    assert!(error.is_retryable() && !error.blames_the_data(), "{:?}", error.fault());
}

#[tokio::test]
async fn a_wrong_password_is_final_and_the_operators_to_mend() {
    let password = SecretString::from("wrong");
    let store = Store::open(StoreConfig { password, ..config("password") });
    let fault = store.ping().await.unwrap_err();
    assert_eq!(fault.to_string(), "clickhouse refused with code 516 (AUTHENTICATION_FAILED)");
    assert!(!fault.is_retryable() && !fault.blames_the_data());
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = at(listener.local_addr().unwrap().port(), Duration::from_secs(5));
    drop(listener);
    let fault = store.ping().await.unwrap_err();
    assert_eq!(fault, Fault::Unreachable(std::io::ErrorKind::ConnectionRefused));
    let error = store
        .insert(Table::Tickets, &[chunk(&[bare("A", 1, lately())])], Uuid::nil())
        .await
        .unwrap_err();
    assert_eq!(error.fault(), &fault);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn nobody_answering_is_a_time_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = at(listener.local_addr().unwrap().port(), Duration::from_millis(50));
    assert_eq!(store.ping().await, Err(Fault::TimedOut));
    let error = store
        .insert(Table::Tickets, &[chunk(&[bare("A", 1, lately())])], Uuid::nil())
        .await
        .unwrap_err();
    assert_eq!(error.fault(), &Fault::TimedOut);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = at(listener.local_addr().unwrap().port(), Duration::from_secs(5));
    let closing = tokio::spawn(async move {
        loop {
            drop(listener.accept().await);
        }
    });
    let rows = [chunk(&[usual(1, lately(), 100_000)])];
    let error = store.insert(Table::Tickets, &rows, Uuid::nil()).await.unwrap_err();
    assert_eq!(error.fault(), &Fault::Interrupted);
    assert!(error.is_retryable());
    closing.abort();
}

fn at(port: u16, query_timeout: Duration) -> Store {
    let url = format!("http://127.0.0.1:{port}").parse().unwrap();
    Store::open(StoreConfig { query_timeout, ..StoreConfig::new(url) })
}
