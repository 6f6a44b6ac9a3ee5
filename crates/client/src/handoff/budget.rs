//! Bytes that may be held, and how many are.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A number of bytes that many threads share. Relaxed throughout: it orders nothing.
pub(super) struct Budget {
    bound: usize,
    held: AtomicUsize,
}

impl Budget {
    pub(super) fn new(bound: usize) -> Self {
        Self { bound, held: AtomicUsize::new(0) }
    }

    /// Takes so many bytes, if they are there.
    pub(super) fn reserve(&self, bytes: usize) -> bool {
        let more = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= self.bound);
        self.held.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    /// Bytes that were reserved became another number. More are taken even beyond the bound: they
    /// are there already.
    pub(super) fn exchange(&self, before: usize, after: usize) {
        if after > before {
            self.held.fetch_add(after - before, Relaxed);
        } else {
            self.release(before - after);
        }
    }

    /// Gives bytes back.
    pub(super) fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Relaxed);
    }

    /// Bytes held now.
    pub(super) fn held(&self) -> usize {
        self.held.load(Relaxed)
    }
}
