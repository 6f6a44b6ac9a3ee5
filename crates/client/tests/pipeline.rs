//! The client's own pipeline against a receiver that is well, slow, full, broken or absent.
//! The one sum that must always come out: emitted = sent + rejected + dropped + left.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake_receiver;

use std::{
    io,
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use fake_receiver::{Behaviour, FakeReceiver, attribute, body_text, eventually};
use serde_json::json;
use ticketlens::{
    Capture, Compression, Lens, LensBuilder, Stats, Status, StepBuilder, StepKind, Subject, Ticket,
    TicketBuilder,
};
use tokio::net::TcpSocket;
use tonic::{Code, Status as Refusal};
use tonic_types::{ErrorDetails, StatusExt as _};

const LONG: Duration = Duration::from_secs(30);

fn lens(endpoint: &str) -> Lens {
    let builder = Lens::builder()
        .workflow("refund-agent")
        .version("1.4.2")
        .environment("test")
        .endpoint(endpoint)
        .key("tl_test")
        .hash_key("0123456789abcdef")
        .linger(Duration::from_millis(5));
    builder.build().unwrap()
}

fn ticket(n: usize) -> Ticket {
    let mut ticket = Ticket::new(format!("T-{n}"), Status::Success, Duration::from_millis(1500));
    ticket.trace.output = Some(json!({"answer": "your order is in transit"}));
    ticket
}

fn adds_up(stats: &Stats) {
    let known = stats.sent + stats.rejected + stats.dropped.total() + stats.left;
    assert_eq!(stats.emitted, known, "{stats:?}");
}

#[test]
fn a_stock_otlp_receiver_reads_what_is_sent() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = lens(&receiver.endpoint());
    let finished = TicketBuilder::new("12345")
        .category("PRODUCT_SUPPORT")
        .customer("c-42")
        .metric("react_iterations", 3)
        .metric("overall_confidence", 0.5)
        .model("gpt-4o")
        .tokens(1200, 340)
        .attribute("queue", "emea")
        .step(StepBuilder::tool("lookup_order").output(json!({"state": "in transit"})))
        .duration(Duration::from_millis(2300))
        .build(Status::Success);
    lens.emit(finished);
    let report = lens.shutdown(LONG);
    assert!(report.complete);
    assert_eq!((report.sent, report.left), (1, 0));

    let groups = receiver.state.requests.lock().unwrap()[0].clone();
    let resource = groups[0].resource.clone().unwrap();
    let keys: Vec<_> = resource.attributes.iter().map(|pair| pair.key.as_str()).collect();
    let expected = ["service.name", "service.version", "deployment.environment.name"];
    assert_eq!(keys[..3], expected);
    assert!(keys.contains(&"service.instance.id"));

    let record = &receiver.state.records()[0];
    assert_eq!(record.event_name, "ticket.completed");
    assert_eq!(record.severity_number, 9);
    let read = |key: &str| attribute(record, key);
    assert_eq!(read("ticket.id").as_deref(), Some("12345"));
    assert_eq!(read("ticket.status").as_deref(), Some("SUCCESS"));
    assert_eq!(read("ticket.category").as_deref(), Some("PRODUCT_SUPPORT"));
    assert_eq!(read("ticket.duration").as_deref(), Some("2.3"));
    assert_eq!(read("ticket.sequence").as_deref(), Some("1"));
    assert_eq!(read("ticket.metrics.react_iterations").as_deref(), Some("3"));
    assert_eq!(read("ticket.metrics.overall_confidence").as_deref(), Some("0.5"));
    assert_eq!(read("gen_ai.usage.input_tokens").as_deref(), Some("1200"));
    assert_eq!(read("queue").as_deref(), Some("emea"));
    assert_eq!(body_text(record, &["steps", "0", "name"]).as_deref(), Some("lookup_order"));
    let key = receiver.state.authorization.lock().unwrap().clone();
    assert_eq!(key.as_deref(), Some("Bearer tl_test"));
}

#[test]
fn every_ticket_of_a_burst_arrives_once_and_in_sequence() {
    for compression in [None, Some(Compression::Gzip), Some(Compression::Zstd)] {
        let receiver = FakeReceiver::start(Behaviour::Take);
        let mut builder = Lens::builder().workflow("burst").endpoint(receiver.endpoint());
        if let Some(compression) = compression {
            builder = builder.compression(compression);
        }
        let lens = builder.build().unwrap();
        for n in 0..5_000 {
            lens.emit(ticket(n));
        }
        let report = lens.shutdown(LONG);
        assert!(report.complete);
        assert_eq!((report.sent, report.dropped.total(), report.left), (5_000, 0, 0));
        assert_eq!(lens.queued_bytes(), 0);
        let sequences: Vec<u64> = receiver
            .state
            .records()
            .iter()
            .map(|record| attribute(record, "ticket.sequence").unwrap().parse().unwrap())
            .collect();
        let mut sorted = sequences.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=5_000).collect::<Vec<_>>());
    }
}

#[test]
fn requests_stay_under_the_usual_message_limit() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = lens(&receiver.endpoint());
    for n in 0..40 {
        let mut ticket = ticket(n);
        ticket.trace.output = Some("word ".repeat(60_000).into());
        lens.emit(ticket);
    }
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.left), (40, 0), "{:?}", lens.stats());
    assert!(receiver.state.calls() >= 4);
}

#[test]
fn a_ticket_that_is_too_large_alone_is_degraded_and_sent() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = lens(&receiver.endpoint());
    let mut large = ticket(0);
    large.trace.output = Some("word ".repeat(1_000_000).into());
    lens.emit(large);
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.left), (1, 0), "{:?}", lens.stats());
    assert_eq!(lens.stats().degraded.shortened, 1);
}

#[test]
fn a_receiver_with_a_small_limit_gets_smaller_requests() {
    let receiver = FakeReceiver::with_limit(4 * 1024);
    let lens = lens(&receiver.endpoint());
    for n in 0..100 {
        lens.emit(ticket(n));
    }
    let mut large = ticket(100);
    large.trace.output = Some("word ".repeat(10_000).into());
    lens.emit(large);
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.left), (101, 0), "{:?}", lens.stats());
    let records = receiver.state.records();
    let large = records.iter().find(|r| attribute(r, "ticket.id").as_deref() == Some("T-100"));
    assert!(large.unwrap().body.is_none());
    assert_eq!(lens.stats().degraded.metrics_only, 1);
}

#[test]
fn rejected_records_are_counted_and_their_reason_kept() {
    let receiver = FakeReceiver::start(Behaviour::Reject(1, "1 invalid_status (…)"));
    let lens = lens(&receiver.endpoint());
    lens.emit(ticket(0));
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.rejected, report.left), (0, 1, 0));
    assert_eq!(lens.stats().messages, ["1 invalid_status (…)"]);
    assert_eq!(receiver.state.calls(), 1);
    adds_up(&lens.stats());
}

#[test]
fn a_refused_request_is_not_sent_again() {
    let refusal = Refusal::invalid_argument("not for me");
    let receiver = FakeReceiver::start(Behaviour::Refuse(refusal));
    let lens = lens(&receiver.endpoint());
    for n in 0..10 {
        lens.emit(ticket(n));
    }
    let report = lens.shutdown(LONG);
    assert!(report.complete);
    assert_eq!((report.sent, report.dropped.refused, report.left), (0, 10, 0));
    assert_eq!(lens.queued_bytes(), 0);
    assert_eq!(lens.stats().messages, ["InvalidArgument: not for me"]);
    adds_up(&lens.stats());
}

#[test]
fn an_overloaded_receiver_is_asked_again_when_it_said() {
    let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(20)));
    let busy = Refusal::with_error_details(Code::ResourceExhausted, "busy", details);
    let receiver = FakeReceiver::start(Behaviour::Refuse(busy));
    let lens = lens(&receiver.endpoint());
    for n in 0..10 {
        lens.emit(ticket(n));
    }
    eventually("it was asked twice", || receiver.state.calls() >= 2);
    receiver.state.behave(Behaviour::Take);
    let report = lens.flush(LONG);
    assert!(report.complete);
    let stats = lens.stats();
    assert_eq!((stats.sent, stats.left), (10, 0), "{stats:?}");
    assert!(stats.retries >= 1);
    assert_eq!(receiver.state.records().len(), 10);
}

#[test]
fn a_receiver_that_comes_back_gets_everything() {
    let mut receiver = FakeReceiver::start(Behaviour::Take);
    let lens = lens(&receiver.endpoint());
    lens.emit(ticket(0));
    assert!(lens.flush(LONG).complete);
    receiver.crash();
    for n in 1..50 {
        lens.emit(ticket(n));
    }
    eventually("the crash is noticed", || lens.stats().retries > 0);
    let again = FakeReceiver::start_at(receiver.address, Behaviour::Take, 4 << 20);
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.left), (50, 0), "{:?}", lens.stats());
    assert_eq!(again.state.records().len(), 49);
}

#[test]
fn an_absent_receiver_costs_memory_up_to_the_bound_and_the_shutdown_its_deadline() {
    const BOUND: usize = 256 * 1024;
    // Bound, so that no other test gets the port, and not listening.
    let absent = TcpSocket::new_v4().unwrap();
    absent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let endpoint = format!("http://{}", absent.local_addr().unwrap());
    let lens = Lens::builder().endpoint(endpoint).queue_bytes(BOUND).build().unwrap();
    for n in 0..2_000 {
        lens.emit(ticket(n));
        assert!(lens.queued_bytes() <= BOUND);
    }
    let report = lens.shutdown(Duration::from_millis(200));
    assert!(!report.complete);
    assert!(report.left > 0 && report.dropped.queue_full > 0, "{report:?}");
    lens.emit(ticket(0));
    let stats = lens.stats();
    assert_eq!(stats.dropped.shut_down, 1);
    assert!(stats.last_error.is_some());
    adds_up(&stats);
}

#[test]
fn a_receiver_that_never_answers_does_not_hold_the_process() {
    let receiver = FakeReceiver::start(Behaviour::Hang);
    let lens = lens(&receiver.endpoint());
    for n in 0..10 {
        lens.emit(ticket(n));
    }
    eventually("it was asked", || receiver.state.calls() > 0);
    assert!(!lens.flush(Duration::from_millis(50)).complete);
    let report = lens.shutdown(Duration::from_millis(100));
    assert!(!report.complete);
    assert_eq!((report.sent, report.left), (0, 10));
    adds_up(&lens.stats());
    // A second one finds no thread to wait for, and nothing new.
    assert_eq!(lens.shutdown(LONG), report);
    assert!(!lens.flush(LONG).complete);
}

#[test]
fn a_connection_that_is_silently_gone_is_not_used_again() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let front = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", front.local_addr().unwrap());
    let behind = receiver.address;
    thread::spawn(move || {
        // Takes what is sent, and says nothing.
        let (_silent, _) = front.accept().unwrap();
        let (mut client, _) = front.accept().unwrap();
        let mut server = TcpStream::connect(behind).unwrap();
        let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut up, &mut server));
        let _ = io::copy(&mut down, &mut client);
    });
    let lens = Lens::builder().endpoint(endpoint).timeout(Duration::from_millis(200));
    let lens = lens.build().unwrap();
    lens.emit(ticket(0));
    eventually("the ticket arrives", || lens.stats().sent == 1);
    assert_eq!(receiver.state.records().len(), 1);
}

#[test]
fn what_the_workflow_knows_to_be_personal_is_not_on_the_wire() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = lens(&receiver.endpoint());
    let ticket = lens.ticket("1").known_pii(["Amelia Ahmed", "975 Sunset Drive"]).customer("c-42");
    let step = ticket.start_step(StepKind::Tool, "lookup").input(json!({"name": "amelia ahmed"}));
    step.error("not_found", "nobody at 975 Sunset Drive");
    ticket.output("Dear Amelia Ahmed, …").attribute("to", "Amelia Ahmed").succeed();
    assert_eq!(lens.shutdown(LONG).sent, 1);
    let wire = format!("{:?}", receiver.state.records()).to_lowercase();
    for known in ["amelia ahmed", "975 sunset drive", "c-42"] {
        assert!(!wire.contains(known), "{known} in {wire}");
    }
    assert!(wire.contains("lookup"));
    assert!(lens.stats().redactions >= 4, "{:?}", lens.stats());
}

#[test]
fn a_wrong_key_is_told() {
    let refusal = Refusal::unauthenticated("no such key");
    let receiver = FakeReceiver::start(Behaviour::Refuse(refusal));
    let lens = lens(&receiver.endpoint());
    lens.emit(ticket(0));
    lens.shutdown(LONG);
    assert_eq!(lens.stats().last_error.as_deref(), Some("Unauthenticated: no such key"));
}

#[test]
fn workflows_share_a_pipeline_and_a_sequence() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = lens(&receiver.endpoint());
    let other = lens.for_workflow("other", Some("2")).for_environment("staging");
    lens.emit(ticket(0));
    other.emit(ticket(1));
    lens.emit(ticket(2));
    assert_eq!(lens.shutdown(LONG).sent, 3);
    let requests = receiver.state.requests.lock().unwrap().clone();
    let groups: Vec<_> = requests.into_iter().flatten().collect();
    let mut seen = Vec::new();
    for group in groups {
        let name = format!("{:?}", group.resource.unwrap().attributes[0].value);
        for record in group.scope_logs.into_iter().flat_map(|scope| scope.log_records) {
            seen.push((attribute(&record, "ticket.sequence").unwrap(), name.contains("other")));
        }
    }
    seen.sort();
    assert_eq!(seen, [("1".into(), false), ("2".into(), true), ("3".into(), false)]);
}

#[test]
fn the_lens_level_of_capture_holds() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = Lens::builder()
        .endpoint(receiver.endpoint())
        .capture(Capture::MetricsOnly)
        .build()
        .unwrap();
    lens.emit(ticket(0));
    assert_eq!(lens.shutdown(LONG).sent, 1);
    let record = &receiver.state.records()[0];
    assert!(record.body.is_none());
    assert_eq!(attribute(record, "ticket.capture").as_deref(), Some("METRICS_ONLY"));
}

#[test]
fn messages_stay_behind_for_a_lens_or_a_ticket_that_says_so() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let step = || StepBuilder::tool("lookup_order").output("in transit");
    let build = |id: &str| TicketBuilder::new(id).request("where is it?").step(step());
    let vars = [("TICKETLENS_DROP_MESSAGES".to_owned(), "true".to_owned())];
    let open = |builder: LensBuilder| builder.endpoint(receiver.endpoint()).build().unwrap();
    let by_variable = open(Lens::builder().read_vars(vars.clone()));
    by_variable.emit(build("variable").build(Status::Success));
    by_variable.ticket("active").request("where is it?").succeed();
    let by_code = open(Lens::builder().drop_messages(true));
    by_code.emit(build("code").build(Status::Success));
    let whole = open(Lens::builder().drop_messages(false).read_vars(vars));
    whole.emit(build("ticket").drop_messages().build(Status::Success));
    whole.ticket("active ticket").drop_messages().request("where is it?").succeed();
    whole.emit(build("whole").build(Status::Success));
    for lens in [by_variable, by_code, whole] {
        assert!(lens.shutdown(LONG).complete);
    }
    let records = receiver.state.records();
    assert_eq!(records.len(), 6);
    for record in records {
        let id = attribute(&record, "ticket.id").unwrap();
        let asked = body_text(&record, &["ticket"]);
        assert_eq!(asked.is_some(), id == "whole", "{id}");
        assert_eq!(attribute(&record, "ticket.capture").as_deref(), Some("FULL_TRACE"), "{id}");
        assert_eq!(record.body.is_some(), !id.starts_with("active"), "{id}");
    }
}

#[test]
fn a_subject_is_hashed_unless_the_lens_keeps_it_in_place() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let open = |builder: LensBuilder| builder.endpoint(receiver.endpoint()).build().unwrap();
    let vars = [("TICKETLENS_SUBJECT".to_owned(), " in_place ".to_owned())];
    let lenses = [
        ("by default", open(Lens::builder())),
        ("by variable", open(Lens::builder().read_vars(vars.clone()))),
        ("by code", open(Lens::builder().subject(Subject::InPlace))),
        ("code first", open(Lens::builder().subject(Subject::Hash).read_vars(vars))),
    ];
    for (id, lens) in lenses {
        let request = serde_json::json!({"subject": "Refund, from mia@example.com"});
        lens.emit(TicketBuilder::new(id).request(request).build(Status::Success));
        assert!(lens.shutdown(LONG).complete);
    }
    let records = receiver.state.records();
    assert_eq!(records.len(), 4);
    for record in records {
        let id = attribute(&record, "ticket.id").unwrap();
        let subject = body_text(&record, &["ticket", "subject"]).unwrap();
        let is_readable = matches!(id.as_str(), "by variable" | "by code");
        assert_eq!(subject == "Refund, from [email]", is_readable, "{id}: {subject}");
        assert_eq!(subject.starts_with("hmac:"), !is_readable, "{id}: {subject}");
    }
}

#[test]
fn what_is_left_is_sent_when_the_last_lens_goes() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = Lens::builder().endpoint(receiver.endpoint()).linger(LONG).build().unwrap();
    lens.emit(ticket(0));
    drop(lens);
    eventually("the ticket arrives", || receiver.state.records().len() == 1);
}

#[test]
fn a_wrong_setting_turns_it_off_and_says_why() {
    let vars = [("OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(), "carrier-pigeon".to_owned())];
    let lens = Lens::builder().read_vars(vars).build_or_off();
    assert!(!lens.is_enabled());
    lens.emit(ticket(0));
    lens.ticket("1").succeed();
    let stats = lens.stats();
    assert_eq!(stats.dropped.disabled, 2);
    let why = stats.last_error.clone().unwrap();
    assert_eq!(why, "OTEL_EXPORTER_OTLP_PROTOCOL is none of grpc, http/protobuf");
    adds_up(&stats);
    assert!(lens.shutdown(Duration::MAX).complete);
    assert!(lens.flush(Duration::MAX).complete);
}

#[tokio::test]
async fn it_works_inside_a_current_thread_runtime() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = lens(&receiver.endpoint());
    lens.emit(ticket(0));
    // Blocks the runtime's only thread: the pipeline must not need it.
    assert!(lens.flush(LONG).complete);
    assert_eq!(lens.shutdown(Duration::MAX).sent, 1);
    drop(lens);
}
