//! The body of a record, from the wire to the JSON that is stored, in one pass and through the
//! gate: no tree is built of it. The timeline is read off on the way.
//!
//! Bodies that are JSON text, or that give parts apart from `steps`, take the long way: a
//! [`Trace`], folded, gated and written again.

mod json;
mod out;

use std::{borrow::Cow, io};

use serde::Serialize;
use serde_json::{Map, Number, Value};
use ticketlens_redact::{Gate, KeyClass, Pass};

use json::JsonWriter;
use out::Out;

use crate::{
    Capture, Step, StepLine, Trace, fold, limits,
    meter::{Meter, Outgrown, lossy, room},
    redacted,
    wire::{Any, Items, Malformed, key_value},
};

/// What is nested deeper than this is replaced by a mark. Senders that build bodies with our
/// client keep to [`limits::DEPTH`].
const DEPTH: usize = 64;

/// A body as it is stored.
#[derive(Default)]
pub(crate) struct Body<'a> {
    /// One JSON object, or empty.
    pub(crate) json: String,
    pub(crate) steps: Vec<StepLine<'a>>,
}

/// What of a body is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// The level in force.
    pub(crate) capture: Capture,
    /// Whether what was said is kept, where the level keeps texts.
    pub(crate) messages: bool,
}

impl Kept {
    /// Whether the level keeps texts.
    fn texts(self) -> bool {
        self.capture == Capture::FullTrace
    }
}

/// Why a body could not be taken.
pub(crate) enum BodyError {
    /// Not protobuf.
    Malformed,
    /// The gate met something it can't walk.
    Unwalkable,
    /// More would be made of it than is granted.
    Outgrown(Outgrown),
}

impl From<Outgrown> for BodyError {
    fn from(outgrown: Outgrown) -> Self {
        Self::Outgrown(outgrown)
    }
}

impl From<Malformed> for BodyError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Reads the bytes of a body's `AnyValue`. What is made of it stays held with `meter`.
pub(crate) fn read<'a>(
    bytes: &'a [u8],
    kept: Kept,
    gate: &Gate,
    pass: &mut Pass<'_>,
    meter: &mut Meter<'_>,
) -> Result<Body<'a>, BodyError> {
    match Any::read(bytes)? {
        Any::Empty => Ok(Body::default()),
        Any::Map(map) if is_canonical(map)? => {
            let out = Out::with_room(bytes.len() + 64, meter)?;
            let mut writer = JsonWriter { gate, pass, out };
            let steps = writer.trace(map, kept)?;
            // What is written is JSON syntax and checked text, so it is UTF-8.
            let json = String::from_utf8(writer.out.into_bytes());
            let json = json.map_err(|_| BodyError::Unwalkable)?;
            Ok(Body { json, steps })
        }
        Any::Text(text) => {
            meter.hold(text.len())?;
            let text = String::from_utf8_lossy(text);
            let value = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
            let value = value.unwrap_or_else(|| Value::String(text.into_owned()));
            from_tree(Trace::from(value), kept, gate, pass, meter)
        }
        any => from_tree(Trace::from(tree(any, 0, meter)?), kept, gate, pass, meter),
    }
}

/// Whether the timeline is in `steps` alone.
fn is_canonical(map: &[u8]) -> Result<bool, Malformed> {
    let mut items = Items::new(map);
    while let Some(item) = items.next()? {
        let (key, value) = key_value(item)?;
        let apart = fold::APART.iter().any(|name| name.as_bytes() == key);
        if apart || key == b"steps" && !matches!(Any::read(value)?, Any::List(_)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The long way.
fn from_tree<'a>(
    mut trace: Trace,
    kept: Kept,
    gate: &Gate,
    pass: &mut Pass<'_>,
    meter: &mut Meter<'_>,
) -> Result<Body<'a>, BodyError> {
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
    let steps = trace.steps.into_iter().take(limits::STEPS).map(StepLine::from).collect();
    meter.release(held);
    Ok(Body { json, steps })
}

impl From<Step> for StepLine<'_> {
    fn from(step: Step) -> Self {
        let error_type = step.error.and_then(|error| error.kind).unwrap_or_default();
        Self {
            id: step.id.into(),
            parent_id: step.parent_id.unwrap_or_default().into(),
            kind: step.kind,
            name: step.name.into(),
            iteration: step.iteration,
            start_ms: step.start_ms,
            duration_ms: step.duration_ms,
            status: step.status,
            error_type: error_type.into(),
        }
    }
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
    tree(any, 0, meter)
}

fn tree(any: Any<'_>, depth: usize, meter: &mut Meter<'_>) -> Result<Value, BodyError> {
    Ok(match any {
        Any::Empty => Value::Null,
        Any::Text(text) => text_of(text, meter)?.into(),
        Any::Bool(truth) => truth.into(),
        Any::Int(n) => n.into(),
        Any::Double(x) => Number::from_f64(x).map_or(Value::Null, Value::Number),
        Any::Bytes(raw) => {
            meter.hold(raw.len() * 2)?;
            hex(raw).into()
        }
        Any::List(_) | Any::Map(_) if depth >= DEPTH => "[too deep]".into(),
        Any::List(list) => {
            let mut items = Items::new(list);
            let mut values = Vec::new();
            while let Some(item) = items.next()? {
                meter.spare(NODE)?;
                meter.work(VISIT)?;
                values.push(tree(Any::read(item)?, depth + 1, meter)?);
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
                let key = text_of(key, meter)?;
                values.insert(key, tree(Any::read(value)?, depth + 1, meter)?);
            }
            Value::Object(values)
        }
    })
}

/// Bytes as text of a tree's own.
fn text_of(bytes: &[u8], meter: &mut Meter<'_>) -> Result<String, Outgrown> {
    Ok(match lossy(bytes, meter)? {
        Cow::Borrowed(text) => {
            meter.hold(text.len())?;
            text.to_owned()
        }
        Cow::Owned(text) => text,
    })
}

/// Bytes as JSON has them: lower-case hex.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What the gate leaves of the value of a key of that class. What that takes stays held.
pub(crate) fn gated<'t>(
    pass: &mut Pass<'_>,
    class: KeyClass,
    text: &'t str,
    meter: &mut Meter<'_>,
) -> Result<Cow<'t, str>, Outgrown> {
    meter.work(text.len())?;
    let mut refused = None;
    let mut more = |bytes| meter.spare(bytes).map_err(|outgrown| refused = Some(outgrown)).is_ok();
    match (pass.field_within(class, text, &mut more), refused) {
        (Some(text), _) => Ok(text),
        (None, refused) => Err(refused.unwrap_or(Outgrown { part: "a text" })),
    }
}

/// Cleans text that may already have been replaced.
pub(crate) fn clean<'t>(
    pass: &mut Pass<'_>,
    text: Cow<'t, str>,
    meter: &mut Meter<'_>,
) -> Result<Cow<'t, str>, Outgrown> {
    match text {
        Cow::Borrowed(text) => gated(pass, KeyClass::Plain, text, meter),
        Cow::Owned(text) => {
            let clean = gated(pass, KeyClass::Plain, &text, meter)?;
            Ok(Cow::Owned(clean.into_owned()))
        }
    }
}
