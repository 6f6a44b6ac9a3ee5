//! A document as the answer, or word that the caller has it already.

use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// Hex digits of a digest that tell two documents apart.
const TAG: usize = 32;

/// The document, with a tag of what is in it (RFC 9110, section 8.8.3); 304 where the caller named
/// the same tag.
pub(super) fn document(asked: &HeaderMap, document: &impl Serialize) -> Response {
    let Ok(json) = serde_json::to_vec(document) else {
        return Problem::from(tonic::Status::internal("the answer cannot be told in JSON"))
            .into_response();
    };
    tagged(asked, json, HeaderValue::from_static("application/json"))
}

/// The same of a table, which a browser keeps as a file of that name.
pub(super) fn table(asked: &HeaderMap, table: String, file: &str) -> Response {
    let mut response =
        tagged(asked, table.into_bytes(), HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(kept) = format!("attachment; filename=\"{file}\"").parse() {
        response.headers_mut().insert(CONTENT_DISPOSITION, kept);
    }
    response
}

fn tagged(asked: &HeaderMap, body: Vec<u8>, content_type: HeaderValue) -> Response {
    let mut digest = HEXLOWER.encode(&Sha256::digest(&body));
    digest.truncate(TAG);
    // Weak: the bytes differ with the compression.
    let tag = format!("W/\"{digest}\"");
    let mut response = match has(asked, &digest) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => body.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    // Nobody in between keeps what a key was needed for.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = tag.parse() {
        headers.insert(ETAG, tag);
    }
    response
}

/// Whether the caller has a document of this digest (RFC 9110, section 13.1.2).
fn has(asked: &HeaderMap, digest: &str) -> bool {
    let named = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"') == digest
    })
}
