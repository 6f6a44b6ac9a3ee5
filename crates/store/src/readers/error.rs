//! Why a reader is not as it should be.

use crate::{DatabaseName, Fault};

/// Why a reader could not be made, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// There are no views to repeat.
    #[error("there are no views in the database {0}; run the migrations")]
    NotMigrated(DatabaseName),
    /// A database of the reader's name that holds something else.
    #[error("there is a database {0} that TicketLens did not make")]
    Taken(String),
    /// Views would show every tenant's rows.
    #[error("no row policy holds the user {definer} to its rows in {table}")]
    Unguarded {
        /// The definer.
        definer: String,
        /// The table without a policy.
        table: &'static str,
    },
    /// The server's users are not its own to make.
    #[error("this ClickHouse keeps its users in a file, and makes none by itself")]
    UsersInAFile,
    /// A login is to be made, and there is no password for it.
    #[error("a new login needs a password")]
    NoPassword,
    /// A row policy on a private table that TicketLens did not make.
    #[error("there is a row policy {name} on {table} that TicketLens did not make")]
    ForeignPolicy {
        /// The policy.
        name: String,
        /// The table.
        table: String,
    },
    /// ClickHouse did not do it.
    #[error("{doing} failed")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// Why it was not.
        source: Fault,
    },
}

impl ReaderError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Failed { source, .. } if source.is_retryable())
    }

    /// Whether the login that is used may not do it.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Failed { source: Fault::Refused { code: 497, .. }, .. })
    }
}

pub(super) fn failed(doing: &'static str) -> impl Fn(Fault) -> ReaderError {
    move |source| ReaderError::Failed { doing, source }
}
