//! `/v1/search`.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use ticketlens_api::{json, v1};

use super::{
    answer::document,
    caller::Caller,
    parameters::{AskedBoth, Filter, Searching},
    problem::Problem,
    services::Services,
};

/// Search what was said in one tenant's traces.
///
/// Newest first, a page at a time; the last 7 days unless `since` is given. An admin key must name the
/// tenant. A page may hold fewer tickets than `limit`, or none, though there is a next one.
#[utoipa::path(
    get,
    path = "/v1/search",
    operation_id = "search_tickets",
    tag = "tickets",
    params(Filter, Searching),
    responses((status = 200, body = json::SearchPage, description = "A page of what was found"))
)]
pub(super) async fn search(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    AskedBoth(filter, searching): AskedBoth<Filter, Searching>,
) -> Result<Response, Problem> {
    let message = v1::SearchTicketsRequest {
        filter: Some(filter.try_into()?),
        query: searching.q,
        page_size: searching.limit,
        page_token: searching.cursor,
    };
    let page = tickets.search_tickets(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::SearchPage::from(page)))
}
