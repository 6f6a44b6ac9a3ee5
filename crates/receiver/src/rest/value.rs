//! `GET /v1/value`.

use axum::{extract::State, response::Response};
use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT, VARY},
};
use serde::Deserialize;
use ticketlens_api::{json, table, v1};
use utoipa::{IntoParams, ToSchema};

use super::{answer, caller::Caller, parameters::Asked, problem::Problem, services::Services};

/// Whose month, which, and as what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct MonthOf {
    /// Of this tenant; needed with a key of scope `admin`.
    tenant: String,
    /// The month (UTC), as 2026-11; the one that it is now unless given.
    month: String,
    /// `csv` for a table; otherwise what `accept` asks for.
    #[param(inline)]
    format: Option<Format>,
}

/// As what a month is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// A document.
    Json,
    /// A table.
    Csv,
}

/// What a month was worth.
///
/// Tickets count once, with the status of their last execution in the month; what they cost is the
/// cost of all executions. The table has a row for all of it (`total`), for the month before
/// (`before`), and for each `day`, `category`, `version` and `model`; columns `cost_…` and `worth_…`
/// are there for each currency of that month.
#[utoipa::path(
    get,
    path = "/v1/value",
    operation_id = "get_value",
    tag = "value",
    params(MonthOf),
    responses((
        status = 200,
        content((json::MonthValue = "application/json"), (String = "text/csv")),
        description = "The month"
    ))
)]
pub(super) async fn value(
    State(Services { tickets, .. }): State<Services>,
    headers: HeaderMap,
    caller: Caller,
    Asked(asked): Asked<MonthOf>,
) -> Result<Response, Problem> {
    let message = v1::GetValueRequest { tenant: asked.tenant, month: asked.month };
    let value = tickets.get_value(caller.asks(message)).await?.into_inner();
    let mut response = match asked.format.unwrap_or_else(|| accepted(&headers)) {
        Format::Json => answer::document(&headers, &json::MonthValue::from(value)),
        Format::Csv => {
            let rows = table::value(&value);
            let rows = rows.map_err(|_| tonic::Status::internal("the month makes no table"))?;
            answer::table(&headers, rows, &format!("{}-{}.csv", value.tenant, value.month))
        }
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// A table for who asks for one before a document.
fn accepted(headers: &HeaderMap) -> Format {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted
        .flat_map(|value| value.split(','))
        .map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match kinds.find(|kind| kind == "text/csv" || kind == "application/json") {
        Some(kind) if kind == "text/csv" => Format::Csv,
        _ => Format::Json,
    }
}
