//! What is said of a request that was taken: an `ExportLogsServiceResponse`.

use serde_json::json;
use ticketlens_ticket::{ExportResponse, limits};

/// Bytes of a message to a sender; the rest is cut off.
pub(super) const MESSAGE_BYTES: usize = 1024;

/// What came of a request that was taken: every good record is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Records that were not stored and never will be.
    pub rejected: u64,
    /// Why, and what to do; or a warning where nothing was rejected; or empty.
    pub message: String,
}

impl Accepted {
    /// Cuts `message` to what a sender's log can bear.
    pub fn new(rejected: u64, message: &str) -> Self {
        Self { rejected, message: limits::cut(message, MESSAGE_BYTES).into() }
    }

    fn is_plain(&self) -> bool {
        self.rejected == 0 && self.message.is_empty()
    }
}

/// An `ExportLogsServiceResponse` in protobuf.
pub(crate) fn accepted_protobuf(accepted: &Accepted) -> Vec<u8> {
    let Accepted { rejected, message } = accepted.clone();
    ExportResponse { rejected, message }.encode()
}

/// An `ExportLogsServiceResponse` in JSON: 64-bit integers are strings.
pub(crate) fn accepted_json(accepted: &Accepted) -> Vec<u8> {
    if accepted.is_plain() {
        return b"{}".to_vec();
    }
    let partial = json!({
        "rejectedLogRecords": accepted.rejected.to_string(),
        "errorMessage": accepted.message,
    });
    json!({ "partialSuccess": partial }).to_string().into_bytes()
}
