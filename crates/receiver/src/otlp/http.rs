//! OTLP/HTTP: `POST /v1/logs`, protobuf and JSON.

use axum::{
    Router,
    body::Body,
    extract::State,
    response::Response,
    routing::{any, post},
};
use http::{
    HeaderMap, Request, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use tonic::{Code, Status};

use super::{admission::Admission, incoming::Incoming};
use crate::{
    auth::{KeySource, Sender},
    intake::{Cost, Payload},
    metrics::Protocol,
    payload::encoding::Encoding,
    reply::{
        Accepted, Refusal,
        web::{Format, http_accepted, http_misdirected, http_refused},
    },
};

/// The routes of OTLP/HTTP.
pub(crate) fn routes<S: KeySource>(admission: Admission<S>) -> Router {
    Router::new()
        .route("/v1/logs", post(export::<S>).fallback(wrong_method))
        .route("/v1/traces", any(wrong_signal))
        .route("/v1/metrics", any(wrong_signal))
        .route("/v1development/profiles", any(wrong_signal))
        .with_state(admission)
}

async fn wrong_method(headers: HeaderMap) -> Response {
    misdirect(StatusCode::METHOD_NOT_ALLOWED, "send logs with POST", &headers)
}

async fn wrong_signal(headers: HeaderMap) -> Response {
    let message =
        "only logs are taken here (/v1/logs); send traces, metrics and profiles elsewhere";
    misdirect(StatusCode::NOT_FOUND, message, &headers)
}

/// Answers every path that does not exist.
pub(crate) async fn misdirected(headers: HeaderMap) -> Response {
    // In gRPC's own terms: a client that gets JSON can't say what it got.
    if is_grpc(&headers) {
        let message = "this is the OTLP/HTTP port; gRPC is served on another one (4317 by default)";
        return Status::new(Code::Unimplemented, message).into_http();
    }
    let message = "no such path; tickets are sent to POST /v1/logs";
    misdirect(StatusCode::NOT_FOUND, message, &headers)
}

/// In the request's own encoding: an exporter that can't read the answer shows a bare 404.
pub(crate) fn misdirect(status: StatusCode, message: &str, headers: &HeaderMap) -> Response {
    http_misdirected(status, message, format(headers).unwrap_or(Format::Json))
}

async fn export<S: KeySource>(
    State(admission): State<Admission<S>>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let format = format(&head.headers);
    let mut incoming = admission.open(body);
    let outcome = match admission.sender(&head).await {
        Ok(sender) => receive(&admission, &head.headers, format, &mut incoming, sender).await,
        Err(refusal) => Err(refusal),
    };
    admission.answered(Protocol::Http, &outcome, incoming);
    match outcome {
        Ok((accepted, format)) => http_accepted(&accepted, format),
        Err(refusal) => http_refused(&refusal, format.unwrap_or(Format::Json)),
    }
}

async fn receive<S: KeySource>(
    admission: &Admission<S>,
    headers: &HeaderMap,
    format: Option<Format>,
    incoming: &mut Incoming<Body>,
    sender: Sender,
) -> Result<(Accepted, Format), Refusal> {
    let format = format.ok_or(Refusal::UnknownMediaType)?;
    let encoding = Encoding::parse(headers.get(CONTENT_ENCODING))?;
    let cost = Cost { encoding, format };
    let declared = content_length(headers).unwrap_or(0);
    let mut arrival = admission.intake.admit(&sender, headers, declared, cost).await?;
    let start = incoming.start(0).await?;
    let wire = incoming.rest(start, declared, admission.intake.limit(), &mut arrival).await?;
    let payload = Payload { wire, encoding, format };
    Ok((admission.intake.take(sender, payload, arrival).await?, format))
}

/// Whether a client speaks gRPC.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE);
    value.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// What the content type says; parameters such as `charset` do not matter.
fn format(headers: &HeaderMap) -> Option<Format> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/x-protobuf") {
        Some(Format::Protobuf)
    } else if media_type.eq_ignore_ascii_case("application/json") {
        Some(Format::Json)
    } else {
        None
    }
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
