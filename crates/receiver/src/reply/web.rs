//! Answers over HTTP, in the request's own encoding.

use axum::response::Response;
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use prost::Message;
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{Accepted, Refusal, accepted_json, accepted_protobuf};

/// How an HTTP body is encoded: the answer's encoding is the request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Protobuf,
    Json,
}

impl Format {
    pub(crate) const fn media_type(self) -> HeaderValue {
        match self {
            Self::Protobuf => HeaderValue::from_static("application/x-protobuf"),
            Self::Json => HeaderValue::from_static("application/json"),
        }
    }
}

/// The HTTP answer to a request that was taken.
pub(crate) fn http_accepted(accepted: &Accepted, format: Format) -> Response {
    let body = match format {
        Format::Protobuf => accepted_protobuf(accepted),
        Format::Json => accepted_json(accepted),
    };
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, format.media_type());
    response
}

/// The HTTP answer to a request that was not: a `google.rpc.Status`.
pub(crate) fn http_refused(refusal: &Refusal, format: Format) -> Response {
    let mut response = http_status(refusal.http_status(), &refusal.into(), format);
    response.extensions_mut().insert(refusal.told());
    if let Some(delay) = refusal.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, delay.as_secs().into());
    }
    if refusal.http_status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"ticketlens\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    }
    response
}

/// The HTTP answer where the path or the method is wrong.
pub(crate) fn http_misdirected(status: StatusCode, message: &str, format: Format) -> Response {
    let said = Status::new(Code::Unimplemented, message);
    let mut response = http_status(status, &said, format);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn http_status(status: StatusCode, said: &Status, format: Format) -> Response {
    let body = match format {
        Format::Protobuf => status_protobuf(said),
        Format::Json => status_json(said),
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, format.media_type());
    response
}

/// A `google.rpc.Status` in protobuf.
pub(super) fn status_protobuf(said: &Status) -> Vec<u8> {
    if !said.details().is_empty() {
        // tonic keeps the details as the encoded `google.rpc.Status` they travel in.
        return said.details().to_vec();
    }
    let (code, message) = (said.code() as i32, said.message().to_owned());
    tonic_types::pb::Status { code, message, details: Vec::new() }.encode_to_vec()
}

/// The same in JSON.
pub(super) fn status_json(said: &Status) -> Vec<u8> {
    let details = said.get_error_details();
    let mut shown = Vec::new();
    if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
        shown.push(json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": format!("{}s", delay.as_secs()),
        }));
    }
    if let Some(bad) = details.bad_request() {
        let violations = bad.field_violations.iter();
        let violations: Vec<_> =
            violations.map(|one| json!({ "description": one.description })).collect();
        shown.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": violations,
        }));
    }
    let mut status = json!({ "code": said.code() as i32, "message": said.message() });
    if !shown.is_empty() {
        status["details"] = shown.into();
    }
    status.to_string().into_bytes()
}
