//! `GET /v1/feedback`.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;
use ticketlens_api::{json, v1};
use utoipa::IntoParams;

use super::{
    answer::document,
    caller::Caller,
    parameters::{AskedBoth, time, wire},
    problem::Problem,
    services::Services,
};

/// Selects feedback; what is absent selects everything.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedbackFilter {
    /// Feedback on tickets of this tenant; a key of scope `read` may name its own alone.
    tenant: Option<String>,
    /// The ticket's number.
    ticket_id: Option<String>,
    /// What is evaluated: `csat`, or any other.
    name: Option<String>,
    /// Who gave it: HUMAN, MODEL or CODE.
    source: Option<String>,
    /// Given at this time or later: RFC 3339, or a date, which is its first moment in UTC.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    since: Option<Timestamp>,
    /// Given before this time.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// The score is at least this; feedback without one is not selected.
    min_score: Option<f64>,
    /// The score is at most this; feedback without one is not selected.
    max_score: Option<f64>,
}

/// How feedback is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedbackListing {
    /// `-given_at` for the newest first, `score` for the lowest first, where feedback without one is
    /// last; `-given_at` unless given.
    sort: String,
    /// Feedback on a page, 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: u32,
    /// `next_cursor` of the page before, which had the same filters and `sort`.
    cursor: String,
}

impl Default for FeedbackListing {
    fn default() -> Self {
        Self { sort: String::new(), limit: 50, cursor: String::new() }
    }
}

/// List feedback on tickets.
///
/// Newest first unless sorted otherwise, a page at a time. What was corrected is not listed: of each
/// ticket (or execution), name and source the latest counts.
#[utoipa::path(
    get,
    path = "/v1/feedback",
    operation_id = "list_feedback",
    tag = "feedback",
    params(FeedbackFilter, FeedbackListing),
    responses((status = 200, body = json::FeedbackPage, description = "A page of feedback"))
)]
pub(super) async fn list(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    AskedBoth(filter, listing): AskedBoth<FeedbackFilter, FeedbackListing>,
) -> Result<Response, Problem> {
    if listing.limit == 0 {
        return Err(Problem::of_parameter("limit: 1 to 100"));
    }
    let message = v1::ListFeedbackRequest {
        filter: Some(filter.into()),
        page_size: listing.limit,
        page_token: listing.cursor,
        sort: listing.sort,
    };
    let page = tickets.list_feedback(caller.asks(message)).await?.into_inner();
    Ok(document(&headers, &json::FeedbackPage::from(page)))
}

impl From<FeedbackFilter> for v1::FeedbackFilter {
    fn from(filter: FeedbackFilter) -> Self {
        Self {
            tenant: filter.tenant.unwrap_or_default(),
            ticket_id: filter.ticket_id.unwrap_or_default(),
            name: filter.name.unwrap_or_default(),
            source: filter.source.unwrap_or_default(),
            since: filter.since.map(wire),
            until: filter.until.map(wire),
            min_score: filter.min_score,
            max_score: filter.max_score,
        }
    }
}
