//! From a redacted ticket to OTLP's protobuf, straight into bytes
//! (opentelemetry-proto `logs/v1/logs.proto`, `common/v1/common.proto`).
//!
//! How JSON travels: null is an `AnyValue` without a value; integers beyond `i64` travel as their
//! decimal text; numbers that are not finite do not exist in JSON and are left out of metrics.
//! What is nested deeper than [`limits::DEPTH`] is replaced by a mark.

mod feedback;
mod pairs;
mod request;
mod value_writer;

use serde_json::Value;

use pairs::{double_pair, int_pair, text_pair};
use value_writer::ValueWriter;

pub use feedback::feedback_record;
pub use request::Request;

use crate::{Capture, Metric, Redacted, Trace, limits, names, wire::Writer};

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
            body.message(6, |map| ValueWriter { text_bytes }.trace(map, trace));
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
        (names::OPEN, ticket.open),
        (names::INPUT_TOKENS, ticket.input_tokens),
        (names::OUTPUT_TOKENS, ticket.output_tokens),
        (names::REDACTIONS, Some(redacted.redactions().into())),
    ] {
        if let Some(value) = value {
            int_pair(record, ATTRIBUTE, key, i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
    for (detector, count) in redacted.found.iter() {
        let key = format!("{}{detector}", names::REDACTIONS_PREFIX);
        int_pair(record, ATTRIBUTE, &key, count.into());
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
    let values = ValueWriter { text_bytes: text_bytes.min(limits::ATTRIBUTE_VALUE_BYTES) };
    for (n, (key, value)) in ticket.attributes.iter().enumerate() {
        if n >= limits::ATTRIBUTES || key.len() > limits::ATTRIBUTE_KEY_BYTES {
            dropped += 1;
            continue;
        }
        match value {
            Value::Array(_) | Value::Object(_) => {
                values.pair(record, ATTRIBUTE, key, &Value::String(value.to_string()), 0);
            }
            scalar => values.pair(record, ATTRIBUTE, key, scalar, 0),
        }
    }
    dropped
}
