//! The timeline of a body, read off while its JSON is written: which of a trace's keys are the
//! contract's own, and what of a step is kept at which level.

use std::borrow::Cow;

use ticketlens_redact::Above;

use super::{
    error::BodyError,
    gated::clean,
    json_writer::{JsonWriter, Keys, MapOf},
    keys::Entries,
    stored::Kept,
};
use crate::{
    ModelCall, StepKind, StepLine, StepStatus, limits,
    meter::lossy,
    model_call::{Told, told},
    no_error::is_no_error_on_wire,
    step_status,
    trace::MESSAGE_KEYS,
    whole,
    wire::{Any, Items, Malformed, key_value},
};

/// Held for each step, in a list that grows by doubling.
const STEP: usize = 2 * size_of::<StepLine<'_>>();

/// The contract's own keys of a trace, of a step and of an error.
const TRACE: [&[u8]; 5] = [b"ticket", b"planning", b"steps", b"errors", b"output"];
const STEP_KEYS: [&[u8]; 14] = [
    b"id",
    b"parent_id",
    b"kind",
    b"name",
    b"iteration",
    b"start_ms",
    b"duration_ms",
    b"status",
    b"error",
    b"action",
    b"action_input",
    b"input",
    b"output",
    b"attributes",
];
const ERROR: [&[u8]; 3] = [b"type", b"message", b"stack"];

impl JsonWriter<'_, '_, '_, '_> {
    /// A canonical body; its timeline.
    pub(super) fn trace<'a>(
        &mut self,
        map: &'a [u8],
        kept: Kept,
    ) -> Result<Vec<StepLine<'a>>, BodyError> {
        let mut steps = Vec::new();
        let mut entries = Entries::new(&TRACE);
        entries.read(map, self.out.meter())?;
        let others = self.others(&entries)?;
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
                (key, any) => self.entry(key, any, others, 1, &mut keys)?,
            }
        }
        self.out.raw(b"}")?;
        self.end(&entries);
        Ok(steps)
    }

    fn steps<'a>(
        &mut self,
        list: &'a [u8],
        kept: Kept,
        steps: &mut Vec<StepLine<'a>>,
    ) -> Result<(), BodyError> {
        let mut items = Items::new(list);
        let mut is_first = true;
        self.out.raw(b"[")?;
        while let Some(item) = items.next()? {
            self.out.comma(&mut is_first)?;
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
        let mut entries = Entries::new(&STEP_KEYS);
        entries.read(map, self.out.meter())?;
        let others = if body { self.others(&entries)? } else { MapOf::plain(None) };
        let mut keys = Keys::default();
        self.out.raw(b"{")?;
        while let Some((key, any)) = entries.next()? {
            match key {
                b"id" => line.id = self.label(key, any, &mut keys)?,
                b"parent_id" => line.parent_id = self.label(key, any, &mut keys)?,
                b"name" => line.name = self.label(key, any, &mut keys)?,
                b"kind" => line.kind = StepKind::from_name(&self.label(key, any, &mut keys)?),
                b"status" => status = self.status(any, body, &mut keys)?,
                b"iteration" | b"start_ms" | b"duration_ms" => {
                    let number = self.number(key, any, &mut keys)?;
                    match key {
                        b"iteration" => line.iteration = number.and_then(whole::part_as_u32),
                        b"start_ms" => line.start_ms = number.unwrap_or_default(),
                        _ => line.duration_ms = number.unwrap_or_default(),
                    }
                    if number.is_none() && body {
                        self.as_sent(key, any, &mut keys)?;
                    }
                }
                b"error" => {
                    self.own_key(key, &mut keys)?;
                    if is_no_error_on_wire(any)? {
                        self.out.null()?;
                    } else {
                        failed = true;
                        line.error_type = self.error(any, full)?;
                    }
                }
                b"attributes" => {
                    if let Any::Map(map) = any {
                        line.call = self.call(map)?;
                    }
                    if body {
                        self.own_entry(key, any, 3, &mut keys)?;
                    }
                }
                _ if !body => {}
                b"action" | b"action_input" | b"input" | b"output" => {
                    self.own_entry(key, any, 3, &mut keys)?;
                }
                key => self.entry(key, any, others, 3, &mut keys)?,
            }
        }
        self.out.raw(b"}")?;
        self.end(&entries);
        line.status = status.unwrap_or(if failed { StepStatus::Error } else { StepStatus::Ok });
        if line.kind != StepKind::Llm {
            // Agents repeat the sums of their calls.
            line.call = None;
        }
        Ok(line)
    }

    /// What a step's attributes say that a call of a model used: no text of anyone's, and kept at every
    /// level.
    fn call<'a>(&mut self, map: &'a [u8]) -> Result<Option<Box<ModelCall<'a>>>, BodyError> {
        let mut call = ModelCall::default();
        let mut items = Items::new(map);
        while let Some(item) = items.next()? {
            let (key, value) = key_value(item)?;
            let Some((told, is_in_force)) = str::from_utf8(key).ok().and_then(told) else {
                continue;
            };
            match (told, Any::read(value)?) {
                (Told::Text(of), Any::Text(text)) => {
                    let before = self.out.meter().held();
                    let text = cut(lossy(text, self.out.meter())?);
                    let text = clean(self.pass, text, self.out.meter())?;
                    self.keep(&text, before)?;
                    call.text(of, text, is_in_force);
                }
                (Told::Count(of), any) => call.count(of, count(any), is_in_force),
                (Told::Text(_), _) => {}
            }
        }
        if call.is_empty() {
            return Ok(None);
        }
        self.out.meter().hold(size_of::<ModelCall<'_>>())?;
        Ok(Some(Box::new(call)))
    }

    /// What the keys that are not the contract's say about each other.
    fn others(&mut self, entries: &Entries<'_>) -> Result<MapOf, Malformed> {
        let siblings = self.siblings(entries, Above::default())?;
        Ok(MapOf::plain(siblings))
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
        let mut entries = Entries::new(&ERROR);
        entries.read(map, self.out.meter())?;
        let others = if full { self.others(&entries)? } else { MapOf::plain(None) };
        let mut keys = Keys::default();
        self.out.raw(b"{")?;
        while let Some((key, any)) = entries.next()? {
            match key {
                b"type" => error_type = self.label(key, any, &mut keys)?,
                _ if !full => {}
                b"message" | b"stack" => self.own_entry(key, any, 4, &mut keys)?,
                key => self.entry(key, any, others, 4, &mut keys)?,
            }
        }
        self.out.raw(b"}")?;
        self.end(&entries);
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
        let status = step_status::of_wire(any)?;
        match status {
            Some(known) => {
                self.own_key(b"status", keys)?;
                self.out.text(known.as_str())?;
            }
            None => {
                drop(self.label(b"status", any, keys)?);
                if body && matches!(any, Any::List(_) | Any::Map(_)) {
                    self.as_sent(b"status", any, keys)?;
                }
            }
        }
        if let Any::Map(map) = any
            && body
            && let Some(said) = step_status::find(map, &step_status::SAID)?
            && !is_no_error_on_wire(said)?
        {
            self.own_entry(b"status_message", said, 3, keys)?;
        }
        Ok(status)
    }

    /// Keeps what is not what its key says, as `iteration_as_sent`: nothing that was sent is lost. A
    /// number that JSON does not have is counted where it is met.
    fn as_sent(&mut self, key: &[u8], any: Any<'_>, keys: &mut Keys) -> Result<(), BodyError> {
        if matches!(any, Any::Empty | Any::Int(_) | Any::Double(_)) {
            return Ok(());
        }
        let kept_as = [key, b"_as_sent"].concat();
        self.entry(&kept_as, any, MapOf::plain(None), 3, keys)
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
}

/// A whole number that is not negative; as text too.
fn count(any: Any<'_>) -> Option<u64> {
    match any {
        Any::Int(n) => u64::try_from(n).ok(),
        Any::Double(x) => whole::as_i64(x).and_then(|n| u64::try_from(n).ok()),
        Any::Text(text) => str::from_utf8(text).ok()?.trim().parse().ok(),
        _ => None,
    }
}

/// The start of a label.
fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => limits::cut(text, limits::LABEL_BYTES).into(),
        Cow::Owned(text) => limits::cut(&text, limits::LABEL_BYTES).to_owned().into(),
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
        call: None,
    }
}
