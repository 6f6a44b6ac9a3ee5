//! The lives of the receiver's parts: each change is a line of the log, and `/statusz` has them all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use ticketlens_log::WorkerState;
use ticketlens_ticket::Timestamp;

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
    /// How it died last: it ended, or panicked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) died: Option<&'static str>,
}

/// What a part has come to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    Starting,
    Ready,
    /// It died, and starts again after so long.
    Backoff {
        how: &'static str,
        backoff_ms: u64,
    },
    Draining,
    /// It ended as it was told to.
    Stopped,
    /// It died so often that it is given up.
    GivenUp {
        how: &'static str,
    },
}

impl Turn {
    const fn state(self) -> WorkerState {
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
        let Some(Worker { restart_count: restarts, .. }) = self.changed(name, turn) else { return };
        let state = turn.state().as_str();
        match turn {
            Turn::Starting => tracing::debug!(
                name: "worker.starting", part = name, worker_state = state,
                restart_count = restarts, "a part starts"
            ),
            Turn::Ready => tracing::info!(
                name: "worker.ready", part = name, worker_state = state, restart_count = restarts,
                "a part works"
            ),
            Turn::Backoff { how, backoff_ms } => tracing::error!(
                name: "worker.backoff", part = name, worker_state = state,
                restart_count = restarts, backoff_ms, how, error_code = "part_died",
                retryable = true, "a part of the receiver died; it is started again"
            ),
            Turn::Draining => tracing::debug!(
                name: "worker.draining", part = name, worker_state = state,
                restart_count = restarts, "a part finishes what is under way"
            ),
            Turn::Stopped => tracing::info!(
                name: "worker.stopped", part = name, worker_state = state,
                restart_count = restarts, "a part has ended"
            ),
            Turn::GivenUp { how } => tracing::error!(
                name: "worker.stopped", part = name, worker_state = state,
                restart_count = restarts, how, error_code = "part_given_up", retryable = false,
                "a part of the receiver keeps dying; the receiver ends"
            ),
        }
    }

    /// Those that live are told to end.
    pub(crate) fn draining(&self) {
        self.all_in(
            |state| matches!(state, WorkerState::Ready | WorkerState::Starting),
            Turn::Draining,
        );
    }

    /// Nothing of them runs any more.
    pub(crate) fn stopped(&self) {
        self.all_in(|state| state != WorkerState::Stopped, Turn::Stopped);
    }

    /// What is known of each, in the order they began.
    pub(crate) fn list(&self) -> Vec<Worker> {
        self.lock().clone()
    }

    fn all_in(&self, which: impl Fn(WorkerState) -> bool, turn: Turn) {
        for worker in self.list().into_iter().filter(|worker| which(worker.worker_state)) {
            self.turn(worker.name, turn);
        }
    }

    fn changed(&self, name: &'static str, turn: Turn) -> Option<Worker> {
        let mut workers = self.lock();
        let Some(worker) = workers.iter_mut().find(|worker| worker.name == name) else {
            let worker = Worker::new(name, turn.state());
            workers.push(worker.clone());
            return Some(worker);
        };
        if worker.worker_state == turn.state() {
            return None;
        }
        if worker.worker_state == WorkerState::Backoff && matches!(turn, Turn::Starting) {
            worker.restart_count += 1;
        }
        worker.worker_state = turn.state();
        worker.since_unix_ms = now_ms();
        (worker.backoff_ms, worker.died) = match turn {
            Turn::Backoff { how, backoff_ms } => (Some(backoff_ms), Some(how)),
            Turn::GivenUp { how } => (None, Some(how)),
            _ => (None, worker.died),
        };
        Some(worker.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    fn new(name: &'static str, worker_state: WorkerState) -> Self {
        let since_unix_ms = now_ms();
        Self { name, worker_state, since_unix_ms, restart_count: 0, backoff_ms: None, died: None }
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
            (worker.worker_state, worker.restart_count, worker.backoff_ms, worker.died)
        };
        for turn in [Turn::Starting, Turn::Ready] {
            workers.turn("ledger", turn);
        }
        assert_eq!(told(), (WorkerState::Ready, 0, None, None));
        workers.turn("ledger", Turn::Backoff { how: "panicked", backoff_ms: 100 });
        assert_eq!(told(), (WorkerState::Backoff, 0, Some(100), Some("panicked")));
        workers.turn("ledger", Turn::Starting);
        workers.turn("ledger", Turn::Ready);
        assert_eq!(told(), (WorkerState::Ready, 1, None, Some("panicked")));
        workers.draining();
        assert_eq!(told().0, WorkerState::Draining);
        workers.stopped();
        assert_eq!(told(), (WorkerState::Stopped, 1, None, Some("panicked")));
    }
}
