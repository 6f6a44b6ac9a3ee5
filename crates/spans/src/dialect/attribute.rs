//! Attributes as dialects ask for them.

use serde_json::{Map, Value};

use crate::{content::structured, span::Span};

/// The first of these attributes that holds something, with its structure.
pub(super) fn value(span: &Span, keys: &[&str]) -> Option<Value> {
    keys.iter().find_map(|key| span.get(key).and_then(structured))
}

/// Keeps attributes under their own names.
pub(super) fn keep(span: &Span, keys: &[&str], to: &mut Map<String, Value>) {
    for key in keys {
        if let Some(value) = span.get(key) {
            to.insert((*key).to_owned(), value.clone());
        }
    }
}

/// The texts of an attribute that is a list of them, or one.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value.and_then(structured) {
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(text)) => vec![text],
        _ => Vec::new(),
    }
}
