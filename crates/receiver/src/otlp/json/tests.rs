use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, any_value},
    logs::v1::LogRecord,
};
use prost::Message;
use serde_json::json;

use super::*;

fn read(json: &serde_json::Value) -> ExportLogsServiceRequest {
    let bytes = to_protobuf(json.to_string().as_bytes()).unwrap();
    ExportLogsServiceRequest::decode(bytes.as_slice()).unwrap()
}

fn request(record: &serde_json::Value) -> serde_json::Value {
    json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] })
}

fn record(record: &serde_json::Value) -> LogRecord {
    read(&request(record)).resource_logs[0].scope_logs[0].log_records[0].clone()
}

fn body(value: &serde_json::Value) -> Option<any_value::Value> {
    record(&json!({ "body": value })).body.and_then(|any| any.value)
}

/// The bytes of every record of a request, as the reader will meet them.
fn raw_records(json: &serde_json::Value) -> Vec<Vec<u8>> {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Group {
        #[prost(message, repeated, tag = "2")]
        scopes: Vec<Scope>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct Scope {
        #[prost(bytes = "vec", repeated, tag = "2")]
        records: Vec<Vec<u8>>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct Request {
        #[prost(message, repeated, tag = "1")]
        groups: Vec<Group>,
    }
    let bytes = to_protobuf(json.to_string().as_bytes()).unwrap();
    let request = Request::decode(bytes.as_slice()).unwrap();
    request.groups.into_iter().flat_map(|g| g.scopes).flat_map(|s| s.records).collect()
}

#[test]
fn every_field_the_reader_reads_arrives() {
    let json = json!({ "resourceLogs": [{
        "resource": { "attributes": [
            { "key": "service.name", "value": { "stringValue": "support" } },
        ] },
        "scopeLogs": [{
            "scope": { "name": "ticketlens" },
            "logRecords": [{
                "timeUnixNano": "1544712660300000000",
                "observedTimeUnixNano": 1544712660300000001_u64,
                "severityNumber": 9,
                "eventName": "ticket.completed",
                "traceId": "5B8EFFF798038103D269B633813FC60C",
                "spanId": "eee19b7ec3c1b174",
                "body": { "kvlistValue": { "values": [
                    { "key": "output", "value": { "stringValue": "a \"quoted\"\ntext" } },
                ] } },
                "attributes": [
                    { "key": "ticket.id", "value": { "stringValue": "42" } },
                    { "key": "ticket.duration", "value": { "doubleValue": 1.5 } },
                    { "key": "n", "value": { "intValue": "-7" } },
                    { "key": "b", "value": { "boolValue": true } },
                ],
            }],
        }],
    }] });
    let group = &read(&json).resource_logs[0];
    assert_eq!(group.resource.as_ref().unwrap().attributes[0].key, "service.name");
    let record = &group.scope_logs[0].log_records[0];
    assert_eq!(record.time_unix_nano, 1_544_712_660_300_000_000);
    assert_eq!(record.observed_time_unix_nano, 1_544_712_660_300_000_001);
    assert_eq!(record.event_name, "ticket.completed");
    assert_eq!((record.trace_id[0], record.trace_id.len()), (0x5b, 16));
    assert_eq!((record.span_id[0], record.span_id.len()), (0xee, 8));
    let values: Vec<_> =
        record.attributes.iter().map(|pair| pair.value.clone().unwrap().value.unwrap()).collect();
    use any_value::Value::{BoolValue, DoubleValue, IntValue, StringValue};
    assert_eq!(values, [StringValue("42".into()), DoubleValue(1.5), IntValue(-7), BoolValue(true)]);
    let Some(any_value::Value::KvlistValue(map)) = record.body.clone().unwrap().value else {
        panic!("no map");
    };
    let text = AnyValue { value: Some(StringValue("a \"quoted\"\ntext".into())) };
    assert_eq!(map.values[0].value, Some(text));
}

#[test]
fn numbers_come_as_numbers_and_as_strings() {
    use any_value::Value::{DoubleValue, IntValue};
    for (json, expected) in [
        (json!({ "intValue": "12" }), IntValue(12)),
        (json!({ "intValue": 12 }), IntValue(12)),
        (json!({ "intValue": 12.0 }), IntValue(12)),
        (json!({ "intValue": i64::MIN.to_string() }), IntValue(i64::MIN)),
        // Whole numbers that JavaScript's exporters call integers.
        (json!({ "intValue": 1e300 }), DoubleValue(1e300)),
        (json!({ "intValue": -1e19 }), DoubleValue(-1e19)),
        (json!({ "intValue": u64::MAX }), DoubleValue(18_446_744_073_709_551_615.0)),
        (json!({ "intValue": 9e15 }), IntValue(9_000_000_000_000_000)),
        (json!({ "doubleValue": 1 }), DoubleValue(1.0)),
        (json!({ "doubleValue": "1.25" }), DoubleValue(1.25)),
        (json!({ "doubleValue": "-Infinity" }), DoubleValue(f64::NEG_INFINITY)),
    ] {
        assert_eq!(body(&json), Some(expected), "{json}");
    }
    let Some(DoubleValue(nan)) = body(&json!({ "doubleValue": "NaN" })) else {
        panic!("no double")
    };
    assert!(nan.is_nan());
}

#[test]
fn bytes_are_base64_in_either_alphabet_padded_or_not() {
    for text in ["-_8=", "+/8=", "-_8", "+/8"] {
        let value = body(&json!({ "bytesValue": text }));
        assert_eq!(value, Some(any_value::Value::BytesValue(vec![0xfb, 0xff])), "{text}");
    }
}

#[test]
fn null_and_unknown_names_are_nothing() {
    let json = json!({ "newField": [{ "deep": {} }], "resourceLogs": [{
        "resource": null,
        "scopeLogs": [{ "logRecords": [
            { "eventName": null, "later": 1, "body": {}, "attributes": null },
        ] }],
    }] });
    let records = &read(&json).resource_logs[0].scope_logs[0].log_records;
    assert_eq!(records[0].body, Some(AnyValue { value: None }));
    assert_eq!(body(&json!({ "laterValue": 1 })), None);
    assert_eq!(read(&json!({})), ExportLogsServiceRequest::default());
}

#[test]
fn a_record_with_a_value_of_the_wrong_kind_is_no_record_and_its_neighbours_are() {
    let good = json!({ "eventName": "ticket.completed" });
    for bad in [
        json!({ "traceId": "xyz" }),
        json!({ "traceId": "0" }),
        json!({ "timeUnixNano": "soon" }),
        json!({ "timeUnixNano": -1 }),
        json!({ "timeUnixNano": 1.5 }),
        json!({ "eventName": 7 }),
        json!({ "eventName": { "a": [1] } }),
        json!({ "body": "text" }),
        json!({ "body": { "intValue": "9223372036854775808" } }),
        json!({ "body": { "bytesValue": "***" } }),
        json!({ "attributes": { "key": "value" } }),
        json!({ "attributes": [7] }),
        json!("text"),
    ] {
        let json = json!({ "resourceLogs": [
            { "scopeLogs": [{ "logRecords": [good, bad, good] }] },
        ] });
        let records = raw_records(&json);
        if bad.is_string() {
            assert_eq!(records[1], [NO_RECORD], "{bad}");
        }
        assert_eq!(records.len(), 3, "{bad}");
        assert_eq!(records[1], [NO_RECORD], "{bad}");
        assert_eq!(records[0], records[2]);
        assert_eq!(LogRecord::decode(&*records[0]).unwrap().event_name, "ticket.completed");
    }
}

#[test]
fn a_bad_value_in_a_resource_does_not_touch_its_records() {
    let json = json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "a", "value": { "intValue": "x" } }] },
        "scopeLogs": [{ "logRecords": [{ "eventName": "ticket.completed" }] }],
    }] });
    assert_ne!(raw_records(&json), [[NO_RECORD]]);
}

#[test]
fn what_is_nested_too_deep_is_marked_and_not_refused() {
    let levels = 10_000;
    let open = r#"{"arrayValue":{"values":["#.repeat(levels);
    let close = "]}}".repeat(levels);
    let deep = format!(r#"{open}{{"stringValue":"bottom"}}{close}"#);
    let record = format!(r#"{{"body":{deep},"eventName":"ticket.completed"}}"#);
    let text = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    let bytes = to_protobuf(text.as_bytes()).unwrap();
    let marks = bytes.windows(TOO_DEEP.len()).filter(|w| *w == TOO_DEEP.as_bytes()).count();
    assert_eq!(marks, 1);
    assert!(bytes.len() < 1000);
}

#[test]
fn what_is_no_json_object_is_malformed() {
    for text in ["", "{", "[]", "null", "7", "{} {}", "{\"resourceLogs\":[{]}", "\u{1f}\u{8b}"] {
        let refused = to_protobuf(text.as_bytes());
        assert!(matches!(refused, Err(Refusal::Malformed { .. })), "{text}: {refused:?}");
    }
    assert!(matches!(to_protobuf(b"{\"resourceLogs\":\"\xff\"}"), Err(Refusal::Malformed { .. })));
}

proptest::proptest! {
    /// The stock types write OTLP/JSON; what we make of it is what they write in protobuf.
    #[test]
    fn the_stock_encoders_json_and_protobuf_mean_the_same(
        texts in proptest::collection::vec(".*", 0..8),
        int in proptest::prelude::any::<i64>(),
        double in -1e300..1e300_f64,
        time in proptest::prelude::any::<u64>(),
    ) {
        use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValue};
        use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
        let any = |value| AnyValue { value: Some(value) };
        let texts: Vec<_> = texts.into_iter().map(any_value::Value::StringValue).collect();
        let list = ArrayValue { values: texts.iter().cloned().map(any).collect() };
        let values = [
            any_value::Value::IntValue(int),
            any_value::Value::DoubleValue(double),
            any_value::Value::ArrayValue(list),
        ];
        let attributes = values.into_iter().enumerate().map(|(n, value)| KeyValue {
            key: format!("key {n}"),
            value: Some(any(value)),
            ..KeyValue::default()
        });
        let record = LogRecord {
            time_unix_nano: time,
            event_name: "ticket.completed".into(),
            trace_id: vec![7; 16],
            attributes: attributes.collect(),
            ..LogRecord::default()
        };
        let scope = ScopeLogs { log_records: vec![record], ..ScopeLogs::default() };
        let group = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
        let request = ExportLogsServiceRequest { resource_logs: vec![group] };
        let json = serde_json::to_vec(&request).unwrap();
        let bytes = to_protobuf(&json).unwrap();
        let read = ExportLogsServiceRequest::decode(bytes.as_slice()).unwrap();
        proptest::prop_assert_eq!(read, request);
    }
}
