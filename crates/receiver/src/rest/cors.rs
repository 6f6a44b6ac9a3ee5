//! Which pages of other origins a browser lets ask: none, but for a list.

use std::time::Duration;

use http::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Origin;

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
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, key, CONTENT_TYPE, IF_NONE_MATCH])
        .expose_headers([ETAG, RETRY_AFTER])
        .max_age(REMEMBERED)
}
