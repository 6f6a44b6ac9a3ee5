//! `/v1/tickets`: list, count, get.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use ticketlens_api::{json, v1};

use super::{
    answer::document,
    caller::Caller,
    parameters::{Asked, AskedBoth, Execution, Filter, Listing, Named, page_size},
    problem::Problem,
    services::Services,
};

/// List tickets.
///
/// Newest first unless sorted otherwise, a page at a time. No ticket is met twice or missed, whatever
/// arrives meanwhile.
#[utoipa::path(
    get,
    path = "/v1/tickets",
    operation_id = "list_tickets",
    tag = "tickets",
    params(Filter, Listing),
    responses((status = 200, body = json::TicketPage, description = "A page of tickets"))
)]
pub(super) async fn list(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    AskedBoth(filter, listing): AskedBoth<Filter, Listing>,
) -> Result<Response, Problem> {
    let message = v1::ListTicketsRequest {
        filter: Some(filter.try_into()?),
        page_size: page_size(listing.limit)?,
        page_token: listing.cursor,
        sort: listing.sort,
    };
    let page = tickets.list_tickets(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::TicketPage::from(page)))
}

/// Count tickets.
#[utoipa::path(
    get,
    path = "/v1/tickets/count",
    operation_id = "count_tickets",
    tag = "tickets",
    params(Filter),
    responses((status = 200, body = json::TicketCount, description = "How many there are"))
)]
pub(super) async fn count(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Problem> {
    let message = v1::CountTicketsRequest { filter: Some(filter.try_into()?) };
    let count = tickets.count_tickets(caller.asks(message)).await?.into_inner().count;
    Ok(document(&headers, &json::TicketCount { count }))
}

/// Get a ticket with its trace, and the other executions there are.
#[utoipa::path(
    get,
    path = "/v1/tickets/{ticket_id}",
    operation_id = "get_ticket",
    tag = "tickets",
    params(("ticket_id" = String, Path, description = "The ticket's number"), Execution),
    responses((status = 200, body = json::TicketDetail, description = "The ticket"))
)]
pub(super) async fn get(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Named(ticket_id): Named,
    Asked(which): Asked<Execution>,
) -> Result<Response, Problem> {
    let ticket = tickets.get_ticket(caller.asks(message(ticket_id, which))).await?.into_inner();
    Ok(document(&headers, &json::TicketDetail::from(ticket)))
}

/// Get a ticket's timeline.
#[utoipa::path(
    get,
    path = "/v1/tickets/{ticket_id}/steps",
    operation_id = "get_steps",
    tag = "tickets",
    params(("ticket_id" = String, Path, description = "The ticket's number"), Execution),
    responses((status = 200, body = json::Timeline, description = "The timeline"))
)]
pub(super) async fn steps(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Named(ticket_id): Named,
    Asked(which): Asked<Execution>,
) -> Result<Response, Problem> {
    let ticket = tickets.get_ticket(caller.asks(message(ticket_id, which))).await?.into_inner();
    Ok(document(&headers, &json::Timeline::from(ticket)))
}

fn message(ticket_id: String, which: Execution) -> v1::GetTicketRequest {
    v1::GetTicketRequest { ticket_id, execution_id: which.execution, tenant: which.tenant }
}
