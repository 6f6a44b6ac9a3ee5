//! Bytes of the hand-off's budget that something holds.

use std::{fmt, sync::Arc};

use super::budget::Budget;

/// Bytes that were reserved when a ticket was handed over, on their way with what becomes of it.
/// Given back when dropped: whatever panics, the room is there again.
pub(crate) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Held {
    /// Takes over bytes that are reserved.
    pub(super) fn new(budget: &Arc<Budget>, bytes: usize) -> Self {
        Self { budget: Arc::clone(budget), bytes }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A ticket's raw form was freed and its encoded form kept: other bytes are held now.
    pub(crate) fn exchange(&mut self, bytes: usize) {
        self.budget.exchange(self.bytes, bytes);
        self.bytes = bytes;
    }

    /// Holds another's bytes too.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// Leaves half of the bytes to another.
    pub(crate) fn halve(&mut self) -> Self {
        let half = self.bytes / 2;
        self.bytes -= half;
        Self::new(&self.budget, half)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
