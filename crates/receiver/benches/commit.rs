//! What group commit itself costs: requests of 100 rows into a sink that takes everything, one
//! after the other without a window, and 1,000 at once.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ticketlens_receiver::{
    budget::{Budget, Limits},
    commit::{CommitConfig, CommitLoop, Committer},
    sink::{Sink, SinkError},
    supervise::Parts,
};
use ticketlens_store::rows::Table;
use tokio::{runtime::Runtime, task::JoinSet};
use uuid::Uuid;

struct Taking;

impl Sink for Taking {
    async fn insert(&self, _: Table, _: &[Bytes], _: Uuid) -> Result<(), SinkError> {
        Ok(())
    }

    async fn ping(&self) -> Result<(), SinkError> {
        Ok(())
    }
}

async fn commit(committer: Committer, budget: Budget, rows: Bytes) {
    let reservation = budget.reserve(&"acme".parse().unwrap(), rows.len()).unwrap();
    committer.commit(Table::Tickets, rows, 100, reservation).await.unwrap();
}

fn bench(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let budget = Budget::new(Limits { total: 1 << 30, share: 1 << 30 });
    let config = CommitConfig { window: Duration::ZERO, ..CommitConfig::default() };
    let mut parts = Parts::new(Arc::default());
    let (committer, _running) = runtime.block_on(async {
        CommitLoop::start(Arc::new(Taking), config, Arc::default(), &mut parts)
    });
    let rows = Bytes::from(vec![7; 200 << 10]);
    let mut group = c.benchmark_group("commit");
    group.throughput(Throughput::Elements(1));
    group.bench_function("one request", |b| {
        b.to_async(&runtime).iter(|| commit(committer.clone(), budget.clone(), rows.clone()));
    });
    group.throughput(Throughput::Elements(1000));
    group.bench_function("a thousand requests", |b| {
        b.to_async(&runtime).iter(|| async {
            let mut tasks = JoinSet::new();
            for _ in 0..1000 {
                tasks.spawn(commit(committer.clone(), budget.clone(), rows.clone()));
            }
            while tasks.join_next().await.is_some() {}
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
