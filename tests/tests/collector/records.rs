//! What other languages send, as OTLP/JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// A request of log records.
pub fn logs(records: &[Value]) -> String {
    let resource = json!({"attributes": [text("service.name", "other-agent")]});
    let scope = json!({"logRecords": records});
    json!({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}).to_string()
}

/// A ticket from an SDK that can't set the event's name, with a text as body.
pub fn ticket(id: &str, body: &str) -> Value {
    let mut ticket = nameless_ticket(body);
    attributes(&mut ticket).push(text("ticket.id", id));
    ticket
}

/// The same without its number, which no receiver takes.
pub fn nameless_ticket(body: &str) -> Value {
    json!({
        "timeUnixNano": now(),
        "severityNumber": 9,
        "body": {"stringValue": body},
        "attributes": [
            text("event.name", "ticket.completed"),
            text("ticket.status", "SUCCESS"),
            {"key": "ticket.duration", "value": {"doubleValue": 1.5}},
        ],
    })
}

/// An evaluation as OpenTelemetry's conventions have it; feedback, where it names a ticket.
pub fn evaluation(ticket: Option<&str>) -> Value {
    let mut attributes = vec![
        text("event.name", "gen_ai.evaluation.result"),
        text("gen_ai.evaluation.name", "relevance"),
        text("gen_ai.evaluation.score.label", "relevant"),
    ];
    attributes.extend(ticket.map(|id| text("ticket.id", id)));
    json!({"timeUnixNano": now(), "severityNumber": 9, "attributes": attributes})
}

/// A log line of the workflow's own.
pub fn line(words: &str) -> Value {
    json!({"timeUnixNano": now(), "severityNumber": 9, "body": {"stringValue": words}})
}

/// Another event than a finished ticket.
pub fn other_event() -> Value {
    let mut line = line("");
    line["eventName"] = "ticket.opened".into();
    line
}

/// A request of one span.
pub fn span() -> String {
    let span = json!({
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "plan",
        "kind": 1,
        "startTimeUnixNano": now(),
        "endTimeUnixNano": now(),
    });
    json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string()
}

/// A request of one data point.
pub fn metric() -> String {
    let point = json!({"asInt": "3", "timeUnixNano": now()});
    let metric = json!({"name": "queue.length", "gauge": {"dataPoints": [point]}});
    json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).to_string()
}

/// An attribute.
pub fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn attributes(record: &mut Value) -> &mut Vec<Value> {
    record["attributes"].as_array_mut().expect("attributes")
}

fn now() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos().to_string()
}
