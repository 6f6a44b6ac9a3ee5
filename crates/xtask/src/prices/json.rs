//! What the data's JSON is asked for.

use anyhow::{Context, Result};
use serde_json::Value;

/// Its elements; none of what is no list, as of what is not there.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("{value} is no text"))
}
