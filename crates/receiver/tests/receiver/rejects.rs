//! Bad records among good ones: each has its reason, its neighbours are stored.

use opentelemetry_proto::tonic::{common::v1::any_value::Value, logs::v1::LogRecord};
use ticketlens_store::{PageStart, TicketFilter, Visibility};

use crate::{
    records::{attribute, changed, request, text, ticket},
    rig,
};

fn cases() -> Vec<(&'static str, LogRecord)> {
    let nan = Some(Value::DoubleValue(f64::NAN));
    let no_time = LogRecord { time_unix_nano: 0, ..ticket("x") };
    vec![
        ("missing_ticket_id", changed("x", "ticket.id", None)),
        ("missing_ticket_id", changed("x", "ticket.id", Some(text(" ")))),
        ("ticket_id_too_long", ticket(&"9".repeat(300))),
        ("missing_status", changed("x", "ticket.status", None)),
        ("invalid_status", changed("x", "ticket.status", Some(text("done")))),
        ("missing_duration", changed("x", "ticket.duration", None)),
        ("invalid_duration", changed("x", "ticket.duration", nan)),
        ("invalid_duration", changed("x", "ticket.duration", Some(Value::DoubleValue(-1.0)))),
        ("invalid_execution_id", changed("x", "ticket.execution.id", Some(text("7")))),
        ("tenant_claimed", changed("x", "client_id", Some(text("other")))),
        ("tenant_claimed", changed("x", "tenant.id", Some(text("acme")))),
        ("tenant_claimed", changed("x", "ticketlens.tenant", Some(text("other")))),
        ("missing_time", no_time),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_record_has_its_reason_and_its_neighbours_are_stored() {
    let rig = rig::start("rejects_reasons").await;
    for (number, (reason, bad)) in cases().into_iter().enumerate() {
        let good = [ticket(&format!("{number}-a")), ticket(&format!("{number}-b"))];
        let [first, last] = good;
        let answer = rig.export(request(vec![first, bad, last])).await.unwrap();
        let partial = answer.partial_success.unwrap();
        assert_eq!(partial.rejected_log_records, 1, "{reason}");
        assert!(partial.error_message.contains(reason), "{reason}: {}", partial.error_message);
        assert_eq!(rig.count().await, 2 * (number as u64 + 1), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_attributes_are_cut_to_the_limit_and_told() {
    let rig = rig::start("rejects_attributes").await;
    let mut record = ticket("a");
    let more = (0..10_000).map(|n| attribute(&format!("extra.{n}"), Value::IntValue(n)));
    record.attributes.extend(more);
    let answer = rig.export(request(vec![record, ticket("b")])).await.unwrap();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 0);
    assert!(partial.error_message.contains("attributes dropped"), "{}", partial.error_message);
    let seen = Visibility::All;
    let found = rig.store.get_ticket(&seen, "a", None).await.unwrap().unwrap();
    assert_eq!(found.attributes.len(), 256);
    assert_eq!(rig.count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejections_are_in_the_ledger_when_the_receiver_has_ended() {
    let mut rig = rig::start("rejects_ledger").await;
    let bad = (0..3).map(|_| changed("x", "ticket.status", None)).collect();
    rig.export(request(bad)).await.unwrap();
    let store = rig.store.clone();
    rig.stop();
    rig.ended().await;
    let sql = "SELECT sum(rejected) FROM rejects_ledger_store.rejections \
               WHERE tenant = 'acme' AND reason = 'missing_status'";
    assert_eq!(value(&store, sql).await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenants_capture_level_wins_where_it_is_stricter() {
    let rig = rig::start_with("rejects_capture", |_| {}).await;
    let acme = "acme".parse().unwrap();
    let capture = Some(ticketlens_ticket::Capture::MetricsOnly);
    let change = ticketlens_store::TenantChange { capture, ..Default::default() };
    rig.store.update_tenant(&acme, change).await.unwrap();
    let deadline = tokio::time::Instant::now() + rig::PATIENCE;
    for number in 0.. {
        let id = number.to_string();
        rig.export(request(vec![ticket(&id)])).await.unwrap();
        let filter = TicketFilter { ticket_id: Some(id), ..TicketFilter::default() };
        let page = rig
            .store
            .list_tickets(&Visibility::All, &filter, 1, &PageStart::default())
            .await
            .unwrap();
        let seen = &page.tickets[0].capture;
        if seen == "METRICS_ONLY" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "still {seen}");
    }
}

async fn value(store: &ticketlens_store::Store, sql: &str) -> String {
    crate::web::clickhouse(store.config(), sql).await
}
