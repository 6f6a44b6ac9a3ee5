//! Sending one request over OTLP, by either of its transports.

mod grpc;
mod http;
pub(crate) mod tls;

use bytes::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::time::Duration;

use crate::{
    config::{Destination, Protocol},
    delivery::Export,
    retry::Answer,
};

/// One connection pool, one TLS and one body type under both transports.
type HttpClient = Client<HttpsConnector<HttpConnector>, tonic::body::Body>;

/// The configured transport.
pub(crate) enum Exporter {
    Grpc(Box<grpc::GrpcExporter>),
    Http(Box<http::HttpExporter>),
}

impl Exporter {
    /// Connects to nothing yet.
    pub(crate) fn new(destination: Destination) -> Self {
        match destination.protocol {
            Protocol::Grpc => Self::Grpc(grpc::GrpcExporter::new(destination).into()),
            Protocol::HttpProtobuf => Self::Http(http::HttpExporter::new(destination).into()),
        }
    }
}

impl Export for Exporter {
    async fn export(&self, body: Bytes) -> Answer {
        match self {
            Self::Grpc(exporter) => exporter.export(body).await,
            Self::Http(exporter) => exporter.export(body).await,
        }
    }
}

/// `ExportLogsServiceResponse` (opentelemetry-proto, `collector/logs/v1`).
#[derive(Clone, PartialEq, prost::Message)]
struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

/// `ExportLogsPartialSuccess`: a success all the same.
#[derive(Clone, PartialEq, prost::Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected_log_records: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

impl From<ExportResponse> for Answer {
    fn from(response: ExportResponse) -> Self {
        let partial = response.partial_success.unwrap_or_default();
        let rejected = u64::try_from(partial.rejected_log_records).unwrap_or(0);
        Self::Taken { rejected, message: partial.error_message }
    }
}

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

fn http_client(destination: &Destination) -> HttpClient {
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
