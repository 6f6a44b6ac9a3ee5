//! One batch, until its fate is known: sent, tried again, split, or given up and counted.

use std::{future::Future, sync::Arc, sync::atomic::Ordering::Relaxed, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    batch::{Batch, Smaller},
    handoff::Handoff,
    retry::{Answer, Backoff},
    stats::Fate,
};

/// Something that sends an `ExportLogsServiceRequest` once and says what came of it.
pub(crate) trait Export: Send + Sync + 'static {
    fn export(&self, body: Bytes) -> impl Future<Output = Answer> + Send;
}

/// Delivers batches; clones share the exporter.
pub(crate) struct Delivery<E> {
    pub(crate) exporter: Arc<E>,
    pub(crate) handoff: Arc<Handoff>,
    /// How long one batch is tried again.
    pub(crate) retry_for: Duration,
    /// Turns true when the process ends: whoever waits for its next try takes it now.
    pub(crate) hurry: watch::Receiver<bool>,
}

impl<E> Clone for Delivery<E> {
    fn clone(&self) -> Self {
        Self {
            exporter: Arc::clone(&self.exporter),
            handoff: Arc::clone(&self.handoff),
            retry_for: self.retry_for,
            hurry: self.hurry.clone(),
        }
    }
}

impl<E: Export> Delivery<E> {
    /// Returns when each of the batch's records has its fate and its bytes are given back.
    pub(crate) async fn deliver(mut self, batch: Batch) {
        // A receiver with a small limit gets the batch in pieces, smallest first on the stack's
        // top. Bounded: every piece is smaller than what it came from.
        let mut pieces = vec![batch];
        while let Some(piece) = pieces.pop() {
            let Some(why) = self.send(&piece).await else { continue };
            match piece.clone().shrink() {
                Smaller::Halves(first, second) => pieces.extend([second, first]),
                Smaller::Lighter(lighter) => {
                    self.handoff.counters.fitted(ticketlens_ticket::encode::Fit::MetricsOnly);
                    pieces.push(lighter);
                }
                Smaller::Smallest => self.give_up(&piece, Fate::Refused, &why),
            }
        }
    }

    /// Sends until there is a final answer; `Some` if it is "too large".
    async fn send(&mut self, batch: &Batch) -> Option<String> {
        let started = Instant::now();
        let mut backoff = Backoff::new();
        loop {
            match self.exporter.export(batch.body.clone()).await {
                Answer::Taken { rejected, message } => {
                    self.taken(batch, rejected, &message);
                    return None;
                }
                Answer::TooLarge { why } => return Some(why),
                Answer::Refused { why } => {
                    self.give_up(batch, Fate::Refused, &why);
                    return None;
                }
                Answer::Later { after, why } => {
                    let wait = backoff.wait(after);
                    if started.elapsed().saturating_add(wait) > self.retry_for {
                        self.give_up(batch, Fate::RetriesExhausted, &why);
                        return None;
                    }
                    self.handoff.counters.failed(&why);
                    self.pause(wait).await;
                    self.handoff.counters.retries.fetch_add(1, Relaxed);
                }
            }
        }
    }

    fn taken(&self, batch: &Batch, rejected: u64, message: &str) {
        let counters = &self.handoff.counters;
        let rejected = rejected.min(batch.records);
        counters.settle(batch.records - rejected, Fate::Sent);
        counters.settle(rejected, Fate::Rejected);
        if !message.is_empty() {
            counters.told(message);
        }
        self.handoff.release(batch.reserved);
    }

    fn give_up(&self, batch: &Batch, fate: Fate, why: &str) {
        let counters = &self.handoff.counters;
        counters.failed(why);
        counters.told(why);
        counters.settle(batch.records, fate);
        self.handoff.release(batch.reserved);
    }

    /// Waits, but not past the call to hurry: one wait is cut short by it, those after it are not.
    async fn pause(&mut self, wait: Duration) {
        let called = *self.hurry.borrow_and_update();
        tokio::select! {
            () = sleep(wait) => {}
            changed = self.hurry.changed(), if !called => {
                // The other side is gone only when the process ends.
                if changed.is_err() { sleep(wait).await }
            }
        }
    }
}

#[cfg(test)]
#[path = "delivery/tests.rs"]
mod tests;
