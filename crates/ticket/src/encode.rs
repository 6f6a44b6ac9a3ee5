//! From a redacted ticket to OTLP's protobuf, straight into bytes
//! (opentelemetry-proto `logs/v1/logs.proto`, `common/v1/common.proto`).
//!
//! How JSON travels: null is an `AnyValue` without a value; integers beyond `i64` travel as their
//! decimal text; numbers that are not finite do not exist in JSON and are left out of metrics.
//! What is nested deeper than [`limits::DEPTH`] is replaced by a mark.

use serde_json::{Map, Number, Value};

use crate::{
    Capture, Metric, Redacted, Resource, Step, Trace, limits, names,
    wire::{Writer, field_len},
};

/// How much of a ticket fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// All of it.
    Whole,
    /// Its longest texts were cut.
    Shortened,
    /// Its timeline.
    Timeline,
    /// Its attributes.
    MetricsOnly,
}

/// Bytes of one text, tried in turn when a record is too large.
const TEXT_BYTES: [usize; 4] = [usize::MAX, 16 * 1024, 2 * 1024, 256];

/// Appends one encoded `LogRecord`, without tag and length. A record of more than `max_bytes` is
/// degraded until it fits: long texts are cut (and say by how much), then the timeline alone is
/// kept, then the attributes. A record is never dropped for its size.
pub fn log_record(ticket: &Redacted, max_bytes: usize, out: &mut Vec<u8>) -> Fit {
    let start = out.len();
    for text_bytes in TEXT_BYTES {
        write_record(ticket, ticket.ticket.capture, &ticket.ticket.trace, text_bytes, out);
        if out.len() - start <= max_bytes {
            return if text_bytes == usize::MAX { Fit::Whole } else { Fit::Shortened };
        }
        out.truncate(start);
    }
    if ticket.ticket.capture > Capture::MetricsOnly {
        let mut timeline = ticket.ticket.trace.clone();
        timeline.strip_text();
        write_record(ticket, Capture::Timeline, &timeline, limits::LABEL_BYTES, out);
        if out.len() - start <= max_bytes {
            return Fit::Timeline;
        }
        out.truncate(start);
    }
    write_record(ticket, Capture::MetricsOnly, &Trace::default(), limits::LABEL_BYTES, out);
    Fit::MetricsOnly
}

fn write_record(
    redacted: &Redacted,
    capture: Capture,
    trace: &Trace,
    text_bytes: usize,
    out: &mut Vec<u8>,
) {
    let ticket = &redacted.ticket;
    let severity = ticket.status.severity();
    let mut record = Writer(out);
    record.fixed64_field(1, ticket.executed_at.as_unix_nanos());
    record.varint_field(2, severity as u64);
    record.bytes_field(3, severity.as_str().as_bytes());
    if capture > Capture::MetricsOnly && !trace.is_empty() {
        record.message(5, |body| {
            body.message(6, |map| Body { text_bytes }.trace(map, trace));
        });
    }
    let dropped = write_attributes(&mut record, redacted, capture, text_bytes);
    if dropped > 0 {
        record.varint_field(7, dropped);
    }
    if let Some(span) = ticket.span {
        record.bytes_field(9, &span.trace_id);
        record.bytes_field(10, &span.span_id);
    }
    record.bytes_field(12, names::EVENT.as_bytes());
}

/// Writes the attributes; how many were left out.
fn write_attributes(
    record: &mut Writer<'_>,
    redacted: &Redacted,
    capture: Capture,
    text_bytes: usize,
) -> u64 {
    const ATTRIBUTE: u32 = 6;
    let ticket = &redacted.ticket;
    let label = |text: &'_ str| -> usize { limits::cut(text, limits::LABEL_BYTES).len() };
    let mut text = |key: &str, value: &str| text_pair(record, ATTRIBUTE, key, value);
    text(names::TICKET_ID, limits::cut(&ticket.id, limits::TICKET_ID_BYTES));
    text(names::EXECUTION_ID, &ticket.execution_id.to_string());
    text(names::STATUS, ticket.status.as_str());
    text(names::CAPTURE, capture.as_str());
    for (key, value) in [
        (names::CATEGORY, &ticket.category),
        (names::CUSTOMER, &ticket.customer),
        (names::MODEL, &ticket.model),
        (names::ERROR_TYPE, &ticket.error_type),
    ] {
        if let Some(value) = value {
            text(key, &value[..label(value)]);
        }
    }
    double_pair(record, ATTRIBUTE, names::DURATION, ticket.duration.as_secs_f64());
    for (key, value) in [
        (names::SEQUENCE, ticket.sequence),
        (names::INPUT_TOKENS, ticket.input_tokens),
        (names::OUTPUT_TOKENS, ticket.output_tokens),
        (names::REDACTIONS, Some(redacted.redactions.into())),
    ] {
        if let Some(value) = value {
            int_pair(record, ATTRIBUTE, key, i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
    let mut dropped = ticket.metrics.len().saturating_sub(limits::METRICS) as u64;
    for (name, value) in ticket.metrics.iter().take(limits::METRICS) {
        let key = format!("{}{}", names::METRICS_PREFIX, &name[..label(name)]);
        match *value {
            Metric::Int(n) => int_pair(record, ATTRIBUTE, &key, n),
            Metric::Double(x) if x.is_finite() => double_pair(record, ATTRIBUTE, &key, x),
            Metric::Double(_) => dropped += 1,
        }
    }
    let body = Body { text_bytes: text_bytes.min(limits::ATTRIBUTE_VALUE_BYTES) };
    for (n, (key, value)) in ticket.attributes.iter().enumerate() {
        if n >= limits::ATTRIBUTES || key.len() > limits::ATTRIBUTE_KEY_BYTES {
            dropped += 1;
            continue;
        }
        match value {
            Value::Array(_) | Value::Object(_) => {
                body.pair(record, ATTRIBUTE, key, &Value::String(value.to_string()), 0);
            }
            scalar => body.pair(record, ATTRIBUTE, key, scalar, 0),
        }
    }
    dropped
}

/// `KeyValue { key, AnyValue { string_value } }`, lengths computed beforehand.
fn text_pair(w: &mut Writer<'_>, number: u32, key: &str, value: &str) {
    let any = field_len(value.len());
    pair_head(w, number, key, any);
    w.bytes_field(1, value.as_bytes());
}

fn double_pair(w: &mut Writer<'_>, number: u32, key: &str, value: f64) {
    pair_head(w, number, key, 9);
    w.fixed64_field(4, value.to_bits());
}

#[expect(clippy::cast_sign_loss, reason = "int64 travels as its two's complement")]
fn int_pair(w: &mut Writer<'_>, number: u32, key: &str, value: i64) {
    let value = value as u64;
    pair_head(w, number, key, 1 + crate::wire::varint_len(value as usize));
    w.varint_field(3, value);
}

/// All of a `KeyValue` up to the inside of its `AnyValue`, which takes `any` bytes.
fn pair_head(w: &mut Writer<'_>, number: u32, key: &str, any: usize) {
    w.varint(u64::from(number << 3 | 2));
    w.varint((field_len(key.len()) + field_len(any)) as u64);
    w.bytes_field(1, key.as_bytes());
    w.varint(2 << 3 | 2);
    w.varint(any as u64);
}

/// Writes JSON as `AnyValue`s, texts cut to a length.
struct Body {
    text_bytes: usize,
}

/// Field number of `values` in `KeyValueList` and `ArrayValue`.
const VALUES: u32 = 1;

impl Body {
    fn trace(&self, map: &mut Writer<'_>, trace: &Trace) {
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

    fn pair(&self, w: &mut Writer<'_>, number: u32, key: &str, value: &Value, depth: usize) {
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
            _ if depth >= limits::DEPTH => any.bytes_field(1, b"[too deep]"),
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
pub(crate) fn whole_milliseconds(ms: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded in the same line")]
    (ms.fract() == 0.0 && ms.abs() < 9e15).then_some(ms as i64)
}

fn milliseconds(map: &mut Writer<'_>, key: &str, ms: f64) {
    match whole_milliseconds(ms) {
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

/// An `ExportLogsServiceRequest` under construction. Records of one resource that follow each
/// other share a `ResourceLogs`.
#[derive(Debug, Default)]
pub struct Request {
    /// Finished groups.
    groups: Vec<u8>,
    resource: Option<Resource>,
    /// The open group's `log_records`, each with tag and length.
    open: Vec<u8>,
    records: usize,
}

impl Request {
    /// An empty request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record encoded by [`log_record`].
    pub fn push(&mut self, resource: &Resource, record: &[u8]) {
        if self.resource.as_ref() != Some(resource) {
            self.close_group();
            self.resource = Some(resource.clone());
        }
        Writer(&mut self.open).bytes_field(2, record);
        self.records += 1;
    }

    /// About how many bytes the finished request takes.
    pub fn len_bytes(&self) -> usize {
        self.groups.len() + self.open.len()
    }

    /// How many records it holds.
    pub const fn records(&self) -> usize {
        self.records
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The request's bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.close_group();
        self.groups
    }

    fn close_group(&mut self) {
        let Some(resource) = self.resource.take() else { return };
        let open = std::mem::take(&mut self.open);
        self.groups.reserve(open.len() + 512);
        Writer(&mut self.groups).message(1, |group| {
            group.message(1, |out| write_resource(out, &resource));
            group.message(2, |scope_logs| {
                scope_logs.message(1, |scope| {
                    scope.bytes_field(1, names::SCOPE.as_bytes());
                    scope.bytes_field(2, env!("CARGO_PKG_VERSION").as_bytes());
                });
                scope_logs.0.extend_from_slice(&open);
            });
        });
    }
}

fn write_resource(out: &mut Writer<'_>, resource: &Resource) {
    text_pair(out, 1, names::SERVICE_NAME, &resource.workflow);
    for (key, value) in [
        (names::SERVICE_VERSION, &resource.version),
        (names::ENVIRONMENT, &resource.environment),
        (names::SERVICE_INSTANCE_ID, &resource.instance),
    ] {
        if let Some(value) = value {
            text_pair(out, 1, key, value);
        }
    }
    for (key, value) in &resource.other {
        text_pair(out, 1, key, value);
    }
}
