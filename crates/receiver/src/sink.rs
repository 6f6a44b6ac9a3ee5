//! Where rows are committed: what the commit asks of a database, and the store as one.

use bytes::Bytes;
use ticketlens_store::{Fault, Store, rows::Table};
use uuid::Uuid;

/// Where rows are committed.
pub trait Sink: Send + Sync + 'static {
    /// Inserts the chunks, in this order, as one block of rows of the table. Rows under a token that was
    /// committed before may be dropped, and are read once in any case.
    fn insert(
        &self,
        table: Table,
        chunks: &[Bytes],
        token: Uuid,
    ) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Whether the sink answers.
    fn ping(&self) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// Why rows were not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The same rows may be taken later: no connection, a time-out, too much to do.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// No rows will be taken until a person has changed something: a password, a grant, a table.
    #[error("the database is not set up to take rows: {0}")]
    Unfit(String),
    /// These rows will not be taken, others may.
    #[error("the database refuses the rows: {0}")]
    Refused(String),
}

impl Sink for Store {
    async fn insert(&self, table: Table, chunks: &[Bytes], token: Uuid) -> Result<(), SinkError> {
        Self::insert(self, table, chunks, token).await.map_err(|error| classify(error.fault()))
    }

    async fn ping(&self) -> Result<(), SinkError> {
        Self::ping(self).await.map_err(|fault| classify(&fault))
    }
}

/// A fault's text holds a code and its name, never SQL or data.
fn classify(fault: &Fault) -> SinkError {
    // A full disk answers every ping: only an insert shows that there is room again.
    if fault.is_retryable() && !fault.is_full() {
        SinkError::Unavailable(fault.to_string())
    } else if fault.blames_the_data() {
        SinkError::Refused(fault.to_string())
    } else {
        SinkError::Unfit(fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_over_when_an_insert_works_and_not_when_a_ping_is_answered() {
        let refused = |code| Fault::Refused { code, name: "NAME".to_owned() };
        assert!(matches!(classify(&refused(243)), SinkError::Unfit(_)));
        assert!(matches!(classify(&refused(252)), SinkError::Unavailable(_)));
        assert!(matches!(classify(&refused(27)), SinkError::Refused(_)));
    }
}
