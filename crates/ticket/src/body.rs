//! The body of a record, from the wire to the JSON that is stored, in one pass and through the
//! gate: no tree is built of it. The timeline is read off on the way.
//!
//! Bodies that are JSON text, or that give parts apart from `steps`, take the long way: a
//! [`Trace`], folded, gated and written again.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};
use ticketlens_redact::{Gate, KeyClass, Pass};

use crate::{
    Capture, Step, StepKind, StepLine, StepStatus, Trace,
    encode::whole_milliseconds,
    fold, limits,
    parse::whole,
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

/// Why a body could not be taken.
pub(crate) enum BodyError {
    /// Not protobuf.
    Malformed,
    /// The gate met something it can't walk.
    Unwalkable,
}

impl From<Malformed> for BodyError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Reads the bytes of a body's `AnyValue`, of which `capture` is kept.
pub(crate) fn read<'a>(
    bytes: &'a [u8],
    capture: Capture,
    gate: &Gate,
    pass: &mut Pass<'_>,
) -> Result<Body<'a>, BodyError> {
    match Any::read(bytes)? {
        Any::Empty => Ok(Body::default()),
        Any::Map(map) if is_canonical(map)? => {
            let mut writer = JsonWriter { gate, pass, out: Vec::with_capacity(bytes.len() + 64) };
            let steps = writer.trace(map, capture)?;
            // What is written is JSON syntax and checked text, so it is UTF-8.
            let json = String::from_utf8(writer.out).map_err(|_| BodyError::Unwalkable)?;
            Ok(Body { json, steps })
        }
        Any::Text(text) => {
            let text = String::from_utf8_lossy(text);
            let value = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
            let value = value.unwrap_or_else(|| Value::String(text.into_owned()));
            from_tree(Trace::from(value), capture, pass)
        }
        any => from_tree(Trace::from(tree(any, 0)?), capture, pass),
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
    capture: Capture,
    pass: &mut Pass<'_>,
) -> Result<Body<'a>, BodyError> {
    trace.fold();
    if capture < Capture::FullTrace {
        trace.strip_text();
    }
    redacted::trace(&mut trace, pass).map_err(|_| BodyError::Unwalkable)?;
    let json = serde_json::to_string(&trace).map_err(|_| BodyError::Unwalkable)?;
    let steps = trace.steps.into_iter().take(limits::STEPS).map(StepLine::from).collect();
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

/// An `AnyValue` as a JSON tree.
pub(crate) fn tree_of(any: Any<'_>) -> Result<Value, Malformed> {
    tree(any, 0)
}

fn tree(any: Any<'_>, depth: usize) -> Result<Value, Malformed> {
    Ok(match any {
        Any::Empty => Value::Null,
        Any::Text(text) => String::from_utf8_lossy(text).into(),
        Any::Bool(truth) => truth.into(),
        Any::Int(n) => n.into(),
        Any::Double(x) => Number::from_f64(x).map_or(Value::Null, Value::Number),
        Any::Bytes(raw) => hex(raw).into(),
        Any::List(_) | Any::Map(_) if depth >= DEPTH => "[too deep]".into(),
        Any::List(list) => {
            let mut items = Items::new(list);
            let mut values = Vec::new();
            while let Some(item) = items.next()? {
                values.push(tree(Any::read(item)?, depth + 1)?);
            }
            Value::Array(values)
        }
        Any::Map(map) => {
            let mut items = Items::new(map);
            let mut values = Map::new();
            while let Some(item) = items.next()? {
                let (key, value) = key_value(item)?;
                let key = String::from_utf8_lossy(key).into_owned();
                values.insert(key, tree(Any::read(value)?, depth + 1)?);
            }
            Value::Object(values)
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

/// Cleans text that may already have been replaced.
pub(crate) fn clean<'a>(pass: &mut Pass<'_>, text: Cow<'a, str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => pass.text(text),
        Cow::Owned(text) => Cow::Owned(pass.text(&text).into_owned()),
    }
}

/// Writes `AnyValue`s as JSON, every string through the gate.
struct JsonWriter<'p, 'k, 'g> {
    gate: &'g Gate,
    pass: &'p mut Pass<'k>,
    out: Vec<u8>,
}

impl JsonWriter<'_, '_, '_> {
    /// A canonical body; its timeline.
    fn trace<'a>(
        &mut self,
        map: &'a [u8],
        capture: Capture,
    ) -> Result<Vec<StepLine<'a>>, Malformed> {
        let mut steps = Vec::new();
        let mut items = Items::new(map);
        let mut first = true;
        self.out.push(b'{');
        while let Some(item) = items.next()? {
            let (key, value) = key_value(item)?;
            match (key, Any::read(value)?) {
                (b"steps", Any::List(list)) => {
                    self.key(b"steps", &mut first);
                    self.steps(list, capture, &mut steps)?;
                }
                _ if capture < Capture::FullTrace => {}
                (b"ticket" | b"planning" | b"errors" | b"output", any) => {
                    self.key(key, &mut first);
                    self.any(any, KeyClass::Plain, 1)?;
                }
                (key, any) => self.entry(key, any, 1, &mut first)?,
            }
        }
        self.out.push(b'}');
        Ok(steps)
    }

    fn steps<'a>(
        &mut self,
        list: &'a [u8],
        capture: Capture,
        steps: &mut Vec<StepLine<'a>>,
    ) -> Result<(), Malformed> {
        let mut items = Items::new(list);
        let mut first = true;
        self.out.push(b'[');
        while let Some(item) = items.next()? {
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            let line = match Any::read(item)? {
                Any::Map(map) => self.step(map, capture)?,
                // A step that is no map: kept as its output, as in `parse`.
                any => {
                    self.out.extend_from_slice(b"{\"output\":");
                    match capture {
                        Capture::FullTrace => self.any(any, KeyClass::Plain, 3)?,
                        _ => self.out.extend_from_slice(b"null"),
                    }
                    self.out.push(b'}');
                    blank_line()
                }
            };
            if steps.len() < limits::STEPS {
                steps.push(line);
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn step<'a>(&mut self, map: &'a [u8], capture: Capture) -> Result<StepLine<'a>, Malformed> {
        let mut line = blank_line();
        let mut status = None;
        let mut failed = false;
        let full = capture == Capture::FullTrace;
        let mut items = Items::new(map);
        let mut first = true;
        self.out.push(b'{');
        while let Some(item) = items.next()? {
            let (key, value) = key_value(item)?;
            let any = Any::read(value)?;
            match key {
                b"id" => line.id = self.label(key, any, &mut first),
                b"parent_id" => line.parent_id = self.label(key, any, &mut first),
                b"name" => line.name = self.label(key, any, &mut first),
                b"kind" => line.kind = StepKind::from_name(&self.label(key, any, &mut first)),
                b"status" => status = StepStatus::from_name(&self.label(key, any, &mut first)),
                b"iteration" => line.iteration = self.number(key, any, &mut first).and_then(whole),
                b"start_ms" => {
                    line.start_ms = self.number(key, any, &mut first).unwrap_or_default();
                }
                b"duration_ms" => {
                    line.duration_ms = self.number(key, any, &mut first).unwrap_or_default();
                }
                b"error" => {
                    failed |= any != Any::Empty;
                    self.key(key, &mut first);
                    line.error_type = self.error(any, full)?;
                }
                _ if !full => {}
                b"action" | b"action_input" | b"input" | b"output" | b"attributes" => {
                    self.key(key, &mut first);
                    self.any(any, KeyClass::Plain, 3)?;
                }
                key => self.entry(key, any, 3, &mut first)?,
            }
        }
        self.out.push(b'}');
        line.status = status.unwrap_or(if failed { StepStatus::Error } else { StepStatus::Ok });
        Ok(line)
    }

    /// A step's error; its type.
    fn error<'a>(&mut self, any: Any<'a>, full: bool) -> Result<Cow<'a, str>, Malformed> {
        let Any::Map(map) = any else {
            // Text, as in `parse`: a message.
            if full && any != Any::Empty {
                self.out.extend_from_slice(b"{\"message\":");
                self.any(any, KeyClass::Plain, 4)?;
                self.out.push(b'}');
            } else {
                self.out.extend_from_slice(b"null");
            }
            return Ok(Cow::Borrowed(""));
        };
        let mut error_type = Cow::Borrowed("");
        let mut items = Items::new(map);
        let mut first = true;
        self.out.push(b'{');
        while let Some(item) = items.next()? {
            let (key, value) = key_value(item)?;
            let any = Any::read(value)?;
            match key {
                b"type" => error_type = self.label(key, any, &mut first),
                _ if !full => {}
                b"message" | b"stack" => {
                    self.key(key, &mut first);
                    self.any(any, KeyClass::Plain, 4)?;
                }
                key => self.entry(key, any, 4, &mut first)?,
            }
        }
        self.out.push(b'}');
        Ok(error_type)
    }

    /// Writes a short text under one of the contract's keys; the text. Structure, so its key says
    /// nothing about a person (`name` is a tool's), but its text goes through the gate.
    fn label<'a>(&mut self, key: &[u8], any: Any<'a>, first: &mut bool) -> Cow<'a, str> {
        let text = match any {
            Any::Text(text) => {
                let text = String::from_utf8_lossy(text);
                clean(self.pass, text)
            }
            Any::Int(n) => n.to_string().into(),
            Any::Double(x) => x.to_string().into(),
            Any::Bool(truth) => truth.to_string().into(),
            // Nothing short is made of a map or a list.
            _ => "".into(),
        };
        self.key(key, first);
        self.text(&text);
        text
    }

    fn number(&mut self, key: &[u8], any: Any<'_>, first: &mut bool) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds below 2^53")]
        let number = match any {
            Any::Int(n) => Some(n as f64),
            Any::Double(x) if x.is_finite() => Some(x),
            Any::Text(text) => {
                let text = std::str::from_utf8(text).ok();
                text.and_then(|text| text.trim().parse().ok()).filter(|x: &f64| x.is_finite())
            }
            _ => None,
        };
        self.key(key, first);
        match number {
            Some(number) => self.double(number),
            None => self.out.extend_from_slice(b"null"),
        }
        number
    }

    /// A pair of someone else's keys: the key says what its value may be.
    fn entry(
        &mut self,
        key: &[u8],
        any: Any<'_>,
        depth: usize,
        first: &mut bool,
    ) -> Result<(), Malformed> {
        let key = String::from_utf8_lossy(key);
        let class = self.gate.classify(&key);
        let clean = self.pass.key(&key);
        self.key(clean.as_bytes(), first);
        self.any(any, class, depth)
    }

    fn any(&mut self, any: Any<'_>, class: KeyClass, depth: usize) -> Result<(), Malformed> {
        match (any, class) {
            (Any::Empty, _) => self.out.extend_from_slice(b"null"),
            (Any::Text(text), class) => {
                let text = String::from_utf8_lossy(text);
                let text = match class {
                    KeyClass::Plain => self.pass.text(&text),
                    class => self.pass.field(class, &text),
                };
                write_text(&mut self.out, &text);
            }
            (Any::List(_) | Any::Map(_) | Any::Bytes(_), KeyClass::Secret) => {
                self.replaced(KeyClass::Secret, "");
            }
            (Any::List(_) | Any::Map(_), _) if depth >= DEPTH => self.text("[too deep]"),
            (Any::List(list), class) => self.list(list, class, depth)?,
            (Any::Map(map), class) => self.map(map, class, depth)?,
            (Any::Bytes(raw), class) => self.replaced(class, &hex(raw)),
            (Any::Bool(truth), KeyClass::Plain) => {
                self.out.extend_from_slice(if truth { b"true" } else { b"false" });
            }
            (Any::Int(n), KeyClass::Plain) => self.int(n),
            (Any::Double(x), KeyClass::Plain) => self.double(x),
            (Any::Bool(truth), class) => self.replaced(class, &truth.to_string()),
            (Any::Int(n), class) => self.replaced(class, &n.to_string()),
            (Any::Double(x), class) => self.replaced(class, &x.to_string()),
        }
        Ok(())
    }

    fn list(&mut self, list: &[u8], class: KeyClass, depth: usize) -> Result<(), Malformed> {
        let mut items = Items::new(list);
        let mut first = true;
        self.out.push(b'[');
        while let Some(item) = items.next()? {
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            self.any(Any::read(item)?, class, depth + 1)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, map: &[u8], class: KeyClass, depth: usize) -> Result<(), Malformed> {
        let mut items = Items::new(map);
        let mut first = true;
        self.out.push(b'{');
        while let Some(item) = items.next()? {
            let (key, value) = key_value(item)?;
            let any = Any::read(value)?;
            match class {
                KeyClass::Plain => self.entry(key, any, depth + 1, &mut first)?,
                // Below a personal key every leaf is personal, unless it is a secret.
                class => {
                    let key = String::from_utf8_lossy(key);
                    let own = self.gate.classify(&key);
                    let clean = self.pass.key(&key);
                    self.key(clean.as_bytes(), &mut first);
                    let class = if own == KeyClass::Secret { own } else { class };
                    self.any(any, class, depth + 1)?;
                }
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn replaced(&mut self, class: KeyClass, text: &str) {
        let text = self.pass.field(class, text);
        write_text(&mut self.out, &text);
    }

    fn key(&mut self, key: &[u8], first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
        match std::str::from_utf8(key) {
            Ok(key) => self.text(key),
            Err(_) => self.text(&String::from_utf8_lossy(key)),
        }
        self.out.push(b':');
    }

    fn text(&mut self, text: &str) {
        write_text(&mut self.out, text);
    }

    fn int(&mut self, n: i64) {
        // Writing into a Vec does not fail.
        let _ = serde_json::to_writer(&mut self.out, &n);
    }

    fn double(&mut self, x: f64) {
        match whole_milliseconds(x) {
            Some(whole) => self.int(whole),
            // NaN and infinities become null, which is all JSON has for them.
            None => drop(serde_json::to_writer(&mut self.out, &x)),
        }
    }
}

/// Appends `text` as a JSON string (RFC 8259 §7).
fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing into a Vec does not fail.
    let _ = serde_json::to_writer(out, text);
}

const fn blank_line<'a>() -> StepLine<'a> {
    StepLine {
        id: Cow::Borrowed(""),
        parent_id: Cow::Borrowed(""),
        kind: StepKind::Other,
        name: Cow::Borrowed(""),
        iteration: None,
        start_ms: 0.0,
        duration_ms: 0.0,
        status: StepStatus::Ok,
        error_type: Cow::Borrowed(""),
    }
}
