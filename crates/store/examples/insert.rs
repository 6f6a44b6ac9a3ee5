//! Direct inserts: rows a second that ClickHouse takes in our format, without a receiver before it.
//!
//! `cargo run --release -p ticketlens-store --example insert -- URL [ROWS A BLOCK] [BYTES A TRACE]
//! [BLOCKS] [INSERTERS]`

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

#[path = "../tests/store/sample.rs"]
mod sample;

use std::time::Instant;

use bytes::Bytes;
use ticketlens_store::{Secret, Store, StoreConfig, TenantSettings, rows};
use ticketlens_ticket::Timestamp;
use uuid::Uuid;

/// Chunks as the receiver fills them.
const CHUNK: usize = 1 << 20;

fn block(first: u128, count: u128, trace_bytes: usize) -> Vec<Bytes> {
    let tenant = TenantSettings::new("acme".parse().unwrap());
    let now = Timestamp::now();
    let (mut chunks, mut chunk) = (Vec::new(), Vec::with_capacity(CHUNK * 2));
    for number in first..first + count {
        let at = Timestamp::from_unix_nanos(now.as_unix_nanos() + number as u64);
        rows::append(&mut chunk, &tenant, now, &sample::usual(number, at, trace_bytes));
        if chunk.len() >= CHUNK {
            chunks.push(Bytes::from(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK * 2))));
        }
    }
    chunks.push(chunk.into());
    chunks
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8123".to_owned());
    let mut number = |otherwise: usize| arguments.next().map_or(otherwise, |n| n.parse().unwrap());
    let (size, bytes, blocks, inserters) = (number(10_000), number(2048), number(20), number(1));
    let user = std::env::var("CLICKHOUSE_USER").unwrap_or_else(|_| "default".to_owned());
    let password = Secret::new(std::env::var("CLICKHOUSE_PASSWORD").unwrap_or_default());
    let database = "insert_example".parse().unwrap();
    let store = Store::open(StoreConfig {
        user,
        password,
        database,
        ..StoreConfig::new(url.parse().unwrap())
    });
    store.migrate().await.unwrap();
    store.check_columns().await.unwrap();

    // Made beforehand: the inserts are measured, not the rows.
    let work: Vec<_> = (0..inserters)
        .map(|i| {
            (0..blocks / inserters)
                .map(|b| block(((i * blocks + b) * size) as u128, size as u128, bytes))
                .collect::<Vec<_>>()
        })
        .collect();
    let total: usize = work.iter().flatten().flatten().map(Bytes::len).sum();
    let rows = blocks / inserters * inserters * size;
    let start = Instant::now();
    let runs: Vec<_> = work
        .into_iter()
        .map(|list| {
            let store = store.clone();
            tokio::spawn(async move {
                for chunks in list {
                    store.insert(&chunks, Uuid::new_v4()).await.unwrap();
                }
            })
        })
        .collect();
    for run in runs {
        run.await.unwrap();
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{rows} rows of {} bytes in blocks of {size}, {inserters} at once: {:.0} rows/s, {:.0} MB/s",
        total / rows,
        rows as f64 / seconds,
        total as f64 / seconds / 1e6
    );
}
