//! What is encoded reads back, by our reader and by OpenTelemetry's own types.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod feedback;
mod odd;
mod properties;
mod received;

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value},
    logs::v1::LogRecord,
};
use proptest::prelude::*;
use prost::Message;
use serde_json::{Map, Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_ticket::{
    Capture, ExecutionId, Metric, Record, Reject, Resource, SpanLink, Status, Step, StepError,
    StepKind, StepStatus, Ticket, Timestamp, Trace,
    decode::{Item, Policy, Summary, read_request},
    encode::{self, Fit},
    names,
};

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(b"a key of thirty-two bytes or more".to_vec()));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap()
}

fn resource() -> Resource {
    Resource {
        workflow: "refund-agent".into(),
        version: Some("1.4.2".into()),
        environment: Some("production".into()),
        instance: Some("i-1".into()),
        other: vec![("host.arch".into(), "amd64".into())],
    }
}

/// The request of one ticket.
fn request(ticket: Ticket) -> Vec<u8> {
    let mut record = Vec::new();
    assert_eq!(encode::log_record(&ticket.redact(&gate()), usize::MAX, &mut record), Fit::Whole);
    let mut request = encode::Request::new();
    request.push(&resource().redact(&gate()), &record);
    request.finish()
}

/// Runs `check` on the one record of a request.
fn with_record(bytes: &[u8], check: impl FnOnce(&Record<'_>)) -> Summary {
    let mut check = Some(check);
    let summary = read_request(bytes, &gate(), &Policy::default(), &mut |item| {
        let Item::Ticket(record) = item else { return };
        (check.take().expect("one record"))(&record);
    });
    let summary = summary.unwrap();
    assert!(check.is_none(), "no record: {summary:?}");
    summary
}

fn json_of(record: &Record<'_>) -> Value {
    match &*record.trace_json {
        "" => Value::Null,
        json => serde_json::from_str(json).unwrap(),
    }
}
