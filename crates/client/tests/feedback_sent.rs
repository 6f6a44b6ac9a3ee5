//! Feedback through the client's own pipeline: beside tickets, in their batches, and counted with them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake_receiver;

use std::time::Duration;

use fake_receiver::{Behaviour, FakeReceiver, attribute};
use ticketlens::{Capture, ExecutionId, FeedbackSource, Lens, LensBuilder, Timestamp};

const LONG: Duration = Duration::from_secs(30);

fn builder(receiver: &FakeReceiver) -> LensBuilder {
    Lens::builder().workflow("desk").endpoint(receiver.endpoint()).hash_key("0123456789abcdef")
}

#[test]
fn feedback_is_sent_as_the_event_of_the_genai_conventions() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = builder(&receiver).build().unwrap();
    let execution = ExecutionId::fresh();
    lens.feedback("4711")
        .evaluation("relevance")
        .source(FeedbackSource::Model)
        .score(0.25)
        .label("poor")
        .comment("Ada Byron asked about order 7, it answers about 8")
        .execution(execution)
        .id("eval-1")
        .given_at(Timestamp::from_unix_nanos(1_800_000_000_000_000_000))
        .customer("c-17")
        .known_pii(["Ada Byron"])
        .send();
    let report = lens.shutdown(LONG);
    assert_eq!((report.sent, report.complete), (1, true));
    let record = &receiver.state.records()[0];
    assert_eq!(record.event_name, "gen_ai.evaluation.result");
    assert_eq!(record.time_unix_nano, 1_800_000_000_000_000_000);
    let read = |key: &str| attribute(record, key);
    for (key, expected) in [
        ("ticket.id", "4711"),
        ("ticket.execution.id", &execution.to_string()),
        ("gen_ai.evaluation.name", "relevance"),
        ("gen_ai.evaluation.score.value", "0.25"),
        ("gen_ai.evaluation.score.label", "poor"),
        ("ticket.feedback.id", "eval-1"),
        ("ticket.feedback.source", "MODEL"),
    ] {
        assert_eq!(read(key).as_deref(), Some(expected), "{key}");
    }
    let comment = read("gen_ai.evaluation.explanation").unwrap();
    assert!(comment.ends_with(" asked about order 7, it answers about 8"), "{comment}");
    assert!(!comment.contains("Ada") && !comment.contains("Byron"), "{comment}");
    assert!(read("ticket.customer").unwrap().starts_with("hmac:"));
}

#[test]
fn tickets_stay_in_sequence_among_feedback_and_all_are_counted() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = builder(&receiver).build().unwrap();
    for n in 0..1_000 {
        lens.ticket(n.to_string()).succeed();
        lens.feedback(n.to_string()).csat(5).send();
    }
    lens.feedback("4711").csat(0).send();
    lens.feedback("4711").send();
    assert!(lens.flush(LONG).complete);
    assert!(lens.shutdown(LONG).complete);
    let stats = lens.stats();
    assert_eq!((stats.emitted, stats.feedback, stats.sent), (2_002, 1_002, 2_000));
    assert_eq!((stats.dropped.invalid, stats.dropped.total()), (2, 2));
    assert_eq!(lens.queued_bytes(), 0);
    let records = receiver.state.records();
    let sequence = records.iter().filter_map(|record| attribute(record, "ticket.sequence"));
    let mut sequence: Vec<u64> = sequence.map(|number| number.parse().unwrap()).collect();
    sequence.sort_unstable();
    assert_eq!(sequence, (1..=1_000).collect::<Vec<_>>());
    assert!(receiver.state.calls() < 1_000, "in batches");
}

#[test]
fn a_lens_that_keeps_what_was_said_sends_the_score_alone() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = builder(&receiver).capture(Capture::MetricsOnly).build().unwrap();
    lens.feedback("4711").csat(2).comment("it was wrong").send();
    assert_eq!(lens.shutdown(LONG).sent, 1);
    let record = &receiver.state.records()[0];
    assert_eq!(attribute(record, "gen_ai.evaluation.score.value").as_deref(), Some("2"));
    assert_eq!(attribute(record, "gen_ai.evaluation.explanation"), None);
}

#[test]
fn a_lens_that_is_off_or_shut_down_counts_what_it_is_given() {
    let off = Lens::off();
    off.feedback("4711").csat(4).send();
    let stats = off.stats();
    assert_eq!((stats.emitted, stats.feedback, stats.dropped.disabled), (1, 1, 1));
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = builder(&receiver).build().unwrap();
    lens.shutdown(LONG);
    lens.feedback("4711").csat(4).send();
    assert_eq!(lens.stats().dropped.shut_down, 1);
}

#[test]
fn what_was_said_is_in_no_debug_output() {
    let lens = Lens::off();
    let given = lens.feedback("4711").csat(4).comment("a word of mine").customer("c-17");
    let shown = format!("{given:?}");
    assert!(!shown.contains("word") && !shown.contains("c-17") && !shown.contains("4711"));
    given.send();
}
