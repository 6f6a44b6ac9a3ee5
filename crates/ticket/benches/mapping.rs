//! What a ticket costs on its way to the wire, and a request on its way to a row: at 2 KiB and at
//! 50 KiB, of an agent's steps and of texts that look like logs. The gate's share is in both.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig};
use ticketlens_ticket::{
    Resource, Status, Step, StepKind, Ticket,
    decode::{Item, Policy, read_request},
    encode::{Request, log_record},
};

// The gate is measured on the same texts.
#[path = "../../redact/benches/texts/mod.rs"]
#[allow(dead_code)]
mod texts;

/// A ticket of about that many bytes whose output is a map of texts that look like logs.
fn ticket_of_logs(bytes: usize) -> Ticket {
    let mut ticket = Ticket::new("48213", Status::Success, Duration::from_millis(8_250));
    let piece = if bytes > 10_000 { 400 } else { 60 };
    let fields = (0..bytes / (piece + 16)).map(|n| {
        let text = texts::logs(n as u64, piece);
        let value = if n % 5 == 0 { json!({"message": text, "code": 502}) } else { text.into() };
        (format!("field_{n}"), value)
    });
    ticket.trace.output = Some(Value::Object(fields.collect()));
    ticket
}

/// A ticket of about that many bytes: steps of an agent that looks an order up.
fn ticket_of_steps(bytes: usize) -> Ticket {
    let mut ticket = Ticket::new("48213", Status::Success, Duration::from_millis(8_250));
    ticket.category = Some("PRODUCT_SUPPORT".into());
    ticket.model = Some("gpt-4o".into());
    (ticket.input_tokens, ticket.output_tokens) = (Some(5_120), Some(803));
    for name in ["react_iterations", "overall_confidence", "hallucination_risk", "text_matches"] {
        ticket.metrics.push((name.into(), 0.82.into()));
    }
    ticket.trace.output = Some(json!({"response": "Your parcel left the warehouse this morning."}));
    for n in 0.. {
        let step = Step {
            id: format!("s{n}"),
            kind: StepKind::Tool,
            name: "lookup_order".into(),
            iteration: Some(n),
            start_ms: f64::from(n) * 100.0,
            duration_ms: 80.0,
            action: Some("lookup_order".into()),
            action_input: Some(json!({"order": "ORD-2291-77", "fields": ["status", "carrier"]})),
            output: Some(
                "The order was packed on Tuesday and handed to the carrier on Wednesday. \
                 The label was scanned once, in the hub; since then there is no event."
                    .repeat(if bytes > 10_000 { 4 } else { 1 })
                    .into(),
            ),
            ..Step::default()
        };
        ticket.trace.steps.push(step);
        let mut record = Vec::new();
        let gate = Gate::new(GateConfig::default()).unwrap();
        log_record(&ticket.clone().redact(&gate), usize::MAX, &mut record);
        if record.len() >= bytes {
            break;
        }
    }
    ticket
}

fn request(ticket: Ticket, gate: &Gate, records: usize) -> Vec<u8> {
    let mut record = Vec::new();
    log_record(&ticket.redact(gate), usize::MAX, &mut record);
    let mut request = Request::new();
    let resource = Resource { workflow: "support-agent".into(), ..Resource::default() };
    (0..records).for_each(|_| request.push(&resource.redact(gate), &record));
    request.finish()
}

fn mapping(c: &mut Criterion) {
    let gate = Gate::new(GateConfig::default()).unwrap();
    for (name, bytes, ticket) in [
        ("2KiB", 2 * 1024, ticket_of_steps as fn(usize) -> Ticket),
        ("50KiB", 50 * 1024, ticket_of_steps),
        ("2KiB of logs", 2 * 1024, ticket_of_logs),
        ("50KiB of logs", 50 * 1024, ticket_of_logs),
    ] {
        let ticket = ticket(bytes);
        let redacted = ticket.clone().redact(&gate);
        let mut group = c.benchmark_group(name);
        let mut out = Vec::with_capacity(2 * bytes);
        log_record(&redacted, usize::MAX, &mut out);
        group.throughput(Throughput::Bytes(out.len() as u64));
        group.bench_function("redact", |b| {
            b.iter_batched(|| ticket.clone(), |t| t.redact(&gate), BatchSize::SmallInput);
        });
        group.bench_function("encode", |b| {
            b.iter(|| {
                out.clear();
                log_record(black_box(&redacted), usize::MAX, &mut out)
            });
        });
        let bytes = request(ticket, &gate, 1);
        group.bench_function("decode", |b| {
            b.iter(|| {
                read_request(black_box(&bytes), &gate, &Policy::default(), &mut |item| {
                    let Item::Ticket(record) = item else { return };
                    black_box(record);
                })
            });
        });
        group.finish();
    }
}

criterion_group!(benches, mapping);
criterion_main!(benches);
