//! OTLP/gRPC. The encoded request goes out as it is; only the answer is decoded.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Buf as _, BufMut as _, Bytes};
use http::uri::PathAndQuery;
use ticketlens_ticket::ExportResponse;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
};

use super::connection::{HttpClient, http_client};
use crate::{
    config::{Compression, Destination},
    retry::Answer,
};

const EXPORT: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

pub(crate) struct GrpcExporter {
    client: Mutex<Grpc<HttpClient>>,
    /// What connections are made from.
    destination: Destination,
    metadata: MetadataMap,
}

impl GrpcExporter {
    pub(super) fn new(destination: Destination) -> Self {
        let client = Mutex::new(connect(&destination));
        let metadata = MetadataMap::from_headers(destination.headers.clone());
        Self { client, destination, metadata }
    }

    pub(super) async fn export(&self, body: Bytes) -> Answer {
        let call = tokio::time::timeout(self.destination.timeout, self.call(body));
        match call.await {
            Ok(Ok(response)) => response.into(),
            Ok(Err(status)) => Answer::from_grpc(&status),
            Err(elapsed) => {
                // The connection may be silently gone (a load balancer's idle limit), and HTTP/2
                // would use it for the next try too. Pings would tell, but a Collector's default
                // policy closes the connection of a client that pings.
                *self.lock() = connect(&self.destination);
                Answer::unreached(&elapsed)
            }
        }
    }

    async fn call(&self, body: Bytes) -> Result<ExportResponse, Status> {
        let mut client = self.lock().clone();
        client.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let mut request = Request::new(body);
        *request.metadata_mut() = self.metadata.clone();
        request.set_timeout(self.destination.timeout);
        let path = PathAndQuery::from_static(EXPORT);
        Ok(client.unary(request, path, EncodedRequest).await?.into_inner())
    }

    fn lock(&self) -> MutexGuard<'_, Grpc<HttpClient>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client without a connection yet.
fn connect(destination: &Destination) -> Grpc<HttpClient> {
    let client = Grpc::with_origin(http_client(destination), destination.url.clone())
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd);
    match destination.compression {
        None => client,
        Some(Compression::Gzip) => client.send_compressed(CompressionEncoding::Gzip),
        Some(Compression::Zstd) => client.send_compressed(CompressionEncoding::Zstd),
    }
}

/// Puts out bytes that are a message already.
#[derive(Clone, Copy, Default)]
struct EncodedRequest;

impl Codec for EncodedRequest {
    type Encode = Bytes;
    type Decode = ExportResponse;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for EncodedRequest {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, body: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(body.len());
        out.put(body);
        Ok(())
    }
}

impl Decoder for EncodedRequest {
    type Item = ExportResponse;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<ExportResponse>, Status> {
        let bytes = bytes.copy_to_bytes(bytes.remaining());
        Ok(Some(ExportResponse::decode(&bytes)))
    }
}
