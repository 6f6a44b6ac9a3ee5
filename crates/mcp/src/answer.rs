//! An answer: a structure and the same as text, or text alone where it is long.

use rmcp::model::{CallToolResult, ContentBlock};
use serde::Serialize;
use ticketlens_show::safe;

use crate::{quoted, refusal::Refusal, room::Room};

/// Bytes that an answer takes at most, as a JSON document. Most take fewer than 24,000.
pub const MOST_OF_AN_ANSWER: usize = 32 << 10;

/// What the parts of a structure share: the rest is for the notice, the fence and names of fields.
const ROOM: usize = 22_000;

/// Room for a structure.
pub(crate) fn room() -> Room {
    Room::of(ROOM)
}

/// A structure, and the same within a fence for those who read only text.
pub(crate) fn structured(document: &impl Serialize) -> Result<CallToolResult, Refusal> {
    let value = serde_json::to_value(document).map_err(|_| Refusal::Untold)?;
    let text = quoted::fenced(&safe::json(&value.to_string()));
    let mut result = CallToolResult::structured(value);
    result.content = vec![ContentBlock::text(text)];
    Ok(result)
}

/// Lines of data within a fence, and before it what to do with them.
pub(crate) fn lines(about: &str, data: &str) -> CallToolResult {
    let text = format!("{about}\n{}", quoted::fenced(data));
    CallToolResult::success(vec![ContentBlock::text(text)])
}

/// A text of our own.
pub(crate) fn text(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}
