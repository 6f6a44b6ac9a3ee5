//! `/v1/overview` and `/v1/compare`.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use ticketlens_api::{json, v1};

use super::{
    answer::document,
    caller::Caller,
    parameters::{AskedBoth, Filter, Grouping, Versions},
    problem::Problem,
    services::Services,
};

/// Totals, rates and times, also over time and by any dimension.
#[utoipa::path(
    get,
    path = "/v1/overview",
    operation_id = "get_overview",
    tag = "overview",
    params(Filter, Grouping),
    responses((status = 200, body = json::Overview, description = "The overview"))
)]
pub(super) async fn overview(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    AskedBoth(filter, grouping): AskedBoth<Filter, Grouping>,
) -> Result<Response, Problem> {
    let every = grouping.every_seconds;
    let message = v1::GetOverviewRequest {
        filter: Some(filter.try_into()?),
        by: grouping.by,
        every: every.map(|seconds| prost_types::Duration { seconds: seconds.into(), nanos: 0 }),
    };
    let overview = tickets.get_overview(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::Overview::from(overview)))
}

/// Compare two versions of a workflow.
#[utoipa::path(
    get,
    path = "/v1/compare",
    operation_id = "compare_versions",
    tag = "overview",
    params(Filter, Versions),
    responses((status = 200, body = json::Comparison, description = "Both, and what changed"))
)]
pub(super) async fn compare(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    AskedBoth(filter, versions): AskedBoth<Filter, Versions>,
) -> Result<Response, Problem> {
    let message = v1::CompareVersionsRequest {
        filter: Some(filter.try_into()?),
        a: versions.a,
        b: versions.b,
    };
    let compared = tickets.compare_versions(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::Comparison::from(compared)))
}
