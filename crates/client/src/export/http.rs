//! OTLP/HTTP with protobuf bodies.

use std::{io, io::Write as _, time::Duration};

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::{
    HeaderMap, HeaderValue, Request, StatusCode, Uri,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use prost::Message as _;
use ticketlens_ticket::ExportResponse;

use super::connection::{HttpClient, http_client};
use crate::{
    config::{Compression, Destination},
    retry::Answer,
};

pub(crate) struct HttpExporter {
    client: HttpClient,
    url: Uri,
    headers: HeaderMap,
    compression: Option<Compression>,
    timeout: Duration,
}

/// What is read of an answer (OTLP specification, "OTLP/HTTP Response").
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

impl HttpExporter {
    pub(super) fn new(destination: Destination) -> Self {
        let client = http_client(&destination);
        let Destination { url, mut headers, compression, timeout, .. } = destination;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        match compression {
            None => {}
            Some(Compression::Gzip) => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            Some(Compression::Zstd) => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
            }
        }
        Self { client, url, headers, compression, timeout }
    }

    pub(super) async fn export(&self, body: Bytes) -> Answer {
        let body = match compress(body, self.compression) {
            Ok(body) => body,
            Err(error) => return Answer::Refused { why: error.to_string() },
        };
        match tokio::time::timeout(self.timeout, self.post(body)).await {
            Ok(answer) => answer,
            Err(elapsed) => Answer::unreached(&elapsed),
        }
    }

    async fn post(&self, body: Bytes) -> Answer {
        let mut request = Request::new(tonic::body::Body::new(Full::new(body)));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        let response = match self.client.request(request).await {
            Ok(response) => response,
            Err(error) => return Answer::unreached(&error),
        };
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, ANSWER_BYTES).collect().await {
            Ok(body) => body.to_bytes(),
            // Not to be sent again, whatever the status says (same place).
            Err(error) if error.is::<LengthLimitError>() => {
                let why = format!("HTTP {}: the answer is larger than 4 MiB", head.status);
                return Answer::Refused { why };
            }
            // The status has said enough.
            Err(_) if head.status != StatusCode::OK => Bytes::new(),
            Err(error) => return Answer::unreached(&*error),
        };
        if head.status.is_success() {
            return ExportResponse::decode(&body).into();
        }
        let message = tonic_types::pb::Status::decode(body).unwrap_or_default().message;
        Answer::from_http(head.status, &head.headers, &message)
    }
}

fn compress(body: Bytes, compression: Option<Compression>) -> io::Result<Bytes> {
    match compression {
        None => Ok(body),
        Some(Compression::Gzip) => {
            let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::default());
            gzip.write_all(&body)?;
            Ok(gzip.finish()?.into())
        }
        Some(Compression::Zstd) => {
            zstd::bulk::compress(&body, zstd::DEFAULT_COMPRESSION_LEVEL).map(Bytes::from)
        }
    }
}
