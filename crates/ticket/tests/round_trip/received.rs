//! Records as others send them, one rule after the other.

use ticketlens_ticket::decode::Warnings;

use super::*;

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

/// A level may be among what is not read, so none but the strictest holds.
#[test]
fn more_attributes_than_are_read_cost_the_trace_and_not_the_ticket() {
    let mut record = good();
    let body = any_value::Value::StringValue(r#"{"output":"text of someone"}"#.into());
    record.body = Some(AnyValue { value: Some(body) });
    let spare = |count: usize| (0..count).map(|n| text(&format!("q{n}"), "v").encode_to_vec());
    let levels = |of_record: usize, of_resource: usize| {
        let mut bytes = record.encode_to_vec();
        spare(of_record).for_each(|pair| bytes.extend(field(6, &pair)));
        let resource: Vec<u8> = spare(of_resource).flat_map(|pair| field(1, &pair)).collect();
        let group = [field(1, &resource), field(2, &field(2, &bytes))].concat();
        let mut level = None;
        let summary = with_record(&field(1, &group), |record| level = Some(record.capture));
        let Warnings { attributes_dropped, bodies_behind_attributes, .. } = summary.warnings;
        let is_kept = level == Some(Capture::FullTrace);
        assert_eq!(bodies_behind_attributes, u64::from(!is_kept), "it is told");
        (level.unwrap(), attributes_dropped)
    };
    assert_eq!(levels(256, 256), (Capture::FullTrace, 0));
    assert_eq!(levels(16_381, 0), (Capture::FullTrace, 16_381 - 256));
    assert_eq!(levels(16_382, 0), (Capture::MetricsOnly, 16_382 - 256));
    assert_eq!(levels(0, 512), (Capture::FullTrace, 512 - 256));
    assert_eq!(levels(0, 513), (Capture::MetricsOnly, 513 - 256));
}

#[test]
fn a_level_is_read_in_any_case_and_one_that_is_none_is_told() {
    for (level, stored, unknown) in [
        ("full_trace", Capture::FullTrace, 0),
        (" Timeline", Capture::Timeline, 0),
        ("full", Capture::MetricsOnly, 1),
        ("", Capture::MetricsOnly, 1),
    ] {
        let mut record = good();
        let body = any_value::Value::StringValue(r#"{"output":"text of someone"}"#.into());
        record.body = Some(AnyValue { value: Some(body) });
        record.attributes.push(text("ticket.capture", level));
        let record = field(2, &field(2, &record.encode_to_vec()));
        let mut found = None;
        let summary = with_record(&field(1, &record), |record| found = Some(record.capture));
        assert_eq!((found, summary.warnings.levels_unknown), (Some(stored), unknown), "{level}");
    }
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
            let summary = read_request(&bytes, &gate(), &policy, &mut |item| {
                let Item::Ticket(record) = item else { return };
                let level = client.min(tenant);
                assert_eq!(record.capture, level);
                let text = record.trace_json.contains("text of someone");
                assert_eq!(text, level == Capture::FullTrace);
                let line = record.steps.first().map(|step| step.error_type.as_ref());
                assert_eq!(line, (level > Capture::MetricsOnly).then_some("timeout"));
            });
            assert_eq!(summary.unwrap().accepted, 1, "the record was looked at");
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
pub(crate) fn any_value_of(value: &Value) -> AnyValue {
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
