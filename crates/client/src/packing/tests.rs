use opentelemetry_proto::tonic::{common::v1::any_value::Value, logs::v1::LogRecord};
use prost::Message as _;
use ticketlens_redact::GateConfig;
use ticketlens_ticket::{COMMENT, CSAT, FeedbackSource, names};

use super::*;

fn packing(capture: Capture, drop_messages: bool) -> Packing {
    let handoff = Arc::new(Handoff::open(1 << 20, capture));
    Packing::new(handoff, Gate::new(GateConfig::default()).unwrap(), drop_messages)
}

fn csat(change: impl FnOnce(&mut Feedback)) -> Box<Feedback> {
    let mut feedback = Feedback::new("4711", CSAT, FeedbackSource::Human);
    feedback.score = Some(4.0);
    feedback.comment = Some("Ada says: call +49 170 1234567".into());
    feedback.known_pii = vec!["Ada".into()];
    change(&mut feedback);
    Box::new(feedback)
}

fn pack(packing: &mut Packing, feedback: Box<Feedback>) -> Option<LogRecord> {
    packing.handoff.put_feedback(feedback, &Arc::default());
    let taken = packing.handoff.take().unwrap();
    let packed = packing.pack(taken)?;
    Some(LogRecord::decode(packed.bytes.as_slice()).unwrap())
}

fn text(record: &LogRecord, key: &str) -> Option<String> {
    let pair = record.attributes.iter().find(|pair| pair.key == key)?;
    match pair.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::DoubleValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_comment_leaves_redacted() {
    let mut packing = packing(Capture::FullTrace, false);
    let record = pack(&mut packing, csat(|_| {})).unwrap();
    assert_eq!(record.event_name, names::EVALUATION);
    assert_eq!(text(&record, names::SCORE_VALUE).as_deref(), Some("4"));
    let comment = text(&record, names::EXPLANATION).unwrap();
    assert!(!comment.contains("Ada") && !comment.contains("1234567"), "{comment}");
    assert_eq!(packing.handoff.counters.snapshot().redactions, 2);
}

#[test]
fn a_comment_stays_where_the_lens_keeps_what_was_said() {
    for (capture, drop_messages) in
        [(Capture::MetricsOnly, false), (Capture::Timeline, false), (Capture::FullTrace, true)]
    {
        let mut packing = packing(capture, drop_messages);
        let record = pack(&mut packing, csat(|_| {})).unwrap();
        assert_eq!(text(&record, names::EXPLANATION), None, "{capture}");
        assert_eq!(text(&record, names::SCORE_VALUE).as_deref(), Some("4"));
        // Nothing but the comment: nothing is left to say.
        let alone = |given: &mut Feedback| (given.name, given.score) = (COMMENT.into(), None);
        assert!(pack(&mut packing, csat(alone)).is_none());
        let stats = packing.handoff.counters.snapshot();
        assert_eq!((stats.emitted, stats.dropped.invalid, stats.left), (2, 1, 1));
        assert!(stats.last_error.unwrap().contains("capture level"));
    }
}

#[test]
fn what_cannot_be_sent_is_counted_and_told_by_its_field() {
    let mut packing = packing(Capture::FullTrace, false);
    for (feedback, field) in [
        (csat(|given| given.score = Some(6.0)), "score"),
        (csat(|given| given.score = Some(f64::NAN)), "score"),
        (csat(|given| (given.score, given.comment) = (None, None)), "score"),
        (csat(|given| given.name.clear()), "name"),
        (csat(|given| given.ticket_id.clear()), "ticket_id"),
    ] {
        assert!(pack(&mut packing, feedback).is_none());
        let said = packing.handoff.counters.snapshot().last_error.unwrap();
        assert!(said.starts_with(&format!("feedback was not sent: {field} ")), "{said}");
    }
    let stats = packing.handoff.counters.snapshot();
    assert_eq!((stats.dropped.invalid, stats.left), (5, 0));
    assert_eq!(packing.handoff.held(), 0);
}

#[test]
fn of_feedback_whose_known_values_the_gate_cannot_take_nothing_leaves() {
    let mut packing = packing(Capture::FullTrace, false);
    let many = (0..5_000).map(|n| format!("person number {n}")).collect();
    assert!(pack(&mut packing, csat(|given| given.known_pii = many)).is_none());
    let stats = packing.handoff.counters.snapshot();
    assert_eq!((stats.dropped.unredactable, stats.gate_failures, stats.left), (1, 1, 0));
    assert!(stats.last_error.unwrap().starts_with("feedback could not be redacted"));
    assert_eq!(packing.handoff.held(), 0);
}
