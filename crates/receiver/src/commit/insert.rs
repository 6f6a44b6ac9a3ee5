//! One batch on its way into the database: tries, retries, tells bad rows from good ones.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};
use uuid::Uuid;

use super::{Sink, SinkError, batch::Batch};
use crate::{reply::Refusal, stats::Stats};

/// Before the first retry; doubled each time.
const BACKOFF: Duration = Duration::from_millis(50);
const BACKOFF_MOST: Duration = Duration::from_secs(1);
/// So many tries in a row without success, of all batches together, and the database counts as
/// gone: one reset connection is no outage.
const TRIES_BEFORE_OUTAGE: u32 = 3;
/// Between two questions whether the database is back, and how long one may take.
const PROBE_EVERY: Duration = Duration::from_millis(500);
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// Inserts spent on finding the refused rows of one batch: enough for two bad requests among a
/// thousand, and an end where the database refuses everything.
const SEARCH_INSERTS: u32 = 40;

/// Inserts batches and knows whether the database is there.
pub(super) struct Inserter<S> {
    sink: Arc<S>,
    deadline: Duration,
    available: watch::Sender<bool>,
    failed_tries: std::sync::atomic::AtomicU32,
    stats: Arc<Stats>,
}

impl<S: Sink> Inserter<S> {
    pub(super) fn new(
        sink: Arc<S>,
        deadline: Duration,
        available: watch::Sender<bool>,
        stats: Arc<Stats>,
    ) -> Self {
        Self { sink, deadline, available, failed_tries: Default::default(), stats }
    }

    pub(super) fn is_available(&self) -> bool {
        *self.available.borrow()
    }

    pub(super) fn availability(&self) -> watch::Receiver<bool> {
        self.available.subscribe()
    }

    /// Inserts the batch and answers its requests.
    pub(super) async fn insert(&self, mut batch: Batch) {
        let Some(first_arrived) = batch.first_arrived() else { return };
        let deadline = first_arrived + self.deadline;
        let started = Instant::now();
        let (rows, bytes) = (batch.rows(), batch.bytes());
        match self.try_until(&batch.chunks(), deadline).await {
            Ok(()) => {
                self.stats.committed(rows, bytes, started.elapsed());
                batch.answer(&Ok(()));
            }
            Err(Failure::Refused) => self.insert_the_good(batch, deadline).await,
            Err(Failure::Whole(refusal)) => batch.answer(&Err(refusal)),
        }
    }

    /// The database has refused the whole: halves it until the refused rows stand alone.
    async fn insert_the_good(&self, batch: Batch, deadline: Instant) {
        let mut parts = VecDeque::from([batch]);
        let mut inserts = SEARCH_INSERTS;
        while let Some(part) = parts.pop_front() {
            if part.len() < 2 || inserts == 0 {
                part.answer(&Err(Refusal::StoreRefused));
                continue;
            }
            for mut half in <[Batch; 2]>::from(part.halve()) {
                inserts = inserts.saturating_sub(1);
                // Other rows, so another token.
                match self.try_until(&half.chunks(), deadline).await {
                    Ok(()) => half.answer(&Ok(())),
                    Err(Failure::Refused) => parts.push_back(half),
                    Err(Failure::Whole(refusal)) => half.answer(&Err(refusal)),
                }
            }
        }
    }

    /// Tries under one token until the rows are in, refused, or the deadline has passed.
    async fn try_until(&self, chunks: &[Bytes], deadline: Instant) -> Result<(), Failure> {
        let token = Uuid::new_v4();
        let mut backoff = BACKOFF;
        loop {
            match timeout_at(deadline, self.sink.insert(chunks, token)).await {
                Ok(Ok(())) => {
                    self.came_through();
                    return Ok(());
                }
                Ok(Err(error @ SinkError::Refused(_))) => {
                    self.stats.insert_refused(&error);
                    return Err(Failure::Refused);
                }
                Ok(Err(error @ SinkError::Unfit(_))) => {
                    self.outage(&error);
                    return Err(Failure::Whole(Refusal::StoreRefused));
                }
                Ok(Err(error @ SinkError::Unavailable(_))) => self.failed(&error),
                Err(_) => {
                    self.failed(&SinkError::Unavailable("no answer before the deadline".into()));
                    return Err(Failure::Whole(Refusal::StoreUnavailable));
                }
            }
            let again_at = Instant::now() + backoff;
            if again_at >= deadline {
                return Err(Failure::Whole(Refusal::StoreUnavailable));
            }
            sleep_until(again_at).await;
            backoff = (backoff * 2).min(BACKOFF_MOST);
        }
    }

    /// Asks for the database while it is away. Never ends.
    pub(super) async fn watch(self: Arc<Self>) {
        let mut available = self.available.subscribe();
        while available.wait_for(|available| !available).await.is_ok() {
            sleep(PROBE_EVERY).await;
            if matches!(timeout(PROBE_TIMEOUT, self.sink.ping()).await, Ok(Ok(()))) {
                self.came_through();
            }
        }
    }

    fn came_through(&self) {
        self.failed_tries.store(0, std::sync::atomic::Ordering::Relaxed);
        if self.available.send_if_modified(|available| !std::mem::replace(available, true)) {
            tracing::info!("the database is back");
        }
    }

    fn failed(&self, error: &SinkError) {
        self.stats.insert_failed();
        let tries = self.failed_tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        if tries >= TRIES_BEFORE_OUTAGE {
            self.outage(error);
        }
    }

    fn outage(&self, error: &SinkError) {
        if self.available.send_if_modified(|available| std::mem::replace(available, false)) {
            tracing::error!(%error, "the database is gone; requests are refused until it is back");
        }
    }
}

/// Why the tries ended.
enum Failure {
    /// Some rows are bad; others may be good.
    Refused,
    /// Nothing of the batch can be committed now.
    Whole(Refusal),
}
