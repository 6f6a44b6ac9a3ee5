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
//! - every request is answered before its deadline, whatever the database does;
//! - rows that the database refuses are told from their neighbours, which are stored.

mod batch;
mod insert;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use crate::{budget::Reservation, reply::Refusal, stats::Stats};
use batch::Batch;
use insert::Inserter;

/// Where rows are committed.
pub trait Sink: Send + Sync + 'static {
    /// Inserts the chunks, in this order, as one block of rows. Rows under a token that was
    /// committed before may be dropped, and are read once in any case.
    fn insert(
        &self,
        chunks: &[Bytes],
        token: Uuid,
    ) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Whether the sink answers.
    fn ping(&self) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// Why rows were not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The same rows may be taken later: no connection, a time-out, too much to do.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// No rows will be taken until a person has changed something: a password, a grant, a table.
    #[error("the database is not set up to take rows: {0}")]
    Unfit(String),
    /// These rows will not be taken, others may.
    #[error("the database refuses the rows: {0}")]
    Refused(String),
}

impl SinkError {
    /// Whether the same rows may be taken later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// When a batch leaves and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitConfig {
    /// How long the first rows of a batch wait for others.
    pub window: Duration,
    /// Inserts in flight.
    pub inserters: usize,
    /// A batch has at most this many bytes (one request's rows are never split).
    pub max_bytes: usize,
    /// A batch has at most this many rows.
    pub max_rows: u64,
    /// From a request's arrival to its answer.
    pub deadline: Duration,
}

impl Default for CommitConfig {
    fn default() -> Self {
        Self {
            window: Duration::from_millis(10),
            inserters: 2,
            max_bytes: 32 << 20,
            max_rows: 100_000,
            deadline: Duration::from_secs(10),
        }
    }
}

/// While one insert is under way, the next batch waits for this many rows or bytes, or for so
/// many windows: small blocks cost the database twice as much a row as large ones.
const WORTHWHILE_ROWS: u64 = 10_000;
const WORTHWHILE_BYTES: usize = 16 << 20;
const WORTHWHILE_WINDOWS: u32 = 10;

/// Rows of one request, waiting for their commit.
struct Entry {
    rows: Bytes,
    count: u64,
    arrived: Instant,
    answer: oneshot::Sender<Result<(), Refusal>>,
    /// Given back with the answer.
    _reservation: Reservation,
}

impl Entry {
    fn answer(self, result: Result<(), Refusal>) {
        // Who hung up does not hear it; the rows are committed all the same.
        let _ = self.answer.send(result);
    }
}

/// Hands rows to the commit loop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Committer {
    entries: mpsc::UnboundedSender<Entry>,
    available: watch::Receiver<bool>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Committer {
    /// Waits until `rows` are committed. Dropping the future does not cancel the commit.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`], [`Refusal::StoreRefused`] or [`Refusal::ShuttingDown`]:
    /// the rows are not acknowledged. They may be stored all the same, which a resend survives.
    pub async fn commit(
        &self,
        rows: Bytes,
        count: u64,
        reservation: Reservation,
    ) -> Result<(), Refusal> {
        self.submit(rows, count, reservation).outcome().await
    }

    /// The same, and the waiting is the caller's.
    pub(crate) fn submit(&self, rows: Bytes, count: u64, reservation: Reservation) -> Pending {
        let (answer, answered) = oneshot::channel();
        let arrived = Instant::now();
        let entry = Entry { rows, count, arrived, answer, _reservation: reservation };
        if let Err(mpsc::error::SendError(entry)) = self.entries.send(entry) {
            entry.answer(Err(Refusal::ShuttingDown));
        }
        Pending(answered)
    }

    /// Whether the database took rows or answered when last asked.
    pub fn is_available(&self) -> bool {
        *self.available.borrow()
    }

    /// Follows [`Self::is_available`].
    pub fn availability(&self) -> watch::Receiver<bool> {
        self.available.clone()
    }
}

/// Rows whose commit is under way, whether anyone waits for it or not.
#[derive(Debug)]
pub(crate) struct Pending(oneshot::Receiver<Result<(), Refusal>>);

impl Pending {
    /// What came of it.
    pub(crate) async fn outcome(self) -> Result<(), Refusal> {
        self.0.await.unwrap_or(Err(Refusal::Internal))
    }

    /// The same, on a thread that may wait.
    pub(crate) fn wait(self) -> Result<(), Refusal> {
        self.0.blocking_recv().unwrap_or(Err(Refusal::Internal))
    }
}

/// The running commit loop.
#[derive(Debug)]
pub struct CommitLoop {
    close: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl CommitLoop {
    /// Starts a loop on the current runtime.
    pub fn start<S: Sink>(
        sink: Arc<S>,
        config: CommitConfig,
        stats: Arc<Stats>,
    ) -> (Committer, Self) {
        let (entries, arriving) = mpsc::unbounded_channel();
        let (close, closing) = oneshot::channel();
        let (is_available, available) = watch::channel(true);
        let inserter = Inserter::new(sink, config.deadline, is_available, stats);
        let state = State {
            config,
            inserter: Arc::new(inserter),
            gathering: Batch::default(),
            full: VecDeque::new(),
            inserts: JoinSet::new(),
            closing: false,
        };
        let task = tokio::spawn(state.run(arriving, closing));
        (Committer { entries, available }, Self { close: Some(close), task })
    }

    /// Takes no more rows, commits what is there, answers every request, and ends. Takes no
    /// longer than the commit's deadline.
    pub async fn close(mut self) {
        if let Some(close) = self.close.take() {
            let _ = close.send(());
        }
        if self.task.await.is_err() {
            tracing::error!("the commit loop has ended abnormally");
        }
    }
}

struct State<S> {
    config: CommitConfig,
    inserter: Arc<Inserter<S>>,
    /// Takes rows until it leaves or is full.
    gathering: Batch,
    /// Waiting for a slot, oldest first.
    full: VecDeque<Batch>,
    inserts: JoinSet<()>,
    closing: bool,
}

impl<S: Sink> State<S> {
    async fn run(
        mut self,
        mut arriving: mpsc::UnboundedReceiver<Entry>,
        mut closing: oneshot::Receiver<()>,
    ) {
        let mut open = true;
        let mut availability = self.inserter.availability();
        let watch = tokio::spawn(Arc::clone(&self.inserter).watch());
        loop {
            let now = Instant::now();
            self.expire(now);
            self.send_what_is_ready(now);
            if !open && self.is_empty() && self.inserts.is_empty() {
                watch.abort();
                return;
            }
            let wake_at = self.wake_at(now);
            tokio::select! {
                entry = arriving.recv(), if open => match entry {
                    Some(entry) => self.gather(entry),
                    None => { open = false; self.closing = true; }
                },
                _ = &mut closing, if !self.closing => {
                    self.closing = true;
                    // What was sent before is still received.
                    arriving.close();
                }
                Some(_) = self.inserts.join_next() => {}
                Ok(()) = availability.changed() => {}
                () = sleep_until(wake_at.unwrap_or(now)), if wake_at.is_some() => {}
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.gathering.is_empty() && self.full.is_empty()
    }

    fn gather(&mut self, entry: Entry) {
        let gathering = &self.gathering;
        let bytes = gathering.bytes() + entry.rows.len();
        let rows = gathering.rows() + entry.count;
        if !gathering.is_empty() && (bytes > self.config.max_bytes || rows > self.config.max_rows) {
            self.full.push_back(std::mem::take(&mut self.gathering));
        }
        self.gathering.push(entry);
    }

    /// Starts inserts while there are slots and batches that should leave.
    fn send_what_is_ready(&mut self, now: Instant) {
        while self.inserts.len() < self.config.inserters && self.inserter.is_available() {
            let batch = match self.full.pop_front() {
                Some(batch) => batch,
                None if self.is_ready(now) => std::mem::take(&mut self.gathering),
                None => return,
            };
            let inserter = Arc::clone(&self.inserter);
            self.inserts.spawn(async move { inserter.insert(batch).await });
        }
    }

    fn is_ready(&self, now: Instant) -> bool {
        let batch = &self.gathering;
        let Some(ready_at) = self.ready_at() else { return false };
        let worthwhile = batch.rows() >= WORTHWHILE_ROWS || batch.bytes() >= WORTHWHILE_BYTES;
        self.closing
            || now >= ready_at
            || (worthwhile && !self.inserts.is_empty())
            || batch.bytes() >= self.config.max_bytes
            || batch.rows() >= self.config.max_rows
    }

    /// When the gathering batch has waited long enough.
    fn ready_at(&self) -> Option<Instant> {
        let windows = if self.inserts.is_empty() { 1 } else { WORTHWHILE_WINDOWS };
        Some(self.gathering.first_arrived()? + self.config.window * windows)
    }

    /// When there is something to do although nothing happens.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let available = self.inserter.is_available();
        let slot_free = self.inserts.len() < self.config.inserters;
        let ready = self.ready_at().filter(|at| available && slot_free && *at > now);
        let expiry = self.oldest().map(|arrived| arrived + self.config.deadline);
        [ready, expiry].into_iter().flatten().min()
    }

    fn oldest(&self) -> Option<Instant> {
        self.full.front().unwrap_or(&self.gathering).first_arrived()
    }

    /// Answers what has waited for a slot until its deadline.
    fn expire(&mut self, now: Instant) {
        while self.oldest().is_some_and(|arrived| now >= arrived + self.config.deadline) {
            let batch =
                self.full.pop_front().unwrap_or_else(|| std::mem::take(&mut self.gathering));
            batch.answer(&Err(Refusal::StoreUnavailable));
        }
    }
}

#[cfg(test)]
mod tests;
