//! The parts that a receiver can't do without, by name: watched, started again, and given up.
//!
//! A part is a future that runs for as long as the receiver does. When it ends unasked or panics,
//! the receiver is not ready, with the part's name as the reason, until the part runs again. One
//! that keeps dying ends the receiver ([`Parts::broken`]): whoever started the process is told by
//! its exit code, and starts it again.
//!
//! Invariant: no critical work runs on a task that nobody waits for. What a panic says is in no log
//! line: it may quote what was being worked on.

use std::{collections::VecDeque, future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    metrics::Metrics,
    readiness::Readiness,
    workers::{Turn, Workers},
};

/// A part that dies so often within [`WITHIN`] is given up.
pub(crate) const MOST_DEATHS: usize = 5;
/// The time over which deaths are counted.
pub(crate) const WITHIN: Duration = Duration::from_secs(60);
/// Before a part is started again; doubled with each death that counts.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How a part ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It was told to.
    Asked,
    /// Nobody told it to.
    Unasked,
}

/// A part died again and again, and is not started any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} has died {MOST_DEATHS} times within {} seconds", WITHIN.as_secs())]
pub struct Broken {
    /// Its name.
    pub part: &'static str,
}

/// The parts of one receiver. Dropped, all of them end at once.
#[derive(Debug)]
pub struct Parts {
    shared: Shared,
    running: JoinSet<()>,
}

/// What each part's life is written into.
#[derive(Clone, Debug)]
struct Shared {
    readiness: Readiness,
    metrics: Arc<Metrics>,
    workers: Workers,
    broken: Arc<watch::Sender<Option<Broken>>>,
}

impl Parts {
    /// No parts yet.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self::beside(Workers::default(), Readiness::default(), metrics)
    }

    /// No parts of the receiver yet, and what is beside it is known.
    pub(crate) fn beside(workers: Workers, readiness: Readiness, metrics: Arc<Metrics>) -> Self {
        let shared =
            Shared { readiness, metrics, workers, broken: Arc::new(watch::Sender::new(None)) };
        Self { shared, running: JoinSet::new() }
    }

    /// Whether all of them live, and the database is there.
    pub fn readiness(&self) -> &Readiness {
        &self.shared.readiness
    }

    /// Where each of them is in its life.
    pub(crate) fn workers(&self) -> &Workers {
        &self.shared.workers
    }

    /// Keeps a part running: `start` is called now, and after each death.
    pub(crate) fn keep<F>(
        &mut self,
        part: &'static str,
        mut start: impl FnMut() -> F + Send + 'static,
    ) -> Over
    where
        F: Future<Output = End> + Send + 'static,
    {
        let mut life = self.life(part);
        // Now, and not when its task comes to run: nobody finds a part missing.
        life.starts();
        let (over, ended) = oneshot::channel::<()>();
        self.running.spawn(async move {
            // Told by dropping it, however this ends.
            let _over = over;
            loop {
                life.starts();
                let run = start();
                let begun = life.clone();
                let work = async move {
                    begun.lives();
                    run.await
                };
                let Some(how) = one_life(work).await else { return life.ended() };
                let Some(pause) = life.died(how) else { return };
                sleep(pause).await;
            }
        });
        Over(ended)
    }

    /// The life of a part that is no single future, for who sees it live and die.
    pub(crate) fn life(&self, part: &'static str) -> Life {
        Life { part, deaths: VecDeque::new(), shared: self.shared.clone() }
    }

    /// The first part that is given up; waits for ever where none is.
    pub async fn broken(&self) -> Broken {
        let mut broken = self.shared.broken.subscribe();
        // Our own end of it lives as long as we do.
        match broken.wait_for(Option::is_some).await.map(|broken| *broken) {
            Ok(Some(broken)) => broken,
            _ => std::future::pending().await,
        }
    }
}

/// Runs a part once; how it died, unless it ended as it was told to.
async fn one_life(part: impl Future<Output = End> + Send + 'static) -> Option<&'static str> {
    // On a task of its own, where a panic ends; in a set, which takes it down with us.
    let mut run = JoinSet::new();
    run.spawn(part);
    match run.join_next().await {
        Some(Ok(End::Asked)) => None,
        Some(Err(error)) if error.is_panic() => Some("panicked"),
        _ => Some("ended"),
    }
}

/// Tells when a part has ended for good, as it was told to or given up.
#[derive(Debug)]
pub(crate) struct Over(oneshot::Receiver<()>);

impl Over {
    pub(crate) async fn wait(self) {
        // Nothing is ever sent: the other end goes away.
        let _ = self.0.await;
    }
}

impl Drop for Parts {
    /// What still runs ends with us.
    fn drop(&mut self) {
        self.shared.workers.stopped();
    }
}

/// The deaths of one part.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    part: &'static str,
    deaths: VecDeque<Instant>,
    shared: Shared,
}

impl Life {
    /// Not ready from now on. How long to wait before the next start; `None` where it is given up.
    pub(crate) fn died(&mut self, how: &'static str) -> Option<Duration> {
        let Self { part, shared, .. } = self;
        shared.readiness.part_is_down(part);
        shared.metrics.part_died();
        let now = Instant::now();
        self.deaths.retain(|at| now.duration_since(*at) < WITHIN);
        self.deaths.push_back(now);
        if self.deaths.len() >= MOST_DEATHS {
            shared.workers.turn(part, Turn::GivenUp { how: how.into() });
            self.shared.broken.send_replace(Some(Broken { part: self.part }));
            return None;
        }
        let doublings = u32::try_from(self.deaths.len() - 1).unwrap_or_default();
        let backoff = FIRST_PAUSE * 2_u32.pow(doublings);
        shared.workers.turn(part, Turn::Backoff { how: how.into(), backoff });
        Some(backoff)
    }

    /// It begins, for the first time or again.
    pub(crate) fn starts(&self) {
        self.shared.workers.turn(self.part, Turn::Starting);
    }

    /// It runs.
    pub(crate) fn lives(&self) {
        self.shared.workers.turn(self.part, Turn::Ready);
        self.shared.readiness.part_is_up(self.part);
    }

    /// It has ended as it was told to.
    pub(crate) fn ended(&self) {
        self.shared.workers.turn(self.part, Turn::Stopped);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use crate::readiness::NotReady;

    /// A part that dies so often, and then runs on.
    fn mortal(parts: &mut Parts, deaths: usize) -> Arc<AtomicUsize> {
        let starts = Arc::new(AtomicUsize::new(0));
        let started = Arc::clone(&starts);
        parts.keep("a part", move || {
            let life = started.fetch_add(1, Relaxed);
            async move {
                match life {
                    // Both ways to die, in turn.
                    n if n < deaths && n % 2 == 0 => panic!("what a sender wrote"),
                    n if n < deaths => End::Unasked,
                    _ => std::future::pending().await,
                }
            }
        });
        starts
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_dies_is_named_and_started_again() {
        let mut parts = Parts::new(Arc::default());
        let mut states = parts.readiness().follow();
        let started = Instant::now();
        let starts = mortal(&mut parts, 3);
        let down = states.wait_for(|state| state.why_not().is_some()).await;
        assert_eq!(down.unwrap().why_not(), Some(NotReady::PartDown("a part")));
        assert_eq!((started.elapsed(), starts.load(Relaxed)), (Duration::ZERO, 1));
        // The pauses: 0.1, 0.2 and 0.4 seconds.
        tokio::time::sleep(7 * FIRST_PAUSE + Duration::from_millis(1)).await;
        assert_eq!(parts.readiness().why_not(), None);
        tokio::time::sleep(2 * WITHIN).await;
        assert_eq!(starts.load(Relaxed), 4);
        assert!(parts.shared.broken.borrow().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_keeps_dying_is_given_up() {
        let mut parts = Parts::new(Arc::default());
        let starts = mortal(&mut parts, usize::MAX);
        let broken = parts.broken().await;
        assert_eq!(broken, Broken { part: "a part" });
        assert_eq!(broken.to_string(), "a part has died 5 times within 60 seconds");
        assert_eq!(starts.load(Relaxed), MOST_DEATHS);
        assert_eq!(parts.readiness().why_not(), Some(NotReady::PartDown("a part")));
    }

    #[tokio::test(start_paused = true)]
    async fn deaths_of_long_ago_do_not_count() {
        let parts = Parts::new(Arc::default());
        let mut life = parts.life("a part");
        for _ in 0..3 * MOST_DEATHS {
            assert_eq!(life.died("ended"), Some(FIRST_PAUSE));
            tokio::time::sleep(WITHIN).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_was_told_to_end_has_ended() {
        let mut parts = Parts::new(Arc::default());
        parts.keep("a part", || async { End::Asked }).wait().await;
        assert_eq!(parts.readiness().why_not(), None);
        parts.keep("a part", || async { panic!("what a sender wrote") }).wait().await;
        assert_eq!(parts.readiness().why_not(), Some(NotReady::PartDown("a part")));
    }
}
