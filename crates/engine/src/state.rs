//! Where the engine stands, for whoever wants to know: asked, waited for, or subscribed to.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
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
pub(crate) struct Standing {
    now: Mutex<State>,
    changed: Condvar,
    subscribers: watch::Sender<State>,
}

impl Standing {
    pub(crate) fn new() -> Self {
        Self {
            now: Mutex::new(State::Starting),
            changed: Condvar::new(),
            subscribers: watch::Sender::new(State::Starting),
        }
    }

    pub(crate) fn set(&self, state: State) {
        self.subscribers.send_replace(state.clone());
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.changed.notify_all();
    }

    pub(crate) fn now(&self) -> State {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<State> {
        self.subscribers.subscribe()
    }

    /// The first state that is `wanted`, or `None` when there was none in time.
    pub(crate) fn wait(&self, limit: Duration, wanted: impl Fn(&State) -> bool) -> Option<State> {
        let deadline = Instant::now() + limit;
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if wanted(&now) {
                return Some(now.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            let waited = self.changed.wait_timeout(now, left);
            now = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
