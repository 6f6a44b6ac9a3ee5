//! What it costs to make a ticket of a run's spans: read from the wire, and put together. Beside it,
//! the same bytes decoded into OpenTelemetry's own messages, which is the least that anyone does.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use ticketlens_spans::Spans;

/// Runs of a few and of many spans, whose conversations are told in each of their dialects' ways.
const RUNS: [&str; 3] = [
    "ai-sdk-v6.parallel_tools",
    "openinference-langchain.tool_asks_a_model",
    "openllmetry-langchain.two_agents_at_once",
];

fn spans(criterion: &mut Criterion) {
    for name in RUNS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frameworks");
        let request = fs::read(folder.join(format!("{name}.pb")));
        let request = request.unwrap();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(request.len() as u64));
        group.bench_function("ticket", |bencher| {
            bencher.iter(|| {
                let mut spans = Spans::new();
                spans.add_traces(black_box(&request)).unwrap();
                spans.into_run().ticket("1")
            });
        });
        group.bench_function("decoded", |bencher| {
            bencher.iter(|| ExportTraceServiceRequest::decode(black_box(&request[..])).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, spans);
criterion_main!(benches);
