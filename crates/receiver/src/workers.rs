//! The lives of the receiver's parts: each change is a line of the log, and `/statusz` has them all.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;
use ticketlens_log::WorkerState;
use ticketlens_ticket::Timestamp;

use crate::readiness::Readiness;

/// What is known of every part. Cheap to clone; clones share it. Bounded by the number of parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workers(Arc<Mutex<Vec<Worker>>>);

/// One part, and where it is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Worker {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where it is.
    pub(crate) worker_state: WorkerState,
    /// Since when, in milliseconds of the Unix epoch.
    pub(crate) since_unix_ms: u64,
    /// How often it was started again.
    pub(crate) restart_count: u64,
    /// How long it waits before its next start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backoff_ms: Option<u64>,
    /// How it died last: it ended, or panicked, or a process its signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) died: Option<Cow<'static, str>>,
    /// It is no part of the receiver, and does not end with it.
    #[serde(skip)]
    is_beside: bool,
    /// It has died, and did not work since.
    #[serde(skip)]
    is_dead: bool,
}

/// What a part has come to.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    Starting,
    Ready,
    /// It died, and starts again after so long.
    Backoff {
        how: Cow<'static, str>,
        backoff: Duration,
    },
    Draining,
    /// It ended as it was told to.
    Stopped,
    /// It died so often that it is given up.
    GivenUp {
        how: Cow<'static, str>,
    },
}

impl Turn {
    const fn state(&self) -> WorkerState {
        match self {
            Self::Starting => WorkerState::Starting,
            Self::Ready => WorkerState::Ready,
            Self::Backoff { .. } => WorkerState::Backoff,
            Self::Draining => WorkerState::Draining,
            Self::Stopped | Self::GivenUp { .. } => WorkerState::Stopped,
        }
    }
}

impl Workers {
    /// A part comes to something else, and the log says it.
    pub(crate) fn turn(&self, name: &'static str, turn: Turn) {
        // A part that is found to do what it did has nothing to tell.
        let Some(Worker { restart_count: restarts, backoff_ms, is_dead, .. }) =
            self.changed(name, &turn)
        else {
            return;
        };
        let state = turn.state().as_str();
        match turn {
            Turn::Starting => tracing::debug!(
                name: "worker.starting", part = name, worker_state = state,
                restart_count = restarts, "{name} starts"
            ),
            // Whoever was told that it died is told that it is back.
            Turn::Ready if is_dead => tracing::warn!(
                name: "worker.ready", part = name, worker_state = state, restart_count = restarts,
                "{name} works again"
            ),
            Turn::Ready => tracing::info!(
                name: "worker.ready", part = name, worker_state = state, restart_count = restarts,
                "{name} works"
            ),
            Turn::Backoff { how, .. } => tracing::error!(
                name: "worker.backoff", part = name, worker_state = state,
                restart_count = restarts, backoff_ms = backoff_ms.unwrap_or_default(),
                how = &*how, error_code = "part_died", retryable = true,
                "{name} died ({how}); it is started again"
            ),
            Turn::Draining => tracing::debug!(
                name: "worker.draining", part = name, worker_state = state,
                restart_count = restarts, "{name} finishes what is under way"
            ),
            Turn::Stopped => tracing::info!(
                name: "worker.stopped", part = name, worker_state = state,
                restart_count = restarts, "{name} has ended"
            ),
            Turn::GivenUp { how } => tracing::error!(
                name: "worker.stopped", part = name, worker_state = state,
                restart_count = restarts, how = &*how, error_code = "part_given_up",
                retryable = false, "{name} keeps dying, last as it {how}; the program ends"
            ),
        }
    }

    /// Those that live are told to end.
    pub(crate) fn draining(&self) {
        self.all_in(
            |state| matches!(state, WorkerState::Ready | WorkerState::Starting),
            &Turn::Draining,
        );
    }

    /// Nothing of them runs any more.
    pub(crate) fn stopped(&self) {
        self.all_in(|state| state != WorkerState::Stopped, &Turn::Stopped);
    }

    /// What is known of each, in the order they began.
    pub(crate) fn list(&self) -> Vec<Worker> {
        self.lock().clone()
    }

    /// All parts of the receiver that are in some states.
    fn all_in(&self, which: impl Fn(WorkerState) -> bool, turn: &Turn) {
        let own = self.list().into_iter().filter(|worker| !worker.is_beside);
        for worker in own.filter(|worker| which(worker.worker_state)) {
            self.turn(worker.name, turn.clone());
        }
    }

    /// As it is now, if that is news.
    fn changed(&self, name: &'static str, turn: &Turn) -> Option<Worker> {
        let mut workers = self.lock();
        let Some(worker) = workers.iter_mut().find(|worker| worker.name == name) else {
            let worker = Worker::new(name, turn.state());
            workers.push(worker.clone());
            return Some(worker);
        };
        if !worker.comes_to(turn) {
            return None;
        }
        let told = worker.clone();
        worker.is_dead &= !matches!(turn, Turn::Ready);
        Some(told)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    fn new(name: &'static str, worker_state: WorkerState) -> Self {
        Self {
            name,
            worker_state,
            since_unix_ms: now_ms(),
            restart_count: 0,
            backoff_ms: None,
            died: None,
            is_beside: false,
            is_dead: false,
        }
    }

    /// Whether that is something else than it did.
    fn comes_to(&mut self, turn: &Turn) -> bool {
        let state = turn.state();
        let is_over = self.worker_state == WorkerState::Stopped;
        if self.worker_state == state || is_over && matches!(turn, Turn::Draining) {
            return false;
        }
        let lives = matches!(state, WorkerState::Starting | WorkerState::Ready);
        if self.worker_state == WorkerState::Backoff && lives {
            self.restart_count += 1;
        }
        self.worker_state = state;
        self.since_unix_ms = now_ms();
        self.backoff_ms = None;
        match turn {
            Turn::Backoff { how, backoff } => {
                let backoff_ms = u64::try_from(backoff.as_millis()).unwrap_or(u64::MAX);
                (self.backoff_ms, self.died) = (Some(backoff_ms), Some(how.clone()));
                self.is_dead = true;
            }
            Turn::GivenUp { how } => self.died = Some(how.clone()),
            _ => {}
        }
        true
    }
}

/// The life of what runs beside the receiver and not in it, such as its database, told as its own parts'
/// lives are: in the log and in `/statusz`, and while it is dead the receiver is not ready.
#[derive(Clone, Debug)]
pub struct Beside {
    name: &'static str,
    workers: Workers,
    readiness: Readiness,
}

impl Beside {
    pub(crate) fn new(name: &'static str, (workers, readiness): (Workers, Readiness)) -> Self {
        workers.turn(name, Turn::Starting);
        if let Some(worker) = workers.lock().iter_mut().find(|worker| worker.name == name) {
            worker.is_beside = true;
        }
        Self { name, workers, readiness }
    }

    /// It begins, for the first time or again.
    pub fn starts(&self) {
        self.workers.turn(self.name, Turn::Starting);
    }

    /// It works.
    pub fn is_ready(&self) {
        self.workers.turn(self.name, Turn::Ready);
        self.readiness.part_is_up(self.name);
    }

    /// It died like this, as often as `deaths` says until now, and is started again after a pause.
    pub fn died(&self, how: String, pause: Duration, deaths: u64) {
        self.readiness.part_is_down(self.name);
        self.missed(deaths.saturating_sub(1));
        self.workers.turn(self.name, Turn::Backoff { how: how.into(), backoff: pause });
    }

    /// It died so often that it is given up.
    pub fn is_given_up(&self, how: String) {
        self.readiness.part_is_down(self.name);
        self.workers.turn(self.name, Turn::GivenUp { how: how.into() });
    }

    /// It is told to end.
    pub fn is_draining(&self) {
        self.workers.turn(self.name, Turn::Draining);
    }

    /// It has ended as it was told to.
    pub fn has_stopped(&self) {
        self.workers.turn(self.name, Turn::Stopped);
    }

    /// Who watches from time to time may have missed that it was started again, and died again.
    fn missed(&self, restarts: u64) {
        let mut workers = self.workers.lock();
        let Some(worker) = workers.iter_mut().find(|worker| worker.name == self.name) else {
            return;
        };
        if worker.restart_count < restarts {
            worker.restart_count = restarts;
            worker.worker_state = WorkerState::Starting;
        }
    }
}

fn now_ms() -> u64 {
    Timestamp::now().as_unix_nanos() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_told_from_its_beginning_to_its_end() {
        let workers = Workers::default();
        let told = || {
            let [worker] = &workers.list()[..] else { panic!("one part") };
            let died = worker.died.clone().map(Cow::into_owned);
            (worker.worker_state, worker.restart_count, worker.backoff_ms, died)
        };
        let panicked = || Some("panicked".to_owned());
        for turn in [Turn::Starting, Turn::Ready] {
            workers.turn("ledger", turn);
        }
        assert_eq!(told(), (WorkerState::Ready, 0, None, None));
        workers.turn(
            "ledger",
            Turn::Backoff { how: "panicked".into(), backoff: Duration::from_millis(100) },
        );
        assert_eq!(told(), (WorkerState::Backoff, 0, Some(100), panicked()));
        workers.turn("ledger", Turn::Starting);
        workers.turn("ledger", Turn::Ready);
        assert_eq!(told(), (WorkerState::Ready, 1, None, panicked()));
        workers.draining();
        assert_eq!(told().0, WorkerState::Draining);
        workers.stopped();
        assert_eq!(told(), (WorkerState::Stopped, 1, None, panicked()));
    }

    #[test]
    fn who_runs_beside_misses_no_death_and_does_not_end_with_the_receiver() {
        let workers = Workers::default();
        let readiness = Readiness::default();
        let engine = Beside::new("engine", (workers.clone(), readiness.clone()));
        let told = || {
            let [worker] = &workers.list()[..] else { panic!("one part") };
            (worker.worker_state, worker.restart_count, worker.backoff_ms)
        };
        engine.is_ready();
        engine.died("signal: 9".to_owned(), Duration::from_millis(100), 1);
        assert_eq!(told(), (WorkerState::Backoff, 0, Some(100)));
        // It was started and died twice more before anybody looked.
        engine.died("signal: 9".to_owned(), Duration::from_millis(400), 3);
        assert_eq!(told(), (WorkerState::Backoff, 2, Some(400)));
        assert!(readiness.why_not().is_some());
        engine.is_ready();
        assert_eq!(readiness.why_not(), None);
        workers.draining();
        workers.stopped();
        assert_eq!(told(), (WorkerState::Ready, 3, None));
        engine.is_draining();
        engine.has_stopped();
        assert_eq!(told(), (WorkerState::Stopped, 3, None));
    }
}
