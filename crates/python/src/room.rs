//! What a ticket under way may still take in. Without an end to it, one that runs for days would hold
//! all memory: a workflow adds step after step, and nothing of it leaves before the end.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use pyo3::prelude::*;
use serde_json::Value;

use crate::value::{BYTES, Reader, VALUES, is_only_iterable};

/// Bytes of text of one ticket that are read; a record has room for 3 MiB.
const TICKET_BYTES: usize = 4 * BYTES;
/// Values of one ticket that are read.
const TICKET_VALUES: usize = 4 * VALUES;

/// Values whose room a step takes, however little it holds: what is around it in memory.
const OF_A_STEP: usize = 8;

/// Texts of what is known to be personal that are kept, and their bytes: more than the gate takes,
/// which leaves a trace behind then.
const KNOWN: usize = 2 * 1024;
const KNOWN_BYTES: usize = 128 * 1024;

/// The room of one ticket, which its steps share.
pub struct Room {
    bytes: AtomicUsize,
    values: AtomicUsize,
    /// What is known to be personal has a room of its own: were it cut as the rest is, it would leave
    /// with the rest.
    known: AtomicUsize,
    known_bytes: AtomicUsize,
    /// Whether there was more of it than is kept.
    is_too_much: AtomicBool,
}

impl Room {
    pub const fn new() -> Self {
        Self {
            bytes: AtomicUsize::new(TICKET_BYTES),
            values: AtomicUsize::new(TICKET_VALUES),
            known: AtomicUsize::new(KNOWN),
            known_bytes: AtomicUsize::new(KNOWN_BYTES),
            is_too_much: AtomicBool::new(false),
        }
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

    /// Whether there is room for one more step, which it takes.
    pub fn has_step(&self) -> bool {
        let left = |values: usize| values.checked_sub(OF_A_STEP);
        self.values.fetch_update(Relaxed, Relaxed, left).is_ok()
    }

    /// Whether some of what is known to be personal was left out.
    pub fn knows_too_much(&self) -> bool {
        self.is_too_much.load(Relaxed)
    }

    /// Some of what is known to be personal is left out; `true` the first time.
    pub fn leave_known_out(&self) -> bool {
        !self.is_too_much.swap(true, Relaxed)
    }

    /// What is personal in one value; none at all is none. `false` if that is not all of it.
    pub fn know(&self, value: &Bound<'_, PyAny>, known: &mut Vec<String>) -> PyResult<bool> {
        if !is_only_iterable(value)? {
            return self.known(value, known);
        }
        // Nothing else reads iterators; here they are given to be read.
        for item in value.try_iter()? {
            if !self.known(&item?, known)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The texts in what is known to be personal, at whatever depth; `false` if that is not all of them.
    fn known(&self, any: &Bound<'_, PyAny>, known: &mut Vec<String>) -> PyResult<bool> {
        let (bytes, values) = (self.known_bytes.load(Relaxed), self.known.load(Relaxed));
        let mut reader = Reader::new(bytes, values);
        let value = reader.read(any)?;
        take(&self.known_bytes, bytes - reader.bytes_left());
        take(&self.known, values - reader.values_left());
        texts(value, known);
        Ok(reader.bytes_left() > 0 && reader.values_left() > 0)
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

fn texts(value: Value, all: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => all.push(number.to_string()),
        Value::String(text) => all.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| texts(item, all)),
        Value::Object(map) => map.into_iter().for_each(|(_, item)| texts(item, all)),
    }
}
