//! What a request's line costs: where nobody listens, and in a flood, where nearly all are left out and
//! counted. A receiver's work for the smallest request is beside it in `crates/receiver/benches/intake.rs`.

use std::{hint::black_box, io};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ticketlens_log::{Format, Lines};
use tracing::{field::Empty, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// As the receiver does it for each request.
fn request(number: u64) {
    let span = info_span!(
        "request",
        req_id = "01a23115-a7bd-74cd-b9f9-abdff94b26ed",
        route = "POST /v1/logs",
        tenant = Empty,
        key_id = Empty,
        records = Empty,
        bytes = Empty,
    );
    let within = span.enter();
    span.record("tenant", "acme");
    span.record("key_id", "K-0123456789");
    span.record("records", black_box(number));
    span.record("bytes", black_box(2_048_u64));
    info!(name: "request.answered", status_code = 200, latency_ms = 41.5, "answered");
    drop(within);
}

fn lines(c: &mut Criterion) {
    let mut group = c.benchmark_group("request line");
    group.throughput(Throughput::Elements(1));
    group.bench_function("nobody listens", |b| b.iter(|| request(1)));
    let log = Lines::new(Format::Json, io::sink);
    let subscriber = tracing_subscriber::registry().with(log);
    tracing::subscriber::with_default(subscriber, || {
        group.bench_function("in a flood", |b| b.iter(|| request(1)));
    });
    group.finish();
}

criterion_group!(benches, lines);
criterion_main!(benches);
