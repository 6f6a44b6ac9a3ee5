//! What went wrong, as RFC 9457 has it.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use utoipa::ToSchema;

use crate::{
    reply::{Refusal, Refused, word},
    request_id::RequestId,
};

/// Problem details (RFC 9457). There is no `type`: the status says all there is to the kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Problem")]
pub(crate) struct Problem {
    /// The kind of problem, for people.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, to what, and what to do next.
    detail: String,
    /// The kind of problem, for programs: the gRPC code, e.g. `NOT_FOUND`.
    code: &'static str,
    /// When the same request may succeed; absent where coming again is of no use.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    /// The request, as the header `x-request-id` names it. Not where a key may not see or is not
    /// right (401, 403, 404): such answers are the same to the byte, whatever is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    request_id: Option<Box<str>>,
    /// Why, for the line of the request.
    #[serde(skip)]
    refused: Option<Refused>,
}

/// Names of the messages' fields that have other names here.
const NAMES: [(&str, &str); 7] = [
    ("page_token", "cursor"),
    ("page_size", "limit"),
    ("query", "q"),
    ("execution_id", "execution"),
    ("min_duration", "min_duration_seconds"),
    ("max_duration", "max_duration_seconds"),
    ("every", "every_seconds"),
];

impl Problem {
    /// A parameter that can't be.
    pub(super) fn of_parameter(detail: impl Into<String>) -> Self {
        Status::invalid_argument(detail).into()
    }

    /// A problem that no gRPC code has the status of.
    pub(crate) fn of(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            retry_after_seconds: None,
            request_id: None,
            refused: None,
        }
    }

    /// The same problem in other words.
    pub(crate) fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }
}

impl From<Status> for Problem {
    fn from(said: Status) -> Self {
        let (status, code) = kind(said.code());
        let retry = said.get_details_retry_info().and_then(|info| info.retry_delay);
        Self {
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: named_here(said.message()),
            code,
            retry_after_seconds: retry.map(|delay| delay.as_secs().max(1)),
            request_id: None,
            refused: Some(Refused { code: word(said.code()), retryable: retry.is_some() }),
        }
    }
}

impl From<Refusal> for Problem {
    /// With the status that the table of refusals has, where it is finer than the code's.
    fn from(refusal: Refusal) -> Self {
        let (status, refused) = (refusal.http_status(), Some(refusal.told()));
        let problem = Self::from(Status::from(refusal));
        let title = status.canonical_reason().unwrap_or_default();
        Self { title, status: status.as_u16(), refused, ..problem }
    }
}

fn named_here(message: &str) -> String {
    for (theirs, ours) in NAMES {
        if let Some(what) = message.strip_prefix(theirs).and_then(|rest| rest.strip_prefix(": ")) {
            return format!("{ours}: {what}");
        }
    }
    message.to_owned()
}

/// The HTTP status of a gRPC code, and its name, both as `google.rpc.Code` has them.
const fn kind(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::InvalidArgument => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
        Code::FailedPrecondition => (StatusCode::BAD_REQUEST, "FAILED_PRECONDITION"),
        Code::OutOfRange => (StatusCode::BAD_REQUEST, "OUT_OF_RANGE"),
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        Code::PermissionDenied => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        Code::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Code::AlreadyExists => (StatusCode::CONFLICT, "ALREADY_EXISTS"),
        Code::Aborted => (StatusCode::CONFLICT, "ABORTED"),
        Code::ResourceExhausted => (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
        Code::Unimplemented => (StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED"),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        Code::DeadlineExceeded => (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if !matches!(self.status, 401 | 403 | 404) {
            self.request_id = RequestId::current().map(|id| id.as_str().into());
        }
        let json = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, json).into_response();
        if let Some(refused) = self.refused {
            response.extensions_mut().insert(refused);
        }
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, media_type);
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"ticketlens\"");
            headers.insert(WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// The path is right and the method is not. The router adds `Allow`.
pub(super) async fn wrong_method() -> Response {
    let detail = "this path takes other methods, which the header `allow` names; see /docs";
    Problem::of(StatusCode::METHOD_NOT_ALLOWED, "UNIMPLEMENTED", detail).into_response()
}

/// What is asked for is nowhere here.
pub(super) async fn no_such_path() -> Response {
    let detail = "there is no such path; /docs shows those there are, without a slash at their end";
    Problem::of(StatusCode::NOT_FOUND, "NOT_FOUND", detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_come_again_says_when() {
        let problem = Problem::from(Status::from(Refusal::StoreUnavailable));
        assert_eq!((problem.status, problem.retry_after_seconds), (503, Some(5)));
        let response = problem.into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        let problem = Problem::from(Status::from(Refusal::NoKey));
        assert_eq!((problem.status, problem.retry_after_seconds), (401, None));
        assert!(problem.into_response().headers().contains_key(WWW_AUTHENTICATE));
    }

    #[test]
    fn a_parameter_has_the_name_it_was_sent_under() {
        let told = |text: &str| Problem::from(Status::invalid_argument(text)).detail;
        assert_eq!(told("page_token: is cut off"), "cursor: is cut off");
        assert_eq!(told("every: needs `since`"), "every_seconds: needs `since`");
        assert_eq!(told("everything: is lost"), "everything: is lost");
    }
}
