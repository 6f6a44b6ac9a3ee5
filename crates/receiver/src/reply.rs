//! What a sender is told. One table maps every outcome to its gRPC and HTTP answer.
//!
//! The table decides who loses data: OTLP senders drop for good what is answered with a final
//! code, and send again what is answered with a retryable one. So everything that is our fault
//! is retryable **and says when** (`RetryInfo`, `Retry-After`), RESOURCE_EXHAUSTED above all,
//! which senders treat as final without it; everything that would fail the same way for ever is
//! final. OUT_OF_RANGE is never used: it is retryable in OTLP's table.

mod accepted;
mod limits;
mod refused;
pub(crate) mod web;

use std::{fmt, time::Duration};

use http::StatusCode;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::request_id::RequestId;
pub use accepted::Accepted;
pub(crate) use accepted::{accepted_json, accepted_protobuf};
pub(crate) use limits::ROWS;
pub use limits::{Limit, TooLarge};
pub(crate) use refused::{Refused, word};

/// Why a request as a whole was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No key in the request.
    NoKey,
    /// Neither header holds text of the form of a key.
    MalformedKey,
    /// Unknown id or wrong secret: told apart from nothing else, so that nobody learns which.
    WrongKey,
    /// The key was right once.
    RevokedKey,
    /// The key was right until its end.
    ExpiredKey,
    /// The key's tenant was removed.
    TenantRemoved,
    /// The key is right and may not do this.
    WrongScope {
        /// The scope that may.
        needed: &'static str,
        /// The scope it has.
        has: &'static str,
    },
    /// It, or what becomes of it, is larger than it may be, whenever it is sent.
    TooLarge(TooLarge),
    /// Not what its content type says.
    Malformed {
        /// What was expected: `an ExportLogsServiceRequest in protobuf`.
        expected: &'static str,
    },
    /// No JSON object, however leniently it is read.
    BrokenJson {
        /// The line, from 1.
        line: usize,
        /// The byte in that line, from 1.
        byte: usize,
        /// What was expected there: `a comma or ]`.
        expected: &'static str,
    },
    /// Compressed in a way not read here.
    UnknownEncoding,
    /// HTTP without a content type read here.
    UnknownMediaType,
    /// The body did not arrive in time.
    TooSlow,
    /// The body broke off.
    BrokenOff,
    /// More bytes in flight than the budget.
    Overloaded,
    /// The tenant has sent as much as it may for now.
    OverLimit {
        /// Which of its limits.
        limit: Limit,
        /// When it may go on, in whole seconds.
        after: Duration,
    },
    /// So many queries run that this one did not have its turn.
    TooManyQueries,
    /// Keys can't be looked up at the moment.
    KeysUnavailable,
    /// ClickHouse does not answer, or did not within the commit's deadline.
    StoreUnavailable,
    /// ClickHouse answers and does not take the rows.
    StoreRefused,
    /// The receiver is going down.
    ShuttingDown,
    /// The receiver is in maintenance.
    Maintenance,
    /// A bug here.
    Internal,
}

/// One line of the table.
struct Answer {
    grpc: Code,
    http: StatusCode,
    retry: Option<Duration>,
}

const fn last(grpc: Code, http: StatusCode) -> Answer {
    Answer { grpc, http, retry: None }
}

const fn again(grpc: Code, http: StatusCode, after_seconds: u64) -> Answer {
    Answer { grpc, http, retry: Some(Duration::from_secs(after_seconds)) }
}

impl Refusal {
    const fn answer(&self) -> Answer {
        match self {
            Self::NoKey
            | Self::MalformedKey
            | Self::WrongKey
            | Self::RevokedKey
            | Self::ExpiredKey
            | Self::TenantRemoved => last(Code::Unauthenticated, StatusCode::UNAUTHORIZED),
            Self::WrongScope { .. } => last(Code::PermissionDenied, StatusCode::FORBIDDEN),
            // Without RetryInfo it is final, and the code that OTLP has for it since 1.11.
            Self::TooLarge(_) => last(Code::ResourceExhausted, StatusCode::PAYLOAD_TOO_LARGE),
            Self::Malformed { .. } | Self::BrokenJson { .. } => {
                last(Code::InvalidArgument, StatusCode::BAD_REQUEST)
            }
            Self::UnknownEncoding => last(Code::Unimplemented, StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::UnknownMediaType => {
                last(Code::InvalidArgument, StatusCode::UNSUPPORTED_MEDIA_TYPE)
            }
            // 408 is final in OTLP's table, and a slow network is nobody's bad data.
            Self::TooSlow | Self::BrokenOff => {
                again(Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE, 1)
            }
            Self::Overloaded | Self::TooManyQueries => {
                again(Code::ResourceExhausted, StatusCode::TOO_MANY_REQUESTS, 1)
            }
            Self::OverLimit { after, .. } => {
                again(Code::ResourceExhausted, StatusCode::TOO_MANY_REQUESTS, after.as_secs())
            }
            Self::KeysUnavailable | Self::StoreUnavailable => {
                again(Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE, 5)
            }
            Self::Maintenance => again(Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE, 30),
            // The schema or the rows we made are wrong: our fault. INTERNAL would be final, and
            // a sender with a queue would drop good tickets for it.
            Self::StoreRefused => again(Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE, 30),
            Self::ShuttingDown => again(Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE, 1),
            // Final, for once: the same request would meet the same bug for ever.
            Self::Internal => last(Code::Internal, StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// What it is, in a word that stays: for programs, and the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::MalformedKey => "malformed_key",
            Self::WrongKey => "wrong_key",
            Self::RevokedKey => "revoked_key",
            Self::ExpiredKey => "expired_key",
            Self::TenantRemoved => "tenant_removed",
            Self::WrongScope { .. } => "wrong_scope",
            Self::TooLarge(_) => "too_large",
            Self::Malformed { .. } => "malformed",
            Self::BrokenJson { .. } => "broken_json",
            Self::UnknownEncoding => "unknown_encoding",
            Self::UnknownMediaType => "unknown_media_type",
            Self::TooSlow => "too_slow",
            Self::BrokenOff => "broken_off",
            Self::Overloaded => "overloaded",
            Self::OverLimit { .. } => "over_limit",
            Self::TooManyQueries => "too_many_queries",
            Self::KeysUnavailable => "keys_unavailable",
            Self::StoreUnavailable => "store_unavailable",
            Self::StoreRefused => "store_refused",
            Self::ShuttingDown => "shutting_down",
            Self::Maintenance => "maintenance",
            Self::Internal => "internal",
        }
    }

    /// The same for the line of its request.
    pub(crate) const fn told(&self) -> Refused {
        Refused { code: self.name(), retryable: self.is_retryable() }
    }

    /// The gRPC code.
    pub const fn code(&self) -> Code {
        self.answer().grpc
    }

    /// The HTTP status.
    pub const fn http_status(&self) -> StatusCode {
        self.answer().http
    }

    /// When to come again; absent where coming again is of no use.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.answer().retry
    }

    /// Whether the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        self.retry_after().is_some()
    }

    /// Whether it was refused over its key: only a little more of its body is read then.
    pub(crate) const fn is_about_the_key(&self) -> bool {
        matches!(self.code(), Code::Unauthenticated | Code::PermissionDenied)
            || matches!(self, Self::KeysUnavailable)
    }
}

impl fmt::Display for Refusal {
    /// What happened and what to do about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoKey => {
                "no key was found; send it as `authorization: Bearer <key>` or `x-api-key: <key>`"
            }
            Self::MalformedKey => {
                "the key is mistyped or cut off; it looks like tl_<tenant>_<id>_<secret>"
            }
            Self::WrongKey => "the key is wrong; check it, or ask the provider for a new one",
            Self::RevokedKey => "the key was revoked; ask the provider for a new one",
            Self::ExpiredKey => "the key has expired; ask the provider for a new one",
            Self::TenantRemoved => "the key's tenant was removed; ask the provider",
            Self::WrongScope { needed, has } => {
                return write!(f, "this needs a key of scope {needed}; the key has scope {has}");
            }
            Self::TooLarge(what) => return what.fmt(f),
            Self::Malformed { expected } => {
                return write!(f, "the body is not {expected}; check the exporter's protocol");
            }
            Self::BrokenJson { line, byte, expected } => {
                return write!(
                    f,
                    "the body is not an ExportLogsServiceRequest in JSON: expected {expected} at \
                     line {line}, byte {byte}; check the exporter's protocol"
                );
            }
            Self::UnknownEncoding => {
                "the body's compression is not read here; use gzip, zstd or deflate"
            }
            Self::UnknownMediaType => {
                "set the header content-type to application/x-protobuf or application/json"
            }
            Self::TooSlow => "the body did not arrive in time; send it again",
            Self::BrokenOff => "the body broke off; send it again",
            Self::Overloaded => "too many bytes in flight; send again after the time given",
            Self::TooManyQueries => {
                "too many queries run at once; ask again after the time given, and fewer at a time"
            }
            Self::OverLimit { limit, .. } => {
                return write!(
                    f,
                    "the tenant has sent as many {limit} as it may; send again after the time \
                     given, or ask the provider for more"
                );
            }
            Self::KeysUnavailable => {
                "the key cannot be checked at the moment; send again after the time given"
            }
            Self::StoreUnavailable => {
                "the database is not available; nothing is acknowledged, send again after the \
                 time given"
            }
            Self::StoreRefused => {
                "the database does not take the rows; the provider must look at the receiver's \
                 log; send again after the time given"
            }
            Self::ShuttingDown => "the receiver is going down; send again after the time given",
            Self::Maintenance => "the receiver is in maintenance; come again after the time given",
            Self::Internal => "internal error; the provider must look at the receiver's log",
        };
        f.write_str(text)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// What a program can read of it: when to come again, or that the data is bad.
    fn details(&self) -> Option<ErrorDetails> {
        match self {
            Self::Malformed { expected } => {
                let described = format!("this is not {expected}");
                Some(ErrorDetails::with_bad_request_violation("", described))
            }
            Self::BrokenJson { line, byte, expected } => {
                let described = format!("expected {expected} at line {line}, byte {byte}");
                Some(ErrorDetails::with_bad_request_violation("", described))
            }
            _ => self.retry_after().map(|delay| ErrorDetails::with_retry_info(Some(delay))),
        }
    }

    /// The same, with the request that it is about.
    fn details_of(&self, request: Option<RequestId>) -> Option<ErrorDetails> {
        let Some(id) = request else { return self.details() };
        let mut details = self.details().unwrap_or_default();
        details.set_request_info(id.as_str(), "");
        Some(details)
    }
}

impl From<&Refusal> for Status {
    fn from(refusal: &Refusal) -> Self {
        refusal.told().remember();
        let message = refusal.to_string();
        match refusal.details_of(RequestId::current()) {
            None => Self::new(refusal.code(), message),
            Some(details) => Self::with_error_details(refusal.code(), message, details),
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        (&refusal).into()
    }
}

#[cfg(test)]
mod tests;
