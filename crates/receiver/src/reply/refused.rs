//! Why a request was not done, in words that stay: for the line of its request.

use std::cell::Cell;

use tonic::Code;

tokio::task_local! {
    /// What the request under way was refused with last. A gRPC status has no place for it.
    static LAST: Cell<Option<Refused>>;
}

/// Why a request was not done. With the answer, as an extension of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    pub(crate) retryable: bool,
}

impl Refused {
    /// Remembered for the line of the request under way, where there is one.
    pub(crate) fn remember(self) {
        let _ = LAST.try_with(|last| last.set(Some(self)));
    }

    /// Answers a request; also what it was refused with last, if it was.
    pub(crate) async fn of<T>(answering: impl Future<Output = T>) -> (T, Option<Self>) {
        LAST.scope(Cell::new(None), async { (answering.await, LAST.with(Cell::get)) }).await
    }
}

/// A gRPC code in a word.
pub(crate) const fn word(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Unavailable => "unavailable",
        Code::Unauthenticated => "unauthenticated",
        Code::Internal | Code::Unknown | Code::DataLoss => "internal",
    }
}
