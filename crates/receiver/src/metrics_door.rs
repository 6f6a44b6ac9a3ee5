//! `/metrics`: who may read it. Where it is served follows from the configuration: on the HTTP port, or on
//! a port of its own and nowhere else.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, WWW_AUTHENTICATE},
};
use ticketlens_store::KeyDigest;

use crate::{
    auth,
    metrics::{self, Metrics},
    reply::Refusal,
};

/// Lets those in who may read what is measured.
#[derive(Clone, Debug)]
pub(crate) struct MetricsDoor {
    pub(crate) metrics: Arc<Metrics>,
    /// Digests of the keys that open it; with none, it is open.
    pub(crate) keys: Arc<[KeyDigest]>,
}

impl MetricsDoor {
    /// `/metrics`.
    pub(crate) fn routes(self) -> Router {
        Router::new().route("/metrics", get(measured)).with_state(self)
    }

    /// A tenant's key does not open it, and nothing is looked up in the database: this has to answer when
    /// nothing else does.
    fn opens_for(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.keys.is_empty() {
            return Ok(());
        }
        let presented = KeyDigest::of(auth::presented(headers)?);
        let is_known = self.keys.iter().any(|known| known.is(&presented));
        if is_known { Ok(()) } else { Err(Refusal::WrongKey) }
    }
}

async fn measured(State(door): State<MetricsDoor>, headers: HeaderMap) -> Response {
    if let Err(refusal) = door.opens_for(&headers) {
        door.metrics.key_refused(&refusal);
        refusal.told().remember();
        let mut response = Response::new("a key of [metrics] is needed\n".into());
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    let mut response = Response::new(door.metrics.prometheus().into());
    let media_type = HeaderValue::from_static(metrics::CONTENT_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}
