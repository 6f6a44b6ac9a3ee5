//! One batch, until its outcome is known: sent, tried again, split, or given up and counted.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering::Relaxed},
    thread,
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    batch::{Batch, Smaller},
    handoff::Handoff,
    retry::{Answer, Backoff},
    stats::{Counters, Outcome},
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
    /// Returns when each of the batch's records has its outcome. Its bytes are given back then, or
    /// when this panics or is dropped.
    pub(crate) async fn deliver(mut self, batch: Batch) {
        let handoff = Arc::clone(&self.handoff);
        let mut outcomes = Outcomes { counters: &handoff.counters, open: batch.records };
        // A receiver with a small limit gets the batch in pieces, smallest first on the stack's
        // top. Bounded: every piece is smaller than what it came from.
        let mut pieces = vec![batch];
        while let Some(piece) = pieces.pop() {
            let Some(why) = self.send(&piece, &mut outcomes).await else { continue };
            match piece.shrink() {
                Smaller::Halves(first, second) => pieces.extend([second, first]),
                Smaller::Lighter(lighter) => {
                    handoff.counters.fitted(ticketlens_ticket::encode::Fit::MetricsOnly);
                    pieces.push(lighter);
                }
                Smaller::Smallest(piece) => outcomes.give_up(piece.records, Outcome::Refused, &why),
            }
        }
    }

    /// Sends until there is a final answer; `Some` if it is "too large".
    async fn send(&mut self, batch: &Batch, outcomes: &mut Outcomes<'_>) -> Option<String> {
        let started = Instant::now();
        let mut backoff = Backoff::new();
        loop {
            match self.exporter.export(batch.body.clone()).await {
                Answer::Taken { rejected, message } => {
                    outcomes.taken(batch.records, rejected, &message);
                    return None;
                }
                Answer::TooLarge { why } => return Some(why),
                Answer::Refused { why } => {
                    outcomes.give_up(batch.records, Outcome::Refused, &why);
                    return None;
                }
                Answer::Later { after, why } => {
                    let wait = backoff.wait(after);
                    if started.elapsed().saturating_add(wait) > self.retry_for {
                        outcomes.give_up(batch.records, Outcome::RetriesExhausted, &why);
                        return None;
                    }
                    self.handoff.counters.failed(&why);
                    self.pause(wait).await;
                    self.handoff.counters.retries.fetch_add(1, Relaxed);
                }
            }
        }
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

/// The outcomes of a batch's records: each has one, whatever panics.
struct Outcomes<'c> {
    counters: &'c Counters,
    /// Records without one.
    open: u64,
}

impl Outcomes<'_> {
    fn taken(&mut self, records: u64, rejected: u64, message: &str) {
        let rejected = rejected.min(records);
        self.settle(records - rejected, Outcome::Sent);
        self.settle(rejected, Outcome::Rejected);
        if !message.is_empty() {
            self.counters.told(message);
        }
    }

    fn give_up(&mut self, records: u64, outcome: Outcome, why: &str) {
        self.counters.failed(why);
        self.counters.told(why);
        self.settle(records, outcome);
    }

    fn settle(&mut self, records: u64, outcome: Outcome) {
        self.open = self.open.saturating_sub(records);
        self.counters.settle(records, outcome);
    }
}

impl Drop for Outcomes<'_> {
    fn drop(&mut self) {
        // Dropped with the runtime, at the end, they are left.
        if self.open > 0 && thread::panicking() {
            self.give_up(
                self.open,
                Outcome::Panicked,
                "sending a batch panicked: a bug in ticketlens",
            );
        }
    }
}

#[cfg(test)]
#[path = "delivery/tests.rs"]
mod tests;
