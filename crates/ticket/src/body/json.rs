//! The one pass: `AnyValue`s to JSON, every string through the gate, the timeline read off.

use std::{borrow::Cow, collections::HashMap};

use ticketlens_redact::{Gate, KeyClass, Pass};

use super::{BodyError, Changes, Kept, clean, gated, hex, keys::Entries, out::Out};
use crate::{
    StepKind, StepLine, StepStatus, limits,
    meter::{Outgrown, lossy},
    parse::whole,
    trace::MESSAGE_KEYS,
    went,
    wire::{Any, Items, Malformed, key_value},
};

/// What stands for a list or a map beyond [`limits::BODY_DEPTH`].
pub(super) const TOO_DEEP: &str = "[too deep]";

/// Held for each step, in a list that grows by doubling.
const STEP: usize = 2 * size_of::<StepLine<'_>>();
/// Held for each key that cleaning has changed, beside its text.
const CLEANED: usize = 2 * size_of::<(String, u64)>();

/// Writes `AnyValue`s as JSON, every string through the gate.
pub(super) struct JsonWriter<'p, 'k, 'g, 'm> {
    pub(super) gate: &'g Gate,
    pub(super) pass: &'p mut Pass<'k>,
    pub(super) out: Out<'p, 'm>,
    pub(super) changes: Changes,
}

impl JsonWriter<'_, '_, '_, '_> {
    /// A canonical body; its timeline.
    pub(super) fn trace<'a>(
        &mut self,
        map: &'a [u8],
        kept: Kept,
    ) -> Result<Vec<StepLine<'a>>, BodyError> {
        let mut steps = Vec::new();
        let mut entries = self.entries(map)?;
        let mut keys = Keys::default();
        self.out.raw(b"{")?;
        while let Some(entry) = entries.next()? {
            match entry {
                (b"steps", Any::List(list)) => {
                    self.own_key(b"steps", &mut keys)?;
                    self.steps(list, kept, &mut steps)?;
                }
                _ if !kept.texts() => {}
                (key, _) if !kept.messages && is_message_part(key) => {}
                (key @ (b"ticket" | b"planning" | b"errors" | b"output"), any) => {
                    self.own_entry(key, any, 1, &mut keys)?;
                }
                (key, any) => self.entry(key, any, KeyClass::Plain, 1, &mut keys)?,
            }
        }
        self.out.raw(b"}")?;
        self.end(entries);
        Ok(steps)
    }

    /// The entries of a map that count.
    fn entries<'a>(&mut self, map: &'a [u8]) -> Result<Entries<'a>, BodyError> {
        Entries::new(map, self.out.meter())
    }

    fn end(&mut self, entries: Entries<'_>) {
        self.changes.keys += entries.end(self.out.meter());
    }

    fn steps<'a>(
        &mut self,
        list: &'a [u8],
        kept: Kept,
        steps: &mut Vec<StepLine<'a>>,
    ) -> Result<(), BodyError> {
        let mut items = Items::new(list);
        let mut first = true;
        self.out.raw(b"[")?;
        while let Some(item) = items.next()? {
            if !std::mem::take(&mut first) {
                self.out.raw(b",")?;
            }
            let line = match Any::read(item)? {
                Any::Map(map) => self.step(map, kept)?,
                // A step that is no map: kept as its output, as in `parse`.
                any => {
                    let mut keys = Keys::default();
                    self.out.raw(b"{")?;
                    self.own_entry(
                        b"output",
                        if kept.texts() { any } else { Any::Empty },
                        3,
                        &mut keys,
                    )?;
                    self.out.raw(b"}")?;
                    blank_line()
                }
            };
            if steps.len() < limits::STEPS {
                self.out.meter().hold(STEP)?;
                steps.push(line);
            } else {
                self.changes.steps_beyond = self.changes.steps_beyond.saturating_add(1);
            }
        }
        self.out.raw(b"]")?;
        Ok(())
    }

    fn step<'a>(&mut self, map: &'a [u8], kept: Kept) -> Result<StepLine<'a>, BodyError> {
        let mut line = blank_line();
        let mut status = None;
        let mut failed = false;
        let full = kept.texts();
        // Its kind may stand behind what it says.
        let body = full && (kept.messages || !is_message(map)?);
        let mut entries = self.entries(map)?;
        let mut keys = Keys::default();
        self.out.raw(b"{")?;
        while let Some((key, any)) = entries.next()? {
            match key {
                b"id" => line.id = self.label(key, any, &mut keys)?,
                b"parent_id" => line.parent_id = self.label(key, any, &mut keys)?,
                b"name" => line.name = self.label(key, any, &mut keys)?,
                b"kind" => line.kind = StepKind::from_name(&self.label(key, any, &mut keys)?),
                b"status" => status = self.status(any, body, &mut keys)?,
                b"iteration" => line.iteration = self.number(key, any, &mut keys)?.and_then(whole),
                b"start_ms" => {
                    line.start_ms = self.number(key, any, &mut keys)?.unwrap_or_default();
                }
                b"duration_ms" => {
                    line.duration_ms = self.number(key, any, &mut keys)?.unwrap_or_default();
                }
                b"error" => {
                    self.own_key(key, &mut keys)?;
                    if went::is_no_error_on_wire(any)? {
                        self.out.null()?;
                    } else {
                        failed = true;
                        line.error_type = self.error(any, full)?;
                    }
                }
                _ if !body => {}
                b"action" | b"action_input" | b"input" | b"output" | b"attributes" => {
                    self.own_entry(key, any, 3, &mut keys)?;
                }
                key => self.entry(key, any, KeyClass::Plain, 3, &mut keys)?,
            }
        }
        self.out.raw(b"}")?;
        self.end(entries);
        line.status = status.unwrap_or(if failed { StepStatus::Error } else { StepStatus::Ok });
        Ok(line)
    }

    /// A step's error; its type.
    fn error<'a>(&mut self, any: Any<'a>, full: bool) -> Result<Cow<'a, str>, BodyError> {
        let Any::Map(map) = any else {
            // Text, as in `parse`: a message.
            if full {
                self.out.raw(b"{")?;
                self.own_entry(b"message", any, 4, &mut Keys::default())?;
                self.out.raw(b"}")?;
            } else {
                self.out.null()?;
            }
            return Ok(Cow::Borrowed(""));
        };
        let mut error_type = Cow::Borrowed("");
        let mut entries = self.entries(map)?;
        let mut keys = Keys::default();
        self.out.raw(b"{")?;
        while let Some((key, any)) = entries.next()? {
            match key {
                b"type" => error_type = self.label(key, any, &mut keys)?,
                _ if !full => {}
                b"message" | b"stack" => self.own_entry(key, any, 4, &mut keys)?,
                key => self.entry(key, any, KeyClass::Plain, 4, &mut keys)?,
            }
        }
        self.out.raw(b"}")?;
        self.end(entries);
        Ok(error_type)
    }

    /// A step's status, by its own name where it is known by another: OTLP's names and numbers, a
    /// map with a code. What such a map says beside it is kept.
    fn status(
        &mut self,
        any: Any<'_>,
        body: bool,
        keys: &mut Keys,
    ) -> Result<Option<StepStatus>, BodyError> {
        let status = went::status_on_wire(any)?;
        match status {
            Some(known) => {
                self.own_key(b"status", keys)?;
                self.out.text(known.as_str())?;
            }
            None => drop(self.label(b"status", any, keys)?),
        }
        if let Any::Map(map) = any
            && body
            && let Some(said) = went::find(map, &went::SAID)?
            && !went::is_no_error_on_wire(said)?
        {
            self.own_entry(b"status_message", said, 3, keys)?;
        }
        Ok(status)
    }

    /// Writes a short text under one of the contract's keys; the text. Structure, so its key says
    /// nothing about a person (`name` is a tool's), but its text goes through the gate.
    fn label<'a>(
        &mut self,
        key: &[u8],
        any: Any<'a>,
        keys: &mut Keys,
    ) -> Result<Cow<'a, str>, BodyError> {
        let text = match any {
            Any::Text(text) => {
                let before = self.out.meter().held();
                let text = self.text_of(text)?;
                let text = clean(self.pass, text, self.out.meter())?;
                self.keep(&text, before)?;
                text
            }
            Any::Int(n) => n.to_string().into(),
            Any::Double(x) => x.to_string().into(),
            Any::Bool(truth) => truth.to_string().into(),
            // Nothing short is made of a map or a list.
            _ => "".into(),
        };
        self.own_key(key, keys)?;
        self.out.text(&text)?;
        Ok(text)
    }

    fn number(
        &mut self,
        key: &[u8],
        any: Any<'_>,
        keys: &mut Keys,
    ) -> Result<Option<f64>, BodyError> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds below 2^53")]
        let number = match any {
            Any::Int(n) => Some(n as f64),
            Any::Double(x) => self.finite(x),
            Any::Text(text) => {
                let text = std::str::from_utf8(text).ok();
                text.and_then(|text| text.trim().parse().ok()).filter(|x: &f64| x.is_finite())
            }
            _ => None,
        };
        self.own_key(key, keys)?;
        match number {
            Some(number) => self.out.double(number)?,
            None => self.out.null()?,
        }
        Ok(number)
    }

    /// Bytes as text, and a note of what was none.
    fn text_of<'a>(&mut self, bytes: &'a [u8]) -> Result<Cow<'a, str>, Outgrown> {
        let text = lossy(bytes, self.out.meter())?;
        self.changes.texts += u64::from(matches!(text, Cow::Owned(_)));
        Ok(text)
    }

    /// Of all that was held since for a text, what it takes itself.
    #[expect(clippy::ptr_arg, reason = "whether it was made is the question")]
    fn keep(&mut self, text: &Cow<'_, str>, before: usize) -> Result<(), Outgrown> {
        let made = if let Cow::Owned(text) = text { text.capacity() } else { 0 };
        let meter = self.out.meter();
        meter.release(meter.held() - before);
        meter.hold(made)
    }

    /// One of the contract's keys and a value of anyone's. The key says nothing of the value, unless
    /// a list names it.
    fn own_entry(
        &mut self,
        key: &[u8],
        any: Any<'_>,
        depth: usize,
        keys: &mut Keys,
    ) -> Result<(), BodyError> {
        self.own_key(key, keys)?;
        let class = self.gate.classify(&String::from_utf8_lossy(key));
        self.any(any, class, depth)
    }

    /// A pair of someone else's keys: the key says what its value may be. Below a personal key
    /// everything is personal; a secret stays a secret.
    fn entry(
        &mut self,
        key: &[u8],
        any: Any<'_>,
        above: KeyClass,
        depth: usize,
        keys: &mut Keys,
    ) -> Result<(), BodyError> {
        let before = self.out.meter().held();
        let key = self.text_of(key)?;
        let clean = gated(self.pass, KeyClass::Plain, &key, self.out.meter())?;
        self.keep(&clean, before)?;
        let own = self.gate.classify(&key);
        let (own, clean) = match clean {
            Cow::Borrowed(_) => (own, clean),
            Cow::Owned(clean) => {
                // Remembered with a count, and written with it.
                self.out.meter().hold(CLEANED + 2 * clean.len())?;
                (own.or(self.gate.classify(&clean)), keys.unique(clean).into())
            }
        };
        self.key(&clean, keys)?;
        let inherits = above != KeyClass::Plain && own != KeyClass::Secret;
        self.any(any, if inherits { above } else { own }, depth)
    }

    fn any(&mut self, any: Any<'_>, class: KeyClass, depth: usize) -> Result<(), BodyError> {
        match (any, class) {
            (Any::Empty, _) => self.out.null()?,
            (Any::Text(text), class) => self.checked_text(text, class)?,
            (Any::List(_) | Any::Map(_) | Any::Bytes(_), KeyClass::Secret) => {
                self.replaced(KeyClass::Secret, "")?;
            }
            (Any::List(_) | Any::Map(_), _) if depth >= limits::BODY_DEPTH => {
                self.changes.deep += 1;
                self.out.text(TOO_DEEP)?;
            }
            (Any::List(list), class) => self.list(list, class, depth)?,
            (Any::Map(map), class) => self.map(map, class, depth)?,
            (Any::Bytes(raw), class) => {
                self.out.meter().hold(raw.len() * 2)?;
                self.replaced(class, &hex(raw))?;
                self.out.meter().release(raw.len() * 2);
            }
            (Any::Bool(truth), KeyClass::Secret) => {
                self.replaced(KeyClass::Secret, &truth.to_string())?;
            }
            (Any::Bool(truth), _) => self.out.raw(if truth { b"true" } else { b"false" })?,
            (Any::Int(n), KeyClass::Plain | KeyClass::Name) => self.out.int(n)?,
            (Any::Double(x), KeyClass::Plain | KeyClass::Name) => match self.finite(x) {
                Some(x) => self.out.double(x)?,
                None => self.out.null()?,
            },
            (Any::Int(n), class) => self.replaced(class, &n.to_string())?,
            (Any::Double(x), class) => self.replaced(class, &x.to_string())?,
        }
        Ok(())
    }

    /// NaN and infinities become null, which is all JSON has for them.
    const fn finite(&mut self, x: f64) -> Option<f64> {
        if x.is_finite() {
            return Some(x);
        }
        self.changes.numbers += 1;
        None
    }

    fn checked_text(&mut self, bytes: &[u8], class: KeyClass) -> Result<(), Outgrown> {
        let text = self.text_of(bytes)?;
        self.replaced(class, &text)?;
        if let Cow::Owned(text) = text {
            self.out.meter().release(text.capacity());
        }
        Ok(())
    }

    fn list(&mut self, list: &[u8], class: KeyClass, depth: usize) -> Result<(), BodyError> {
        let mut items = Items::new(list);
        let mut first = true;
        self.out.raw(b"[")?;
        while let Some(item) = items.next()? {
            if !std::mem::take(&mut first) {
                self.out.raw(b",")?;
            }
            self.any(Any::read(item)?, class, depth + 1)?;
        }
        self.out.raw(b"]")?;
        Ok(())
    }

    fn map(&mut self, map: &[u8], class: KeyClass, depth: usize) -> Result<(), BodyError> {
        let mut entries = self.entries(map)?;
        let mut keys = Keys::default();
        self.out.raw(b"{")?;
        while let Some((key, any)) = entries.next()? {
            self.entry(key, any, class, depth + 1, &mut keys)?;
        }
        self.out.raw(b"}")?;
        self.end(entries);
        Ok(())
    }

    /// Writes what the gate leaves of a text under a key of that class.
    fn replaced(&mut self, class: KeyClass, text: &str) -> Result<(), Outgrown> {
        let before = self.out.meter().held();
        let text = gated(self.pass, class, text, self.out.meter())?;
        let held = self.out.meter().held() - before;
        self.out.text(&text)?;
        self.out.meter().release(held);
        Ok(())
    }

    /// One of the contract's keys, in which there is nothing to escape.
    fn own_key(&mut self, key: &[u8], keys: &mut Keys) -> Result<(), Outgrown> {
        self.out.raw(if keys.is_first() { b"\"" } else { b",\"" })?;
        self.out.raw(key)?;
        self.out.raw(b"\":")
    }

    fn key(&mut self, key: &str, keys: &mut Keys) -> Result<(), Outgrown> {
        if !keys.is_first() {
            self.out.raw(b",")?;
        }
        self.out.text(key)?;
        self.out.raw(b":")
    }
}

/// Whether what was said stands under that key of a trace.
fn is_message_part(key: &[u8]) -> bool {
    MESSAGE_KEYS.iter().any(|name| name.as_bytes() == key)
}

/// Whether any `kind` of a step says that it is a message.
fn is_message(step: &[u8]) -> Result<bool, Malformed> {
    let mut items = Items::new(step);
    while let Some(item) = items.next()? {
        let (key, value) = key_value(item)?;
        if key == b"kind"
            && let Any::Text(kind) = Any::read(value)?
            && StepKind::from_name(&String::from_utf8_lossy(kind)) == StepKind::Message
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The keys of one map so far.
#[derive(Default)]
struct Keys {
    any: bool,
    /// How often cleaning has left the same key.
    cleaned: HashMap<String, u32>,
}

impl Keys {
    fn is_first(&mut self) -> bool {
        !std::mem::replace(&mut self.any, true)
    }

    /// Two keys that cleaning has made the same are told apart: nothing gets lost.
    fn unique(&mut self, clean: String) -> String {
        let number = self.cleaned.entry(clean.clone()).or_default();
        *number += 1;
        if *number == 1 { clean } else { format!("{clean}#{number}") }
    }
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
