//! A record as JSON, twice: as the ticket is, and as it stands on the wire. Both in the order and
//! under the names of the record (`docs/record.md`), so that they can be laid side by side.

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value as Any},
};
use prost::Message as _;
use serde_json::{Map, Value};
use ticketlens_ticket::{Metric, Resource, Ticket, Timestamp, names};

/// One record: who sends it, attributes and body.
#[derive(Default)]
pub(super) struct Record {
    /// The workflow, its version and environment.
    pub(super) resource: Vec<(String, Value)>,
    /// When the execution finished.
    pub(super) executed_at: Value,
    /// In the order of the wire.
    pub(super) attributes: Vec<(String, Value)>,
    /// The trace, if there is one.
    pub(super) body: Option<Value>,
}

impl Record {
    /// The ticket as it is: what would travel if there were no gate.
    pub(super) fn raw(ticket: &Ticket, resource: &Resource) -> Self {
        let trace = (!ticket.trace.is_empty()).then_some(&ticket.trace);
        Self {
            resource: sender(resource),
            executed_at: time(ticket.executed_at),
            attributes: attributes(ticket),
            // A trace serialises: its keys are texts.
            body: trace.and_then(|trace| serde_json::to_value(trace).ok()).map(travelling),
        }
    }

    /// What the request says that holds this record alone. Accounting of the gate itself is no
    /// field of the ticket's.
    pub(super) fn sent(request: &[u8]) -> Self {
        let request = ExportLogsServiceRequest::decode(request).unwrap_or_default();
        let Some(group) = request.resource_logs.into_iter().next() else { return Self::default() };
        let mut records = group.scope_logs.into_iter().flat_map(|scope| scope.log_records);
        let record = records.next().unwrap_or_default();
        let accounting =
            |key: &str| key == names::REDACTIONS || key.starts_with(names::REDACTIONS_PREFIX);
        let own = record.attributes.into_iter().filter(|pair| !accounting(&pair.key));
        Self {
            resource: pairs(group.resource.unwrap_or_default().attributes),
            executed_at: time(Timestamp::from_unix_nanos(record.time_unix_nano)),
            attributes: pairs(own),
            body: record.body.map(|body| value(Some(body))),
        }
    }

    /// As one JSON object. Nothing gets lost where two keys became the same.
    pub(super) fn json(&self) -> Value {
        serde_json::json!({
            "executed_at": self.executed_at,
            "resource": object(&self.resource),
            "attributes": object(&self.attributes),
            "body": self.body,
        })
    }
}

fn object(pairs: &[(String, Value)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in pairs {
        let (mut unique, mut number) = (key.clone(), 2);
        while map.contains_key(&unique) {
            unique = format!("{key}#{number}");
            number += 1;
        }
        map.insert(unique, value.clone());
    }
    map
}

fn sender(resource: &Resource) -> Vec<(String, Value)> {
    let named = [
        (names::SERVICE_NAME, Some(&resource.workflow)),
        (names::SERVICE_VERSION, resource.version.as_ref()),
        (names::ENVIRONMENT, resource.environment.as_ref()),
    ];
    let given = named.into_iter().filter_map(|(key, text)| Some((key, text?)));
    given.map(|(key, text)| (key.to_owned(), text.as_str().into())).collect()
}

fn attributes(ticket: &Ticket) -> Vec<(String, Value)> {
    let mut list: Vec<(String, Value)> = Vec::new();
    let mut add = |key: &str, value: Option<Value>| {
        list.extend(value.map(|value| (key.to_owned(), value)));
    };
    let text = |text: &Option<String>| text.clone().map(Value::from);
    add(names::TICKET_ID, Some(ticket.id.as_str().into()));
    add(names::EXECUTION_ID, Some(ticket.execution_id.to_string().into()));
    add(names::STATUS, Some(ticket.status.as_str().into()));
    add(names::CAPTURE, Some(ticket.capture.as_str().into()));
    add(names::CATEGORY, text(&ticket.category));
    add(names::CUSTOMER, text(&ticket.customer));
    add(names::MODEL, text(&ticket.model));
    add(names::ERROR_TYPE, text(&ticket.error_type));
    add(names::DURATION, Some(ticket.duration.as_secs_f64().into()));
    add(names::INPUT_TOKENS, ticket.input_tokens.map(Value::from));
    add(names::OUTPUT_TOKENS, ticket.output_tokens.map(Value::from));
    for (name, metric) in &ticket.metrics {
        let value = match *metric {
            Metric::Int(n) => n.into(),
            Metric::Double(x) => x.into(),
        };
        add(&format!("{}{name}", names::METRICS_PREFIX), Some(value));
    }
    for (key, value) in &ticket.attributes {
        // Lists and maps travel as JSON text.
        let value = match value {
            Value::Array(_) | Value::Object(_) => value.to_string().into(),
            scalar => travelling(scalar.clone()),
        };
        add(key, Some(value));
    }
    list
}

/// Integers beyond 64 bits signed travel as their decimal text.
fn travelling(value: Value) -> Value {
    match value {
        Value::Number(n) if n.is_u64() && !n.is_i64() => n.to_string().into(),
        Value::Array(items) => items.into_iter().map(travelling).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k, travelling(v))).collect(),
        other => other,
    }
}

fn pairs(pairs: impl IntoIterator<Item = KeyValue>) -> Vec<(String, Value)> {
    pairs.into_iter().map(|pair| (pair.key, value(pair.value))).collect()
}

/// An OTLP value as JSON; null is a value without one.
fn value(any: Option<AnyValue>) -> Value {
    match any.and_then(|any| any.value) {
        Some(Any::StringValue(text)) => text.into(),
        Some(Any::BoolValue(truth)) => truth.into(),
        Some(Any::IntValue(n)) => n.into(),
        Some(Any::DoubleValue(x)) => x.into(),
        Some(Any::ArrayValue(list)) => {
            list.values.into_iter().map(|any| value(Some(any))).collect()
        }
        Some(Any::KvlistValue(map)) => {
            map.values.into_iter().map(|pair| (pair.key, value(pair.value))).collect()
        }
        // Our encoder writes neither bytes nor references.
        Some(_) | None => Value::Null,
    }
}

fn time(at: Timestamp) -> Value {
    let nanos = i128::from(at.as_unix_nanos());
    jiff::Timestamp::from_nanosecond(nanos).map_or(Value::Null, |at| at.to_string().into())
}
