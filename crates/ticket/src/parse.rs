//! From a workflow's own JSON to a [`Trace`]: lenient, because nobody's trace should be lost over
//! a number that came as text. What has a place in the contract goes there; every other key is
//! kept.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::{
    Step, StepError, StepKind, StepStatus, Trace, no_error::is_no_error, step_status, whole,
};

impl From<Map<String, Value>> for Trace {
    fn from(mut map: Map<String, Value>) -> Self {
        let steps = match map.remove("steps") {
            Some(Value::Array(items)) => items.into_iter().map(Step::from).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(single) => vec![Step::from(single)],
        };
        Self {
            ticket: take(&mut map, "ticket"),
            planning: take(&mut map, "planning"),
            steps,
            errors: take(&mut map, "errors"),
            output: take(&mut map, "output"),
            other: map,
        }
    }
}

impl From<Value> for Trace {
    /// A trace that is no object is kept under the key `message`.
    fn from(value: Value) -> Self {
        match value {
            Value::Object(map) => map.into(),
            Value::Null => Self::default(),
            other => {
                Self { other: [("message".into(), other)].into_iter().collect(), ..Self::default() }
            }
        }
    }
}

impl From<Value> for Step {
    /// A step that is no object is kept as its output.
    fn from(value: Value) -> Self {
        let mut map = match value {
            Value::Object(map) => map,
            other => return Self { output: Some(other), ..Self::default() },
        };
        let error = match take(&mut map, "error").filter(|error| !is_no_error(error)) {
            Some(Value::Object(error)) => Some(StepError::from(error)),
            Some(other) => {
                Some(StepError { message: Some(text_of(other)), ..StepError::default() })
            }
            None => None,
        };
        let failed = if error.is_some() { StepStatus::Error } else { StepStatus::Ok };
        keep_odd(&mut map);
        let mut status = take(&mut map, "status");
        if let Some(Value::Object(status)) = &mut status
            && let Some(said) = step_status::take_said(status)
        {
            map.entry("status_message").or_insert(said);
        }
        let known = status.as_ref().and_then(step_status::of_value);
        if let (Some(odd), None) = (status, known) {
            map.entry("status_as_sent").or_insert(odd);
        }
        let kind = take_text(&mut map, "kind");
        let attributes = match map.remove("attributes") {
            Some(Value::Object(attributes)) => attributes,
            Some(Value::Null) | None => Map::new(),
            Some(other) => [("value".into(), other)].into_iter().collect(),
        };
        Self {
            id: take_text(&mut map, "id").unwrap_or_default(),
            parent_id: take_text(&mut map, "parent_id"),
            kind: kind.map_or(StepKind::Other, |kind| StepKind::from_name(&kind)),
            name: take_text(&mut map, "name").unwrap_or_default(),
            iteration: take_number(&mut map, "iteration").and_then(whole::part_as_u32),
            start_ms: take_number(&mut map, "start_ms").unwrap_or_default(),
            duration_ms: take_number(&mut map, "duration_ms").unwrap_or_default(),
            status: known.unwrap_or(failed),
            action: take_text(&mut map, "action"),
            action_input: take(&mut map, "action_input"),
            input: take(&mut map, "input"),
            output: take(&mut map, "output"),
            error,
            attributes,
            other: map,
        }
    }
}

/// Puts aside what is not what its key says: it is kept, as `iteration_as_sent`, and not read.
fn keep_odd(map: &mut Map<String, Value>) {
    let is_odd = |value: &Value| !value.is_null() && number_of(value).is_none();
    for (key, kept_as) in [
        ("iteration", "iteration_as_sent"),
        ("start_ms", "start_ms_as_sent"),
        ("duration_ms", "duration_ms_as_sent"),
    ] {
        if map.get(key).is_some_and(is_odd) {
            let value = map.shift_remove(key).unwrap_or_default();
            map.entry(kept_as).or_insert(value);
        }
    }
}

impl From<Map<String, Value>> for StepError {
    fn from(mut map: Map<String, Value>) -> Self {
        Self {
            kind: take_text(&mut map, "type"),
            message: take_text(&mut map, "message"),
            stack: take_text(&mut map, "stack"),
            other: map,
        }
    }
}

impl<'de> Deserialize<'de> for Trace {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self::from)
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self::from)
    }
}

/// The value of that key, if there is one that is not null.
pub(crate) fn take(map: &mut Map<String, Value>, key: &str) -> Option<Value> {
    // `shift_remove` keeps the order of the keys that stay.
    map.shift_remove(key).filter(|value| !value.is_null())
}

pub(crate) fn take_text(map: &mut Map<String, Value>, key: &str) -> Option<String> {
    take(map, key).map(text_of)
}

/// A finite number, which may have come as text.
pub(crate) fn take_number(map: &mut Map<String, Value>, key: &str) -> Option<f64> {
    number_of(&take(map, key)?)
}

fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|x: &f64| x.is_finite())
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sloppy_trace_loses_nothing() {
        let trace = Trace::from(json!({
            "ticket": {"subject": "x"}, "extra": [1],
            "steps": [
                {"id": 7, "kind": "TOOLISH", "name": "lookup", "start_ms": "12.5", "status": "failed",
                 "error": "boom", "attributes": 3, "model": "m"},
                "just text"
            ]
        }));
        let step = &trace.steps[0];
        assert_eq!((step.id.as_str(), step.start_ms, step.status), ("7", 12.5, StepStatus::Error));
        assert_eq!(step.error.as_ref().unwrap().message.as_deref(), Some("boom"));
        assert_eq!(step.attributes["value"], 3);
        assert_eq!(step.other["model"], "m");
        assert_eq!(trace.steps[1].output, Some(json!("just text")));
        assert_eq!(trace.other["extra"], json!([1]));
    }
}
