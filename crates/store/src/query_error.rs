//! Why something could not be read.

use crate::Fault;

/// Why tickets could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tickets cannot be read")]
pub struct QueryError(#[from] Fault);

impl QueryError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable()
    }

    /// What happened.
    pub fn fault(&self) -> &Fault {
        &self.0
    }
}
