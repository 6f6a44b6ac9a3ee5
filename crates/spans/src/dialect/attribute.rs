//! Attributes as dialects ask for them.

use serde_json::{Map, Value};

use crate::{
    content::{structured, unflattened},
    messages::messages,
    seen::Message,
    span::Span,
};

/// The first of these attributes that holds something, with its structure.
pub(super) fn value(span: &Span, keys: &[&str]) -> Option<Value> {
    keys.iter().find_map(|key| span.get(key).and_then(structured))
}

/// The conversation that was flattened into keys of that prefix; whose words no role says are `role`'s.
pub(super) fn conversation(span: &Span, prefix: &str, role: &str) -> Vec<Message> {
    let list = unflattened(&span.attributes, prefix);
    list.map(|list| messages(&list, role)).unwrap_or_default()
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

/// A tool's arguments without what a function's wrapper puts around them:
/// `{"args": [], "kwargs": {…}}`.
pub(super) fn arguments(value: Value) -> Value {
    let Value::Object(mut map) = value else { return value };
    const AROUND: [&str; 3] = ["args", "kwargs", "sanitize_inputs_outputs"];
    let is_wrapped = map.keys().all(|key| AROUND.contains(&key.as_str()));
    match map.get_mut("kwargs") {
        Some(Value::Object(inner)) if is_wrapped && !inner.is_empty() => {
            std::mem::take(inner).into()
        }
        _ => map.into(),
    }
}

/// A name without the method by which a class is called: `lookup_order.run`, `Clerk._execute_core`.
pub(super) fn methodless(name: &str) -> &str {
    const METHODS: [&str; 8] =
        [".run", ".acall", ".call", ".__call__", ".forward", ".kickoff", "._execute_core", ".arun"];
    METHODS.iter().find_map(|method| name.strip_suffix(method)).unwrap_or(name)
}

/// The text within LlamaIndex's result of a tool.
pub(super) fn blockless(result: Value) -> Value {
    let text = match result.get("blocks").and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => one.get("text").cloned(),
        _ => None,
    };
    text.and_then(|text| structured(&text)).unwrap_or(result)
}
