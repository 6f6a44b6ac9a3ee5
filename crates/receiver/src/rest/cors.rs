//! Which pages of other origins a browser lets ask: none, but for a list.

use std::time::Duration;

use http::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{config::Origin, request_id};

/// For this long a browser need not ask again.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Lets pages of these origins ask. Keys go in a header and never in a cookie: credentials of the
/// browser's own are not allowed.
pub(super) fn of(origins: &[Origin]) -> CorsLayer {
    let origins: Vec<_> = origins.iter().map(Origin::header).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    let key = http::HeaderName::from_static("x-api-key");
    let [id, trace] = [request_id::HEADER, request_id::TRACE_PARENT];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, key, CONTENT_TYPE, IF_NONE_MATCH, id.clone(), trace])
        .expose_headers([ETAG, RETRY_AFTER, id])
        .max_age(REMEMBERED)
}
