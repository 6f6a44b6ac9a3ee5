//! Feedback on a ticket, as keyword arguments: read by the rules of a line of `ticketlens send`.

use pyo3::{prelude::*, types::PyDict};
use serde_json::{Map, Value};
use ticketlens_ticket::line::{ParsedFeedback, read_feedback};

use crate::{
    misuse::misuse,
    room::Room,
    value::{BYTES, Reader, VALUES},
};

/// Fields that hold an id, which may be of any class that reads as a text.
const IDS: [&str; 4] = ["ticket_id", "execution_id", "id", "customer"];

/// What the arguments say. Given now, unless they say otherwise.
pub fn parse(given: &Bound<'_, PyDict>, known_pii: &Bound<'_, PyAny>) -> PyResult<ParsedFeedback> {
    let mut known = Vec::new();
    // Read in part, the rest of it would leave with the comment.
    if !Room::new().know(known_pii, &mut known)? {
        return Err(misuse("known_pii is more than is taken"));
    }
    let map = Reader::new(BYTES, VALUES).map(given, &[])?;
    let mut map: Map<String, Value> = map.unwrap_or_default();
    for id in IDS {
        if let Some(Value::Number(number)) = map.get(id) {
            let text = number.to_string();
            map.insert(id.to_owned(), text.into());
        }
    }
    if map.get("given_at").is_none_or(Value::is_null) {
        map.insert("given_at".to_owned(), jiff::Timestamp::now().to_string().into());
    }
    map.insert("known_pii".to_owned(), known.into());
    read_feedback(map).map_err(|error| misuse(error.to_string()))
}
