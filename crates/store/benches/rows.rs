//! What one row costs before it is sent.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

#[path = "../tests/store/sample.rs"]
mod sample;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use secrecy::ExposeSecret;
use ticketlens_store::{Costs, KeyRing, NewKey, TenantSettings, rows};
use ticketlens_ticket::Timestamp;

fn append(c: &mut Criterion) {
    let tenant = TenantSettings::new("acme".parse().unwrap());
    let now = Timestamp::now();
    let mut group = c.benchmark_group("rows");
    for (name, bytes) in [("2 KiB", 2 << 10), ("50 KiB", 50 << 10)] {
        let record = sample::usual(1, now, bytes);
        let mut out = Vec::with_capacity(bytes * 2);
        group.throughput(Throughput::Elements(1));
        group.bench_function(name, |b| {
            b.iter(|| {
                out.clear();
                rows::ticket::append(&mut out, &tenant, now, "", &Costs::default(), &record);
                out.len()
            });
        });
    }
    group.finish();
}

fn check(c: &mut Criterion) {
    let admin = NewKey::bootstrap().unwrap();
    let ring = KeyRing::bootstrap(&[admin.digest()]);
    let now = Timestamp::now();
    c.bench_function("key check", |b| {
        b.iter(|| ring.check(admin.secret.expose_secret(), now).is_ok())
    });
}

criterion_group!(benches, append, check);
criterion_main!(benches);
