//! The circuit breaker between requests and the database: how it stands, as inserts see it, what is
//! let through meanwhile, and when trouble is over.
//!
//! Two kinds of trouble end in two ways. A database that is *away* is asked by a ping, and is back
//! when it answers. One that is *unfit* (a missing grant, a changed table) answers every ping, so
//! only an insert that works ends that. One request a second is let in to try; and as a load
//! balancer that reads our readiness may send none, the rows of one request are kept to try with.
//! Its sender was told to come again; stored twice, they are there once.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use ticketlens_store::rows::Table;
use tokio::time::Instant;
use uuid::Uuid;

use super::entry::Entry;
use crate::{
    budget::Reservation,
    metrics::Metrics,
    readiness::Readiness,
    reply::Refusal,
    sink::SinkError,
    supervise::{Life, Parts},
};

/// So many tries in a row without success, of all batches together, and the database counts as
/// gone: one reset connection is no outage.
const TRIES_BEFORE_OUTAGE: u32 = 3;
/// While the database is unfit, one request in so long is let in to try.
const LET_IN_EVERY: Duration = Duration::from_secs(1);
/// Between two log lines about rows that are refused.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Causes of one trouble that are told apart, so that each is logged once.
const CAUSES: usize = 8;

/// What inserts know of the database.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    readiness: Readiness,
    metrics: Arc<Metrics>,
    failed_tries: AtomicU32,
    trouble: Mutex<Trouble>,
}

#[derive(Debug)]
struct Trouble {
    /// Of the inserts themselves.
    life: Life,
    /// What is tried while the database is unfit.
    sample: Option<Sample>,
    /// When it was last found unfit: an insert that began before says nothing against it.
    since: Instant,
    /// When the next request is let in to try.
    next: Instant,
    /// What was logged of it.
    told: Vec<String>,
    /// When it was last logged that rows are refused.
    refusal_told: Option<Instant>,
}

impl Trouble {
    /// Whether it is time to log that rows are refused; it counts as logged then.
    fn is_refusal_to_be_told(&mut self, now: Instant) -> bool {
        let is_due = |at| now.duration_since(at) >= SAY_AGAIN_AFTER;
        let is_to_be_told = self.refusal_told.is_none_or(is_due);
        if is_to_be_told {
            self.refusal_told = Some(now);
        }
        is_to_be_told
    }
}

/// The rows of one request, to try with.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) table: Table,
    pub(super) rows: Bytes,
    pub(super) token: Uuid,
    /// Given back with the last copy.
    _reservation: Arc<Reservation>,
}

impl Sample {
    /// Of an entry, once it is answered.
    pub(super) fn of(entry: Entry, answer: Result<(), Refusal>) -> Self {
        // A copy: what it is a part of may be the rows of many.
        let (table, rows) = (entry.table, Bytes::copy_from_slice(&entry.rows));
        let reservation = Arc::new(entry.answer_early(answer));
        Self { table, rows, token: Uuid::new_v4(), _reservation: reservation }
    }
}

impl CircuitBreaker {
    pub(super) fn new(parts: &Parts, metrics: Arc<Metrics>) -> Self {
        let life = parts.life("inserts");
        life.starts();
        life.lives();
        let now = Instant::now();
        let trouble = Trouble {
            life,
            sample: None,
            since: now,
            next: now,
            told: Vec::new(),
            refusal_told: None,
        };
        let readiness = parts.readiness().clone();
        let trouble = Mutex::new(trouble);
        Self { readiness, metrics, failed_tries: AtomicU32::new(0), trouble }
    }

    /// A panic while it is held leaves nothing half done.
    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether rows would be taken, as far as is known.
    fn is_good(&self) -> bool {
        self.readiness.is_database_good() && !self.readiness.is_part_down("inserts")
    }

    /// Whether a request is let in.
    pub(super) fn lets_in(&self) -> bool {
        if self.is_good() {
            return true;
        }
        if self.readiness.is_database_away() || self.readiness.is_part_down("inserts") {
            return false;
        }
        let now = Instant::now();
        let mut trouble = self.trouble();
        let is_next = now >= trouble.next;
        if is_next {
            trouble.next = now + LET_IN_EVERY;
        }
        is_next
    }

    /// Whether one more insert may begin beside those under way: one at a time, while it takes one
    /// to know.
    pub(super) fn lets_out(&self, under_way: usize) -> bool {
        self.is_good()
            || (under_way == 0
                && !self.readiness.is_database_away()
                && !self.readiness.is_part_down("inserts"))
    }

    /// An insert that began then has worked.
    pub(super) fn worked(&self, began: Instant) {
        self.failed_tries.store(0, Relaxed);
        let was_away = self.readiness.database_away(false);
        let mut trouble = self.trouble();
        let is_over = self.readiness.is_database_unfit() && began >= trouble.since;
        if is_over {
            trouble.sample = None;
            trouble.told.clear();
            self.readiness.database_unfit(None);
        }
        drop(trouble);
        if was_away || is_over {
            tracing::warn!(name: "database.fit", "the database takes rows again");
        }
    }

    /// The database answers.
    pub(super) fn answered(&self) {
        self.failed_tries.store(0, Relaxed);
        if self.readiness.database_away(false) {
            tracing::warn!(name: "database.back", "the database is back");
        }
    }

    /// No answer, or one that passes.
    pub(super) fn failed(&self, error: &SinkError) {
        self.metrics.insert_failed();
        self.silent(error, self.failed_tries.fetch_add(1, Relaxed) + 1);
    }

    /// So often in a row it has not answered.
    pub(super) fn silent(&self, error: &SinkError, tries: u32) {
        if tries >= TRIES_BEFORE_OUTAGE && self.readiness.database_away(true) {
            tracing::error!(
                name: "database.away", %error,
                "the database is gone; requests are refused until it is back"
            );
        }
    }

    /// These rows are refused, and others may be taken. Says so at most every half a minute.
    pub(super) fn refused(&self, error: &SinkError) {
        self.metrics.insert_refused();
        if self.trouble().is_refusal_to_be_told(Instant::now()) {
            tracing::error!(
                name: "commit.refused", %error,
                "rows are refused; their senders are told to come again"
            );
        }
    }

    /// The database takes no rows until somebody has changed something. Says so once for each
    /// cause.
    pub(super) fn unfit(&self, error: &SinkError) {
        self.metrics.insert_failed();
        let cause = error.to_string();
        let mut trouble = self.trouble();
        trouble.since = Instant::now();
        if !self.readiness.is_database_unfit() {
            trouble.next = trouble.since + LET_IN_EVERY;
        }
        let is_new = !trouble.told.contains(&cause) && trouble.told.len() < CAUSES;
        if is_new {
            trouble.told.push(cause.clone());
        }
        self.readiness.database_unfit(Some(cause));
        drop(trouble);
        if is_new {
            tracing::error!(
                name: "database.unfit", %error,
                "requests are refused until an insert works; it is tried on"
            );
        }
    }

    /// Keeps rows to try with, in place of those before: if it was something in these, and by a
    /// code that nobody knew to blame them, others don't suffer for long.
    pub(super) fn try_with(&self, sample: Sample) {
        let mut trouble = self.trouble();
        if self.readiness.is_database_unfit() {
            trouble.sample = Some(sample);
        }
    }

    /// What to try with; `None` while the database is not known to be unfit.
    pub(super) fn sample(&self) -> Option<Sample> {
        self.trouble().sample.clone()
    }

    /// An insert of ours has panicked. How long to leave the database alone; where inserts are
    /// given up, the receiver ends.
    pub(super) fn panicked(&self) -> Option<Duration> {
        self.trouble().life.died("panicked")
    }

    /// Inserts begin again.
    pub(super) fn go_on(&self) {
        let trouble = self.trouble();
        trouble.life.starts();
        trouble.life.lives();
    }
}
