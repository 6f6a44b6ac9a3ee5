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
mod insert;
mod standing;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::{Mutex, OwnedMutexGuard, mpsc, oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use crate::{
    budget::Reservation,
    reply::Refusal,
    stats::Stats,
    supervise::{End, Over, Parts},
};
use batch::Batch;
use insert::Inserter;
use standing::Standing;

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
        self.answer_early(result);
    }

    /// Answers, and keeps the reservation: its rows are still in an insert.
    fn answer_early(self, result: Result<(), Refusal>) -> Reservation {
        // Who hung up does not hear it; the rows are committed all the same.
        let _ = self.answer.send(result);
        self._reservation
    }
}

/// Hands rows to the commit loop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Committer {
    entries: mpsc::UnboundedSender<Entry>,
    standing: Arc<Standing>,
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

    /// Whether the database takes rows, as far as is known.
    pub fn is_available(&self) -> bool {
        self.standing.is_good()
    }

    /// Whether a request should be let in now. While it takes an insert that works to know that
    /// the database is fit again, that is so for one caller a second, whose rows are the try.
    pub fn lets_in(&self) -> bool {
        self.standing.lets_in()
    }
}

/// Rows whose commit is under way, whether anyone waits for it or not. Without an answer, what should
/// have given it has died: our fault, and for now only. A final answer would have the sender drop
/// good tickets.
#[derive(Debug)]
pub(crate) struct Pending(oneshot::Receiver<Result<(), Refusal>>);

const DIED: Result<(), Refusal> = Err(Refusal::StoreUnavailable);

impl Pending {
    /// What came of it.
    pub(crate) async fn outcome(self) -> Result<(), Refusal> {
        self.0.await.unwrap_or(DIED)
    }

    /// The same, on a thread that may wait.
    pub(crate) fn wait(self) -> Result<(), Refusal> {
        self.0.blocking_recv().unwrap_or(DIED)
    }
}

/// The running commit loop.
#[derive(Debug)]
pub struct CommitLoop {
    close: watch::Sender<bool>,
    over: Over,
}

/// What outlives a loop that dies.
struct Lasting {
    arriving: mpsc::UnboundedReceiver<Entry>,
    inserts: JoinSet<()>,
}

impl CommitLoop {
    /// Starts a loop among `parts`, with what watches the database while it is away.
    pub fn start<S: Sink>(
        sink: Arc<S>,
        config: CommitConfig,
        stats: Arc<Stats>,
        parts: &mut Parts,
    ) -> (Committer, Self) {
        let (entries, arriving) = mpsc::unbounded_channel();
        let (close, closing) = watch::channel(false);
        let standing = Arc::new(Standing::new(parts, Arc::clone(&stats)));
        let committer = Committer { entries, standing: Arc::clone(&standing) };
        let readiness = parts.readiness().clone();
        let inserter = Arc::new(Inserter::new(sink, config.deadline, standing, stats));
        let watching = Arc::clone(&inserter);
        let watched = readiness.clone();
        parts.keep("watch of the database", move || {
            let (inserter, states) = (Arc::clone(&watching), watched.follow());
            async move {
                inserter.watch(states).await;
                End::Unasked
            }
        });
        let lasting = Arc::new(Mutex::new(Lasting { arriving, inserts: JoinSet::new() }));
        let over = parts.keep("commit loop", move || {
            let (config, inserter) = (config.clone(), Arc::clone(&inserter));
            let (lasting, closing) = (Arc::clone(&lasting), closing.clone());
            let states = readiness.follow();
            async move {
                let lasting = lasting.lock_owned().await;
                State::new(config, inserter, lasting).run(closing, states).await;
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

struct State<S> {
    config: CommitConfig,
    inserter: Arc<Inserter<S>>,
    /// Takes rows until it leaves or is full.
    gathering: Batch,
    /// Waiting for a slot, oldest first.
    full: VecDeque<Batch>,
    lasting: OwnedMutexGuard<Lasting>,
    /// No insert begins before: one has panicked.
    resting: Option<Instant>,
    closing: bool,
}

impl<S: Sink> State<S> {
    fn new(
        config: CommitConfig,
        inserter: Arc<Inserter<S>>,
        lasting: OwnedMutexGuard<Lasting>,
    ) -> Self {
        let (gathering, full) = (Batch::default(), VecDeque::new());
        // The loop before this one may have died while it rested.
        inserter.standing.go_on();
        Self { config, inserter, gathering, full, lasting, resting: None, closing: false }
    }

    async fn run(
        mut self,
        mut closing: watch::Receiver<bool>,
        mut states: watch::Receiver<crate::readiness::State>,
    ) {
        let mut open = true;
        loop {
            let now = Instant::now();
            self.expire(now);
            self.go_on(now);
            self.send_what_is_ready(now);
            if !open && self.is_empty() && self.lasting.inserts.is_empty() {
                return;
            }
            let wake_at = self.wake_at(now);
            let Lasting { arriving, inserts } = &mut *self.lasting;
            tokio::select! {
                entry = arriving.recv(), if open => match entry {
                    Some(entry) => self.gather(entry),
                    None => { open = false; self.closing = true; }
                },
                _ = closing.wait_for(|closing| *closing), if !self.closing => {
                    self.closing = true;
                    // What was sent before is still received.
                    self.lasting.arriving.close();
                }
                Some(ended) = inserts.join_next() => {
                    if ended.is_err_and(|error| error.is_panic()) {
                        self.rest();
                    }
                }
                Ok(()) = states.changed() => {}
                () = sleep_until(wake_at.unwrap_or(now)), if wake_at.is_some() => {}
            }
        }
    }

    /// An insert has panicked: its requests were told to come again when its batch was dropped.
    fn rest(&mut self) {
        if let Some(pause) = self.inserter.standing.panicked() {
            self.resting = self.resting.max(Some(Instant::now() + pause));
        }
    }

    fn go_on(&mut self, now: Instant) {
        if self.resting.is_some_and(|until| now >= until) {
            self.resting = None;
            self.inserter.standing.go_on();
        }
    }

    fn is_empty(&self) -> bool {
        self.gathering.is_empty() && self.full.is_empty()
    }

    fn gather(&mut self, entry: Entry) {
        #[cfg(test)]
        tests::die_of(&entry);
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
        while self.has_a_slot() {
            let batch = match self.full.pop_front() {
                Some(batch) => batch,
                None if self.is_ready(now) => std::mem::take(&mut self.gathering),
                None => return,
            };
            let inserter = Arc::clone(&self.inserter);
            self.lasting.inserts.spawn(async move { inserter.insert(batch).await });
        }
    }

    fn has_a_slot(&self) -> bool {
        let under_way = self.lasting.inserts.len();
        under_way < self.config.inserters && self.inserter.standing.lets_out(under_way)
    }

    fn is_ready(&self, now: Instant) -> bool {
        let batch = &self.gathering;
        let Some(ready_at) = self.ready_at() else { return false };
        let worthwhile = batch.rows() >= WORTHWHILE_ROWS || batch.bytes() >= WORTHWHILE_BYTES;
        self.closing
            || now >= ready_at
            || (worthwhile && !self.lasting.inserts.is_empty())
            || batch.bytes() >= self.config.max_bytes
            || batch.rows() >= self.config.max_rows
    }

    /// When the gathering batch has waited long enough.
    fn ready_at(&self) -> Option<Instant> {
        let windows = if self.lasting.inserts.is_empty() { 1 } else { WORTHWHILE_WINDOWS };
        Some(self.gathering.first_arrived()? + self.config.window * windows)
    }

    /// When there is something to do although nothing happens.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let ready = self.ready_at().filter(|at| self.has_a_slot() && *at > now);
        let expiry = self.oldest().map(|arrived| arrived + self.config.deadline);
        [ready, expiry, self.resting].into_iter().flatten().min()
    }

    fn oldest(&self) -> Option<Instant> {
        self.full.front().unwrap_or(&self.gathering).first_arrived()
    }

    /// Answers those that have waited for a slot until their deadline; their neighbours wait on.
    fn expire(&mut self, now: Instant) {
        let Some(than) = now.checked_sub(self.config.deadline) else { return };
        while let Some(batch) = self.full.front_mut() {
            expire(batch, than);
            if !batch.is_empty() {
                return;
            }
            self.full.pop_front();
        }
        expire(&mut self.gathering, than);
    }
}

fn expire(batch: &mut Batch, than: Instant) {
    if batch.first_arrived().is_some_and(|arrived| arrived <= than) {
        for entry in batch.take_older(than) {
            entry.answer(Err(Refusal::StoreUnavailable));
        }
    }
}

#[cfg(test)]
mod tests;
