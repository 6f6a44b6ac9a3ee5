//! `/v1/audit`.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;
use ticketlens_api::{json, v1};
use utoipa::IntoParams;

use super::{
    answer::document,
    caller::Caller,
    parameters::{Asked, page_size, time, wire},
    problem::Problem,
    services::Services,
};

/// Which acts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Acts {
    /// Acts that concern this tenant, also one that was removed; a key of scope `read` may name its
    /// own alone.
    tenant: String,
    /// Acts of this kind, e.g. `key.revoke`.
    act: String,
    /// Begun at this time or later: RFC 3339, or a date, which is its first moment in UTC.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    since: Option<Timestamp>,
    /// Begun before this time.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// Acts on a page, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: u32,
    /// `next_cursor` of the page before.
    cursor: String,
}

impl Default for Acts {
    fn default() -> Self {
        let (tenant, act, cursor) = Default::default();
        Self { tenant, act, since: None, until: None, limit: 50, cursor }
    }
}

/// What was done to the installation, and by whom.
///
/// Newest first, a page at a time. A key of scope `read` sees what concerns its own tenant.
#[utoipa::path(
    get,
    path = "/v1/audit",
    operation_id = "list_audit",
    tag = "housekeeping",
    params(Acts),
    responses((status = 200, body = json::AuditPage, description = "A page of the audit"))
)]
pub(super) async fn list(
    State(Services { admin, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Asked(of): Asked<Acts>,
) -> Result<Response, Problem> {
    let message = v1::ListAuditRequest {
        tenant: of.tenant,
        act: of.act,
        since: of.since.map(wire),
        until: of.until.map(wire),
        page_size: page_size(of.limit)?,
        page_token: of.cursor,
    };
    let page = admin.list_audit(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::AuditPage::from(page)))
}
