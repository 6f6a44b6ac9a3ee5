//! What a tenant or a workflow opts out of is in no part of a record: messages, and denied keys.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value as Any},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
};
use prost::Message;
use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_ticket::{
    Capture, Status, StepKind, Ticket, Trace,
    decode::{Item, Policy, read_request},
    encode,
};

/// What must be gone, and what must stay, by the words that stand in a body's texts.
const GONE: &str = "qgone";
const KEPT: &str = "qkept";

/// JSON as another SDK would send it, its keys in their order or the other way round.
fn any(value: &Value, turned: bool) -> AnyValue {
    let value = match value {
        Value::Null => None,
        Value::Bool(truth) => Some(Any::BoolValue(*truth)),
        Value::Number(number) => Some(Any::DoubleValue(number.as_f64().unwrap())),
        Value::String(text) => Some(Any::StringValue(text.clone())),
        Value::Array(items) => Some(Any::ArrayValue(ArrayValue {
            values: items.iter().map(|item| any(item, turned)).collect(),
        })),
        Value::Object(map) => {
            let mut values: Vec<_> = map.iter().map(|(k, v)| pair(k, any(v, turned))).collect();
            if turned {
                values.reverse();
            }
            Some(Any::KvlistValue(KeyValueList { values }))
        }
    };
    AnyValue { value }
}

fn pair(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.into(), value: Some(value), ..KeyValue::default() }
}

/// The body in every form it may be sent in.
fn forms(body: &Value) -> [AnyValue; 3] {
    let text = Any::StringValue(body.to_string());
    [any(body, false), any(body, true), AnyValue { value: Some(text) }]
}

fn request(body: AnyValue, attributes: &Value, resource: &Value) -> Vec<u8> {
    let own = json!({"ticket.id": "T-1", "ticket.status": "SUCCESS", "ticket.duration": 1.5});
    let pairs = |map: &Value| -> Vec<_> {
        map.as_object().unwrap().iter().map(|(k, v)| pair(k, any(v, false))).collect()
    };
    let record = LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        event_name: "ticket.completed".into(),
        attributes: [pairs(&own), pairs(attributes)].concat(),
        body: Some(body),
        ..LogRecord::default()
    };
    let scope = ScopeLogs { log_records: vec![record], ..ScopeLogs::default() };
    let resource = Resource { attributes: pairs(resource), ..Resource::default() };
    let resource = Some(resource);
    let group = ResourceLogs { resource, scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![group] }.encode_to_vec()
}

/// All that is stored of the one record: its level, its trace, the kinds of its steps, everything
/// else as a text.
struct Stored {
    capture: Capture,
    trace: String,
    kinds: Vec<StepKind>,
    rest: String,
}

fn stored(bytes: &[u8], gate: &Gate, policy: Policy) -> Stored {
    let mut stored = None;
    let summary = read_request(bytes, gate, &policy, &mut |item| {
        let Item::Ticket(record) = item else { return };
        let lines = record.steps.iter().map(|step| {
            format!("{} {} {} {}", step.id, step.parent_id, step.name, step.error_type)
        });
        stored = Some(Stored {
            capture: record.capture,
            trace: record.trace_json.clone(),
            kinds: record.steps.iter().map(|step| step.kind).collect(),
            rest: format!(
                "{:?} {:?} {:?}",
                (&record.attributes, lines.collect::<Vec<_>>(), &record.category),
                (&record.workflow, &record.workflow_version, &record.environment, &record.instance),
                (&record.customer, &record.model, &record.error_type, &record.ticket_id),
            ),
        });
    });
    assert!(summary.unwrap().warnings.is_empty());
    stored.unwrap()
}

fn plain() -> Gate {
    Gate::new(GateConfig::default()).unwrap()
}

/// A conversation in every place where one may stand, and beside it what is none.
fn conversation() -> Value {
    json!({
        "ticket": {"question": GONE, "by": {"way": GONE}}, "output": GONE,
        "message": GONE, "messages": [{"role": "user", "content": GONE}],
        "planning": KEPT, "errors": [KEPT], "beside": KEPT,
        "steps": [
            {"id": "m", "kind": "message", "name": "customer", "input": GONE, "output": {"text": GONE},
             "attributes": {"x": GONE}, "content": GONE, "action": GONE, "action_input": [GONE],
             "error": {"type": "bounced", "message": KEPT}},
            {"input": GONE, "kind": "Message", "name": "agent"},
            {"id": "t", "kind": "tool", "name": "send_message", "input": KEPT, "output": KEPT,
             "attributes": {"x": KEPT}, "content": KEPT},
            {"id": "r", "kind": "react", "output": KEPT, "action": KEPT, "action_input": {"a": KEPT}},
            {"id": "l", "kind": "llm", "input": KEPT, "output": KEPT},
            {"id": "e", "kind": "node", "error": {"type": "T", "message": KEPT, "stack": KEPT}},
        ],
    })
}

/// The same with parts given apart, which are folded and are no messages.
fn apart() -> Value {
    let mut body = conversation();
    body["react"] = json!([{"thought": KEPT, "observation": KEPT}]);
    body["retrieval"] = json!({"query": KEPT, "hits": [KEPT]});
    body["tool_calls"] = json!([{"name": "mail", "kind": "message", "arguments": KEPT}]);
    body
}

#[test]
fn what_was_said_is_left_out_however_it_is_sent_and_all_else_stays() {
    let policy = Policy { drop_messages: true, ..Policy::default() };
    for body in [conversation(), apart()] {
        for form in forms(&body) {
            let bytes = request(form, &json!({"free": KEPT}), &json!({}));
            let without = stored(&bytes, &plain(), policy);
            let whole = stored(&bytes, &plain(), Policy::default());
            assert!(!without.trace.contains(GONE), "{}", without.trace);
            assert!(whole.trace.contains(GONE));
            let kept = |stored: &Stored| stored.trace.matches(KEPT).count();
            assert_eq!(kept(&without), body.to_string().matches(KEPT).count(), "{}", without.trace);
            assert_eq!(without.capture, Capture::FullTrace);
            assert_eq!((&without.kinds, &without.rest), (&whole.kinds, &whole.rest));
            let trace: Value = serde_json::from_str(&without.trace).unwrap();
            assert_eq!(trace["steps"].as_array().unwrap().len(), whole.kinds.len());
        }
    }
}

#[test]
fn a_body_that_is_no_object_is_a_message() {
    let policy = Policy { drop_messages: true, ..Policy::default() };
    for body in [json!(GONE), json!([{"content": GONE}]), json!(format!("\"{{\\\"{GONE}\\\"}}\""))]
    {
        let bytes = request(any(&body, false), &json!({}), &json!({}));
        assert_eq!(stored(&bytes, &plain(), policy).trace, "{}");
    }
}

#[test]
fn the_levels_below_are_as_they_were() {
    for capture in [Capture::MetricsOnly, Capture::Timeline] {
        for form in forms(&apart()) {
            let bytes = request(form, &json!({"free": KEPT}), &json!({}));
            let with = |drop_messages| {
                let policy = Policy { capture, drop_messages, ..Policy::default() };
                let Stored { capture, trace, kinds, rest } = stored(&bytes, &plain(), policy);
                (capture, trace, kinds, rest)
            };
            assert_eq!(with(true), with(false));
            assert_eq!(with(true).0, capture);
        }
    }
}

#[test]
fn a_client_leaves_out_the_same() {
    let mut ticket = Ticket::new("T-1", Status::Success, Duration::from_secs(1));
    ticket.trace = Trace::from(apart());
    ticket.drop_messages = true;
    let mut record = Vec::new();
    encode::log_record(&ticket.redact(&plain()), usize::MAX, &mut record);
    let text = String::from_utf8_lossy(&record);
    assert!(!text.contains(GONE), "{text}");
    assert_eq!(text.matches(KEPT).count(), apart().to_string().matches(KEPT).count());
    assert!(text.contains("FULL_TRACE"));
}

fn denying(keys: &[&str]) -> Gate {
    let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    // What the installation exempts is denied all the same.
    let exempt_keys = own(&["seat", "customer_seat", "email"]);
    Gate::new(GateConfig { exempt_keys, denied_keys: own(keys), ..GateConfig::default() }).unwrap()
}

#[test]
fn a_denied_key_is_removed_wherever_it_stands() {
    let json = json!({"Seat": GONE, "n": [{"customerSeat": GONE}]}).to_string();
    let body = json!({
        "ticket": {"seat": GONE, "text": json},
        "planning": {"a": [{"b": {"CUSTOMER-SEAT": [GONE, {"c": GONE}]}}]},
        "steps": [
            {"id": "s", "kind": "tool", "name": KEPT, "seat": GONE, "input": {"seat": GONE, "n": KEPT},
             "output": json, "action_input": {"seat1": 4711.0, "n": KEPT}, "attributes": {"seat": true},
             "error": {"type": "T", "message": KEPT, "seat": GONE}},
        ],
        "seat": {"row": GONE}, "beside": {"email": GONE},
    });
    let attributes = json!({"seat": GONE, "my.seat": {"x": GONE}, "free": json, "other": KEPT});
    let gate = denying(&["seat", "email"]);
    for extra in [json!({}), json!({"tool_calls": [{"name": KEPT, "arguments": json}]})] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        for form in forms(&body) {
            let bytes = request(form, &attributes, &json!({"host.seat": GONE}));
            let stored = stored(&bytes, &gate, Policy::default());
            let all = format!("{} {}", stored.trace, stored.rest);
            assert!(!all.contains(GONE) && !all.contains("4711"), "{all}");
            assert!(all.matches("[secret]").count() >= 15, "{all}");
            let kept = body.to_string().matches(KEPT).count();
            assert_eq!(stored.trace.matches(KEPT).count(), kept, "{all}");
        }
    }
}

#[test]
fn the_contracts_own_keys_can_be_denied_too() {
    let free = [
        "ticket",
        "planning",
        "errors",
        "output",
        "action",
        "action_input",
        "input",
        "attributes",
        "message",
        "stack",
    ];
    let named = ["category", "model", "customer", "error.type", "service.version", "service.name"];
    let body = json!({
        "ticket": GONE, "planning": [GONE], "errors": {"x": GONE}, "output": 4711,
        "steps": [
            {"id": "s", "kind": "tool", "name": KEPT, "action": GONE, "action_input": GONE,
             "input": {"q": GONE}, "output": GONE, "attributes": {"x": GONE},
             "error": {"type": "T", "message": GONE, "stack": GONE}},
            {"id": "f", "kind": "tool", "name": KEPT, "error": GONE},
            GONE,
        ],
    });
    let attributes = json!({
        "ticket.category": GONE, "gen_ai.request.model": GONE, "error.type": GONE,
        "ticket.customer": "hmac:0123456789abcdef",
    });
    let resource = json!({"service.name": GONE, "service.version": GONE});
    let gate = denying(&[&free[..], &named[..]].concat());
    for key in free {
        assert_eq!(plain().classify(key), ticketlens_redact::KeyClass::Plain, "{key}");
    }
    for form in forms(&body) {
        let stored = stored(&request(form, &attributes, &resource), &gate, Policy::default());
        let all = format!("{} {}", stored.trace, stored.rest);
        assert!(!all.contains(GONE) && !all.contains("4711") && !all.contains("hmac:"), "{all}");
        assert_eq!(stored.trace.matches(KEPT).count(), 2, "{all}");
    }
    // The library's own way, with a workflow's secret keys.
    let mut ticket = Ticket::new("T-1", Status::Success, Duration::from_secs(1));
    ticket.trace = Trace::from(body);
    let left = serde_json::to_string(ticket.redact(&gate).trace()).unwrap();
    assert!(!left.contains(GONE) && !left.contains("4711"), "{left}");
}
