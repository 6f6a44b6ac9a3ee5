//! `/mcp`: the tools of language models (`ticketlens-mcp`), for keys that may read.
//!
//! In order, and nothing of a body is read before the first three: the page's origin, the key, the
//! caller's turn. Then the message, within [`MESSAGE`]; the tools ask the same service as gRPC, in
//! this process and with the caller's own key.

mod browser;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::any,
};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use ticketlens_api::ticket_service_server::{TicketService, TicketServiceServer};
use ticketlens_mcp::{Channel, Tools, http::Http};
use tokio::time::timeout;
use tonic::Status;

use crate::{api::scope::Door, auth::KeySource, config::Origin, rest::problem::Problem};

/// Bytes of a message: the longest call of a tool has far fewer.
const MESSAGE: usize = 64 << 10;

/// What answers, and how long a message may take to arrive.
#[derive(Clone, Debug)]
struct Served {
    http: Http,
    body_timeout: Duration,
}

/// The route, for keys that may ask; browsers of these origins may, too.
pub(crate) fn routes<T: TicketService, S: KeySource>(
    tickets: Arc<T>,
    door: Door<S>,
    origins: &[Origin],
    body_timeout: Duration,
) -> Router {
    let tools = Tools::new(Channel::new(TicketServiceServer::from_arc(tickets)));
    let served = Served { http: Http::new(tools), body_timeout };
    Router::new()
        .route("/mcp", any(answer))
        .with_state(served)
        .layer(from_fn_with_state(door, keyed::<S>))
        .layer(from_fn_with_state(browser::Listed::new(origins), browser::listed))
        .layer(browser::cors(origins))
}

async fn keyed<S: KeySource>(
    State(door): State<Door<S>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let answer = door.pass(request, next).await;
    answer.unwrap_or_else(|refusal| Problem::from(Status::from(refusal)).into_response())
}

async fn answer(State(served): State<Served>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    match message(body, served.body_timeout).await {
        Ok(message) => {
            let request = Request::from_parts(head, Full::new(message));
            served.http.answer(request).await.map(Body::new)
        }
        Err(problem) => problem.into_response(),
    }
}

/// The message, if it is short and comes in time.
async fn message(body: Body, within: Duration) -> Result<Bytes, Problem> {
    match timeout(within, Limited::new(body, MESSAGE).collect()).await {
        Ok(Ok(message)) => Ok(message.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::of(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RESOURCE_EXHAUSTED",
            format!("a message has at most {MESSAGE} bytes; send a shorter one"),
        )),
        Ok(Err(_)) => Err(Problem::of(
            StatusCode::BAD_REQUEST,
            "INVALID_ARGUMENT",
            "the message was cut off; send it again",
        )),
        Err(_) => Err(Problem::of(
            StatusCode::REQUEST_TIMEOUT,
            "DEADLINE_EXCEEDED",
            "the message did not arrive in time; send it again",
        )),
    }
}
