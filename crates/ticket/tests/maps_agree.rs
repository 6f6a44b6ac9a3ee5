//! Entries of an object that speak about each other say the same to the client, to the receiver that
//! reads them off the wire, and inside a text.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use proptest::prelude::*;
use prost::Message;
use serde_json::{Map, Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_ticket::{
    Resource, Status, Step, StepError, Ticket, Trace,
    decode::{Item, Policy, read_request},
    encode,
};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(b"a key of thirty-two bytes or more".to_vec()));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

/// What is stored of a request's one ticket.
fn stored(request: &[u8]) -> Value {
    let mut stored = Value::Null;
    read_request(request, &gate(), &Policy::default(), &mut |item| {
        let Item::Ticket(record) = item else { return };
        stored = serde_json::from_str(&record.trace_json).unwrap();
    })
    .unwrap();
    stored
}

fn sent_by_the_library(trace: &Trace) -> Value {
    let mut ticket = Ticket::new("T-1", Status::Success, Duration::ZERO);
    ticket.trace = trace.clone();
    let mut record = Vec::new();
    encode::log_record(&ticket.redact(&gate()), usize::MAX, &mut record);
    let mut request = encode::Request::new();
    request.push(&Resource::default().redact(&gate()), &record);
    stored(&request.finish())
}

fn sent_by_others(body: AnyValue) -> Value {
    let text = |text: &str| any_value::Value::StringValue(text.into());
    let record = LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        event_name: "ticket.completed".into(),
        attributes: vec![
            pair("ticket.id", text("T-1")),
            pair("ticket.status", text("SUCCESS")),
            pair("ticket.duration", any_value::Value::DoubleValue(0.0)),
        ],
        body: Some(body),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    stored(&ExportLogsServiceRequest { resource_logs }.encode_to_vec())
}

fn pair(key: &str, value: any_value::Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn any(value: &Value) -> AnyValue {
    let value = match value {
        Value::Null => None,
        Value::Bool(truth) => Some(any_value::Value::BoolValue(*truth)),
        Value::Number(n) => Some(match n.as_i64() {
            Some(n) => any_value::Value::IntValue(n),
            None => any_value::Value::DoubleValue(n.as_f64().unwrap()),
        }),
        Value::String(text) => Some(any_value::Value::StringValue(text.clone())),
        Value::Array(items) => {
            let values = items.iter().map(any).collect();
            Some(any_value::Value::ArrayValue(ArrayValue { values }))
        }
        Value::Object(map) => {
            let values = map.iter().map(|(key, value)| KeyValue {
                key: key.clone(),
                value: Some(any(value)),
                ..KeyValue::default()
            });
            Some(any_value::Value::KvlistValue(KeyValueList { values: values.collect() }))
        }
    };
    AnyValue { value }
}

/// The same objects wherever a trace has room for them.
fn trace(value: &Value) -> Trace {
    let entries = || match value {
        Value::Object(map) => map.clone(),
        other => Map::from_iter([("list".to_owned(), other.clone())]),
    };
    let others = || {
        let own = ["type", "kind", "name", "status", "input", "message", "messages"];
        entries().into_iter().filter(|(key, _)| !own.contains(&key.as_str())).collect::<Map<_, _>>()
    };
    let error =
        StepError { kind: Some("Failed".into()), message: None, stack: None, other: others() };
    let step = Step {
        id: "1".into(),
        name: "bash".into(),
        input: Some(value.clone()),
        output: Some(Value::from(value.to_string())),
        error: Some(error),
        attributes: entries(),
        other: others(),
        ..Step::default()
    };
    Trace { output: Some(value.clone()), steps: vec![step], other: others(), ..Trace::default() }
}

fn check(value: &Value) {
    let trace = trace(value);
    let sent = sent_by_the_library(&trace);
    let body = serde_json::to_value(&trace).unwrap();
    assert_eq!(sent_by_others(any(&body)), sent, "a map on the wire: {value}");
    let text = any_value::Value::StringValue(body.to_string());
    assert_eq!(sent_by_others(AnyValue { value: Some(text) }), sent, "a body of text: {value}");
    let inside = sent["steps"][0]["output"].as_str().unwrap();
    assert_eq!(inside, sent["output"].to_string(), "a text: {value}");
}

#[test]
fn all_readers_agree() {
    for value in [
        json!({"name": "DB_PASSWORD", "value": "hunter2"}),
        json!({"value": {"stringValue": "x"}, "key": "email"}),
        json!({"field": "email", "from": "a b", "to": "c d"}),
        json!([["Cookie", "ab"], ["name", "Mia Li"]]),
        json!(["Host", "x", "Authorization", "Custom 9f8e", "Via"]),
        json!({"products": [{"name": "Emerald Tide"}], "passengers": [{"name": "Mia Li"}]}),
        json!({"name": "Emerald Tide", "price": 4}),
        json!({"name": "Mia Li", "email": "x"}),
        json!({"title": "Mr", "nom": "Mia Li", "age": 4}),
        json!({"tools": [{"name": "bash", "inputSchema": {"type": "object", "properties": {
            "name": {"type": "string"}, "password": {"type": "string"}}}}]}),
        json!({"function": {"name": "Finish", "arguments": {"name": "Mia Li"}}}),
        json!({"company": {"name": "Emerald"}, "items": [{"name": "Mia Li"}, {"name": "Emerald"}]}),
        json!({"name": {"first": "Mia", "last": "Li"}, "names": ["Mia Li", "get_user"]}),
        json!({"k": "pin", "v": 4711, "object": "customer", "nome": "mia"}),
    ] {
        check(&value);
    }
}

#[test]
fn what_must_go_goes_from_all_of_them() {
    let value = json!({"env": [{"name": "DB_PASSWORD", "value": "hunter2"}], "nom": "Mia Li"});
    let sent = sent_by_the_library(&trace(&value)).to_string();
    assert!(!sent.contains("hunter2") && !sent.contains("Mia"), "{sent}");
    assert_eq!(sent.matches("DB_PASSWORD").count(), 7, "{sent}");
}

fn word() -> impl Strategy<Value = String> {
    let words = [
        "name",
        "nom",
        "key",
        "value",
        "field",
        "label",
        "from",
        "to",
        "object",
        "price",
        "sku",
        "email",
        "phone",
        "first_name",
        "quantity",
        "description",
        "arguments",
        "customer",
        "passengers",
        "tools",
        "function",
        "items",
        "products",
        "properties",
        "title",
        "password",
        "k",
        "v",
        "user",
        "city",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

fn objects() -> impl Strategy<Value = Value> {
    let said = [
        "Mia Li",
        "mia",
        "Bookshelf",
        "Emerald Tide",
        "get_user",
        "bash",
        "DB_PASSWORD",
        "token",
        "string",
        "Cookie",
        "a=b 1",
        "page",
        "hmac:0123456789abcdef",
        "product",
        "person",
    ];
    let leaf = prop_oneof![
        prop::sample::select(said.to_vec()).prop_map(Value::from),
        Just(Value::Null),
        (0..99).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from),
            3 => prop::collection::vec((word(), inner), 1..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_library_and_the_receiver_agree(value in objects()) {
        let trace = trace(&value);
        let sent = sent_by_the_library(&trace);
        let body = serde_json::to_value(&trace).unwrap();
        prop_assert_eq!(sent_by_others(any(&body)), sent, "{}", value);
    }
}
