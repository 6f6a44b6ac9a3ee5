//! How a step went, in the words that workflows and their instrumentations have for it. One rule,
//! for a body as JSON and for one as it stands on the wire.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    no_error::is_no_error,
    wire::{Any, Items, Malformed, key_value},
};

/// Where a status that is a map has its code: OTLP's own, and as SDKs print it.
const CODES: [&str; 3] = ["code", "status_code", "statusCode"];

/// Where it has its words.
pub(crate) const SAID: [&str; 2] = ["message", "description"];

/// How a step went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum StepStatus {
    /// As it should.
    #[default]
    Ok,
    /// It failed.
    Error,
    /// It was not run.
    Skipped,
}

impl StepStatus {
    /// The status as it stands in a trace.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Error => "ERROR",
            Self::Skipped => "SKIPPED",
        }
    }

    /// The status of that name, in any case, as workflows and instrumentations spell it (`failed`,
    /// `STATUS_CODE_ERROR`, OTLP's numbers); `None` for one that says nothing about success.
    pub fn from_name(name: &str) -> Option<Self> {
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
            Some(Self::Ok)
        } else if is_one_of(ERROR) {
            Some(Self::Error)
        } else {
            is_one_of(SKIPPED).then_some(Self::Skipped)
        }
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
pub(crate) fn of_value(value: &Value) -> Option<StepStatus> {
    match value {
        Value::String(name) => StepStatus::from_name(name),
        Value::Number(code) => code.as_f64().and_then(numbered),
        Value::Bool(went_well) => Some(truth(*went_well)),
        Value::Object(map) => {
            let code = CODES.iter().find_map(|key| map.get(*key))?;
            if code.is_object() { None } else { of_value(code) }
        }
        Value::Null | Value::Array(_) => None,
    }
}

/// The same, on the wire.
#[expect(clippy::cast_precision_loss, reason = "1 and 2 are exact")]
pub(crate) fn of_wire(any: Any<'_>) -> Result<Option<StepStatus>, Malformed> {
    Ok(match any {
        Any::Text(name) => std::str::from_utf8(name).ok().and_then(StepStatus::from_name),
        Any::Int(code) => numbered(code as f64),
        Any::Double(code) => numbered(code),
        Any::Bool(went_well) => Some(truth(went_well)),
        Any::Map(map) => match find(map, &CODES)? {
            Some(Any::Map(_)) | None => None,
            Some(code) => of_wire(code)?,
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
            assert_eq!(of_value(&value), expected, "{value}");
        }
    }
}
