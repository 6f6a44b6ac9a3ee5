//! What is encoded reads back, by our reader and by OpenTelemetry's own types.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value},
    logs::v1::LogRecord,
};
use proptest::prelude::*;
use prost::Message;
use serde_json::{Map, Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_ticket::{
    Capture, ExecutionId, Metric, Record, Reject, Resource, SpanLink, Status, Step, StepError,
    StepKind, StepStatus, Ticket, Timestamp, Trace,
    decode::{Policy, Summary, read_request},
    encode::{self, Fit},
    names,
};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(b"a key of thirty-two bytes or more".to_vec()));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

fn resource() -> Resource {
    Resource {
        workflow: "refund-agent".into(),
        version: Some("1.4.2".into()),
        environment: Some("production".into()),
        instance: Some("i-1".into()),
        other: vec![("host.arch".into(), "amd64".into())],
    }
}

/// The request of one ticket.
fn request(ticket: Ticket) -> Vec<u8> {
    let mut record = Vec::new();
    assert_eq!(encode::log_record(&ticket.redact(&gate()), usize::MAX, &mut record), Fit::Whole);
    let mut request = encode::Request::new();
    request.push(&resource().redact(&gate()), &record);
    request.finish()
}

/// Runs `check` on the one record of a request.
fn with_record(bytes: &[u8], check: impl FnOnce(&Record<'_>)) -> Summary {
    let mut check = Some(check);
    let summary = read_request(bytes, &gate(), &Policy::default(), &mut |record| {
        (check.take().expect("one record"))(&record);
    });
    let summary = summary.unwrap();
    assert!(check.is_none(), "no record: {summary:?}");
    summary
}

/// Text and keys in which the gate finds nothing.
fn word() -> impl Strategy<Value = String> {
    "q[a-z]{0,6}( q[\"\\\\\n\tüß€😀]{0,3})?"
}

fn key() -> impl Strategy<Value = String> {
    "q[xyz]{2,5}"
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6).prop_map(|x: f64| Value::from(x + 0.25)),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn present() -> impl Strategy<Value = Option<Value>> {
    prop::option::of(json_value().prop_filter("null is absence", |v| !v.is_null()))
}

fn entries() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(key(), json_value(), 0..3).prop_map(|m| m.into_iter().collect())
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec![
        StepKind::Node,
        StepKind::React,
        StepKind::Llm,
        StepKind::Tool,
        StepKind::Retrieval,
        StepKind::Message,
        StepKind::Other,
    ]);
    let status = prop::sample::select(vec![StepStatus::Ok, StepStatus::Error, StepStatus::Skipped]);
    let error = prop::option::of((prop::option::of(word()), prop::option::of(word()), entries()));
    (
        (word(), prop::option::of(word()), kind, word(), prop::option::of(0u32..99)),
        (0u32..9_000_000, 0u32..9_000_000, status, prop::option::of(word())),
        (present(), present(), present(), error, entries(), entries()),
    )
        .prop_map(
            |((id, parent_id, kind, name, iteration), (start, took, status, action), rest)| {
                let (action_input, input, output, error, attributes, other) = rest;
                Step {
                    id,
                    parent_id,
                    kind,
                    name,
                    iteration,
                    start_ms: f64::from(start) / 4.0,
                    duration_ms: f64::from(took) / 4.0,
                    status,
                    action,
                    action_input,
                    input,
                    output,
                    error: error.map(|(kind, message, other)| StepError {
                        kind,
                        message,
                        stack: None,
                        other,
                    }),
                    attributes,
                    other,
                }
            },
        )
}

prop_compose! {
    fn trace()(
        ticket in present(), planning in present(), errors in present(), output in present(),
        steps in prop::collection::vec(step(), 0..5), other in entries(),
    ) -> Trace {
        Trace { ticket, planning, steps, errors, output, other }
    }
}

prop_compose! {
    fn ticket()(
        id in "T-[0-9]{1,6}",
        status in prop::sample::select(vec!["SUCCESS", "FAILED", "ESCALATED", "CANCELLED", "OWN_1"]),
        time in 1u64..i64::MAX as u64,
        millis in 0u64..9_000_000,
        category in prop::option::of("[A-Z]{1,9}"),
        tokens in prop::option::of(0u64..1_000_000),
        sequence in prop::option::of(0u64..i64::MAX as u64),
        metrics in prop::collection::btree_map(key(), -1e9..1e9, 0..5),
        attributes in prop::collection::btree_map(key(), word(), 0..5),
        span in prop::option::of((1u128.., 1u64..)),
        trace in trace(),
    ) -> Ticket {
        let mut ticket = Ticket::new(id, status.parse().unwrap(), Duration::from_millis(millis));
        ticket.executed_at = Timestamp::from_unix_nanos(time);
        ticket.category = category;
        ticket.input_tokens = tokens;
        ticket.sequence = sequence;
        ticket.metrics = metrics.into_iter().map(|(k, v)| (k, Metric::Double(v))).collect();
        ticket.attributes = attributes.into_iter().map(|(k, v)| (k, v.into())).collect();
        ticket.span = span.map(|(trace, span)| SpanLink {
            trace_id: trace.to_be_bytes(),
            span_id: span.to_be_bytes(),
        });
        ticket.trace = trace;
        ticket
    }
}

proptest! {
    #[test]
    fn a_ticket_reads_back_as_it_was(ticket in ticket()) {
        let bytes = request(ticket.clone());
        let summary = with_record(&bytes, |record| {
            assert_eq!(record.ticket_id, ticket.id);
            assert_eq!(record.execution_id, ticket.execution_id);
            assert_eq!(record.status, ticket.status.as_str());
            assert_eq!(record.executed_at, ticket.executed_at);
            assert_eq!(record.duration_seconds, ticket.duration.as_secs_f64());
            assert_eq!(record.category, ticket.category.as_deref().unwrap_or_default());
            assert_eq!(record.input_tokens, ticket.input_tokens);
            assert_eq!(record.sequence, ticket.sequence);
            assert_eq!(record.trace_id, ticket.span.map(|span| span.trace_id));
            assert_eq!(record.span_id, ticket.span.map(|span| span.span_id));
            assert_eq!(record.workflow, "refund-agent");
            assert_eq!(record.environment, "production");
            let metrics: Vec<_> = record.metrics.iter().map(|(k, v)| (k.to_string(), Metric::Double(*v))).collect();
            assert_eq!(metrics, ticket.metrics);
            assert_eq!(record.attributes[0], ("host.arch".into(), "amd64".into()));
            assert_eq!(record.attributes.len(), ticket.attributes.len() + 1);
            assert_eq!(record.steps.len(), ticket.trace.steps.len());
            for (line, step) in record.steps.iter().zip(&ticket.trace.steps) {
                assert_eq!((&*line.id, line.kind, &*line.name), (&*step.id, step.kind, &*step.name));
                assert_eq!((line.start_ms, line.duration_ms), (step.start_ms, step.duration_ms));
                assert_eq!((line.status, line.iteration), (step.status, step.iteration));
            }
            if ticket.trace.is_empty() {
                assert_eq!((record.capture, &*record.trace_json), (Capture::MetricsOnly, ""));
            } else {
                let stored: Value = serde_json::from_str(&record.trace_json).unwrap();
                assert_eq!(stored, serde_json::to_value(&ticket.trace).unwrap());
                assert!(serde_json::from_value::<Trace>(stored).unwrap() == ticket.trace);
            }
        });
        prop_assert!(summary.warnings.is_empty());
    }

    #[test]
    fn opentelemetrys_own_types_read_what_we_write(ticket in ticket()) {
        let bytes = request(ticket.clone());
        let decoded = ExportLogsServiceRequest::decode(&bytes[..]).unwrap();
        let record = &decoded.resource_logs[0].scope_logs[0].log_records[0];
        prop_assert_eq!(&record.event_name, "ticket.completed");
        prop_assert_eq!(record.time_unix_nano, ticket.executed_at.as_unix_nanos());
        prop_assert_eq!(record.severity_number, ticket.status.severity() as i32);
        prop_assert_eq!(record.body.is_some(), !ticket.trace.is_empty());
        // Read by them and written by them, our reader finds the same.
        let (mut ours, mut theirs) = (None, None);
        with_record(&bytes, |record| ours = Some((record.trace_json.clone(), record.execution_id)));
        with_record(&decoded.encode_to_vec(), |record| {
            theirs = Some((record.trace_json.clone(), record.execution_id));
        });
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn a_body_as_text_is_stored_as_the_same_body(ticket in ticket()) {
        let bytes = request(ticket.clone());
        let mut decoded = ExportLogsServiceRequest::decode(&bytes[..]).unwrap();
        let record = &mut decoded.resource_logs[0].scope_logs[0].log_records[0];
        if record.body.is_some() {
            let text = serde_json::to_string(&ticket.trace).unwrap();
            record.body = Some(AnyValue { value: Some(any_value::Value::StringValue(text)) });
        }
        let mut map = None;
        with_record(&bytes, |record| map = Some((json_of(record), steps_of(record))));
        let mut text = None;
        with_record(&decoded.encode_to_vec(), |record| text = Some((json_of(record), steps_of(record))));
        prop_assert_eq!(map, text);
    }

    #[test]
    fn a_record_is_degraded_until_it_fits(ticket in ticket(), max in 2_000usize..60_000, big in 0usize..90_000) {
        let mut ticket = ticket;
        ticket.trace.output = Some(Value::from("q".repeat(big)));
        let redacted = ticket.redact(&gate());
        let mut out = vec![1, 2, 3];
        let fit = encode::log_record(&redacted, max, &mut out);
        prop_assert!(out.len() - 3 <= max || fit == Fit::MetricsOnly);
        prop_assert!(LogRecord::decode(&out[3..]).is_ok());
        let mut whole = Vec::new();
        encode::log_record(&redacted, usize::MAX, &mut whole);
        prop_assert_eq!(fit == Fit::Whole, whole.len() <= max);
    }

    #[test]
    fn damaged_requests_are_read_or_refused(ticket in ticket(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = request(ticket);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let _ = read_request(&bytes, &gate(), &Policy::default(), &mut |record| {
            assert!(record.trace_json.is_empty() || serde_json::from_str::<Value>(&record.trace_json).is_ok());
        });
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = read_request(&bytes, &gate(), &Policy::default(), &mut |_| {});
    }
}

fn json_of(record: &Record<'_>) -> Value {
    match &*record.trace_json {
        "" => Value::Null,
        json => serde_json::from_str(json).unwrap(),
    }
}

fn steps_of(
    record: &Record<'_>,
) -> Vec<(String, String, StepKind, String, f64, StepStatus, String)> {
    let line = |s: &ticketlens_ticket::StepLine<'_>| {
        let texts = [&s.id, &s.parent_id, &s.name, &s.error_type].map(ToString::to_string);
        let [id, parent, name, error] = texts;
        (id, parent, s.kind, name, s.start_ms + s.duration_ms, s.status, error)
    };
    record.steps.iter().map(line).collect()
}

#[test]
fn a_trace_nested_a_thousand_deep_still_leaves_and_arrives() {
    let mut value = json!("core");
    for _ in 0..100 {
        value = json!({ "q": [value] });
    }
    let mut ticket = Ticket::new("T-1", Status::Success, Duration::ZERO);
    ticket.trace.output = Some(value);
    let mut record = Vec::new();
    let redacted = ticket.redact(&gate());
    encode::log_record(&redacted, usize::MAX, &mut record);
    // OpenTelemetry's own types refuse what is nested too deep; so ours must not send it.
    assert!(LogRecord::decode(&record[..]).is_ok());
}

#[test]
fn a_body_nested_without_end_is_cut_not_followed() {
    // AnyValue { array_value { values: [AnyValue { … } ] } }, from the inside out.
    let mut any: Vec<u8> = Vec::new();
    for _ in 0..20_000 {
        let list = field(1, &any);
        any = field(5, &list);
    }
    let mut record = record_with(&[("ticket.id", "T-1"), ("ticket.status", "SUCCESS")]);
    record.attributes.push(double("ticket.duration", 1.0));
    let mut record = record.encode_to_vec();
    let pair = [field(1, b"output"), field(2, &any)].concat();
    record.extend(field(5, &field(6, &field(1, &pair))));
    let bytes = field(1, &field(2, &field(2, &record)));
    with_record(&bytes, |record| assert!(record.trace_json.contains("[too deep]")));
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

fn record_with(attributes: &[(&str, &str)]) -> LogRecord {
    LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        event_name: "ticket.completed".into(),
        attributes: attributes.iter().map(|(key, value)| text(key, value)).collect(),
        ..LogRecord::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, any_value::Value::StringValue(value.into()))
}

fn double(key: &str, value: f64) -> KeyValue {
    pair(key, any_value::Value::DoubleValue(value))
}

fn pair(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn read(record: &LogRecord) -> Summary {
    let bytes = field(1, &field(2, &field(2, &record.encode_to_vec())));
    read_request(&bytes, &gate(), &Policy::default(), &mut |_| {}).unwrap()
}

fn good() -> LogRecord {
    let mut record = record_with(&[("ticket.id", "T-1"), ("ticket.status", "SUCCESS")]);
    record.attributes.push(double("ticket.duration", 1.5));
    record
}

#[test]
fn every_reject_reason_is_given_for_its_cause() {
    let without = |key: &str| {
        let mut record = good();
        record.attributes.retain(|pair| pair.key != key);
        record
    };
    let with = |key: &str, value: any_value::Value| {
        let mut record = without(key);
        record.attributes.push(pair(key, value));
        record
    };
    let string = |value: &str| any_value::Value::StringValue(value.into());
    let cases = [
        ("", good()),
        ("other_event", LogRecord { event_name: "user.login".into(), ..good() }),
        ("other_event", LogRecord { event_name: String::new(), ..good() }),
        ("tenant_claimed", with("tenant.id", string("acme"))),
        ("tenant_claimed", with("client_id", string("acme"))),
        ("missing_ticket_id", without("ticket.id")),
        ("missing_ticket_id", with("ticket.id", string(" "))),
        ("ticket_id_too_long", with("ticket.id", string(&"9".repeat(257)))),
        ("missing_status", without("ticket.status")),
        ("invalid_status", with("ticket.status", string("success"))),
        ("missing_duration", without("ticket.duration")),
        ("invalid_duration", with("ticket.duration", any_value::Value::DoubleValue(f64::NAN))),
        ("invalid_duration", with("ticket.duration", any_value::Value::DoubleValue(-1.0))),
        ("invalid_duration", with("ticket.duration", string("soon"))),
        ("missing_time", LogRecord { time_unix_nano: 0, ..good() }),
        ("time_out_of_range", LogRecord { time_unix_nano: u64::MAX, ..good() }),
        ("invalid_execution_id", with("ticket.execution.id", string("42"))),
    ];
    for (reason, record) in cases {
        let summary = read(&record);
        let reasons: Vec<_> = summary.rejections.iter().map(|(r, _)| r.as_str()).collect();
        let expected: Vec<_> = Some(reason).into_iter().filter(|r| !r.is_empty()).collect();
        assert_eq!(reasons, expected, "{record:?}");
        assert_eq!(summary.accepted, u64::from(reason.is_empty()));
    }
}

#[test]
fn what_is_too_much_is_left_out_with_a_warning_and_the_rest_is_stored() {
    let mut record = good();
    record.attributes.insert(0, double("ticket.metrics.score", f64::NAN));
    for n in 0..10_000 {
        record.attributes.insert(0, text(&format!("q{n}"), "v"));
    }
    let summary = read(&record);
    assert_eq!(summary.accepted, 1);
    assert_eq!(summary.warnings.attributes_dropped, 10_000 - 256);
    assert_eq!(summary.warnings.metrics_dropped, 1);
}

#[test]
fn the_event_name_may_be_an_attribute_and_the_time_the_observed_one() {
    let mut record = LogRecord {
        event_name: String::new(),
        time_unix_nano: 0,
        observed_time_unix_nano: 5,
        ..good()
    };
    record.attributes.push(text("event.name", "ticket.completed"));
    assert_eq!(read(&record).accepted, 1);
}

#[test]
fn a_record_without_an_execution_id_gets_the_same_one_on_every_resend() {
    let ids: Vec<ExecutionId> = (0..2)
        .map(|_| {
            let bytes = field(1, &field(2, &field(2, &good().encode_to_vec())));
            let mut id = None;
            with_record(&bytes, |record| id = Some(record.execution_id));
            id.unwrap()
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn the_stricter_level_wins() {
    let mut ticket = Ticket::new("T-1", Status::Failed, Duration::from_secs(1));
    ticket.trace = Trace::from(json!({
        "ticket": {"q": "text of someone"},
        "steps": [{"id": "s1", "kind": "tool", "name": "lookup", "input": "text of someone",
                   "error": {"type": "timeout", "message": "text of someone"}}]
    }));
    for client in [Capture::MetricsOnly, Capture::Timeline, Capture::FullTrace] {
        for tenant in [Capture::MetricsOnly, Capture::Timeline, Capture::FullTrace] {
            let ticket = Ticket { capture: client, ..ticket.clone() };
            let bytes = request(ticket);
            let policy = Policy { capture: tenant, ..Policy::default() };
            read_request(&bytes, &gate(), &policy, &mut |record| {
                let level = client.min(tenant);
                assert_eq!(record.capture, level);
                let text = record.trace_json.contains("text of someone");
                assert_eq!(text, level == Capture::FullTrace);
                let line = record.steps.first().map(|step| step.error_type.as_ref());
                assert_eq!(line, (level > Capture::MetricsOnly).then_some("timeout"));
            })
            .unwrap();
        }
    }
}

#[test]
fn consecutive_records_of_one_resource_share_it() {
    let mut record = Vec::new();
    let ticket = Ticket::new("T-1", Status::Success, Duration::ZERO);
    encode::log_record(&ticket.redact(&gate()), usize::MAX, &mut record);
    let other = Resource { workflow: "other".into(), ..Resource::default() };
    let mut request = encode::Request::new();
    for resource in [&resource(), &resource(), &other] {
        request.push(&resource.redact(&gate()), &record);
    }
    assert_eq!(request.records(), 3);
    let decoded = ExportLogsServiceRequest::decode(&request.finish()[..]).unwrap();
    let counts: Vec<_> =
        decoded.resource_logs.iter().map(|g| g.scope_logs[0].log_records.len()).collect();
    assert_eq!(counts, [2, 1]);
}

#[test]
fn the_record_is_documented_name_by_name() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/record.md");
    let document = std::fs::read_to_string(path).unwrap();
    let reasons = Reject::ALL.map(Reject::as_str);
    let keys = [
        names::EVENT,
        names::EVENT_NAME,
        names::SERVICE_NAME,
        names::SERVICE_VERSION,
        names::SERVICE_INSTANCE_ID,
        names::ENVIRONMENT,
        names::ENVIRONMENT_OLD,
        names::TICKET_ID,
        names::EXECUTION_ID,
        names::STATUS,
        names::CATEGORY,
        names::DURATION,
        names::CAPTURE,
        names::CUSTOMER,
        names::SEQUENCE,
        names::REDACTIONS,
        names::MODEL,
        names::INPUT_TOKENS,
        names::OUTPUT_TOKENS,
        names::ERROR_TYPE,
    ];
    for word in keys.into_iter().chain(reasons).chain(names::TENANT_CLAIMS) {
        assert!(document.contains(&format!("`{word}`")), "{word} is missing in docs/record.md");
    }
}

#[test]
fn counts_by_detector_travel_and_add_up() {
    let mut ticket = Ticket::new("T-1", Status::Success, Duration::ZERO);
    ticket.trace.output = Some(json!(["a@example.com", "b@example.com", "4111 1111 1111 1111"]));
    let found = [("card".into(), 1), ("email".into(), 2)];
    with_record(&request(ticket), |record| {
        let mut by = record.redactions_by.clone();
        by.sort();
        assert_eq!((record.redactions, by.as_slice()), (3, &found[..]));
    });
    // Another language's sender counts nothing; what the receiver finds is added to what is sent.
    let mut record = good();
    let sent =
        [("ticket.redactions", 1), ("ticket.redactions.email", 1), ("ticket.redactions.No!", 9)];
    for (key, count) in sent {
        record.attributes.push(pair(key, any_value::Value::IntValue(count)));
    }
    record.attributes.push(text("note", "write to a@example.com or 4111 1111 1111 1111"));
    let bytes = field(1, &field(2, &field(2, &record.encode_to_vec())));
    with_record(&bytes, |record| {
        let mut by = record.redactions_by.clone();
        by.sort();
        assert_eq!((record.redactions, by.as_slice()), (3, &found[..]));
    });
}

#[test]
fn a_resource_goes_through_the_gate_too() {
    let raw = Resource {
        workflow: "agent of jane.roe@example.org".into(),
        version: Some("4111 1111 1111 1111".into()),
        other: vec![("db.password".into(), "hunter2".into()), ("host.arch".into(), "amd64".into())],
        ..Resource::default()
    };
    let mut record = Vec::new();
    let ticket = Ticket::new("T-1", Status::Success, Duration::ZERO);
    encode::log_record(&ticket.redact(&gate()), usize::MAX, &mut record);
    let mut request = encode::Request::new();
    request.push(&raw.redact(&gate()), &record);
    let text = String::from_utf8_lossy(&request.finish()).into_owned();
    for gone in ["jane.roe", "4111", "hunter2"] {
        assert!(!text.contains(gone), "{gone}");
    }
    assert!(text.contains("agent of [email]") && text.contains("amd64"), "{text}");
}

#[test]
fn keys_that_cleaning_makes_the_same_are_told_apart_either_way() {
    let body = json!({"output": {
        "a@example.com": 1, "b@example.com": 2, "jane": true,
        "email": {"work": "a@example.com", "verified": true, "count": 3}
    }});
    // Past the client's gate as it stands: another language's sender has none.
    let mut record = good();
    let as_text = any_value::Value::StringValue(body.to_string());
    record.body = Some(AnyValue { value: Some(as_text) });
    let mut stored = Vec::new();
    let bytes = field(1, &field(2, &field(2, &record.encode_to_vec())));
    with_record(&bytes, |record| stored.push(json_of(record)));
    record.body = Some(any_value_of(&body));
    let bytes = field(1, &field(2, &field(2, &record.encode_to_vec())));
    with_record(&bytes, |record| stored.push(json_of(record)));
    assert_eq!(stored[0], stored[1]);
    let output = stored[0]["output"].as_object().unwrap();
    assert_eq!(output.len(), 4);
    assert!(output.contains_key("[email]") && output.contains_key("[email]#2"), "{output:?}");
    assert_eq!(output["email"]["verified"], json!(true));
    assert!(output["email"]["count"].is_string());
}

/// JSON as OpenTelemetry's own types hold it.
fn any_value_of(value: &Value) -> AnyValue {
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};
    let value = match value {
        Value::Null => None,
        Value::Bool(truth) => Some(any_value::Value::BoolValue(*truth)),
        Value::Number(n) => Some(match n.as_i64() {
            Some(n) => any_value::Value::IntValue(n),
            None => any_value::Value::DoubleValue(n.as_f64().unwrap()),
        }),
        Value::String(text) => Some(any_value::Value::StringValue(text.clone())),
        Value::Array(items) => {
            let values = items.iter().map(any_value_of).collect();
            Some(any_value::Value::ArrayValue(ArrayValue { values }))
        }
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| KeyValue {
                key: key.clone(),
                value: Some(any_value_of(value)),
                ..KeyValue::default()
            };
            let values = map.iter().map(pair).collect();
            Some(any_value::Value::KvlistValue(KeyValueList { values }))
        }
    };
    AnyValue { value }
}
