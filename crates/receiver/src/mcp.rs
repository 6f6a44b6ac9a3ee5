//! `/mcp`: the tools of language models (`ticketlens-mcp`), for keys that may read.
//!
//! In order, and nothing of a body is read before the first two: the page's origin, the key, the message,
//! the caller's turn. The tools ask the same service as gRPC, in this process and with the caller's own
//! key.

mod browser;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::any,
};
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use ticketlens_api::ticket_service_server::{TicketService, TicketServiceServer};
use ticketlens_mcp::{Channel, Tools, http::Http};

use crate::{
    api::scope::{Door, MESSAGE_BYTES},
    auth::KeySource,
    config::Origin,
    reply::Refusal,
    rest::problem::Problem,
};

/// The route, for keys that may ask; browsers of these origins may, too.
pub(crate) fn routes<T: TicketService, S: KeySource>(
    tickets: Arc<T>,
    door: Door<S>,
    origins: &[Origin],
) -> Router {
    let tools = Tools::new(Channel::new(TicketServiceServer::from_arc(tickets)));
    Router::new()
        .route("/mcp", any(answer))
        .with_state(Http::new(tools))
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
    answer.unwrap_or_else(|refusal| Problem::from(refusal).into_response())
}

async fn answer(State(http): State<Http>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    // The door has it whole: for a key that may not read, it is bounded here.
    let Ok(message) = Limited::new(body, MESSAGE_BYTES).collect().await else {
        return Problem::from(Refusal::BrokenOff).into_response();
    };
    let request = Request::from_parts(head, Full::new(message.to_bytes()));
    http.answer(request).await.map(Body::new)
}
