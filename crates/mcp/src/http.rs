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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use tonic::Status;
    use tower::service_fn;

    use super::*;
    use crate::Channel;

    #[tokio::test]
    async fn what_the_server_put_to_a_request_comes_with_its_calls() {
        let seen = Arc::new(AtomicUsize::new(0));
        let sees = Arc::clone(&seen);
        let service = service_fn(move |call: Request<tonic::body::Body>| {
            sees.store(call.extensions().get::<usize>().copied().unwrap_or(1), Relaxed);
            async { Err::<Response<tonic::body::Body>, _>(Status::unavailable("a stand-in")) }
        });
        let http = Http::new(Tools::new(Channel::new(service)));
        let message = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call",
            "params":{"name":"overview","arguments":{}}}"#;
        let mut request = Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-06-18")
            .body(Full::new(Bytes::from_static(message.as_bytes())))
            .unwrap();
        request.extensions_mut().insert(7_usize);
        assert_eq!(http.answer(request).await.status(), 200);
        assert_eq!(seen.load(Relaxed), 7);
    }
}
