//! A trace, and any JSON, as nested `AnyValue`s.

use serde_json::{Map, Number, Value};

use super::pairs::{double_pair, int_pair, text_pair};
use crate::{Step, Trace, limits, whole, wire::Writer};

/// Writes JSON as `AnyValue`s, texts cut to a length.
pub(super) struct ValueWriter {
    pub(super) text_bytes: usize,
}

/// Field number of `values` in `KeyValueList` and `ArrayValue`.
const VALUES: u32 = 1;

impl ValueWriter {
    pub(super) fn trace(&self, map: &mut Writer<'_>, trace: &Trace) {
        self.part(map, "ticket", trace.ticket.as_ref());
        self.part(map, "planning", trace.planning.as_ref());
        if !trace.steps.is_empty() {
            container(map, VALUES, "steps", 5, |list| {
                for step in &trace.steps {
                    list.message(VALUES, |any| any.message(6, |map| self.step(map, step)));
                }
            });
        }
        self.part(map, "errors", trace.errors.as_ref());
        self.part(map, "output", trace.output.as_ref());
        self.entries(map, &trace.other, 1);
    }

    fn step(&self, map: &mut Writer<'_>, step: &Step) {
        self.text(map, "id", &step.id);
        if let Some(parent) = &step.parent_id {
            self.text(map, "parent_id", parent);
        }
        text_pair(map, VALUES, "kind", step.kind.as_str());
        self.text(map, "name", &step.name);
        if let Some(iteration) = step.iteration {
            int_pair(map, VALUES, "iteration", iteration.into());
        }
        milliseconds(map, "start_ms", step.start_ms);
        milliseconds(map, "duration_ms", step.duration_ms);
        text_pair(map, VALUES, "status", step.status.as_str());
        if let Some(action) = &step.action {
            self.text(map, "action", action);
        }
        self.part(map, "action_input", step.action_input.as_ref());
        self.part(map, "input", step.input.as_ref());
        self.part(map, "output", step.output.as_ref());
        if let Some(error) = &step.error {
            container(map, VALUES, "error", 6, |map| {
                let texts = [("type", &error.kind), ("message", &error.message)];
                for (key, text) in texts.into_iter().chain([("stack", &error.stack)]) {
                    if let Some(text) = text {
                        self.text(map, key, text);
                    }
                }
                self.entries(map, &error.other, 3);
            });
        }
        if !step.attributes.is_empty() {
            container(map, VALUES, "attributes", 6, |map| self.entries(map, &step.attributes, 3));
        }
        self.entries(map, &step.other, 2);
    }

    fn part(&self, map: &mut Writer<'_>, key: &str, value: Option<&Value>) {
        if let Some(value) = value {
            self.pair(map, VALUES, key, value, 2);
        }
    }

    fn entries(&self, map: &mut Writer<'_>, entries: &Map<String, Value>, depth: usize) {
        for (key, value) in entries {
            self.pair(map, VALUES, key, value, depth + 1);
        }
    }

    fn text(&self, w: &mut Writer<'_>, key: &str, text: &str) {
        match self.cut(text) {
            None => text_pair(w, VALUES, key, text),
            Some(cut) => text_pair(w, VALUES, key, &cut),
        }
    }

    /// The shortened text, where it is too long.
    fn cut(&self, text: &str) -> Option<String> {
        let kept = limits::cut(text, self.text_bytes);
        let left = text.len() - kept.len();
        (left > 0).then(|| format!("{kept}… [{left} bytes cut]"))
    }

    pub(super) fn pair(
        &self,
        w: &mut Writer<'_>,
        number: u32,
        key: &str,
        value: &Value,
        depth: usize,
    ) {
        match value {
            Value::String(text) => match self.cut(text) {
                None => text_pair(w, number, key, text),
                Some(cut) => text_pair(w, number, key, &cut),
            },
            other => w.message(number, |pair| {
                pair.bytes_field(1, key.as_bytes());
                pair.message(2, |any| self.any(any, other, depth));
            }),
        }
    }

    fn any(&self, any: &mut Writer<'_>, value: &Value, depth: usize) {
        match value {
            Value::Null => {}
            Value::Bool(truth) => any.varint_field(2, u64::from(*truth)),
            Value::Number(number) => self.number(any, number),
            Value::String(text) => match self.cut(text) {
                None => any.bytes_field(1, text.as_bytes()),
                Some(cut) => any.bytes_field(1, cut.as_bytes()),
            },
            _ if depth >= limits::DEPTH => any.bytes_field(1, limits::TOO_DEEP.as_bytes()),
            Value::Array(items) => any.message(5, |list| {
                for item in items {
                    list.message(VALUES, |any| self.any(any, item, depth + 1));
                }
            }),
            Value::Object(map) => any.message(6, |list| self.entries(list, map, depth)),
        }
    }

    #[expect(clippy::unused_self, reason = "one of the family")]
    #[expect(clippy::cast_sign_loss, reason = "int64 travels as its two's complement")]
    fn number(&self, any: &mut Writer<'_>, number: &Number) {
        if let Some(n) = number.as_i64() {
            any.varint_field(3, n as u64);
        } else if let Some(n) = number.as_u64() {
            any.bytes_field(1, n.to_string().as_bytes());
        } else if let Some(x) = number.as_f64() {
            any.fixed64_field(4, x.to_bits());
        }
    }
}

/// Times are whole milliseconds more often than not; then they travel as integers.
fn milliseconds(map: &mut Writer<'_>, key: &str, ms: f64) {
    match whole::as_i64(ms) {
        Some(whole) => int_pair(map, VALUES, key, whole),
        None if ms.is_finite() => double_pair(map, VALUES, key, ms),
        None => int_pair(map, VALUES, key, 0),
    }
}

/// A pair whose value is a list (5) or a map (6).
fn container(
    w: &mut Writer<'_>,
    number: u32,
    key: &str,
    kind: u32,
    fill: impl FnOnce(&mut Writer<'_>),
) {
    w.message(number, |pair| {
        pair.bytes_field(1, key.as_bytes());
        pair.message(2, |any| any.message(kind, fill));
    });
}
