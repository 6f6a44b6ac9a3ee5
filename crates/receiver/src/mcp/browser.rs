//! Pages in a browser: only those of listed origins are answered at all. A page that has its name
//! resolved to this receiver's address could otherwise ask it as its own ("DNS rebinding"), which
//! the protocol has servers turn away by the header `Origin`.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::State,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{
    HeaderName, HeaderValue, Method, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{config::Origin, rest::problem::Problem};

/// For this long a browser need not ask again.
const REMEMBERED: Duration = Duration::from_secs(600);
/// Headers of the protocol's own, and a key's.
const HEADERS: [&str; 4] = ["x-api-key", "mcp-protocol-version", "mcp-method", "mcp-name"];

/// The origins whose pages may ask.
#[derive(Clone, Debug)]
pub(super) struct Listed(Arc<[HeaderValue]>);

impl Listed {
    pub(super) fn new(origins: &[Origin]) -> Self {
        Self(origins.iter().map(Origin::header).collect())
    }
}

/// Turns pages of other origins away. Programs send no `Origin`.
pub(super) async fn listed(
    State(Listed(origins)): State<Listed>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let named = request.headers().get_all(ORIGIN).iter();
    if named.into_iter().all(|origin| origins.contains(origin)) {
        return next.run(request).await;
    }
    Problem::of(
        StatusCode::FORBIDDEN,
        "PERMISSION_DENIED",
        "pages of this origin may not ask; the provider can list it in `cors_origins`",
    )
    .into_response()
}

/// Lets pages of these origins ask.
pub(super) fn cors(origins: &[Origin]) -> CorsLayer {
    let origins: Vec<_> = origins.iter().map(Origin::header).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    let headers = HEADERS.map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::POST])
        .allow_headers(
            [AUTHORIZATION, ACCEPT, CONTENT_TYPE].into_iter().chain(headers).collect::<Vec<_>>(),
        )
        .expose_headers([RETRY_AFTER])
        .max_age(REMEMBERED)
}
