//! One batch on its way into the database: tries, retries, tells bad rows from good ones.

use std::{collections::VecDeque, future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use tracing::{Instrument, error_span};
use uuid::Uuid;

use super::{
    batch::Batch,
    breaker::{CircuitBreaker, Sample},
};
use crate::{
    budget::Reservation,
    metrics::Metrics,
    readiness,
    reply::Refusal,
    sink::{Sink, SinkError},
};

/// Before the first retry; doubled each time.
const BACKOFF: Duration = Duration::from_millis(50);
const BACKOFF_MOST: Duration = Duration::from_secs(1);
/// Between two questions whether the database is back, and how long one may take.
const PROBE_EVERY: Duration = Duration::from_millis(500);
/// Between two looks while nothing is known against the database.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// Inserts spent on finding the refused rows of one batch: enough for two bad requests among a
/// thousand, and an end where the database refuses everything.
const SEARCH_INSERTS: u32 = 40;

/// Inserts batches and knows whether the database is there.
pub(super) struct Inserter<S> {
    sink: Arc<S>,
    deadline: Duration,
    pub(super) breaker: Arc<CircuitBreaker>,
    metrics: Arc<Metrics>,
}

impl<S: Sink> Inserter<S> {
    pub(super) fn new(
        sink: Arc<S>,
        deadline: Duration,
        breaker: Arc<CircuitBreaker>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { sink, deadline, breaker, metrics }
    }

    /// Inserts the batch and answers its requests.
    pub(super) async fn insert(&self, mut batch: Batch) {
        let span =
            error_span!(parent: None, "commit", records = batch.rows(), bytes = batch.bytes());
        match self.try_out(&mut batch).instrument(span).await {
            Ok(()) => batch.answer(&Ok(())),
            Err(Failure::Refused) => self.insert_the_good(batch).await,
            Err(Failure::Whole(refusal)) => self.turn_away(batch, refusal),
        }
    }

    /// Nothing of the batch can be committed now. One request's rows may be kept to try with.
    fn turn_away(&self, mut batch: Batch, refusal: Refusal) {
        if refusal == Refusal::StoreRefused
            && let Some(smallest) = batch.take_smallest()
        {
            self.breaker.try_with(Sample::of(smallest, Err(refusal.clone())));
        }
        batch.answer(&Err(refusal));
    }

    /// The database has refused the whole: halves it until the refused rows stand alone.
    async fn insert_the_good(&self, batch: Batch) {
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
                match self.try_out(&mut half).await {
                    Ok(()) => half.answer(&Ok(())),
                    Err(Failure::Refused) => parts.push_back(half),
                    Err(Failure::Whole(refusal)) => self.turn_away(half, refusal),
                }
            }
        }
    }

    /// Tries again until the rows are in, are refused, or nobody waits for them any more. Requests
    /// whose deadline comes are answered meanwhile; their rows stay where they are, so that every
    /// try is the same.
    async fn try_out(&self, batch: &mut Batch) -> Result<(), Failure> {
        let started = Instant::now();
        let (table, rows, bytes) = (batch.table(), batch.rows(), batch.bytes());
        let chunks = batch.chunks();
        let token = Uuid::new_v4();
        let mut waiting = Waiting { batch, deadline: self.deadline, spent: Vec::new() };
        let mut backoff = BACKOFF;
        loop {
            let began = Instant::now();
            match waiting.while_anyone(self.sink.insert(table, &chunks, token)).await {
                Some(Ok(())) => {
                    self.breaker.worked(began);
                    self.metrics.committed(rows, bytes, started.elapsed());
                    let latency_ms = started.elapsed().as_secs_f64() * 1e3;
                    tracing::debug!(
                        name: "commit.done", records = rows, bytes, latency_ms, "rows are committed"
                    );
                    return Ok(());
                }
                Some(Err(error @ SinkError::Refused(_))) => {
                    self.breaker.refused(&error);
                    return Err(Failure::Refused);
                }
                Some(Err(error @ SinkError::Unfit(_))) => {
                    self.breaker.unfit(&error);
                    return Err(Failure::Whole(Refusal::StoreRefused));
                }
                Some(Err(error @ SinkError::Unavailable(_))) => self.breaker.failed(&error),
                None => {
                    let late = SinkError::Unavailable("no answer before the deadline".into());
                    self.breaker.failed(&late);
                    return Err(Failure::Whole(Refusal::StoreUnavailable));
                }
            }
            let again_at = Instant::now() + backoff;
            let backoff_ms = u64::try_from(backoff.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(
                name: "commit.retried", records = rows, bytes, backoff_ms, retryable = true,
                "an insert is tried again"
            );
            if !waiting.beyond(again_at)
                || waiting.while_anyone(sleep_until(again_at)).await.is_none()
            {
                return Err(Failure::Whole(Refusal::StoreUnavailable));
            }
            backoff = (backoff * 2).min(BACKOFF_MOST);
            self.metrics.insert_retried();
        }
    }

    /// Asks for the database while it is away, and tries an insert while it is unfit; and while nothing
    /// is known against it asks now and then, as nobody's tickets may tell. Never ends.
    pub(super) async fn watch(&self, mut states: watch::Receiver<readiness::State>) {
        let mut silent = 0;
        loop {
            let is_bad = states.wait_for(|state| !state.is_database_good());
            let is_bad = timeout(LOOK_EVERY, is_bad).await.map(|states| states.is_ok());
            match is_bad {
                Ok(true) => silent = 0,
                Ok(false) => return,
                Err(_) => {
                    silent = self.look(silent).await;
                    continue;
                }
            }
            sleep(PROBE_EVERY).await;
            // Longer than that is an answer too: none.
            let _ = match self.breaker.sample() {
                Some(sample) => timeout(PROBE_TIMEOUT, self.try_with(sample)).await,
                None => timeout(PROBE_TIMEOUT, self.ping()).await,
            };
        }
    }

    /// Looks whether the database is there; how often in a row it was not. One that is there says
    /// nothing for inserts that fail meanwhile.
    async fn look(&self, silent: u32) -> u32 {
        let late = || SinkError::Unavailable("no answer to a ping".into());
        let answer = timeout(PROBE_TIMEOUT, self.sink.ping()).await.unwrap_or_else(|_| Err(late()));
        match answer {
            Err(error @ SinkError::Unavailable(_)) => {
                self.breaker.silent(&error, silent + 1);
                silent + 1
            }
            _ => 0,
        }
    }

    async fn ping(&self) {
        if self.sink.ping().await.is_ok() {
            self.breaker.answered();
        }
    }

    async fn try_with(&self, sample: Sample) {
        let began = Instant::now();
        match self.sink.insert(sample.table, &[sample.rows], sample.token).await {
            // Who refuses rows for what is in them has read them.
            Ok(()) | Err(SinkError::Refused(_)) => self.breaker.worked(began),
            Err(error @ SinkError::Unfit(_)) => {
                self.breaker.answered();
                self.breaker.unfit(&error);
            }
            Err(SinkError::Unavailable(_)) => {}
        }
    }
}

/// Who waits for an insert.
struct Waiting<'b> {
    batch: &'b mut Batch,
    deadline: Duration,
    /// Of those that were answered while their rows were under way: given back with the rows.
    spent: Vec<Reservation>,
}

impl Waiting<'_> {
    /// What comes of `future`, or `None` once everyone's deadline has passed.
    async fn while_anyone<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        loop {
            let expiry = self.batch.first_arrived()? + self.deadline;
            tokio::select! {
                biased;
                outcome = &mut future => return Some(outcome),
                () = sleep_until(expiry) => self.expire(expiry - self.deadline),
            }
        }
    }

    fn expire(&mut self, than: Instant) {
        for entry in self.batch.take_older(than) {
            self.spent.push(entry.answer_early(Err(Refusal::StoreUnavailable)));
        }
    }

    /// Whether anyone's deadline is later than that.
    fn beyond(&self, moment: Instant) -> bool {
        self.batch.last_arrived().is_some_and(|arrived| arrived + self.deadline > moment)
    }
}

/// Why the tries ended.
enum Failure {
    /// Some rows are bad; others may be good.
    Refused,
    /// Nothing of the batch can be committed now.
    Whole(Refusal),
}
