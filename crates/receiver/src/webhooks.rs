//! `POST /v1/feedback…`: feedback for those who speak no OTLP, help desks before all.
//!
//! A door, and nothing else: what a body says becomes the record that an exporter would have sent, and
//! goes the same way, through the same limits, gate and commit. Each desk has a path of its own, so that
//! nothing has to be guessed from a body.

mod field;
mod freshdesk;
mod intercom;
mod key;
mod own;
mod said;
mod zendesk;

use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use http::{
    HeaderMap, Request, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::Serialize;
use ticketlens_ticket::{
    Feedback, Resource,
    encode::{Request as Records, feedback_record},
};

use crate::{
    auth::{KeySource, Sender},
    intake::{Cost, Payload},
    metrics::Protocol,
    otlp::{admission::Admission, incoming::Incoming},
    payload::encoding::Encoding,
    reply::{Refusal, web::Format},
    rest::problem::Problem,
};
use field::Unreadable;
use said::Said;

/// Bytes of a body: a comment, and what a desk says around it.
const BODY_BYTES: usize = 64 << 10;
/// What is made of a body, in its bytes: texts as they are read, through the gate, and encoded.
const TIMES: usize = 4;

/// Reads a body; its headers may say what it is.
type Reader = fn(&[u8], &HeaderMap) -> Result<Said, Unreadable>;

/// What came of a request.
#[derive(Serialize)]
struct Stored {
    /// How much feedback was stored.
    stored: u64,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// Why nothing was stored.
enum Failure {
    Refused(Refusal),
    Unreadable(Unreadable),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The routes.
pub(crate) fn routes<S: KeySource>(admission: Admission<S>) -> Router {
    let at = |read: Reader| {
        let take = move |State(admission): State<Admission<S>>, request: Request<Body>| {
            take(admission, read, request)
        };
        // A desk asks whether somebody is there before it sends anything.
        post(take).head(StatusCode::OK)
    };
    Router::new()
        .route("/v1/feedback", at(own::read))
        .route("/v1/feedback/zendesk", at(zendesk::read))
        .route("/v1/feedback/freshdesk", at(freshdesk::read))
        .route("/v1/feedback/intercom", at(intercom::read))
        .with_state(admission)
}

async fn take<S: KeySource>(
    admission: Admission<S>,
    read: Reader,
    request: Request<Body>,
) -> Response {
    let (mut head, body) = request.into_parts();
    let mut incoming = admission.open(body);
    key::move_to_headers(&mut head);
    let outcome = match admission.giver(&head).await {
        Ok(sender) => store(&admission, read, &head.headers, &mut incoming, sender).await,
        Err(refusal) => Err(refusal.into()),
    };
    let counted = match &outcome {
        Ok(_) => Ok(()),
        Err(Failure::Refused(refusal)) => Err(refusal.clone()),
        Err(Failure::Unreadable(_)) => Err(Refusal::Malformed { expected: "feedback" }),
    };
    admission.answered(Protocol::Http, &counted, incoming);
    match outcome {
        Ok(stored) => axum::Json(stored).into_response(),
        Err(Failure::Refused(refusal)) => Problem::from(refusal).into_response(),
        Err(Failure::Unreadable(why)) => {
            Problem::of(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", why.to_string())
                .into_response()
        }
    }
}

async fn store<S: KeySource>(
    admission: &Admission<S>,
    read: Reader,
    headers: &HeaderMap,
    incoming: &mut Incoming<Body>,
    sender: Sender,
) -> Result<Stored, Failure> {
    if !is_json(headers) {
        return Err(Refusal::UnknownMediaType.into());
    }
    let intake = &admission.intake;
    let limit = BODY_BYTES.min(intake.limit());
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let declared: usize = length.unwrap_or(0);
    let cost = Cost { encoding: Encoding::Identity, format: Format::Protobuf };
    let mut arrival = intake.admit(&sender, headers, declared.min(limit), cost).await?;
    let body = incoming.rest(Bytes::new(), declared, limit, &mut arrival).await?;
    let made = arrival.beside(body.len() * TIMES).await?;
    let feedback = match read(&body, headers).map_err(Failure::Unreadable)? {
        Said::Feedback(feedback) => feedback,
        Said::Nothing => return Ok(Stored { stored: 0, id: None }),
    };
    let id = feedback.id.clone();
    let wire = record(admission, *feedback)?;
    drop((body, made));
    arrival.became(wire.len()).await?;
    let payload = Payload { wire, encoding: Encoding::Identity, format: Format::Protobuf };
    let accepted = intake.take(sender, payload, arrival).await?;
    if accepted.rejected > 0 {
        return Err(Failure::Unreadable(Unreadable::Rejected(accepted.message)));
    }
    Ok(Stored { stored: 1, id: Some(id) })
}

/// The request that an exporter would have sent. The receiver's own gate first, as only what went
/// through one can be encoded; the tenant's sees it when it is decoded.
fn record<S: KeySource>(admission: &Admission<S>, feedback: Feedback) -> Result<Bytes, Refusal> {
    let gate = admission.intake.own_gate();
    let redacted = feedback.redact(&gate, true).ok_or(Refusal::Internal)?;
    let mut record = Vec::new();
    feedback_record(&redacted, &mut record);
    let mut records = Records::new();
    records.push(&Resource::default().redact(&gate), &record);
    Ok(records.finish().into())
}

/// Desks send JSON; some write a body of their user's as text.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).unwrap_or("application/json");
    let media_type = media_type.trim();
    media_type.eq_ignore_ascii_case("application/json") || media_type.ends_with("+json")
}

#[cfg(test)]
mod tests;
