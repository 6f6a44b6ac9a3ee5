//! What stands in an attribute: text that is JSON, a Python object's repr, a list flattened into keys,
//! or a mark that content was left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    limits::{NAME_BYTES, STRUCTURE_BYTES},
    python,
    span::Attributes,
};

/// What instrumentations write where content is switched off.
pub(crate) const MARKS: [&str; 4] = ["__REDACTED__", "[REDACTED]", "<redacted>", "REDACTED"];

/// Cuts a name to what is kept of one ([`NAME_BYTES`]).
pub(crate) fn cut_name(name: &mut String) {
    if name.len() > NAME_BYTES {
        name.truncate(name.floor_char_boundary(NAME_BYTES));
        name.shrink_to_fit();
    }
}

/// Whether a value is a mark that there was one.
pub(crate) fn is_mark(value: &Value) -> bool {
    value.as_str().is_some_and(|text| MARKS.contains(&text))
}

/// A value with its structure: text that is a JSON object or list becomes that. Nothing for nothing,
/// and for a mark that content was left out.
pub(crate) fn structured(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        mark if is_mark(mark) => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(parsed(text).unwrap_or_else(|| value.clone())),
        other => Some(other.clone()),
    }
}

/// The object or list that a text is: JSON, Python's repr of one, or as much of JSON as a limit on the
/// length of attributes has left.
pub(crate) fn parsed(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    if trimmed.len() > STRUCTURE_BYTES || !trimmed.starts_with(['{', '[']) {
        return None;
    }
    if let Ok(value) = serde_json::from_str(trimmed) {
        return Some(value);
    }
    match trimmed.ends_with(['}', ']']) {
        true => python::literal(trimmed),
        false => cut_off(trimmed),
    }
}

/// JSON that ends in the middle: all that is whole of it, and what there is of the text it ends in.
fn cut_off(text: &str) -> Option<Value> {
    let (mut open, mut in_text, mut escaped) = (Vec::new(), false, false);
    // Where it could have ended: after this many bytes, with these still open.
    let mut last = (0, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' => {
                open.pop()?;
            }
            b',' => last = (at, open.len()),
            _ => {}
        }
    }
    let closed = |text: &str, quote: &str, open: &[char]| {
        let mut whole = String::with_capacity(text.len() + quote.len() + open.len());
        whole.push_str(text);
        whole.push_str(quote);
        whole.extend(open.iter().rev());
        serde_json::from_str(&whole).ok()
    };
    if open.is_empty() {
        return None;
    }
    let quote = if in_text { "\"" } else { "" };
    let text = if escaped { &text[..text.len() - 1] } else { text };
    let (end, depth) = last;
    closed(text, quote, &open).or_else(|| closed(&text[..end], "", open.get(..depth)?))
}

/// The text of a JSON string that was encoded once more (`"\"done\""`), or the text itself.
pub(crate) fn unquoted(value: Value) -> Value {
    match &value {
        Value::String(text)
            if text.len() >= 2 && text.starts_with('"') && text.len() <= STRUCTURE_BYTES =>
        {
            match serde_json::from_str(text) {
                Ok(inner @ Value::String(_)) => inner,
                _ => value,
            }
        }
        _ => value,
    }
}

/// The list or map that was flattened into keys (`prefix.0.role`, `prefix.0.content`), nested as deep
/// as the keys go. Numbers order a list; gaps close.
pub(crate) fn unflattened(attributes: &Attributes, prefix: &str) -> Option<Value> {
    let mut root = Branch::default();
    for (rest, value) in attributes.under(prefix) {
        root.insert(rest.split('.').take(PARTS), value);
    }
    (!root.branches.is_empty()).then(|| root.value())
}

/// Parts of a key that are followed; the deepest key known has eight after its prefix
/// (`0.message.contents.0.message_content.image.image.url`).
const PARTS: usize = 10;

#[derive(Default)]
struct Branch<'v> {
    leaf: Option<&'v Value>,
    branches: BTreeMap<Part<'v>, Branch<'v>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'v> {
    Index(u32),
    Name(&'v str),
}

impl<'v> Branch<'v> {
    fn insert(&mut self, mut path: impl Iterator<Item = &'v str>, value: &'v Value) {
        let Some(part) = path.next() else {
            self.leaf = Some(value);
            return;
        };
        let part = part.parse().map_or(Part::Name(part), Part::Index);
        self.branches.entry(part).or_default().insert(path, value);
    }

    fn value(self) -> Value {
        if self.branches.is_empty() {
            return self.leaf.cloned().unwrap_or_default();
        }
        let is_list = self.branches.keys().all(|part| matches!(part, Part::Index(_)));
        if is_list {
            return self.branches.into_values().map(Branch::value).collect();
        }
        let named = self.branches.into_iter().map(|(part, branch)| match part {
            Part::Index(index) => (index.to_string(), branch.value()),
            Part::Name(name) => (name.to_owned(), branch.value()),
        });
        named.collect::<Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flattened_list_is_one_again() {
        let pairs = [
            ("m.10.role", json!("tool")),
            ("m.2.role", json!("user")),
            ("m.2.calls.0.id", json!("a")),
            ("m.2.calls.4000000000.id", json!("b")),
            ("n", json!(1)),
        ];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value));
        let attributes = Attributes::new(pairs.to_vec());
        let expected = json!([
            { "role": "user", "calls": [{ "id": "a" }, { "id": "b" }] },
            { "role": "tool" }
        ]);
        assert_eq!(unflattened(&attributes, "m."), Some(expected));
        assert_eq!(unflattened(&attributes, "x."), None);
    }

    #[test]
    fn what_a_limit_has_left_of_json_is_read() {
        for (text, left) in [
            (r#"{"a": "cut off mid-te"#, json!({ "a": "cut off mid-te" })),
            (r#"{"a": [1, {"b": "x\"#, json!({ "a": [1, { "b": "x" }] })),
            (r#"{"a": 1, "b": tru"#, json!({ "a": 1 })),
            (r#"{"a": 1, "b"#, json!({ "a": 1 })),
            (r#"[{"a": 1}, {"b": 2, "c": {"d""#, json!([{ "a": 1 }, { "b": 2 }])),
        ] {
            assert_eq!(structured(&json!(text)), Some(left), "{text}");
        }
        for text in ["[kb-101] and more", "{not json", "{]", "[1] then [2"] {
            assert_eq!(structured(&json!(text)), Some(json!(text)));
        }
    }

    #[test]
    fn what_is_no_structure_stays_text() {
        assert_eq!(structured(&json!("[kb-101] text")), Some(json!("[kb-101] text")));
        assert_eq!(structured(&json!(" {\"a\": 1} ")), Some(json!({ "a": 1 })));
        assert_eq!(structured(&json!("{'a': None}")), Some(json!({ "a": null })));
        assert_eq!(structured(&json!("__REDACTED__")), None);
    }
}
