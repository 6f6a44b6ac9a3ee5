//! OTLP/gRPC: `opentelemetry.proto.collector.logs.v1.LogsService/Export`.
//!
//! Framed by hand: a generated server decodes a message, and reads and decompresses it, before
//! anyone has asked for the key. Here the key is checked on the headers, the size on the first
//! five bytes, and the message stays bytes.

use axum::{body::Body, extract::State, response::Response};
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use tonic::{Code, Status};

use super::{
    admission::Admission,
    http::{is_grpc, misdirect},
    incoming::Incoming,
};
use crate::{
    auth::{KeySource, Sender},
    intake::{Cost, Payload},
    metrics::Protocol,
    payload::encoding::Encoding,
    reply::{Accepted, Refusal, TooLarge, accepted_protobuf, web::Format},
};

/// The path of the one call.
pub(crate) const EXPORT: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// A compressed-flag and a length, before every message (gRPC over HTTP/2, "Length-Prefixed-
/// Message").
const PREFIX: usize = 5;
const EXPECTED: &str = "one gRPC message";

/// Answers one export.
pub(crate) async fn export<S: KeySource>(
    State(admission): State<Admission<S>>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let mut incoming = admission.open(body);
    let outcome = match admission.sender(&head).await {
        Ok(sender) => receive(&admission, &head.headers, &mut incoming, sender).await,
        Err(refusal) => Err(refusal),
    };
    admission.answered(Protocol::Grpc, &outcome, incoming);
    match outcome {
        Ok(accepted) => success(&accepted),
        Err(refusal) => failure(&refusal),
    }
}

async fn receive<S: KeySource>(
    admission: &Admission<S>,
    headers: &HeaderMap,
    incoming: &mut Incoming<Body>,
    sender: Sender,
) -> Result<Accepted, Refusal> {
    let encoding = Encoding::parse(headers.get("grpc-encoding"))?;
    let cost = |encoding| Cost { encoding, format: Format::Protobuf };
    // Before anything of it is waited for: who sends a head and nothing else holds it by its own share.
    let mut arrival = admission.intake.admit(&sender, headers, 0, cost(encoding)).await?;
    let mut start = incoming.start(PREFIX).await?;
    let malformed = Refusal::Malformed { expected: EXPECTED };
    if start.len() < PREFIX {
        return Err(malformed);
    }
    let prefix = start.split_to(PREFIX);
    let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize;
    let encoding = match (prefix[0], encoding) {
        (0, _) => Encoding::Identity,
        (1, Encoding::Identity) => return Err(Refusal::UnknownEncoding),
        (1, compressed) => compressed,
        _ => return Err(malformed),
    };
    if length > admission.intake.limit() {
        return Err(Refusal::TooLarge(TooLarge::Request { limit: admission.intake.limit() }));
    }
    arrival.declare(length, cost(encoding))?;
    let wire = match incoming.rest(start, length, length, &mut arrival).await {
        // More than was declared.
        Err(Refusal::TooLarge(TooLarge::Request { .. })) => return Err(malformed),
        wire => wire?,
    };
    if wire.len() < length {
        return Err(Refusal::BrokenOff);
    }
    let payload = Payload { wire, encoding, format: Format::Protobuf };
    admission.intake.take(sender, payload, arrival).await
}

fn success(accepted: &Accepted) -> Response {
    let message = accepted_protobuf(accepted);
    let mut frame = BytesMut::with_capacity(PREFIX + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or_default());
    frame.put_slice(&message);
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body: Full<Bytes> = frame.freeze().into();
    let body = body.with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

fn failure(refusal: &Refusal) -> Response {
    let mut response = Status::from(refusal).into_http();
    response.extensions_mut().insert(refusal.told());
    if *refusal == Refusal::UnknownEncoding {
        let read = HeaderValue::from_static("identity,deflate,gzip,zstd");
        response.headers_mut().insert("grpc-accept-encoding", read);
    }
    response
}

/// Answers every other path of the gRPC port.
pub(crate) async fn misdirected(request: Request<Body>) -> Response {
    if !is_grpc(request.headers()) {
        return misdirect(
            http::StatusCode::NOT_FOUND,
            "this is the gRPC port; OTLP/HTTP is served on another one (4318 by default)",
            request.headers(),
        );
    }
    let path = request.uri().path();
    let message = if path.starts_with("/opentelemetry.proto.collector.") {
        "only logs are taken here (LogsService); send traces, metrics and profiles elsewhere"
    } else {
        "no such service here; there are LogsService (OTLP), ticketlens.v1.TicketService, \
         ticketlens.v1.AdminService and grpc.health.v1.Health"
    };
    Status::new(Code::Unimplemented, message).into_http()
}
