//! The body of a record, from the wire to the JSON that is stored, in one pass and through the
//! gate: no tree is built of it. The timeline is read off on the way.
//!
//! A body that is JSON text is first written as the bytes of the map it says, and then takes the
//! same way: what is stored is the same. Bodies that give parts apart from `steps` take the long way:
//! a [`Trace`], folded, gated and written again.

mod json;
mod keys;
mod out;

use std::{borrow::Cow, io};

use serde::Serialize;
use serde_json::{Map, Number, Value};
use ticketlens_redact::{Gate, KeyClass, Pass};

use json::{JsonWriter, TOO_DEEP};
use out::Out;

use crate::{
    Capture, Step, StepLine, Trace, fold,
    json::{
        Broken,
        any_value::{self, NoMap, Transcript},
    },
    limits,
    meter::{Meter, Outgrown, lossy, room},
    redacted,
    wire::{Any, Items, Malformed, key_value},
};

/// A body as it is stored.
#[derive(Default)]
pub(crate) struct Body<'a> {
    /// One JSON object, or empty.
    pub(crate) json: String,
    pub(crate) steps: Vec<StepLine<'a>>,
    pub(crate) changes: Changes,
}

/// What a body holds that is not stored as it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Numbers that JSON does not have: null now.
    pub(crate) numbers: u64,
    /// Texts with half a character or with bytes that are no UTF-8.
    pub(crate) texts: u64,
    /// Lists and maps that are nested too deep.
    pub(crate) deep: u64,
    /// Entries whose key stands again behind them.
    pub(crate) keys: u64,
    /// Steps beyond those of a timeline.
    pub(crate) steps_beyond: u32,
    /// It looks like JSON, and is none from there on.
    pub(crate) broken: Option<Broken>,
}

/// A body before it is read.
pub(crate) struct Opened<'a> {
    content: Content<'a>,
    changes: Changes,
}

enum Content<'a> {
    /// As it stands on the wire.
    Sent(Any<'a>),
    /// As it would, had it been sent as a map.
    Transcribed(Vec<u8>),
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

/// Opens the bytes of a body's `AnyValue`: text that is a JSON object becomes the map it says. What
/// that takes is held with `meter` until the body is [closed](Opened::close).
pub(crate) fn open<'a>(bytes: &'a [u8], meter: &mut Meter<'_>) -> Result<Opened<'a>, BodyError> {
    let any = Any::read(bytes)?;
    let mut opened = Opened { content: Content::Sent(any), changes: Changes::default() };
    let (Any::Text(text) | Any::Bytes(text)) = any else { return Ok(opened) };
    let start = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    if !start.starts_with(b"{") && !start.starts_with(b"[") {
        return Ok(opened);
    }
    meter.work(text.len())?;
    let before = meter.held();
    match any_value::of_text(text, meter) {
        Ok(Transcript { wire, mended }) => {
            opened.content = Content::Transcribed(wire);
            (opened.changes.numbers, opened.changes.texts) = (mended.numbers, mended.texts);
        }
        Err(no_map) => {
            meter.release(meter.held() - before);
            match no_map {
                NoMap::Other => {}
                NoMap::Broken(broken) => opened.changes.broken = Some(broken),
                NoMap::TooLarge => return Err(BodyError::Unwalkable),
                NoMap::Outgrown(outgrown) => return Err(outgrown.into()),
            }
        }
    }
    Ok(opened)
}

impl<'a> Opened<'a> {
    /// The body, one level of it.
    pub(crate) fn any(&self) -> Result<Any<'_>, Malformed> {
        match &self.content {
            Content::Sent(any) => Ok(*any),
            Content::Transcribed(wire) => Any::read(wire),
        }
    }

    /// Reads it. What is made of it stays held with `meter`.
    pub(crate) fn read(
        &self,
        kept: Kept,
        gate: &Gate,
        pass: &mut Pass<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<Body<'a>, BodyError> {
        match &self.content {
            Content::Sent(any) => read(*any, self.changes, kept, gate, pass, meter),
            Content::Transcribed(wire) => {
                let body = read(Any::read(wire)?, self.changes, kept, gate, pass, meter)?;
                Ok(body.into_owned(meter)?)
            }
        }
    }

    /// Throws it away.
    pub(crate) fn close(self, meter: &mut Meter<'_>) {
        if let Content::Transcribed(wire) = self.content {
            meter.release(wire.capacity());
        }
    }
}

impl Body<'_> {
    /// The same, without what it was read from.
    fn into_owned<'a>(self, meter: &mut Meter<'_>) -> Result<Body<'a>, Outgrown> {
        let Self { json, steps, changes } = self;
        meter.hold(steps.iter().map(StepLine::borrowed).sum())?;
        Ok(Body { json, steps: steps.into_iter().map(StepLine::into_owned).collect(), changes })
    }
}

fn read<'a>(
    any: Any<'a>,
    changes: Changes,
    kept: Kept,
    gate: &Gate,
    pass: &mut Pass<'_>,
    meter: &mut Meter<'_>,
) -> Result<Body<'a>, BodyError> {
    match any {
        Any::Empty => Ok(Body::default()),
        Any::Map(map) if is_canonical(map)? => {
            let out = Out::with_room(map.len() + 64, meter)?;
            let mut writer = JsonWriter { gate, pass, out, changes };
            let steps = writer.trace(map, kept)?;
            // What is written is JSON syntax and checked text, so it is UTF-8.
            let json = String::from_utf8(writer.out.into_bytes());
            let json = json.map_err(|_| BodyError::Unwalkable)?;
            Ok(Body { json, steps, changes: writer.changes })
        }
        any => {
            let mut changes = changes;
            let trace = Trace::from(tree(any, 0, meter, &mut changes)?);
            from_tree(trace, changes, kept, gate, pass, meter)
        }
    }
}

/// Whether the timeline is in `steps` alone, of which the last counts.
fn is_canonical(map: &[u8]) -> Result<bool, Malformed> {
    let mut is_list = true;
    let mut items = Items::new(map);
    while let Some(item) = items.next()? {
        let (key, value) = key_value(item)?;
        if fold::APART.iter().any(|name| name.as_bytes() == key) {
            return Ok(false);
        }
        if key == b"steps" {
            is_list = matches!(Any::read(value)?, Any::List(_));
        }
    }
    Ok(is_list)
}

/// The long way.
fn from_tree<'a>(
    mut trace: Trace,
    mut changes: Changes,
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
    let beyond = trace.steps.len().saturating_sub(limits::STEPS);
    changes.steps_beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
    let steps = trace.steps.into_iter().take(limits::STEPS).map(StepLine::from).collect();
    meter.release(held);
    Ok(Body { json, steps, changes })
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
            hex(raw).into()
        }
        Any::List(_) | Any::Map(_) if depth >= limits::BODY_DEPTH => {
            changes.deep += 1;
            TOO_DEEP.into()
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
