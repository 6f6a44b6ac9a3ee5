//! Why something is no OTLP of spans or logs.

use ticketlens_ticket::wire::Malformed;

/// Why a request was not read. Nothing of it was kept.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpansError {
    /// The bytes are no `ExportTraceServiceRequest`.
    #[error("not an OTLP trace request in protobuf")]
    NotTraces,
    /// The bytes are no `ExportLogsServiceRequest`.
    #[error("not an OTLP logs request in protobuf")]
    NotLogs,
    /// The object has neither `resourceSpans` nor `resourceLogs`.
    #[error("not OTLP/JSON: no resourceSpans and no resourceLogs")]
    NeitherInJson,
}

impl SpansError {
    pub(crate) fn traces(_: Malformed) -> Self {
        Self::NotTraces
    }

    pub(crate) fn logs(_: Malformed) -> Self {
        Self::NotLogs
    }
}
