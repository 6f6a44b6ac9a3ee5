//! Into the application's own OpenTelemetry pipeline.
//!
//! The record is read back from its encoded form, so that there is one mapping: what a receiver
//! gets this way is what it gets over our own pipeline, but for the body, which is JSON text.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use opentelemetry::{
    Key, SpanId, TraceId,
    logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity},
};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue as WireValue, KeyValue, any_value::Value as Wire},
    logs::v1::LogRecord as WireRecord,
};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use prost::Message as _;
use serde_json::{Map, Number, Value};
use ticketlens_ticket::{Status, names};

use crate::packing::{PackedRecord, RecordSink};

/// Takes packed records to `provider`'s processors.
pub(crate) fn into(provider: &SdkLoggerProvider) -> RecordSink {
    let logger = provider.logger(names::SCOPE);
    Box::new(move |packed| {
        // A processor of the application's may panic; what it was given is its own then.
        let _ = catch_unwind(AssertUnwindSafe(|| forward(&logger, packed)));
    })
}

fn forward(logger: &SdkLogger, packed: &PackedRecord) {
    // What we encoded a moment ago decodes.
    let Ok(wire) = WireRecord::decode(packed.bytes.as_slice()) else { return };
    let mut record = logger.create_log_record();
    // The two that we write; the SDK wants them for ever.
    let is_feedback = wire.event_name == names::EVALUATION;
    record.set_event_name(if is_feedback { names::EVALUATION } else { names::EVENT });
    record.set_timestamp(time(wire.time_unix_nano));
    record.set_observed_timestamp(SystemTime::now());
    let (severity, text) = severity(wire.severity_number);
    record.set_severity_number(severity);
    record.set_severity_text(text);
    if let Some(body) = wire.body {
        record.set_body(AnyValue::String(json(body).to_string().into()));
    }
    for KeyValue { key, value, .. } in wire.attributes {
        if let Some(value) = value.and_then(attribute) {
            record.add_attribute(Key::from(key), value);
        }
    }
    let trace_id = wire.trace_id.try_into().map(TraceId::from_bytes);
    let span_id = wire.span_id.try_into().map(SpanId::from_bytes);
    if let (Ok(trace_id), Ok(span_id)) = (trace_id, span_id) {
        record.set_trace_context(trace_id, span_id, None);
    }
    logger.emit(record);
}

fn time(unix_nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(unix_nanos)
}

/// The three a ticket has.
fn severity(number: i32) -> (Severity, &'static str) {
    if number >= Status::Failed.severity() as i32 {
        (Severity::Error, "ERROR")
    } else if number >= Status::Cancelled.severity() as i32 {
        (Severity::Warn, "WARN")
    } else {
        (Severity::Info, "INFO")
    }
}

/// Attributes are scalars on the wire already.
fn attribute(value: WireValue) -> Option<AnyValue> {
    Some(match value.value? {
        Wire::StringValue(text) => AnyValue::String(text.into()),
        Wire::BoolValue(truth) => AnyValue::Boolean(truth),
        Wire::IntValue(n) => AnyValue::Int(n),
        Wire::DoubleValue(x) => AnyValue::Double(x),
        other => AnyValue::String(json(WireValue { value: Some(other) }).to_string().into()),
    })
}

fn json(value: WireValue) -> Value {
    match value.value {
        Some(Wire::StringValue(text)) => Value::String(text),
        Some(Wire::BoolValue(truth)) => Value::Bool(truth),
        Some(Wire::IntValue(n)) => Value::Number(n.into()),
        Some(Wire::DoubleValue(x)) => Number::from_f64(x).map_or(Value::Null, Value::Number),
        Some(Wire::ArrayValue(list)) => list.values.into_iter().map(json).collect(),
        Some(Wire::KvlistValue(map)) => {
            let entry = |pair: KeyValue| (pair.key, pair.value.map_or(Value::Null, json));
            Value::Object(map.values.into_iter().map(entry).collect::<Map<_, _>>())
        }
        // We write neither bytes nor references to a string table.
        _ => Value::Null,
    }
}
