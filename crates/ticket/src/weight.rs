//! About how many bytes of memory a part of a ticket holds: what a queue bounded in bytes counts.

use serde_json::{Map, Value};

/// Bytes of a JSON value.
pub(crate) fn of_value(value: &Value) -> usize {
    let below = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(of_value).sum(),
        Value::Object(map) => of_map(map),
    };
    size_of::<Value>() + below
}

/// Bytes of a map's entries: each is its key, its value and about 16 bytes of index.
pub(crate) fn of_map(map: &Map<String, Value>) -> usize {
    map.iter().map(|(k, v)| size_of::<String>() + k.len() + 16 + of_value(v)).sum()
}
