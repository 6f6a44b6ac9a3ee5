//! How fast texts pass: clean ones, ones full of findings, small ones, and what a ticket builds.

#![allow(clippy::panic)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ticketlens_redact::{Gate, GateConfig, HashKey, Known};

#[allow(dead_code)]
mod texts;

const BYTES: usize = 50 * 1024;

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap_or_else(|e| panic!("{e}"))
}

/// What a workflow knows about one customer.
fn values() -> Vec<String> {
    [
        "1957-03-21",
        "1990-04-05",
        "78750",
        "975 Sunset Drive",
        "Amelia Ahmed",
        "Mia Li",
        "mia.li3818@example.com",
        "+1 415 555 0132",
        "Suite 217",
        "mia_li_3668",
        "credit_card_4421486",
        "certificate_4856383",
        "Mia Amelia Li",
        "Jean-Luc Moreau",
        "12 Rue de la Paix",
        "75002",
        "W0000042",
        "jl.moreau@example.org",
        "1988-12-01",
        "Olena Kovalenko",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn texts(c: &mut Criterion) {
    let gate = gate();
    let known = Known::new(&values()).unwrap_or_default();
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(BYTES as u64));
    for (name, text) in texts::all(BYTES) {
        group.bench_function(name, |b| b.iter(|| gate.pass(None).text(black_box(&text)).len()));
        group.bench_function(format!("{name}, 20 known values"), |b| {
            b.iter(|| gate.pass(Some(&known)).text(black_box(&text)).len());
        });
    }
    let (_, text) = &texts::all(BYTES)[0];
    // What the same bytes cost whoever only copies, checks or searches them.
    group.bench_function("beside: memcpy", |b| b.iter(|| black_box(text.as_bytes()).to_vec()));
    group.bench_function("beside: simdutf8", |b| {
        b.iter(|| simdutf8::basic::from_utf8(black_box(text.as_bytes())).is_ok());
    });
    let needle = memchr::memmem::Finder::new("swordfish");
    group.bench_function("beside: memmem", |b| b.iter(|| needle.find(black_box(text.as_bytes()))));
    if let Ok(lines) = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/support_runs.jsonl"
    )) {
        let runs: Vec<serde_json::Value> =
            lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let mut strings = Vec::new();
        runs.iter().for_each(|run| leaves(&run["trace"], &mut strings));
        group.throughput(Throughput::Bytes(strings.iter().map(|text| text.len() as u64).sum()));
        group.bench_function("real runs, text by text", |b| {
            b.iter(|| {
                let mut pass = gate.pass(None);
                strings.iter().map(|text| pass.text(black_box(text)).len()).sum::<usize>()
            });
        });
    }
    let ticket = texts::ticket();
    let bytes: usize = ticket.iter().map(String::len).sum();
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("ticket of 2 KiB in 45 texts", |b| {
        b.iter(|| {
            let mut pass = gate.pass(None);
            ticket.iter().map(|text| pass.text(black_box(text)).len()).sum::<usize>()
        });
    });
    group.finish();
}

fn leaves(value: &serde_json::Value, strings: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => strings.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, strings)),
        serde_json::Value::Object(map) => map.values().for_each(|value| leaves(value, strings)),
        _ => {}
    }
}

fn small(c: &mut Criterion) {
    let gate = gate();
    let keys = [
        "flight_number",
        "customerEmail",
        "status",
        "scheduled_departure_time_est",
        "name",
        "reservation_id",
    ];
    c.bench_function("classify six keys", |b| {
        b.iter(|| {
            keys.iter()
                .filter(|key| gate.classify(black_box(key)) != ticketlens_redact::KeyClass::Plain)
                .count()
        });
    });
    c.bench_function("hash", |b| {
        b.iter(|| gate.pass(None).hash(black_box("mia.li3818@example.com")))
    });
    let values = values();
    c.bench_function("known values of one customer", |b| b.iter(|| Known::new(black_box(&values))));
    c.bench_function("gate", |b| b.iter(gate_again));
}

fn gate_again() -> Gate {
    gate()
}

criterion_group!(benches, texts, small);
criterion_main!(benches);
