//! Group commit: many requests, one insert.
//!
//! Rows gather in a batch. A batch leaves when an insert slot is free and it has waited its
//! window, or is large enough; while all slots are busy it grows, so that the more there is to
//! do, the less each row costs. Every request waits for the insert that holds its rows, and is
//! answered by it: OK means committed.
//!
//! Invariants:
//! - a commit does not depend on its requests: a client that hangs up changes nothing;
//! - a retry carries the token of the first try and the same rows in the same order, so that a
//!   database that keeps tokens drops it where the first try did arrive;
//! - every request is answered before its own deadline, whatever the database does;
//! - rows that the database refuses are told from their neighbours, which are stored;
//! - a panic answers whoever waited for what it took down, and tells them to come again: in an
//!   insert its batch, in the loop what had not left yet. The loop is started again on the same
//!   queue, and inserts under way outlive it.

mod batch;
mod breaker;
mod config;
mod entry;
mod insert;
mod queue;
mod scheduler;

use std::sync::Arc;

use bytes::Bytes;
use ticketlens_store::rows::Table;
use tokio::sync::{Mutex, mpsc, watch};

use crate::{
    budget::Reservation,
    metrics::Metrics,
    reply::Refusal,
    sink::Sink,
    supervise::{End, Over, Parts},
    waiting_line::WaitingLine,
};
use breaker::CircuitBreaker;
pub use config::CommitConfig;
use entry::Entry;
pub(crate) use entry::Pending;
use insert::Inserter;
use scheduler::{Lasting, Scheduler};

/// Hands rows to the commit loop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Committer {
    entries: mpsc::UnboundedSender<Entry>,
    breaker: Arc<CircuitBreaker>,
    line: WaitingLine,
}

impl Committer {
    /// Waits until the table's `rows` are committed. Dropping the future does not cancel the commit.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`], [`Refusal::StoreRefused`] or [`Refusal::ShuttingDown`]:
    /// the rows are not acknowledged. They may be stored all the same, which a resend survives.
    pub async fn commit(
        &self,
        table: Table,
        rows: Bytes,
        count: u64,
        reservation: Reservation,
    ) -> Result<(), Refusal> {
        self.submit(table, rows, count, reservation).outcome().await
    }

    /// The same, and the waiting is the caller's.
    pub(crate) fn submit(
        &self,
        table: Table,
        rows: Bytes,
        count: u64,
        reservation: Reservation,
    ) -> Pending {
        let (entry, pending) = Entry::new(table, rows, count, reservation, &self.line);
        if let Err(mpsc::error::SendError(entry)) = self.entries.send(entry) {
            entry.answer(Err(Refusal::ShuttingDown));
        }
        pending
    }

    /// Whether a request should be let in now. While it takes an insert that works to know that
    /// the database is fit again, that is so for one caller a second, whose rows are the try.
    pub fn lets_in(&self) -> bool {
        self.breaker.lets_in()
    }
}

/// The running commit loop.
#[derive(Debug)]
pub struct CommitLoop {
    close: watch::Sender<bool>,
    over: Over,
}

impl CommitLoop {
    /// Starts a loop among `parts`, with what watches the database while it is away.
    pub fn start<S: Sink>(
        sink: Arc<S>,
        config: CommitConfig,
        metrics: Arc<Metrics>,
        parts: &mut Parts,
    ) -> (Committer, Self) {
        let (entries, arriving) = mpsc::unbounded_channel();
        let (close, closing) = watch::channel(false);
        let breaker = Arc::new(CircuitBreaker::new(parts, Arc::clone(&metrics)));
        let line = metrics.waiting_line().clone();
        let committer = Committer { entries, breaker: Arc::clone(&breaker), line };
        let readiness = parts.readiness().clone();
        let inserter = Arc::new(Inserter::new(sink, config.deadline, breaker, metrics));
        let watching = Arc::clone(&inserter);
        let watched = readiness.clone();
        parts.keep("watch of the database", move || {
            let (inserter, states) = (Arc::clone(&watching), watched.follow());
            async move {
                inserter.watch(states).await;
                End::Unasked
            }
        });
        let lasting = Arc::new(Mutex::new(Lasting::new(arriving)));
        let over = parts.keep("commit loop", move || {
            let (config, inserter) = (config.clone(), Arc::clone(&inserter));
            let (lasting, closing) = (Arc::clone(&lasting), closing.clone());
            let states = readiness.follow();
            async move {
                let lasting = lasting.lock_owned().await;
                Scheduler::new(config, inserter, lasting).run(closing, states).await;
                // It returns when it was closed, or when nobody is left to send.
                End::Asked
            }
        });
        (committer, Self { close, over })
    }

    /// Takes no more rows, commits what is there, answers every request, and ends. Takes no
    /// longer than the commit's deadline.
    pub async fn close(self) {
        self.close.send_replace(true);
        self.over.wait().await;
    }
}

#[cfg(test)]
mod tests;
