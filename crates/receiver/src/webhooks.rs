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
mod unknown;
mod zendesk;

use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::{any, post},
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
use utoipa::{OpenApi, ToSchema};

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
#[derive(Serialize, ToSchema)]
struct Stored {
    /// How much feedback was stored: 0 of what is no rating.
    stored: u64,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
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
    // A desk asks whether somebody is there before it sends anything.
    let there = || async { StatusCode::OK };
    Router::new()
        .route("/v1/feedback", post(give::<S>).head(there))
        .route("/v1/feedback/zendesk", post(of_zendesk::<S>).head(there))
        .route("/v1/feedback/freshdesk", post(of_freshdesk::<S>).head(there))
        .route("/v1/feedback/intercom", post(of_intercom::<S>).head(there))
        .route("/v1/feedback/", any(no_such_desk))
        .route("/v1/feedback/{*desk}", any(no_such_desk))
        .with_state(admission)
}

#[derive(OpenApi)]
#[openapi(paths(give, of_zendesk, of_freshdesk, of_intercom))]
struct Described;

/// The description of the routes.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

/// Give feedback on a ticket.
///
/// Stored when it is answered, before its ticket or days later. With a key of scope `feedback` or
/// `ingest`, also as `?key=` where no header can be set.
#[utoipa::path(
    post,
    path = "/v1/feedback",
    operation_id = "give_feedback",
    tag = "feedback",
    request_body = own::GivenFeedback,
    responses((status = 200, body = Stored, description = "It is stored"))
)]
async fn give<S: KeySource>(
    State(admission): State<Admission<S>>,
    request: Request<Body>,
) -> Response {
    take(admission, own::read, request).await
}

/// Take what Zendesk sends.
///
/// Its event `ticket.csat_received`, or a trigger's body with `ticket_id`, `rating` and `comment`.
#[utoipa::path(
    post,
    path = "/v1/feedback/zendesk",
    operation_id = "give_feedback_of_zendesk",
    tag = "feedback",
    request_body = serde_json::Value,
    responses((status = 200, body = Stored, description = "It is stored, or no rating"))
)]
async fn of_zendesk<S: KeySource>(
    State(admission): State<Admission<S>>,
    request: Request<Body>,
) -> Response {
    take(admission, zendesk::read, request).await
}

/// Take what Freshdesk sends.
///
/// An automation's body with `ticket_id`, `rating` and `comment`, or a satisfaction rating of its API.
#[utoipa::path(
    post,
    path = "/v1/feedback/freshdesk",
    operation_id = "give_feedback_of_freshdesk",
    tag = "feedback",
    request_body = serde_json::Value,
    responses((status = 200, body = Stored, description = "It is stored, or no rating"))
)]
async fn of_freshdesk<S: KeySource>(
    State(admission): State<Admission<S>>,
    request: Request<Body>,
) -> Response {
    take(admission, freshdesk::read, request).await
}

/// Take what Intercom sends.
///
/// Its notification `conversation.rating.added`; others are taken and not stored.
#[utoipa::path(
    post,
    path = "/v1/feedback/intercom",
    operation_id = "give_feedback_of_intercom",
    tag = "feedback",
    request_body = serde_json::Value,
    responses((status = 200, body = Stored, description = "It is stored, or no rating"))
)]
async fn of_intercom<S: KeySource>(
    State(admission): State<Admission<S>>,
    request: Request<Body>,
) -> Response {
    take(admission, intercom::read, request).await
}

async fn no_such_desk() -> Response {
    let detail = "there is no such path; the help desks with one are /v1/feedback/zendesk, \
                  /v1/feedback/freshdesk and /v1/feedback/intercom, without a slash at the end; \
                  everything else is sent to POST /v1/feedback";
    Problem::of(StatusCode::NOT_FOUND, "NOT_FOUND", detail).into_response()
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
        Err(Failure::Refused(refusal)) => problem(refusal).into_response(),
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

/// The table's words on media types are for exporters: OTLP has two, this has one.
fn problem(refusal: Refusal) -> Problem {
    let is_media_type = matches!(refusal, Refusal::UnknownMediaType);
    let problem = Problem::from(refusal);
    if is_media_type {
        return problem.saying("set the header content-type to application/json");
    }
    problem
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
