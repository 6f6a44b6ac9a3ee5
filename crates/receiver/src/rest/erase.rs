//! `DELETE /v1/tickets…`: erases tickets for good, for admin keys.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use serde::Deserialize;
use ticketlens_api::{admin_service_server::AdminService, erase_tickets_request::What, json, v1};
use utoipa::IntoParams;

use super::{
    answer::document,
    caller::Caller,
    parameters::{Asked, Named},
    problem::Problem,
    services::Services,
};

/// Whose ticket is erased.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    /// Whose ticket it is. An erasure always names its tenant.
    tenant: String,
}

/// Whose tickets are erased.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfCustomer {
    /// Whose tickets they are. An erasure always names its tenant.
    tenant: String,
    /// Keyed hash of the customer, as tickets have it (`hmac:` and 16 hex digits).
    customer: String,
}

/// Erase every execution of a ticket.
///
/// Invisible when this is answered, gone from the disk soon after. Needs a key of scope `admin`.
#[utoipa::path(
    delete,
    path = "/v1/tickets/{ticket_id}",
    operation_id = "erase_ticket",
    tag = "erasure",
    params(("ticket_id" = String, Path, description = "The ticket's number"), Of),
    responses((status = 200, body = json::Erased, description = "How many are erased"))
)]
pub(super) async fn by_id(
    State(Services { admin, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Named(ticket_id): Named,
    Asked(of): Asked<Of>,
) -> Result<Response, Problem> {
    let what = Some(What::TicketId(ticket_id));
    let message = v1::EraseTicketsRequest { tenant: of.tenant, what };
    erased(&*admin, &headers, caller, message).await
}

/// Erase every ticket of a customer.
///
/// Invisible when this is answered, gone from the disk soon after. Needs a key of scope `admin`.
#[utoipa::path(
    delete,
    path = "/v1/tickets",
    operation_id = "erase_customer",
    tag = "erasure",
    params(OfCustomer),
    responses((status = 200, body = json::Erased, description = "How many are erased"))
)]
pub(super) async fn by_customer(
    State(Services { admin, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Asked(of): Asked<OfCustomer>,
) -> Result<Response, Problem> {
    let what = Some(What::Customer(of.customer));
    let message = v1::EraseTicketsRequest { tenant: of.tenant, what };
    erased(&*admin, &headers, caller, message).await
}

async fn erased(
    admin: &dyn AdminService,
    headers: &HeaderMap,
    caller: Caller,
    message: v1::EraseTicketsRequest,
) -> Result<Response, Problem> {
    let erased = admin.erase_tickets(caller.asks(message)).await?.into_inner();
    Ok(document(headers, &json::Erased::from(erased)))
}
