//! The tools over HTTP: a request is a call and its response the answer, with no session between.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Full, combinators::BoxBody};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};

use crate::Tools;

/// Streamable HTTP, answered in JSON. Who asks, from which origin and with how much has been
/// checked before.
#[derive(Clone)]
pub struct Http(StreamableHttpService<Tools, NeverSessionManager>);

impl Http {
    /// Serves these tools.
    #[must_use]
    pub fn new(tools: Tools) -> Self {
        // No host is refused: a key is needed whatever name the server was reached by, and pages of
        // other origins were turned away before.
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .disable_allowed_hosts();
        let made = move || Ok(tools.clone());
        Self(StreamableHttpService::new(made, Arc::default(), config))
    }

    /// The answer to one request.
    pub async fn answer(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Response<BoxBody<Bytes, std::convert::Infallible>> {
        self.0.handle(request).await
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}
