//! The long way: a body as a tree, for what is folded and for attributes that are lists or maps.

use std::{borrow::Cow, io};

use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::{Map, Number, Value};
use ticketlens_redact::{Gate, Pass};

use super::{
    error::BodyError,
    stored::{Body, Changes, Kept},
};
use crate::{
    Step, StepLine, Trace, limits,
    meter::{Meter, Outgrown, lossy, room},
    redacted,
    wire::{Any, Items, key_value},
};

/// Reads a body by way of a [`Trace`], folded.
pub(super) fn read<'a>(
    any: Any<'_>,
    mut changes: Changes,
    kept: Kept,
    gate: &Gate,
    pass: &mut Pass<'_>,
    meter: &mut Meter<'_>,
) -> Result<Body<'a>, BodyError> {
    let mut trace = Trace::from(tree(any, 0, meter, &mut changes)?);
    // Entries that are given apart become steps, for a moment beside those that are there.
    let steps = trace.steps.len() + trace.entries_apart();
    let held = steps * 2 * size_of::<Step>();
    meter.spare(held)?;
    trace.fold();
    if !kept.texts() {
        trace.strip_text();
    }
    if !kept.messages {
        trace.drop_messages();
    }
    redacted::trace(&mut trace, gate, pass).map_err(|_| BodyError::Unwalkable)?;
    let json = json_of(&trace, meter)?;
    meter.hold(trace.steps.len().min(limits::STEPS) * size_of::<StepLine<'_>>())?;
    let beyond = trace.steps.len().saturating_sub(limits::STEPS);
    changes.steps_beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
    let steps = trace.steps.into_iter().take(limits::STEPS).map(StepLine::from).collect();
    meter.release(held);
    Ok(Body { json, steps, changes })
}

/// A value's JSON, measured before it is written.
pub(crate) fn json_of(value: &impl Serialize, meter: &mut Meter<'_>) -> Result<String, Outgrown> {
    let mut length = Length(0);
    // Neither a count nor a `Vec` fails, and every key is a text.
    let _ = serde_json::to_writer(&mut length, value);
    let mut json = Vec::new();
    room(&mut json, length.0, meter)?;
    let _ = serde_json::to_writer(&mut json, value);
    Ok(String::from_utf8(json).unwrap_or_default())
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Held for each node of a tree, beside its text: a value, in a list that grows by doubling and is
/// then there once more, or an entry of a map with its hash.
const NODE: usize = 3 * size_of::<Value>();
/// Counted as work for each, beside its text.
const VISIT: usize = 32;
const ENTRY: usize = NODE + 3 * size_of::<(String, u64, usize)>();

/// An `AnyValue` as a JSON tree. It stays held.
pub(crate) fn tree_of(any: Any<'_>, meter: &mut Meter<'_>) -> Result<Value, BodyError> {
    tree(any, 0, meter, &mut Changes::default())
}

fn tree(
    any: Any<'_>,
    depth: usize,
    meter: &mut Meter<'_>,
    changes: &mut Changes,
) -> Result<Value, BodyError> {
    Ok(match any {
        Any::Empty => Value::Null,
        Any::Text(text) => text_of(text, meter, changes)?.into(),
        Any::Bool(truth) => truth.into(),
        Any::Int(n) => n.into(),
        Any::Double(x) => match Number::from_f64(x) {
            Some(number) => Value::Number(number),
            None => {
                changes.numbers += 1;
                Value::Null
            }
        },
        Any::Bytes(raw) => {
            meter.hold(raw.len() * 2)?;
            HEXLOWER.encode(raw).into()
        }
        Any::List(_) | Any::Map(_) if depth >= limits::BODY_DEPTH => {
            changes.deep += 1;
            limits::TOO_DEEP.into()
        }
        Any::List(list) => {
            let mut items = Items::new(list);
            let mut values = Vec::new();
            while let Some(item) = items.next()? {
                meter.spare(NODE)?;
                meter.work(VISIT)?;
                values.push(tree(Any::read(item)?, depth + 1, meter, changes)?);
            }
            Value::Array(values)
        }
        Any::Map(map) => {
            let mut items = Items::new(map);
            let mut values = Map::new();
            while let Some(item) = items.next()? {
                let (key, value) = key_value(item)?;
                meter.spare(ENTRY)?;
                meter.work(VISIT)?;
                let key = text_of(key, meter, changes)?;
                let value = tree(Any::read(value)?, depth + 1, meter, changes)?;
                changes.keys += u64::from(values.insert(key, value).is_some());
            }
            Value::Object(values)
        }
    })
}

/// Bytes as text of a tree's own.
fn text_of(bytes: &[u8], meter: &mut Meter<'_>, changes: &mut Changes) -> Result<String, Outgrown> {
    Ok(match lossy(bytes, meter)? {
        Cow::Borrowed(text) => {
            meter.hold(text.len())?;
            text.to_owned()
        }
        Cow::Owned(text) => {
            changes.texts += 1;
            text
        }
    })
}
