//! A ticket on the other side of the gate: the only form that can be encoded.
//!
//! The type is the proof. Its one constructor is [`Ticket::redact`], and the encoder takes nothing
//! else. The gate is closed on failure: what it can't walk, or where it panics, does not leave.

use std::{
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde_json::{Map, Value};
use ticketlens_redact::{Counts, Gate, KeyClass, Known, Pass, Unwalkable};

use crate::{Capture, Status, Step, StepError, Ticket, Trace};

/// A ticket that went through the gate. Holds no raw text and no `known_pii`.
#[derive(Clone)]
pub struct Redacted {
    pub(crate) ticket: Ticket,
    pub(crate) found: Counts,
    gate_failed: bool,
}

impl Ticket {
    /// Sends the ticket through the gate. Never fails: a trace the gate can't walk (too deep, too
    /// large), or in which it panics, is left behind and the ticket goes on as METRICS_ONLY;
    /// attributes it can't walk are left behind too.
    pub fn redact(mut self, gate: &Gate) -> Redacted {
        self.trace.fold();
        let pii = mem::take(&mut self.known_pii);
        let mut redacted = Redacted { ticket: self, found: Counts::default(), gate_failed: false };
        let Ok(known) = Known::new(&pii) else {
            redacted.drop_attributes();
            redacted.drop_trace();
            return redacted;
        };
        let known = (!pii.is_empty()).then_some(&known);
        if !redacted.guarded(gate, known, |ticket, pass| attributes(ticket, gate, pass)) {
            redacted.drop_attributes();
        }
        redacted.strip_to(redacted.ticket.capture);
        if redacted.ticket.drop_messages {
            redacted.ticket.trace.drop_messages();
        }
        if !redacted.guarded(gate, known, |ticket, pass| trace(&mut ticket.trace, gate, pass)) {
            redacted.drop_trace();
        }
        redacted
    }
}

impl Redacted {
    /// The level in force, which the gate may have lowered.
    pub const fn capture(&self) -> Capture {
        self.ticket.capture
    }

    /// How many values the gate removed.
    pub fn redactions(&self) -> u32 {
        self.found.total()
    }

    /// How many values each detector found.
    pub const fn found(&self) -> &Counts {
        &self.found
    }

    /// Whether the gate met something it can't walk, and left it behind.
    pub const fn gate_failed(&self) -> bool {
        self.gate_failed
    }

    /// What is left of the trace.
    pub const fn trace(&self) -> &Trace {
        &self.ticket.trace
    }

    /// Lowers the capture level, and with it what there is of a trace.
    fn strip_to(&mut self, capture: Capture) {
        self.ticket.capture = self.ticket.capture.min(capture);
        match self.ticket.capture {
            Capture::FullTrace => {}
            Capture::Timeline => self.ticket.trace.strip_text(),
            Capture::MetricsOnly => self.ticket.trace = Trace::default(),
        }
    }

    /// Runs one part of the gate; `false` if it failed or panicked.
    fn guarded(
        &mut self,
        gate: &Gate,
        known: Option<&Known>,
        part: impl FnOnce(&mut Ticket, &mut Pass<'_>) -> Result<(), Unwalkable>,
    ) -> bool {
        let ticket = &mut self.ticket;
        // Unwind safety: after a panic the part that was being walked is thrown away.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut pass = gate.pass(known);
            part(ticket, &mut pass).map(|()| pass.counts().clone())
        }));
        let Ok(Ok(found)) = outcome else { return false };
        self.found.add(&found);
        true
    }

    /// What stays needs no gate: numbers, times, a checked status, an id of plain characters.
    fn drop_attributes(&mut self) {
        let ticket = &mut self.ticket;
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if ticket.id.len() > 64 || !ticket.id.bytes().all(plain) {
            ticket.id = "[unreadable]".into();
        }
        (ticket.category, ticket.customer, ticket.model, ticket.error_type) =
            (None, None, None, None);
        ticket.metrics.clear();
        ticket.attributes.clear();
        self.gate_failed = true;
    }

    fn drop_trace(&mut self) {
        self.strip_to(Capture::MetricsOnly);
        self.gate_failed = true;
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redacted")
            .field("ticket", &self.ticket)
            .field("redactions", &self.redactions())
            .finish()
    }
}

/// Every field is named, here and in what is walked below, so that a new one can't leave unseen.
fn attributes(ticket: &mut Ticket, gate: &Gate, pass: &mut Pass<'_>) -> Result<(), Unwalkable> {
    let Ticket {
        id,
        status,
        category,
        customer,
        metrics,
        model,
        error_type,
        attributes,
        // Made by us, numbers and times.
        execution_id: _,
        executed_at: _,
        duration: _,
        capture: _,
        drop_messages: _,
        sequence: _,
        open: _,
        input_tokens: _,
        output_tokens: _,
        span: _,
        // Never travels.
        known_pii: _,
        // Walked by itself.
        trace: _,
    } = ticket;
    *id = self::id(pass, id);
    // A workflow's own status is free text to the gate: an access key fits its pattern.
    if pass.text(status.as_str()) != status.as_str() {
        *status = Status::redacted();
    }
    for label in [category, model, error_type].into_iter().flatten() {
        clean(pass, label);
    }
    if let Some(customer) = customer {
        *customer = pass.hash(customer);
    }
    for (name, _) in metrics {
        clean_key(pass, name);
    }
    for (key, value) in attributes {
        attribute(gate.classify(key), value, pass)?;
        clean_key(pass, key);
    }
    Ok(())
}

/// An id in which the gate finds something is replaced by its keyed hash: still the same ticket
/// on every execution, and nothing to read in it.
pub(crate) fn id(pass: &mut Pass<'_>, id: &str) -> String {
    match pass.text(id) {
        same if same == id => id.to_owned(),
        _ => pass.hash(id),
    }
}

fn attribute(class: KeyClass, value: &mut Value, pass: &mut Pass<'_>) -> Result<(), Unwalkable> {
    match (class, &*value) {
        (KeyClass::Plain, _) => pass.value(value),
        (_, Value::Null) => Ok(()),
        (class, Value::String(text)) => {
            *value = Value::String(pass.field(class, text).into_owned());
            Ok(())
        }
        (class, other) => {
            *value = Value::String(pass.field(class, &other.to_string()).into_owned());
            Ok(())
        }
    }
}

/// The contract's own keys say nothing of their values unless a list names them: a tenant that
/// denies `output` means the answer too.
pub(crate) fn trace(trace: &mut Trace, gate: &Gate, pass: &mut Pass<'_>) -> Result<(), Unwalkable> {
    let Trace { ticket, planning, steps, errors, output, other } = trace;
    let parts =
        [("ticket", ticket), ("planning", planning), ("errors", errors), ("output", output)];
    for (key, part) in parts {
        value(key, part, gate, pass)?;
    }
    map(KeyClass::Plain, other, pass)?;
    steps.iter_mut().try_for_each(|step| self::step(step, gate, pass))
}

fn step(step: &mut Step, gate: &Gate, pass: &mut Pass<'_>) -> Result<(), Unwalkable> {
    let Step {
        id,
        parent_id,
        name,
        action,
        action_input,
        input,
        output,
        error,
        attributes,
        other,
        // Of our own words, and numbers.
        kind: _,
        iteration: _,
        start_ms: _,
        duration_ms: _,
        status: _,
    } = step;
    clean(pass, id);
    clean(pass, name);
    if let Some(parent_id) = parent_id {
        clean(pass, parent_id);
    }
    text("action", action, gate, pass);
    value("action_input", action_input, gate, pass)?;
    value("input", input, gate, pass)?;
    value("output", output, gate, pass)?;
    if let Some(StepError { kind, message, stack, other }) = error {
        if let Some(kind) = kind {
            clean(pass, kind);
        }
        text("message", message, gate, pass);
        text("stack", stack, gate, pass);
        map(KeyClass::Plain, other, pass)?;
    }
    map(gate.classify("attributes"), attributes, pass)?;
    map(KeyClass::Plain, other, pass)
}

fn value(
    key: &str,
    part: &mut Option<Value>,
    gate: &Gate,
    pass: &mut Pass<'_>,
) -> Result<(), Unwalkable> {
    part.as_mut().map_or(Ok(()), |part| pass.value_of(gate.classify(key), part))
}

fn text(key: &str, part: &mut Option<String>, gate: &Gate, pass: &mut Pass<'_>) {
    let Some(part) = part else { return };
    match gate.classify(key) {
        KeyClass::Plain => clean(pass, part),
        class => *part = pass.field(class, part).into_owned(),
    }
}

/// A map whose key is of that class: walked as the value it is.
fn map(
    class: KeyClass,
    map: &mut Map<String, Value>,
    pass: &mut Pass<'_>,
) -> Result<(), Unwalkable> {
    if map.is_empty() {
        return Ok(());
    }
    let mut whole = Value::Object(mem::take(map));
    pass.value_of(class, &mut whole)?;
    match whole {
        Value::Object(walked) => *map = walked,
        // Removed whole, and still a map.
        mark => drop(map.insert("value".to_owned(), mark)),
    }
    Ok(())
}

fn clean(pass: &mut Pass<'_>, text: &mut String) {
    if let std::borrow::Cow::Owned(cleaned) = pass.text(text) {
        *text = cleaned;
    }
}

fn clean_key(pass: &mut Pass<'_>, key: &mut String) {
    if let std::borrow::Cow::Owned(cleaned) = pass.key(key) {
        *key = cleaned;
    }
}
