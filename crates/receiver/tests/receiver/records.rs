//! Records as stock senders make them.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, KeyValue, KeyValueList, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
};

pub fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

pub fn text(text: impl Into<String>) -> Value {
    Value::StringValue(text.into())
}

pub fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(any(value)), ..KeyValue::default() }
}

pub fn map(pairs: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values: pairs })
}

/// A good ticket.
pub fn ticket(id: &str) -> LogRecord {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    LogRecord {
        time_unix_nano: u64::try_from(now).unwrap(),
        event_name: "ticket.completed".into(),
        attributes: vec![
            attribute("ticket.id", text(id)),
            attribute("ticket.status", text("SUCCESS")),
            attribute("ticket.duration", Value::DoubleValue(1.5)),
        ],
        body: Some(any(map(vec![attribute("output", text("done"))]))),
        ..LogRecord::default()
    }
}

/// The ticket with one attribute set to something else, or taken away.
pub fn changed(id: &str, key: &str, value: Option<Value>) -> LogRecord {
    let mut record = ticket(id);
    record.attributes.retain(|pair| pair.key != key);
    record.attributes.extend(value.map(|value| attribute(key, value)));
    record
}

/// A ticket with a body of about so many bytes.
pub fn large(id: &str, bytes: usize) -> LogRecord {
    let mut record = ticket(id);
    record.body =
        Some(any(map(vec![attribute("output", text("lorem ipsum ".repeat(bytes / 12)))])));
    record
}

/// Feedback on a ticket, given now.
pub fn feedback(ticket_id: &str, name: &str, score: f64, comment: &str) -> LogRecord {
    let of_ticket = changed(ticket_id, "ticket.status", None);
    LogRecord {
        event_name: "gen_ai.evaluation.result".into(),
        attributes: vec![
            attribute("ticket.id", text(ticket_id)),
            attribute("ticket.feedback.source", text("HUMAN")),
            attribute("gen_ai.evaluation.name", text(name)),
            attribute("gen_ai.evaluation.score.value", Value::DoubleValue(score)),
            attribute("gen_ai.evaluation.explanation", text(comment)),
        ],
        body: None,
        ..of_ticket
    }
}

pub fn request(records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let resource = Resource {
        attributes: vec![attribute("service.name", text("support-agent"))],
        ..Resource::default()
    };
    let scope = ScopeLogs { log_records: records, ..ScopeLogs::default() };
    let group = ResourceLogs {
        resource: Some(resource),
        scope_logs: vec![scope],
        ..ResourceLogs::default()
    };
    ExportLogsServiceRequest { resource_logs: vec![group] }
}
