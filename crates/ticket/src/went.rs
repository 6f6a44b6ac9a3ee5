//! How a step went, in the words that workflows and their instrumentations have for it. One rule,
//! for a body as JSON and for one as it stands on the wire.

use serde_json::{Map, Value};

use crate::{
    StepStatus,
    wire::{Any, Items, Malformed, key_value},
};

/// Levels of an error that are looked into for anything at all.
const DEPTH: usize = 4;

/// What stands for "no error" where a text is expected: other languages' words for nothing, and
/// what pipelines make of values that are none.
const NOTHING: [&str; 10] =
    ["", "none", "null", "nil", "<nil>", "undefined", "false", "0", "[]", "{}"];

/// Where a status that is a map has its code: OTLP's own, and as SDKs print it.
const CODES: [&str; 3] = ["code", "status_code", "statusCode"];

/// Where it has its words.
pub(crate) const SAID: [&str; 2] = ["message", "description"];

/// The status a text names, in any case; `None` for one that says nothing about success.
pub(crate) fn named(name: &str) -> Option<StepStatus> {
    const PREFIXES: [&str; 4] = ["STATUS_CODE_", "SpanStatusCode.", "StatusCode.", "Status."];
    const OK: &[&str] =
        &["ok", "success", "succeeded", "successful", "completed", "complete", "done", "1"];
    const ERROR: &[&str] = &[
        "error",
        "errored",
        "failed",
        "failure",
        "fail",
        "exception",
        "timeout",
        "timed_out",
        "2",
    ];
    const SKIPPED: &[&str] = &["skipped", "cancelled", "canceled", "not_run"];
    let name = name.trim();
    let bare = PREFIXES.iter().find_map(|prefix| {
        let (start, rest) = name.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    });
    let name = bare.unwrap_or(name);
    let is_one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_one_of(OK) {
        Some(StepStatus::Ok)
    } else if is_one_of(ERROR) {
        Some(StepStatus::Error)
    } else {
        is_one_of(SKIPPED).then_some(StepStatus::Skipped)
    }
}

/// OTLP's number for a span's status: 0 is unset.
fn numbered(code: f64) -> Option<StepStatus> {
    if code == 1.0 { Some(StepStatus::Ok) } else { (code == 2.0).then_some(StepStatus::Error) }
}

const fn truth(went_well: bool) -> StepStatus {
    if went_well { StepStatus::Ok } else { StepStatus::Error }
}

/// The status a value names.
pub(crate) fn status(value: &Value) -> Option<StepStatus> {
    match value {
        Value::String(name) => named(name),
        Value::Number(code) => code.as_f64().and_then(numbered),
        Value::Bool(went_well) => Some(truth(*went_well)),
        Value::Object(map) => {
            let code = CODES.iter().find_map(|key| map.get(*key))?;
            if code.is_object() { None } else { status(code) }
        }
        Value::Null | Value::Array(_) => None,
    }
}

/// The same, on the wire.
#[expect(clippy::cast_precision_loss, reason = "1 and 2 are exact")]
pub(crate) fn status_on_wire(any: Any<'_>) -> Result<Option<StepStatus>, Malformed> {
    Ok(match any {
        Any::Text(name) => std::str::from_utf8(name).ok().and_then(named),
        Any::Int(code) => numbered(code as f64),
        Any::Double(code) => numbered(code),
        Any::Bool(went_well) => Some(truth(went_well)),
        Any::Map(map) => match find(map, &CODES)? {
            Some(Any::Map(_)) | None => None,
            Some(code) => status_on_wire(code)?,
        },
        Any::Empty | Any::List(_) | Any::Bytes(_) => None,
    })
}

/// The first of the names that a map on the wire has; of two of one name the last.
pub(crate) fn find<'a>(map: &'a [u8], names: &[&str]) -> Result<Option<Any<'a>>, Malformed> {
    let mut found = (names.len(), None);
    let mut items = Items::new(map);
    while let Some(item) = items.next()? {
        let (key, value) = key_value(item)?;
        let rank = names.iter().position(|name| name.as_bytes() == key).unwrap_or(names.len());
        if rank < names.len() && rank <= found.0 {
            found = (rank, Some(Any::read(value)?));
        }
    }
    Ok(found.1)
}

/// What a status that is a map says beside its code.
pub(crate) fn take_said(map: &mut Map<String, Value>) -> Option<Value> {
    SAID.iter().find_map(|key| map.shift_remove(*key)).filter(|said| !is_no_error(said))
}

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
    fn a_status_is_known_by_every_name_it_goes_by() {
        let (ok, error, skipped) = (StepStatus::Ok, StepStatus::Error, StepStatus::Skipped);
        for (value, expected) in [
            (json!("OK"), Some(ok)),
            (json!("ok"), Some(ok)),
            (json!(" Success "), Some(ok)),
            (json!("STATUS_CODE_OK"), Some(ok)),
            (json!("StatusCode.OK"), Some(ok)),
            (json!(1), Some(ok)),
            (json!(true), Some(ok)),
            (json!({ "code": 1 }), Some(ok)),
            (json!("STATUS_CODE_ERROR"), Some(error)),
            (json!("status_code_error"), Some(error)),
            (json!("SpanStatusCode.ERROR"), Some(error)),
            (json!("error"), Some(error)),
            (json!("failed"), Some(error)),
            (json!("Failure"), Some(error)),
            (json!("timeout"), Some(error)),
            (json!(2), Some(error)),
            (json!(2.0), Some(error)),
            (json!("2"), Some(error)),
            (json!(false), Some(error)),
            (json!({ "code": 2, "message": "boom" }), Some(error)),
            (json!({ "code": "STATUS_CODE_ERROR" }), Some(error)),
            (json!({ "status_code": "ERROR", "description": "boom" }), Some(error)),
            (json!("skipped"), Some(skipped)),
            (json!("canceled"), Some(skipped)),
            (json!("STATUS_CODE_UNSET"), None),
            (json!("UNSET"), None),
            (json!(0), None),
            (json!(3), None),
            (json!({}), None),
            (json!({ "code": { "code": 2 } }), None),
            (json!([2]), None),
            (json!(null), None),
            (json!("delivered"), None),
        ] {
            assert_eq!(status(&value), expected, "{value}");
        }
    }

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
