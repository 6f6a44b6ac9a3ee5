//! Answers over HTTP, in the request's own encoding.

use std::time::Duration;

use axum::response::Response;
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use prost::Message;
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

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
    let retry = refusal.retry_after();
    let mut response =
        http_status(refusal.http_status(), refusal.code(), &refusal.to_string(), retry, format);
    if refusal.http_status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"ticketlens\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    }
    response
}

/// The HTTP answer where the path or the method is wrong.
pub(crate) fn http_misdirected(status: StatusCode, message: &str) -> Response {
    let mut response = http_status(status, Code::Unimplemented, message, None, Format::Json);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn http_status(
    status: StatusCode,
    code: Code,
    message: &str,
    retry: Option<Duration>,
    format: Format,
) -> Response {
    let body = match format {
        Format::Protobuf => status_protobuf(code, message, retry),
        Format::Json => status_json(code, message, retry),
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, format.media_type());
    if let Some(delay) = retry {
        response.headers_mut().insert(RETRY_AFTER, delay.as_secs().into());
    }
    response
}

pub(super) fn status_protobuf(code: Code, message: &str, retry: Option<Duration>) -> Vec<u8> {
    let status = match retry {
        None => Status::new(code, message),
        Some(_) => Status::with_error_details(code, message, ErrorDetails::with_retry_info(retry)),
    };
    if !status.details().is_empty() {
        // tonic keeps the details as the encoded `google.rpc.Status` they travel in.
        return status.details().to_vec();
    }
    tonic_types::pb::Status { code: code as i32, message: message.into(), details: Vec::new() }
        .encode_to_vec()
}

pub(super) fn status_json(code: Code, message: &str, retry: Option<Duration>) -> Vec<u8> {
    let mut status = json!({ "code": code as i32, "message": message });
    if let (Some(delay), Some(fields)) = (retry, status.as_object_mut()) {
        let info = json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": format!("{}s", delay.as_secs()),
        });
        fields.insert("details".into(), json!([info]));
    }
    status.to_string().into_bytes()
}
