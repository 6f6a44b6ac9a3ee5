//! Large tickets and large batches, with every limit of gRPC at its default.

use ticketlens_tests::load::{self, Sender, Template};
use tonic::Code;

use crate::{
    records,
    rig::{Rig, assert_all_sent, large_tickets, send},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_5_mb_is_shortened_by_the_client_and_stored() {
    let rig = Rig::start("agent.yaml", "").await;
    let lens = rig.lens();
    let report = send(&lens, large_tickets(1, 5_000_000));
    assert_all_sent(&report, 1);
    assert_eq!(lens.stats().degraded.shortened, 1, "{:?}", lens.stats());
    rig.await_stored(1);
    assert!(rig.number("SELECT trace_bytes FROM ticketlens.tickets") > 1_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_tickets_of_100_kib_at_once_are_stored_whole() {
    let rig = Rig::start("agent.yaml", "").await;
    // Emitted faster than they leave: the queue has to hold them.
    let lens = rig.lens_with(|lens| lens.queue_bytes(256 << 20));
    let report = tokio::task::block_in_place(|| send(&lens, large_tickets(500, 100 << 10)));
    assert_all_sent(&report, 500);
    assert_eq!(lens.stats().degraded, ticketlens::Degraded::default());
    rig.await_stored(500);
    let whole = "SELECT count() FROM ticketlens.tickets \
                 WHERE capture = 'FULL_TRACE' AND trace_bytes > 80 * 1024";
    assert_eq!(rig.number(whole), 500);
}

/// An exporter that is not ours sends what it has; over HTTP a Collector takes 20 MiB.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_5_mb_from_another_language_comes_through_with_its_neighbours() {
    let rig = Rig::start("agent.yaml", "").await;
    let text = "The parcel was scanned in the hub. ".repeat(150_000);
    let body = serde_json::json!({"output": {"response": text}}).to_string();
    assert!(body.len() > 5_000_000);
    let neighbours =
        [records::ticket("T-1", "{}"), records::ticket("T-2", &body), records::ticket("T-3", "{}")];
    let answer = rig.collector.post("/v1/logs", &records::logs(&neighbours));
    assert!(answer.contains("200 OK"), "{answer}");
    rig.await_stored(3);
    let large = "SELECT trace_bytes FROM ticketlens.tickets WHERE ticket_id = 'T-2'";
    assert!(rig.number(large) > 5_000_000);
}

/// What batches by count and not by bytes meets at the Collector's own door: the limit is the
/// Collector's, and its sender is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_above_the_collectors_own_limit_is_refused_at_its_door() {
    let rig = Rig::start("agent.yaml", "").await;
    let mut sender = Sender::connect(&rig.collector.grpc(), "none").await;
    let template = Template::new(&load::ticket(100 << 10), 60);
    let refused = sender.send(template.fresh()).await.expect_err("4 MiB are the limit");
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    let template = Template::new(&load::ticket(100 << 10), 30);
    sender.send(template.fresh()).await.expect("it fits");
    rig.await_stored(30);
}
