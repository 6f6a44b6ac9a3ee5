//! Sending one request over OTLP, by either of its transports.

mod connection;
mod grpc;
mod http;

use bytes::Bytes;

use crate::{
    config::{Destination, Protocol},
    delivery::Export,
    retry::Answer,
};

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
