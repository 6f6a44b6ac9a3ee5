//! What the receiver answers, and what the Collector makes of it.

use ticketlens_tests::signal;

use nix::sys::signal::Signal;

use crate::{
    records,
    rig::{GIVEN_UP, Rig, SENT, large_tickets, send, tickets, wait_until},
};

/// Both ways to the receiver.
const FILES: [&str; 2] = ["agent.yaml", "otlphttp.yaml"];

/// Everything goes out, tickets or not; the mistake that agent.yaml protects from.
const NO_FILTER: &str = "service: {pipelines: {logs: {processors: [memory_limiter]}}}";

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_success_is_a_warning_and_is_not_sent_again() {
    for file in FILES {
        let rig = Rig::start(file, "").await;
        let mixed = [
            records::ticket("T-good", "{}"),
            records::nameless_ticket("{}"),
            records::ticket("T-good-too", "{}"),
        ];
        rig.collector.post("/v1/logs", &records::logs(&mixed));
        rig.await_stored(2);
        let said = rig.collector.log();
        assert!(said.contains("Partial success response"), "{file}: {said}");
        assert!(said.contains("missing_ticket_id"), "{file}: {said}");
        // Three were sent, once: the batch was done with after its first answer.
        assert_eq!(rig.collector.metric(SENT), 3, "{file}");
        assert_eq!(rig.counter("ticketlens_records_rejected_total"), 1, "{file}");
        assert_eq!(rig.counter("ticketlens_requests_total"), 1, "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_a_loss_that_the_collector_counts_and_names() {
    for file in FILES {
        let wrong = |key: String| {
            let last = if key.ends_with('0') { '1' } else { '0' };
            format!("{}{last}", &key[..key.len() - 1])
        };
        let rig = Rig::with(file, "", "", wrong).await;
        // The Collector takes them: it can't know.
        assert_eq!(send(&rig.lens(), tickets(7)).sent, 7, "{file}");
        wait_until("they are given up", &rig.collector, || rig.collector.metric(GIVEN_UP) == 7);
        let said = rig.collector.log();
        assert!(said.contains("Dropping data"), "{file}: {said}");
        let about_the_key =
            said.contains("the key is wrong") || said.contains("the key is mistyped");
        assert!(about_the_key, "{file}: {said}");
        assert_eq!(rig.stored(), 0, "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_and_metrics_sent_by_mistake_are_answered_with_where_to_send_them() {
    for (file, exporter) in FILES.into_iter().zip(["otlp_grpc/ticketlens", "otlp_http/ticketlens"])
    {
        let pipeline = format!("{{receivers: [otlp], exporters: [{exporter}]}}");
        let changes =
            format!("service: {{pipelines: {{traces: {pipeline}, metrics: {pipeline}}}}}");
        let rig = Rig::start(file, &changes).await;
        rig.collector.post("/v1/traces", &records::span());
        rig.collector.post("/v1/metrics", &records::metric());
        let given_up =
            |what: &str| rig.collector.metric(&format!("otelcol_exporter_send_failed_{what}"));
        wait_until("both are given up", &rig.collector, || {
            (given_up("spans"), given_up("metric_points")) == (1, 1)
        });
        let said = rig.collector.log();
        assert_eq!(said.matches("only logs are taken here").count(), 2, "{file}: {said}");
        // Tickets go on as they did.
        assert_eq!(send(&rig.lens(), tickets(5)).sent, 5, "{file}");
        rig.await_stored(5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_logs_are_rejected_and_counted() {
    let rig = Rig::with("agent.yaml", NO_FILTER, "", |key| key).await;
    let mixed = [records::line("up"), records::ticket("T-1", "{}"), records::other_event()];
    rig.collector.post("/v1/logs", &records::logs(&mixed));
    rig.await_stored(1);
    assert_eq!(rig.counter("ticketlens_records_rejected_total"), 2);
    assert!(rig.collector.log().contains("other_event"), "{}", rig.collector.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_logs_are_ignored_where_that_is_configured() {
    let rig = Rig::with("agent.yaml", NO_FILTER, "other_events = \"ignore\"", |key| key).await;
    let mixed = [records::line("up"), records::ticket("T-1", "{}"), records::other_event()];
    rig.collector.post("/v1/logs", &records::logs(&mixed));
    rig.await_stored(1);
    assert_eq!(rig.counter("ticketlens_records_ignored_total"), 2);
    assert_eq!(rig.counter("ticketlens_records_rejected_total"), 0);
    assert!(!rig.collector.log().contains("Partial success"), "{}", rig.collector.log());
}

/// RESOURCE_EXHAUSTED is final without RetryInfo; with it the Collector comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_with_no_room_is_asked_again_until_everything_is_stored() {
    for file in FILES {
        // Small requests, many at once, into a budget of which one takes most.
        let name = if file == "agent.yaml" { "otlp_grpc" } else { "otlp_http" };
        let changes = format!(
            "exporters: {{{name}/ticketlens: {{compression: none, sending_queue: \
             {{num_consumers: 10, batch: {{min_size: 1, flush_timeout: 10ms}}}}}}}}"
        );
        let settings = "[limits]\nbudget_mib = 8";
        let rig = Rig::with(file, &changes, settings, |key| key).await;
        assert_eq!(send(&rig.lens(), tickets(1)).sent, 1, "{file}");
        rig.await_stored(1);
        // Nothing is committed while the database stands still, so nothing leaves the budget.
        let engine = rig.database.pid().expect("the engine runs");
        signal(engine, Signal::SIGSTOP);
        let lens = rig.lens();
        let report = tokio::task::block_in_place(|| {
            let report = send(&lens, large_tickets(10, 2 << 20));
            wait_until("there was no room", &rig.collector, || {
                rig.counter("ticketlens_requests_overloaded_total") > 0
            });
            report
        });
        signal(engine, Signal::SIGCONT);
        assert_eq!(report.sent, 10, "{file}: {report:?}");
        rig.await_stored(11);
    }
}
