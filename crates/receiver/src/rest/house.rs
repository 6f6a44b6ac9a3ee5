//! Housekeeping: what is stored, purging it, and how long it is kept.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;
use ticketlens_api::{json, v1};
use utoipa::IntoParams;

use super::{
    answer::document,
    caller::Caller,
    parameters::{Asked, Named, time, wire},
    problem::Problem,
    services::Services,
};

/// What is stored, by what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    /// Of this tenant; a key of scope `read` may name its own alone.
    tenant: String,
    /// tenant, status, workflow or day (received, UTC); tenant unless given.
    by: String,
}

/// Which tickets are purged.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Purge {
    /// Executed before this time, which is not in the future: RFC 3339, or a date (UTC).
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = String, required = true)]
    executed_before: Option<Timestamp>,
    /// Of this tenant; of all unless given.
    #[serde(default)]
    tenant: String,
    /// With this status.
    #[serde(default)]
    status: String,
    /// In this category.
    #[serde(default)]
    category: String,
    /// Of this workflow.
    #[serde(default)]
    workflow: String,
    /// From this environment.
    #[serde(default)]
    environment: String,
    /// `true` deletes nothing, and says what would be deleted; `false` deletes.
    dry_run: bool,
}

/// How long a tenant's tickets are kept.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Retention {
    /// Days a trace is kept; as they are unless given.
    trace_days: Option<u32>,
    /// Days a ticket's metrics are kept; as they are unless given.
    metrics_days: Option<u32>,
    /// Whether tickets that are stored already get the same times to go.
    #[serde(default)]
    apply: bool,
    /// `true` changes nothing, and says what `apply` would change.
    #[serde(default)]
    dry_run: bool,
}

/// What is stored: rows, bytes, since when, how fast it grows.
#[utoipa::path(
    get,
    path = "/v1/storage",
    operation_id = "get_storage",
    tag = "housekeeping",
    params(Of),
    responses((status = 200, body = json::Storage, description = "What is stored"))
)]
pub(super) async fn storage(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Asked(of): Asked<Of>,
) -> Result<Response, Problem> {
    let message = v1::GetStorageRequest { tenant: of.tenant, by: of.by };
    let storage = tickets.get_storage(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::Storage::from(storage)))
}

/// Delete the tickets that were executed before a time, or say what that would be.
///
/// For good: invisible when this is answered, gone from the disk soon after. Needs a key of scope
/// `admin`. A month of a million tickets may take a minute; a request that is given up is not undone.
#[utoipa::path(
    post,
    path = "/v1/purge",
    operation_id = "purge_tickets",
    tag = "housekeeping",
    params(Purge),
    responses((status = 200, body = json::Purged, description = "What was deleted, or would be"))
)]
pub(super) async fn purge(
    State(Services { admin, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Asked(purge): Asked<Purge>,
) -> Result<Response, Problem> {
    let message = v1::PurgeTicketsRequest {
        filter: Some(v1::TicketFilter {
            tenant: purge.tenant,
            status: purge.status,
            category: purge.category,
            workflow: purge.workflow,
            environment: purge.environment,
            ..v1::TicketFilter::default()
        }),
        executed_before: purge.executed_before.map(wire),
        dry_run: purge.dry_run,
        month: 0,
    };
    let purged = admin.purge_tickets(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::Purged::from(purged)))
}

/// Change how long a tenant's tickets are kept, also those that are stored already.
///
/// Needs a key of scope `admin`. What is past its time by the new retention is invisible when this is
/// answered; what was past its time before stays so.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/retention",
    operation_id = "set_retention",
    tag = "housekeeping",
    params(("tenant" = String, Path, description = "Whose"), Retention),
    responses((
        status = 200,
        body = json::AppliedRetention,
        description = "What changed of what is stored, or would; nothing without `apply`"
    ))
)]
pub(super) async fn retention(
    State(Services { admin, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Named(tenant): Named,
    Asked(to): Asked<Retention>,
) -> Result<Response, Problem> {
    let Retention { trace_days, metrics_days, apply, dry_run } = to;
    if !dry_run {
        let name = tenant.clone();
        let days = v1::UpdateTenantRequest { name, trace_days, metrics_days, ..Default::default() };
        admin.update_tenant(caller.clone().asks(days)).await?;
    }
    let mut applied = v1::ApplyRetentionResponse::default();
    if dry_run {
        let message =
            v1::ApplyRetentionRequest { tenant, dry_run, trace_days, metrics_days, month: 0 };
        applied = admin.apply_retention(caller.asks(message)).await?.into_inner();
    } else if apply {
        let message = v1::ApplyRetentionRequest { tenant, ..Default::default() };
        applied = admin.apply_retention(caller.asks(message)).await?.into_inner();
    }
    Ok(document(&headers, &json::AppliedRetention::from(applied)))
}
