//! What an answer means for the batch it answers, and how long to wait before the next try.
//!
//! Rules: OTLP specification, "Failures" (gRPC and HTTP), as tables.

use std::{error::Error, time::Duration};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use ticketlens_ticket::ExportResponse;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// An answer, by what is to be done about it. Texts are the receiver's own, or the transport's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Taken. `rejected` of its records are not, and must not be sent again.
    Taken { rejected: u64, message: String },
    /// Not now; not before `after`.
    Later { after: Option<Duration>, why: String },
    /// Too many bytes at once.
    TooLarge { why: String },
    /// Never.
    Refused { why: String },
}

impl From<ExportResponse> for Answer {
    fn from(ExportResponse { rejected, message }: ExportResponse) -> Self {
        Self::Taken { rejected, message }
    }
}

/// gRPC codes after which the same request may be sent again.
const RETRYABLE: [Code; 6] = [
    Code::Cancelled,
    Code::DeadlineExceeded,
    Code::Aborted,
    Code::OutOfRange,
    Code::Unavailable,
    Code::DataLoss,
];

/// HTTP statuses after which the same request may be sent again.
const RETRYABLE_HTTP: [StatusCode; 4] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

impl Answer {
    /// What a failed call means.
    pub(crate) fn from_grpc(status: &Status) -> Self {
        let id = status.metadata().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let why = of_request(format!("{:?}: {}", status.code(), status.message()), id);
        // A status with a source was made here: the receiver was not reached, or the connection
        // broke before its answer. Whether the request was stored is unknown; a resend is safe.
        if let Some(source) = status.source() {
            return Self::Later { after: None, why: root_cause(source) };
        }
        let retry_info = status.get_details_retry_info();
        let after = retry_info.as_ref().and_then(|info| info.retry_delay);
        match status.code() {
            code if retry_info.is_none() && names_a_size(code, status.message()) => {
                Self::TooLarge { why }
            }
            // Only with RetryInfo does it mean "later" and not "over your quota".
            Code::ResourceExhausted if retry_info.is_some() => Self::Later { after, why },
            code if RETRYABLE.contains(&code) => Self::Later { after, why },
            _ => Self::Refused { why },
        }
    }

    /// What an HTTP status other than 200 means. `message` is the body's `google.rpc.Status`, if
    /// it has one.
    pub(crate) fn from_http(status: StatusCode, headers: &HeaderMap, message: &str) -> Self {
        let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let why = of_request(format!("HTTP {status}: {message}"), id);
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge { why },
            status if RETRYABLE_HTTP.contains(&status) => {
                Self::Later { after: retry_after(headers), why }
            }
            StatusCode::BAD_REQUEST if names_a_size(Code::InvalidArgument, message) => {
                Self::TooLarge { why }
            }
            _ => Self::Refused { why },
        }
    }

    /// No answer: the connection was refused or broke, or the time was up.
    pub(crate) fn unreached(error: &(dyn Error + 'static)) -> Self {
        Self::Later { after: None, why: root_cause(error) }
    }
}

/// Where an answer names its request, as the receiver's log and its rows do.
const REQUEST_ID: &str = "x-request-id";

/// What happened, with the request it happened to where the answer names it.
fn of_request(why: String, id: Option<&str>) -> String {
    let is_id = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    match id.filter(is_id) {
        Some(id) => format!("{why} (request {id})"),
        None => why,
    }
}

/// Servers name a message that is over their limit by different codes, and all in words: gRPC's
/// C and Go implementations and our receiver RESOURCE_EXHAUSTED, tonic OUT_OF_RANGE, some
/// INVALID_ARGUMENT.
fn names_a_size(code: Code, message: &str) -> bool {
    let by_size = [Code::OutOfRange, Code::ResourceExhausted, Code::InvalidArgument];
    let message = message.to_ascii_lowercase();
    by_size.contains(&code)
        && ["too large", "larger than", "exceeds the limit", "exceeds the maximum"]
            .iter()
            .any(|words| message.contains(words))
}

/// The innermost cause says most: "connection refused" and not "client error (Connect)".
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). Its other form, a date, is read as "later": the
/// backoff's own time holds then.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Waits that double, with jitter, so that the clients of a receiver that comes back do not all
/// come back at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(30);

    pub(crate) const fn new() -> Self {
        Self { next: Self::FIRST }
    }

    /// How long to wait now; never less than the receiver asked for.
    pub(crate) fn wait(&mut self, asked: Option<Duration>) -> Duration {
        let base = self.next;
        self.next = (base * 2).min(Self::LONGEST);
        let wait = base.mul_f64(jitter());
        // A receiver may ask for ages; that is no reason to overflow.
        asked.map_or(wait, |asked| asked.saturating_add(wait.mul_f64(0.1)))
    }
}

/// Between a half and one and a half.
fn jitter() -> f64 {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    0.5 + f64::from(random) / f64::from(u32::MAX)
}

#[cfg(test)]
#[path = "retry/tests.rs"]
mod tests;
