//! How fast texts pass: clean ones, ones full of findings, small ones, and what a ticket builds.

#![allow(clippy::panic)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ticketlens_redact::{Gate, GateConfig, HashKey, Known};

const PROSE: &str = "Here are the available direct flights from New York (JFK) to Seattle on May 20th:\n\n\
    1. **Flight HAT069**\n   - Departure: 06:00 AM EST\n   - Economy Price: $121\n\nPlease let me know \
    which flight you would like to book, and whether the order should be insured for 30 dollars. ";

const RESULT: &str = r#"{"flight_number": "HAT069", "origin": "JFK", "destination": "SEA", "scheduled_departure_time_est": "06:00:00", "status": "available", "available_seats": {"basic_economy": 17, "economy": 12}, "prices": {"basic_economy": 51, "economy": 121}, "date": "2024-05-20", "reservation_id": "NO6JO3", "created_at": "2024-05-12T03:14:15"}, "#;

const DIRTY: &str = "Mia Li <mia.li3818@example.com> paid with 4111 1111 1111 1111, call +1 415 555 0132. \
    DOB: 1990-04-05, token=abcdef123456, AKIAIOSFODNN7EXAMPLE and DE89 3704 0044 0532 0130 00 at \
    https://user:pass@example.com/ with Bearer abc123def456ghi, then some ordinary words follow here. ";

fn repeated(part: &str, bytes: usize) -> String {
    part.repeat(bytes / part.len() + 1)
}

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ..GateConfig::default() }).unwrap_or_else(|e| panic!("{e}"))
}

fn values() -> Vec<String> {
    [
        "1957-03-21",
        "1990-04-05",
        "78750",
        "975 Sunset Drive",
        "Amelia Ahmed",
        "Mia Li",
        "mia.li3818@example.com",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn texts(c: &mut Criterion) {
    let gate = gate();
    let known = Known::new(&values()).unwrap_or_default();
    let prose = repeated(PROSE, 50 * 1024);
    let json = format!("[{}1]", repeated(RESULT, 50 * 1024));
    let escaped = serde_json::Value::from(json.replace("SEA", "S\nA")).to_string();
    let dirty = repeated(DIRTY, 50 * 1024);
    let mut group = c.benchmark_group("text");
    for (name, text) in [
        ("clean prose", &prose),
        ("clean json", &json),
        ("escaped json", &escaped),
        ("dirty", &dirty),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name} 50 KiB"), |b| {
            b.iter(|| gate.pass(None).text(black_box(text)).len());
        });
        group.bench_function(format!("{name} 50 KiB, known values"), |b| {
            b.iter(|| gate.pass(Some(&known)).text(black_box(text)).len());
        });
    }
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
    // A ticket of 2 KiB: some messages, a tool result, many short labels.
    let mut ticket =
        vec![PROSE.to_owned(), PROSE[..100].to_owned(), RESULT.to_owned(), RESULT.to_owned()];
    ticket.push(PROSE.to_owned());
    ticket.extend(
        ["s1", "react", "agent", "OK", "search_direct_flight", "JFK", "SEA", "2024-05-20"]
            .iter()
            .cycle()
            .take(40)
            .map(|s| (*s).to_owned()),
    );
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
