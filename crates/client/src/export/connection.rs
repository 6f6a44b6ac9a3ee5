//! Connections: one pool, one TLS and one body type under both transports.

use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::config::{Destination, Protocol};

/// The HTTP client, with its pool.
pub(super) type HttpClient = Client<HttpsConnector<HttpConnector>, tonic::body::Body>;

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client that has connected to nothing yet.
pub(super) fn http_client(destination: &Destination) -> HttpClient {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let tls = HttpsConnectorBuilder::new().with_tls_config(destination.tls.clone()).https_or_http();
    let grpc = destination.protocol == Protocol::Grpc;
    let connector = if grpc {
        tls.enable_http2().wrap_connector(tcp)
    } else {
        tls.enable_http1().wrap_connector(tcp)
    };
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_only(grpc)
        .build(connector)
}
