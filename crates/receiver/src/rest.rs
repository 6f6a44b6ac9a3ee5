//! The query API over HTTP and JSON: `/v1/tickets` and what belongs to it.
//!
//! A door, and nothing else: each route makes the message that a gRPC caller would have sent, gives
//! it to the same service with the caller's own key, and tells the answer as the JSON of
//! `ticketlens … --json`. Whose tickets a key sees is decided there, once for both doors.
//!
//! `/openapi.json` is made from the types that serve; `/docs` shows it, and fetches nothing from
//! anywhere else.

mod answer;
mod audit;
mod caller;
mod cors;
mod erase;
mod feedback;
mod house;
mod openapi;
mod overview;
mod parameters;
pub(crate) mod problem;
mod search;
mod services;
mod tickets;
mod value;

use axum::{
    Router,
    body::Body,
    extract::State,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use http::Request;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::problem::Problem;
pub(crate) use self::services::Services;
use crate::{api::scope::Door, auth::KeySource, config::Origin, otlp};

/// The routes, for keys that may ask; browsers of these origins may, too. `beside` describes the
/// routes that other doors serve.
pub(crate) fn routes<S: KeySource>(
    services: Services,
    door: Door<S>,
    origins: &[Origin],
    beside: OpenApi,
) -> Router {
    let (routes, mut document) = OpenApiRouter::with_openapi(openapi::about())
        .routes(routes!(tickets::list, erase::by_customer))
        .routes(routes!(tickets::count))
        .routes(routes!(tickets::get, erase::by_id))
        .routes(routes!(tickets::steps))
        .routes(routes!(overview::overview))
        .routes(routes!(overview::compare))
        .routes(routes!(house::storage))
        .routes(routes!(house::purge))
        .routes(routes!(house::retention))
        .routes(routes!(search::search))
        .routes(routes!(audit::list))
        .routes(routes!(feedback::list))
        .routes(routes!(value::value))
        .with_state(services)
        .split_for_parts();
    document.merge(beside);
    routes
        .layer(from_fn_with_state(door, keyed::<S>))
        .layer(CompressionLayer::new())
        .method_not_allowed_fallback(problem::wrong_method)
        .merge(openapi::routes(document))
        .route("/v1/", get(problem::no_such_path).fallback(otlp::http::misdirected))
        .route("/v1/{*rest}", get(problem::no_such_path).fallback(otlp::http::misdirected))
        .layer(cors::of(origins))
}

async fn keyed<S: KeySource>(
    State(door): State<Door<S>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let answer = door.pass(request, next).await;
    answer.unwrap_or_else(|refusal| Problem::from(refusal).into_response())
}
