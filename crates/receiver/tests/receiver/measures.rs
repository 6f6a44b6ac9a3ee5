//! What `/metrics` says, moved by what happens: each measure through the real path. And where it is served,
//! and for whom.

use std::sync::Arc;

use http::{Method, StatusCode};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use ticketlens_api::{ListTicketsRequest, ticket_service_client::TicketServiceClient};
use ticketlens_store::KeyDigest;
use tokio::time::{Duration, Instant};
use tonic::Code;

use crate::{
    outage::behind_a_wire,
    records::{attribute, changed, request, ticket},
    rig::{self, Rig, with_key},
    web::{self, Answer},
};

/// The number of a series; none where it is not there.
async fn read(rig: &Rig, series: &str) -> Option<f64> {
    let text = rig.get("/metrics").await.text();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|number| number.parse().unwrap())
}

/// Polls until a series is more than that.
async fn until_more(rig: &Rig, series: &str, than: f64) {
    let deadline = Instant::now() + rig::PATIENCE;
    while read(rig, series).await.is_none_or(|number| number <= than) {
        assert!(Instant::now() < deadline, "{series} never more than {than}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_and_redactions_are_counted_by_what_they_are() {
    let rig = rig::start("measures_records").await;
    let (missing, email) = (
        "ticketlens_rejects_total{reason=\"missing_status\"}",
        "ticketlens_redactions_total{detector=\"email\"}",
    );
    assert_eq!((read(&rig, missing).await, read(&rig, email).await), (Some(0.0), Some(0.0)));
    let mut open = ticket("a");
    let said = Value::StringValue("write to mia@example.com or tom@example.com".into());
    open.attributes.push(attribute("note", said));
    // What a client's gate had removed is not counted here.
    open.attributes.push(attribute("ticket.redactions.email", Value::IntValue(40)));
    let bad = || changed("x", "ticket.status", None);
    rig.export(request(vec![open, bad(), bad()])).await.unwrap();
    assert_eq!((read(&rig, missing).await, read(&rig, email).await), (Some(2.0), Some(2.0)));
    let other = "ticketlens_rejects_total{reason=\"missing_ticket_id\"}";
    assert_eq!(read(&rig, other).await, Some(0.0));
    assert_eq!(read(&rig, "ticketlens_records_rejected_total").await, Some(2.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_do_not_open_are_counted_at_every_door() {
    let rig = rig::start("measures_keys").await;
    let failures = async |code: &str| {
        read(&rig, &format!("ticketlens_key_failures_total{{error_code=\"{code}\"}}"))
            .await
            .unwrap()
    };
    let message = request(vec![ticket("a")]);
    rig.logs().await.export(message.clone()).await.unwrap_err();
    rig.send(Method::POST, "/v1/logs", &[("x-api-key", "hello")], "").await;
    rig.logs().await.export(with_key(message, &rig.read)).await.unwrap_err();
    let mut tickets = TicketServiceClient::new(rig.channel().await);
    let list = with_key(ListTicketsRequest::default(), &rig.ingest);
    assert_eq!(tickets.list_tickets(list).await.unwrap_err().code(), Code::PermissionDenied);
    let other = rig::start("measures_keys_other").await;
    let bearer = format!("Bearer {}", other.read);
    let answer = rig.send(Method::GET, "/v1/tickets", &[("authorization", &bearer)], "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let expected =
        [("no_key", 1.0), ("malformed_key", 1.0), ("wrong_key", 1.0), ("wrong_scope", 2.0)];
    for (code, count) in expected {
        assert_eq!(failures(code).await, count, "{code}");
    }
    assert_eq!(failures("revoked_key").await, 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_seen_in_the_queue_the_budget_the_retries_and_the_errors() {
    let (mut wire, rig) = behind_a_wire("measures_outage").await;
    let rig = Arc::new(rig);
    let unreachable = "ticketlens_clickhouse_errors_total{error_type=\"unreachable\"}";
    assert_eq!(read(&rig, unreachable).await, Some(0.0));
    assert_eq!(read(&rig, "ticketlens_commit_queue_requests").await, Some(0.0));
    wire.cut().await;
    let waiting = tokio::spawn({
        let rig = Arc::clone(&rig);
        async move { rig.export(request(vec![ticket("a"), ticket("b")])).await }
    });
    until_more(&rig, "ticketlens_commit_queue_requests", 0.0).await;
    assert_eq!(read(&rig, "ticketlens_commit_queue_rows").await, Some(2.0));
    until_more(&rig, "ticketlens_commit_queue_oldest_seconds", 0.1).await;
    assert_eq!(read(&rig, "ticketlens_tenants_in_flight").await, Some(1.0));
    let held = read(&rig, "ticketlens_tenant_bytes{tenant=\"acme\"}").await;
    assert_eq!(held, read(&rig, "ticketlens_largest_tenant_bytes").await);
    assert!(held.unwrap() > 0.0 && held < read(&rig, "ticketlens_tenant_share_bytes").await);
    until_more(&rig, "ticketlens_insert_retries_total", 0.0).await;
    until_more(&rig, unreachable, 0.0).await;
    assert_eq!(waiting.await.unwrap().unwrap_err().code(), Code::Unavailable);
    assert_eq!(read(&rig, "ticketlens_commit_queue_requests").await, Some(0.0));
    assert_eq!(read(&rig, "ticketlens_commit_queue_bytes").await, Some(0.0));
    wire.mend().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clickhouses_errors_have_its_names_and_its_tables_a_weight() {
    let rig = rig::start("measures_database").await;
    until_more(&rig, "ticketlens_clickhouse_parts", 0.0).await;
    let free = read(&rig, "ticketlens_clickhouse_disk_free_bytes").await.unwrap();
    let size = read(&rig, "ticketlens_clickhouse_disk_size_bytes").await.unwrap();
    assert!(0.0 < free && free <= size, "{free} of {size}");
    rig.sql("SYSTEM STOP MERGES measures_database_store.tickets").await;
    for number in 0..5 {
        rig.export(request(vec![ticket(&number.to_string())])).await.unwrap();
    }
    // One that starts now looks now, and sees what was committed.
    let later = rig::beside(&rig).await;
    until_more(&later, "ticketlens_clickhouse_partition_parts", 4.0).await;
    let weights = ["ticketlens_clickhouse_parts", "ticketlens_clickhouse_table_bytes"];
    for weight in weights {
        assert!(read(&later, weight).await > read(&rig, weight).await, "{weight}");
    }
    let missing = "ticketlens_clickhouse_errors_total{error_type=\"NO_SUCH_COLUMN_IN_TABLE\"}";
    assert_eq!(read(&rig, missing).await, Some(0.0));
    let table = "measures_database_store.tickets";
    rig.sql(&format!("SYSTEM START MERGES {table}")).await;
    rig.sql(&format!("ALTER TABLE {table} RENAME COLUMN redactions TO renamed")).await;
    rig.export(request(vec![ticket("z")])).await.unwrap_err();
    until_more(&rig, missing, 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_of_its_own_is_the_only_one_and_opens_with_its_own_key() {
    let rig = rig::start_with("measures_port", |config| {
        config.metrics.listen = Some(([127, 0, 0, 1], 0).into());
        config.metrics.keys = vec![KeyDigest::of("a key of the scraper's")];
    })
    .await;
    assert_eq!(rig.get("/metrics").await.status, StatusCode::NOT_FOUND);
    assert_eq!(rig.get("/readyz").await.status, StatusCode::OK);
    let ask = async |path: &str, key: Option<&str>| -> Answer {
        let bearer = format!("Bearer {}", key.unwrap_or_default());
        let headers = [("authorization", bearer.as_str())];
        let headers = if key.is_some() { &headers[..] } else { &[] };
        web::send_to(rig.metrics.unwrap(), Method::GET, path, headers, "".into()).await
    };
    for key in [None, Some("another"), Some(rig.admin.as_str())] {
        let answer = ask("/metrics", key).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.headers.contains_key("www-authenticate"));
        assert!(!answer.text().contains("ticketlens_"), "{}", answer.text());
    }
    let answer = ask("/metrics", Some("a key of the scraper's")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("ticketlens_requests_total 0\n"), "{}", answer.text());
    // Whoever tries keys here is seen as anywhere.
    for counted in ["{error_code=\"no_key\"} 1", "{error_code=\"wrong_key\"} 2"] {
        let counted = format!("ticketlens_key_failures_total{counted}\n");
        assert!(answer.text().contains(&counted), "{counted}: {}", answer.text());
    }
    assert_eq!(ask("/readyz", None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask("/v1/tickets", Some(&rig.admin)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_asked_for_on_the_shared_port_too() {
    let rig = rig::start_with("measures_key", |config| {
        config.metrics.keys = vec![KeyDigest::of("a key of the scraper's")];
    })
    .await;
    assert_eq!(rig.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    let bearer = [("authorization", "Bearer a key of the scraper's")];
    let answer = rig.send(Method::GET, "/metrics", &bearer, "").await;
    assert_eq!(answer.status, StatusCode::OK);
}
