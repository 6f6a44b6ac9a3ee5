//! Whether what stands under `error` is one: other languages, SDKs and pipelines have many ways to
//! write that there is none. One rule, for a body as JSON and for one as it stands on the wire.

use serde_json::Value;

use crate::wire::{Any, Items, Malformed, key_value};

/// Levels of an error that are looked into for anything at all.
const DEPTH: usize = 4;

/// What stands for "no error" where a text is expected: other languages' words for nothing, and
/// what pipelines make of values that are none.
const NOTHING: [&str; 10] =
    ["", "none", "null", "nil", "<nil>", "undefined", "false", "0", "[]", "{}"];

/// Whether what stands under `error` says that there is none: `null`, `false`, 0, an empty text,
/// list or map, a word for nothing, and whatever holds nothing but these.
pub fn is_no_error(value: &Value) -> bool {
    is_nothing(value, DEPTH)
}

fn is_nothing(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => says_nothing(text),
        Value::Array(_) | Value::Object(_) if depth == 0 => false,
        Value::Array(items) => items.iter().all(|item| is_nothing(item, depth - 1)),
        Value::Object(map) => map.values().all(|value| is_nothing(value, depth - 1)),
    }
}

/// The same, on the wire.
pub(crate) fn is_no_error_on_wire(any: Any<'_>) -> Result<bool, Malformed> {
    is_nothing_on_wire(any, DEPTH)
}

fn is_nothing_on_wire(any: Any<'_>, depth: usize) -> Result<bool, Malformed> {
    let (items, is_map) = match any {
        Any::Empty => return Ok(true),
        Any::Bool(truth) => return Ok(!truth),
        Any::Int(n) => return Ok(n == 0),
        // NaN is what pandas has for nothing; JSON has null for it.
        Any::Double(x) => return Ok(x == 0.0 || !x.is_finite()),
        Any::Text(text) => return Ok(std::str::from_utf8(text).is_ok_and(says_nothing)),
        Any::Bytes(_) => return Ok(false),
        Any::List(_) | Any::Map(_) if depth == 0 => return Ok(false),
        Any::List(list) => (list, false),
        Any::Map(map) => (map, true),
    };
    let mut items = Items::new(items);
    while let Some(item) = items.next()? {
        let value = if is_map { key_value(item)?.1 } else { item };
        if !is_nothing_on_wire(Any::read(value)?, depth - 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn says_nothing(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 9 && NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_error_is_known_by_what_is_not_in_it() {
        for value in [
            json!(null),
            json!(""),
            json!("  "),
            json!("None"),
            json!("null"),
            json!("undefined"),
            json!("<nil>"),
            json!(false),
            json!(0),
            json!(0.0),
            json!([]),
            json!({}),
            json!([null, ""]),
            json!({ "type": null }),
            json!({ "type": null, "message": "", "stack": [] }),
            json!({ "error": { "code": 0 } }),
        ] {
            assert!(is_no_error(&value), "{value}");
        }
        for value in [
            json!(true),
            json!(1),
            json!(-1),
            json!("boom"),
            json!("none of them answered"),
            json!(["boom"]),
            json!({ "type": "timeout" }),
            json!({ "type": null, "message": "boom" }),
            json!({ "code": 500 }),
            json!([[[[["nested without end"]]]]]),
        ] {
            assert!(!is_no_error(&value), "{value}");
        }
    }
}
