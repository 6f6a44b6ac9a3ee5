//! One process after another: what a fork leaves behind.
//!
//! A forked child has a copy of its parent's memory and none of its threads. A lens in it would take
//! tickets that nobody sends; a lock that another thread held stays held for ever; and a ticket would
//! be sent twice, by parent and child. So what was made before a fork belongs to the parent: in the
//! child it is neither used nor dropped, only forgotten. The child makes its own.

use std::{
    mem,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use pyo3::pyfunction;

/// Forks between the first process that loaded this module and this one.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// Told in a child, before anything of ours is used in it: by `os.register_at_fork`, or by whoever
/// noticed another's fork (`_process.py`).
#[pyfunction]
pub fn forked() {
    FORKS.fetch_add(1, Relaxed);
}

/// Whether this process came of a fork.
pub fn is_forked() -> bool {
    FORKS.load(Relaxed) > 0
}

/// Something of the process that made it.
pub struct Own<T> {
    forks: u64,
    value: Option<T>,
}

impl<T> Own<T> {
    pub fn new(value: T) -> Self {
        Self { forks: FORKS.load(Relaxed), value: Some(value) }
    }

    /// It, in the process that made it.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.is_ours())
    }

    fn is_ours(&self) -> bool {
        self.forks == FORKS.load(Relaxed)
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            mem::forget(self.value.take());
        }
    }
}
