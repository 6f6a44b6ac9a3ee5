//! From a request's bytes to its rows, as the receiver does it for every request: JSON and
//! protobuf, 100 tickets of 2 KiB and 10 of 50 KiB. Figures are per request.

#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{AnyValue, KeyValue, KeyValueList, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use prost::Message;
use ticketlens_receiver::payload::json;
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_store::{Costs, TenantSettings, rows};
use ticketlens_ticket::{
    Timestamp,
    decode::{Item, Policy, read_request},
};

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(text: &str) -> Value {
    Value::StringValue(text.into())
}

/// A ticket with that many steps of about 200 bytes.
fn ticket(number: usize, steps: usize) -> LogRecord {
    let step = |n: usize| {
        let thought = "the customer asks about a booking; look up the fare rules and the status";
        let pairs = vec![
            pair("id", text(&format!("s{n}"))),
            pair("kind", text("tool")),
            pair("name", text("search_bookings")),
            pair("start_ms", Value::DoubleValue(n as f64 * 10.0)),
            pair("duration_ms", Value::DoubleValue(8.5)),
            pair("status", text("OK")),
            pair("input", text(thought)),
        ];
        AnyValue { value: Some(Value::KvlistValue(KeyValueList { values: pairs })) }
    };
    let steps = (0..steps).map(step).collect();
    let steps =
        Value::ArrayValue(opentelemetry_proto::tonic::common::v1::ArrayValue { values: steps });
    let body = KeyValueList { values: vec![pair("steps", steps), pair("output", text("done"))] };
    LogRecord {
        time_unix_nano: 1_790_000_000_000_000_000 + number as u64,
        event_name: "ticket.completed".into(),
        attributes: vec![
            pair("ticket.id", text(&format!("T-{number}"))),
            pair("ticket.status", text("SUCCESS")),
            pair("ticket.duration", Value::DoubleValue(1.5)),
            pair("ticket.category", text("PRODUCT_SUPPORT")),
            pair("ticket.metrics.overall_confidence", Value::DoubleValue(0.9)),
            pair("gen_ai.usage.input_tokens", Value::IntValue(1200)),
        ],
        body: Some(AnyValue { value: Some(Value::KvlistValue(body)) }),
        ..LogRecord::default()
    }
}

fn request(tickets: usize, steps: usize) -> ExportLogsServiceRequest {
    let records = (0..tickets).map(|number| ticket(number, steps)).collect();
    let scope = ScopeLogs { log_records: records, ..ScopeLogs::default() };
    let group = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![group] }
}

fn decode(bytes: &[u8], gate: &Gate, tenant: &TenantSettings) -> Vec<u8> {
    let mut rows = Vec::with_capacity(bytes.len());
    let now = Timestamp::from_unix_nanos(1_790_000_000_000_000_000);
    read_request(bytes, gate, &Policy::default(), &mut |item| {
        let Item::Ticket(record) = item else { return };
        rows::ticket::append(&mut rows, tenant, now, "", &Costs::default(), &record);
    })
    .unwrap();
    rows
}

fn intake(c: &mut Criterion) {
    let gate = Gate::new(GateConfig::default()).unwrap();
    let tenant = TenantSettings::new("acme".parse().unwrap());
    for (name, tickets, steps) in [("100 x 2 KiB", 100, 9), ("10 x 50 KiB", 10, 250)] {
        let message = request(tickets, steps);
        let protobuf = message.encode_to_vec();
        let json_text = serde_json::to_vec(&message).unwrap();
        let mut group = c.benchmark_group(format!("intake/{name}"));
        group.throughput(Throughput::Bytes(protobuf.len() as u64));
        group.bench_function("protobuf to rows", |b| b.iter(|| decode(&protobuf, &gate, &tenant)));
        group.bench_function("json to protobuf", |b| {
            b.iter(|| json::to_protobuf(&json_text).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, intake);
criterion_main!(benches);
