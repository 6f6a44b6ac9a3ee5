//! Feedback: what is encoded reads back, and what others send is read or refused with a reason.

use ticketlens_ticket::{CSAT, Feedback, FeedbackRecord, FeedbackSource};

use super::*;

const AT: u64 = 1_700_000_000_000_000_000;

/// What a request's one record of feedback is under that policy, or why it is none.
fn read_as(bytes: &[u8], policy: &Policy) -> Result<FeedbackRecord<'static>, Reject> {
    let mut read = None;
    let summary = read_request(bytes, &gate(), policy, &mut |item| {
        let Item::Feedback(record) = item else { return };
        read = Some(owned(record));
    })
    .unwrap();
    match (read, summary.rejections.iter().next()) {
        (Some(read), None) => {
            assert_eq!((summary.accepted, summary.feedback), (1, 1));
            Ok(read)
        }
        (None, Some((reason, 1))) => Err(reason),
        other => unreachable!("{other:?}"),
    }
}

fn owned(record: FeedbackRecord<'_>) -> FeedbackRecord<'static> {
    let own = |text: std::borrow::Cow<'_, str>| std::borrow::Cow::Owned(text.into_owned());
    FeedbackRecord {
        id: own(record.id),
        ticket_id: own(record.ticket_id),
        name: own(record.name),
        label: own(record.label),
        comment: own(record.comment),
        customer: own(record.customer),
        attributes: record.attributes.into_iter().map(|(k, v)| (own(k), own(v))).collect(),
        execution_id: record.execution_id,
        source: record.source,
        given_at: record.given_at,
        score: record.score,
        redactions: record.redactions,
    }
}

fn text(value: &str) -> any_value::Value {
    any_value::Value::StringValue(value.into())
}

fn pair(key: &str, value: any_value::Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn event(attributes: Vec<KeyValue>) -> LogRecord {
    LogRecord {
        time_unix_nano: AT,
        event_name: "gen_ai.evaluation.result".into(),
        attributes,
        ..LogRecord::default()
    }
}

fn csat(score: any_value::Value) -> Vec<KeyValue> {
    vec![
        pair("ticket.id", text("4711")),
        pair("gen_ai.evaluation.name", text("csat")),
        pair("gen_ai.evaluation.score.value", score),
    ]
}

fn request_of(resource: Vec<KeyValue>, record: LogRecord) -> Vec<u8> {
    use opentelemetry_proto::tonic::{
        logs::v1::{ResourceLogs, ScopeLogs},
        resource::v1::Resource,
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
    let resource = Some(Resource { attributes: resource, ..Resource::default() });
    let group = ResourceLogs { resource, scope_logs, ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![group] }.encode_to_vec()
}

fn read(attributes: Vec<KeyValue>) -> Result<FeedbackRecord<'static>, Reject> {
    read_as(&request_of(Vec::new(), event(attributes)), &Policy::default())
}

#[test]
fn what_is_encoded_reads_back_and_went_through_the_gate() {
    let mut feedback = Feedback::new("4711", CSAT, FeedbackSource::Human);
    feedback.score = Some(4.0);
    feedback.label = Some("good".into());
    feedback.comment = Some("Thanks, write to mia@example.com, says Quillfeather".into());
    feedback.customer = Some("customer-8".into());
    feedback.known_pii = vec!["Quillfeather".into()];
    feedback.execution_id = Some(ExecutionId::fresh());
    let sent = feedback.clone();
    let redacted = feedback.redact(&gate(), true).unwrap();
    assert_eq!(redacted.redactions(), 3);
    let mut record = Vec::new();
    encode::feedback_record(&redacted, &mut record);
    LogRecord::decode(&record[..]).expect("OpenTelemetry's own type");
    let mut request = encode::Request::new();
    request.push(&resource().redact(&gate()), &record);
    let read = read_as(&request.finish(), &Policy::default()).unwrap();
    assert_eq!((&*read.ticket_id, &*read.name, &*read.label), ("4711", "csat", "good"));
    assert_eq!((read.score, read.source), (Some(4.0), Some(FeedbackSource::Human)));
    assert_eq!((&*read.id, read.execution_id), (&*sent.id, sent.execution_id));
    assert_eq!(read.given_at, sent.given_at);
    assert_eq!(read.comment, "Thanks, write to [email], says [known-value]");
    assert!(read.customer.starts_with("hmac:"), "{}", read.customer);
    assert_eq!((read.redactions, read.attributes.len()), (3, 0));
    let debug = format!("{sent:?} {redacted:?} {read:?}");
    assert!(!debug.contains("4711") && !debug.contains("Quillfeather"), "{debug}");
}

#[test]
fn who_sends_without_a_gate_has_ours() {
    let mut attributes = csat(any_value::Value::IntValue(2));
    attributes
        .push(pair("gen_ai.evaluation.explanation", text("call +1 202 555 0143, mia@example.com")));
    attributes.push(pair("gen_ai.response.id", text("chatcmpl-1")));
    attributes.push(pair("password", text("hunTer2pw")));
    attributes.push(pair("ticket.customer", text("Mia Quill")));
    let read = read(attributes).unwrap();
    assert_eq!(read.comment, "call [phone], [email]");
    assert!(read.customer.starts_with("hmac:"));
    let by_key = |key| read.attributes.iter().find(|(k, _)| k == key).map(|(_, v)| &**v);
    assert_eq!(
        (by_key("gen_ai.response.id"), by_key("password")),
        (Some("chatcmpl-1"), Some("[secret]"))
    );
    assert_eq!((read.source, read.execution_id), (None, None));
}

#[test]
fn a_tenant_that_keeps_no_text_keeps_no_comment() {
    let mut attributes = csat(any_value::Value::DoubleValue(2.5));
    attributes.push(pair("gen_ai.evaluation.explanation", text("too slow")));
    let bytes = request_of(Vec::new(), event(attributes));
    for policy in [
        Policy { capture: Capture::Timeline, ..Policy::default() },
        Policy { capture: Capture::MetricsOnly, ..Policy::default() },
        Policy { drop_messages: true, ..Policy::default() },
    ] {
        let read = read_as(&bytes, &policy).unwrap();
        assert_eq!((&*read.comment, read.score), ("", Some(2.5)), "{policy:?}");
    }
    let comment = pair("gen_ai.evaluation.explanation", text("too slow"));
    let only = vec![
        pair("ticket.id", text("4711")),
        pair("gen_ai.evaluation.name", text("comment")),
        comment,
    ];
    let policy = Policy { drop_messages: true, ..Policy::default() };
    let read = read_as(&request_of(Vec::new(), event(only)), &policy).unwrap();
    assert_eq!((&*read.comment, read.score), ("", None), "that there was one is no text");
}

#[test]
fn numbers_come_as_texts_too_and_names_with_underscores_and_on_the_resource() {
    assert_eq!(read(csat(text("4"))).unwrap().score, Some(4.0));
    let renamed = csat(text("4")).into_iter().map(|mut pair| {
        pair.key = pair.key.replace('.', "_");
        pair
    });
    assert_eq!(read(renamed.collect()).unwrap().name, "csat");
    let (mut own, source) = (csat(text("4")), pair("ticket.feedback.source", text("CODE")));
    let id = own.remove(0);
    let bytes = request_of(vec![id, source], event(own));
    let read = read_as(&bytes, &Policy::default()).unwrap();
    assert_eq!((&*read.ticket_id, read.source), ("4711", Some(FeedbackSource::Code)));
}

#[test]
fn without_an_id_of_its_own_what_it_says_is_its_id() {
    let id = |attributes| read(attributes).unwrap().id;
    let first = id(csat(text("4")));
    assert_eq!(first, id(csat(any_value::Value::IntValue(4))), "sent again");
    assert_ne!(first, id(csat(text("5"))), "corrected");
    let mut more = csat(text("4"));
    more.push(pair("host.name", text("added by a pipeline")));
    assert_eq!(first, id(more));
}

#[test]
fn what_is_no_feedback_is_refused_with_a_reason() {
    let without = |n: usize| {
        let mut attributes = csat(text("4"));
        attributes.remove(n);
        attributes
    };
    let with = |key: &str, value: &str| {
        let mut attributes = csat(text("4"));
        attributes.push(pair(key, text(value)));
        attributes
    };
    let mut word = without(2);
    word.push(pair("gen_ai.evaluation.score.label", text("good")));
    for (attributes, reason) in [
        (without(0), Reject::MissingTicketId),
        (without(1), Reject::MissingEvaluationName),
        (without(2), Reject::MissingScore),
        (word, Reject::MissingScore),
        (csat(any_value::Value::DoubleValue(f64::NAN)), Reject::InvalidScore),
        (csat(any_value::Value::IntValue(17)), Reject::InvalidScore),
        (csat(text("0.5")), Reject::InvalidScore),
        (csat(text("good")), Reject::InvalidScore),
        (csat(any_value::Value::BoolValue(true)), Reject::InvalidScore),
        (with("ticket.feedback.source", "ROBOT"), Reject::InvalidFeedbackSource),
        (with("ticket.feedback.id", &"x".repeat(257)), Reject::FeedbackIdTooLong),
        (with("ticket.execution.id", "no uuid"), Reject::InvalidExecutionId),
        (with("tenant.id", "other"), Reject::TenantClaimed),
    ] {
        assert_eq!(read(attributes), Err(reason));
    }
    let claim = vec![pair("client_id", text("other"))];
    let bytes = request_of(claim, event(csat(text("4"))));
    assert_eq!(read_as(&bytes, &Policy::default()), Err(Reject::TenantClaimed));
    let mut timeless = event(csat(text("4")));
    timeless.time_unix_nano = 0;
    let bytes = request_of(Vec::new(), timeless);
    assert_eq!(read_as(&bytes, &Policy::default()), Err(Reject::MissingTime));
}

#[test]
fn what_was_given_after_the_latest_time_is_refused() {
    let bytes = request_of(Vec::new(), event(csat(text("4"))));
    let latest =
        |at| Policy { latest_feedback: Some(Timestamp::from_unix_nanos(at)), ..Policy::default() };
    assert!(read_as(&bytes, &latest(AT)).is_ok());
    assert_eq!(read_as(&bytes, &latest(AT - 1)), Err(Reject::FeedbackInFuture));
}
