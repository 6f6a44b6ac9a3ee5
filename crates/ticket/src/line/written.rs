//! One ticket → its line: what [`super::parse`] reads, written.

use std::borrow::Cow;

use jiff::Timestamp as Time;
use serde_json::{Map, Value};

use super::{CLIENT_ID, FIELDS, feedback::FEEDBACK};
use crate::{Capture, Metric, Resource, Ticket};

/// The ticket as a line of a file of ticket logs: raw, as the workflow knows it. What is empty is left
/// out.
pub fn written(ticket: &Ticket, resource: &Resource) -> Value {
    let mut line = Map::new();
    let mut add = |field: &str, value: Value| {
        let is_nothing = match &value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        if !is_nothing {
            line.insert(field.to_owned(), value);
        }
    };
    let executed_at = Time::from_nanosecond(ticket.executed_at.as_unix_nanos().into());
    add("ticket_id", ticket.id.clone().into());
    add("execution_id", ticket.execution_id.to_string().into());
    // A u64 of nanoseconds ends in the year 2554.
    add("executed_at", executed_at.unwrap_or(Time::MAX).to_string().into());
    add("execution_time_seconds", ticket.duration.as_secs_f64().into());
    add("status", ticket.status.as_str().into());
    add("workflow", Some(&resource.workflow).filter(|name| !name.is_empty()).cloned().into());
    add("workflow_version", resource.version.clone().into());
    add("environment", resource.environment.clone().into());
    add("category", ticket.category.clone().into());
    add("customer", ticket.customer.clone().into());
    add("model", ticket.model.clone().into());
    add("input_tokens", ticket.input_tokens.into());
    add("output_tokens", ticket.output_tokens.into());
    if ticket.capture != Capture::FullTrace {
        add("capture", ticket.capture.to_string().into());
    }
    let metrics = ticket.metrics.iter().map(|(name, metric)| (name.clone(), number(*metric)));
    add("metrics", metrics.collect::<Map<_, _>>().into());
    add("known_pii", ticket.known_pii.clone().into());
    add("error_type", ticket.error_type.clone().into());
    // A trace serialises: its keys are texts.
    add("trace", serde_json::to_value(&ticket.trace).unwrap_or_default());
    for (key, value) in &ticket.attributes {
        line.entry(attribute(key).into_owned()).or_insert_with(|| value.clone());
    }
    line.into()
}

/// What an attribute is called in a line: one that is called like a field gets `attribute.` in front.
pub fn attribute(key: &str) -> Cow<'_, str> {
    let is_field = [CLIENT_ID, FEEDBACK].contains(&key) || FIELDS.contains(&key);
    if is_field { format!("attribute.{key}").into() } else { key.into() }
}

fn number(metric: Metric) -> Value {
    match metric {
        Metric::Int(count) => count.into(),
        Metric::Double(measure) => measure.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::line::parse;

    #[test]
    fn what_is_read_is_written_again() {
        let line = json!({
            "ticket_id": "4711", "execution_id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "executed_at": "2026-01-01T09:58:12.25Z", "execution_time_seconds": 8.25,
            "status": "FAILED", "workflow": "agent", "workflow_version": "1.4", "environment": "prod",
            "category": "REFUND", "customer": "c-17", "model": "gpt-4o", "input_tokens": 12,
            "output_tokens": 3, "error_type": "timeout", "capture": "TIMELINE",
            "metrics": { "n": 3, "x": 0.5 }, "known_pii": ["Ada"],
            "trace": { "ticket": { "q": 1 }, "steps": [{
                "id": "s1", "kind": "tool", "name": "t", "start_ms": 1, "duration_ms": 2.5,
                "status": "OK", "input": { "a": 1 }
            }] },
            "queue": "emea"
        });
        let parsed = parse(line.to_string().as_bytes()).unwrap();
        assert_eq!(written(&parsed.ticket, &parsed.resource), line);
    }

    #[test]
    fn an_attribute_never_takes_a_fields_place() {
        let mut ticket =
            Ticket::new("1", crate::Status::Success, std::time::Duration::from_secs(1));
        let names = FIELDS.into_iter().chain([CLIENT_ID, FEEDBACK]);
        ticket.attributes = names.map(|name| (name.to_owned(), json!(7))).collect();
        let line = written(&ticket, &Resource::default());
        assert_eq!(line["status"], json!("SUCCESS"));
        let parsed = parse(line.to_string().as_bytes()).unwrap();
        let mut named = parsed.ticket.attributes.iter().map(|(name, value)| (name.as_str(), value));
        assert!(named.all(|(name, value)| name.starts_with("attribute.") && *value == 7));
        assert_eq!(parsed.ticket.attributes.len(), FIELDS.len() + 2);
    }
}
