//! Where the engine stands, for whoever wants to know: asked, waited for, or subscribed to.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::child::Exit;

/// Where the engine stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Coming up, for the first time or because it was asked to restart.
    Starting,
    /// Answers.
    Running {
        /// The child process.
        pid: u32,
    },
    /// Went down by itself; will be started again after a pause.
    Restarting {
        /// How it went down.
        crash: Arc<Exit>,
        /// How long it stays down.
        pause: Duration,
        /// How often it went down so far, this time included: who looks from time to time misses none.
        crashes: u64,
    },
    /// Stopped, as asked.
    Stopped,
    /// Went down too often; it stays down until [`Engine::restart`](crate::Engine::restart).
    Failed {
        /// How it went down last.
        crash: Arc<Exit>,
    },
}

impl State {
    /// Neither up nor about to come up.
    pub fn is_down_for_good(&self) -> bool {
        matches!(self, Self::Stopped | Self::Failed { .. })
    }
}

/// The state as both threads and async tasks can wait for it.
pub(crate) struct StateCell {
    now: Mutex<Version>,
    changed: Condvar,
    subscribers: watch::Sender<State>,
}

/// A state and how many there were before it.
#[derive(Clone)]
struct Version {
    number: u64,
    state: State,
}

impl StateCell {
    pub(crate) fn new() -> Self {
        Self {
            now: Mutex::new(Version { number: 0, state: State::Starting }),
            changed: Condvar::new(),
            subscribers: watch::Sender::new(State::Starting),
        }
    }

    pub(crate) fn set(&self, state: State) {
        self.subscribers.send_replace(state.clone());
        let mut now = self.lock();
        *now = Version { number: now.number + 1, state };
        self.changed.notify_all();
    }

    pub(crate) fn now(&self) -> State {
        self.lock().state.clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<State> {
        self.subscribers.subscribe()
    }

    /// The first state that is `wanted`, or `None` when there was none in time.
    pub(crate) fn wait(&self, limit: Duration, wanted: impl Fn(&State) -> bool) -> Option<State> {
        let deadline = Instant::now() + limit;
        let mut seen = self.lock().clone();
        loop {
            // Unlocked: what is asked here may itself ask for the state.
            if wanted(&seen.state) {
                return Some(seen.state);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            let unchanged = |now: &mut Version| now.number == seen.number;
            let waited = self.changed.wait_timeout_while(self.lock(), left, unchanged);
            let now = waited.unwrap_or_else(PoisonError::into_inner).0.clone();
            seen = now;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Version> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_may_ask_for_the_state_and_sees_the_next_one() {
        let cell = StateCell::new();
        let up = |state: &State| *state == cell.now() && *state == State::Running { pid: 7 };
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| cell.wait(Duration::from_secs(60), up));
            cell.set(State::Running { pid: 7 });
            assert_eq!(waiter.join().unwrap(), Some(State::Running { pid: 7 }));
        });
        assert_eq!(cell.wait(Duration::ZERO, State::is_down_for_good), None);
    }
}
