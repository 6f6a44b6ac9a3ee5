//! What a ticket under way may still take in. Without an end to it, one that runs for days would hold
//! all memory: a workflow adds step after step, and nothing of it leaves before the end.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use pyo3::prelude::*;
use serde_json::Value;

use crate::value::{BYTES, Reader, VALUES};

/// Bytes of text of one ticket that are read; a record has room for 3 MiB.
const TICKET_BYTES: usize = 4 * BYTES;
/// Values of one ticket that are read.
const TICKET_VALUES: usize = 4 * VALUES;

/// The room of one ticket, which its steps share.
pub struct Room {
    bytes: AtomicUsize,
    values: AtomicUsize,
}

impl Room {
    pub const fn new() -> Self {
        Self { bytes: AtomicUsize::new(TICKET_BYTES), values: AtomicUsize::new(TICKET_VALUES) }
    }

    /// Values that were read so far.
    pub fn values_taken(&self) -> usize {
        TICKET_VALUES - self.values.load(Relaxed)
    }

    /// A value, as far as there is room for it.
    pub fn read(&self, any: &Bound<'_, PyAny>) -> PyResult<Value> {
        let (bytes, values) = (self.bytes.load(Relaxed), self.values.load(Relaxed));
        let (bytes, values) = (bytes.min(BYTES), values.min(VALUES));
        let mut reader = Reader::new(bytes, values);
        let value = reader.read(any)?;
        take(&self.bytes, bytes - reader.bytes_left());
        take(&self.values, values - reader.values_left());
        Ok(value)
    }

    /// What is a text already, or reads as one.
    pub fn text(&self, any: &Bound<'_, PyAny>) -> PyResult<String> {
        Ok(match self.read(any)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
}

fn take(room: &AtomicUsize, used: usize) {
    let _ = room.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(used)));
}
