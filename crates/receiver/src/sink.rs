//! The store as the commit loop sees it.

use bytes::Bytes;
use ticketlens_store::{Fault, Store};
use uuid::Uuid;

use crate::commit::{Sink, SinkError};

impl Sink for Store {
    async fn insert(&self, chunks: &[Bytes], token: Uuid) -> Result<(), SinkError> {
        Self::insert(self, chunks, token).await.map_err(|error| classify(error.fault()))
    }

    async fn ping(&self) -> Result<(), SinkError> {
        Self::ping(self).await.map_err(|fault| classify(&fault))
    }
}

/// A fault's text holds a code and its name, never SQL or data.
fn classify(fault: &Fault) -> SinkError {
    if fault.is_retryable() {
        SinkError::Unavailable(fault.to_string())
    } else if fault.blames_the_data() {
        SinkError::Refused(fault.to_string())
    } else {
        SinkError::Unfit(fault.to_string())
    }
}
