//! What a workflow's thread pays: building a ticket, and handing it over.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use serde_json::json;
use ticketlens::{Finished, Lens, Status, StepBuilder, TicketBuilder};

fn ticket(steps: usize) -> Finished {
    let mut builder =
        TicketBuilder::new("12345").category("PRODUCT_SUPPORT").metric("steps", steps);
    for n in 0..steps {
        let step = StepBuilder::tool("lookup_order")
            .input(json!({"order": n, "fields": ["state", "carrier"]}))
            .output(json!({"state": "in transit", "note": "left the depot ".repeat(20)}));
        builder = builder.step(step);
    }
    builder.build(Status::Success)
}

/// Emits in chunks, so that only the calls are timed, and lets `between` run after each.
fn time_emits(lens: &Lens, model: &Finished, iterations: u64, between: impl Fn(&Lens)) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let chunk: Vec<_> = (0..left.min(CHUNK)).map(|_| model.clone()).collect();
        left -= chunk.len() as u64;
        let started = Instant::now();
        for finished in chunk {
            lens.emit(black_box(finished));
        }
        took += started.elapsed();
        between(lens);
    }
    took
}

const CHUNK: u64 = 256;
/// Room for more than a chunk of the large ones.
const ROOM: usize = 128 * 1024 * 1024;

fn emit(criterion: &mut Criterion) {
    // A pipeline without processors: what is emitted is redacted, encoded and gone.
    let sink = SdkLoggerProvider::builder().build();
    let mut group = criterion.benchmark_group("emit");
    for (size, steps, milliseconds) in [("2KiB", 4, 10), ("50KiB", 100, 1)] {
        // Of the calls alone: what is around each of them takes a hundred times as long.
        group.sample_size(20).warm_up_time(Duration::from_millis(milliseconds));
        group.measurement_time(Duration::from_millis(milliseconds));
        let model = ticket(steps);
        let room = Lens::builder().with_logger_provider(&sink).queue_bytes(ROOM).build_or_off();
        group.bench_function(format!("{size}/room"), |bencher| {
            bencher.iter_custom(|iterations| {
                time_emits(&room, &model, iterations, |lens| {
                    lens.flush(Duration::from_secs(10));
                })
            });
        });
        // Nobody listens there: the queue is full, as in the worst hour of a workflow's life.
        let full = Lens::builder().endpoint("http://127.0.0.1:9").queue_bytes(64 * 1024);
        let full = full.build_or_off();
        group.bench_function(format!("{size}/full"), |bencher| {
            bencher.iter_custom(|iterations| time_emits(&full, &model, iterations, |_| {}));
        });
        full.shutdown(Duration::ZERO);
    }
    group.finish();
}

fn build(criterion: &mut Criterion) {
    criterion.bench_function("build/2KiB", |bencher| bencher.iter(|| ticket(black_box(4))));
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = emit, build
}
criterion_main!(benches);
