//! What may be set of the commit.

use std::time::Duration;

/// When a batch leaves and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitConfig {
    /// How long the first rows of a batch wait for others.
    pub window: Duration,
    /// Inserts in flight.
    pub inserters: usize,
    /// A batch has at most this many bytes (one request's rows are never split).
    pub max_bytes: usize,
    /// A batch has at most this many rows.
    pub max_rows: u64,
    /// From a request's arrival to its answer.
    pub deadline: Duration,
}

impl Default for CommitConfig {
    fn default() -> Self {
        Self {
            window: Duration::from_millis(10),
            inserters: 2,
            max_bytes: 32 << 20,
            max_rows: 100_000,
            deadline: Duration::from_secs(10),
        }
    }
}
