//! What stands behind the question mark. A name that no type of a route knows is refused: mistyped,
//! a filter would select everything.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use ticketlens_api::v1;
use utoipa::IntoParams;

use super::problem::Problem;

/// Characters of an unknown name that are told.
const TOLD: usize = 30;
/// From here on two names are alike enough for one to be meant by the other.
const LIKE: f64 = 0.85;

/// What stands in a path: a ticket's number, a tenant's name.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        let named = named.map_err(|_| Problem::of_parameter("the path is not UTF-8"))?;
        Ok(Self(named.0))
    }
}

/// The parameters of one type.
pub(super) struct Asked<A>(pub(super) A);

/// The parameters of two types.
pub(super) struct AskedBoth<A, B>(pub(super) A, pub(super) B);

impl<S: Sync, A: DeserializeOwned + IntoParams> FromRequestParts<S> for Asked<A> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        known(query, &names::<A>())?;
        Ok(Self(read(query)?))
    }
}

impl<S: Sync, A, B> FromRequestParts<S> for AskedBoth<A, B>
where
    A: DeserializeOwned + IntoParams,
    B: DeserializeOwned + IntoParams,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let names = [names::<A>(), names::<B>()].concat();
        known(query, &names)?;
        Ok(Self(read(query)?, read(query)?))
    }
}

fn names<A: IntoParams>() -> Vec<String> {
    A::into_params(|| None).into_iter().map(|parameter| parameter.name).collect()
}

fn known(query: &str, names: &[String]) -> Result<(), Problem> {
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if !names.iter().any(|known| *known == name) {
            return Err(unknown(&name, names));
        }
    }
    Ok(())
}

fn unknown(name: &str, names: &[String]) -> Problem {
    let told: String = name.chars().take(TOLD).collect();
    let near = names.iter().find(|known| strsim::jaro_winkler(known, name) > LIKE);
    Problem::of_parameter(match near {
        Some(near) => format!("{told:?}: there is no such parameter here; is {near} meant?"),
        None => {
            format!("{told:?}: there is no such parameter here; there are {}", names.join(", "))
        }
    })
}

fn read<A: DeserializeOwned>(query: &str) -> Result<A, Problem> {
    let parsed = form_urlencoded::parse(query.as_bytes());
    let reader = serde_html_form::Deserializer::new(parsed);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let says = error.inner().to_string();
        if let Some(name) = says.strip_prefix("missing field `").and_then(|s| s.strip_suffix('`')) {
            return Problem::of_parameter(format!("{name}: is missing"));
        }
        Problem::of_parameter(format!("{}: {}", error.path(), in_words(&says)))
    })
}

/// What a parser says, as people do.
fn in_words(says: &str) -> &str {
    if says.contains("integer") || says.contains("digit") || says.contains("too large") {
        return "must be a whole number, 0 or more";
    }
    if says.contains("float") {
        return "must be a number";
    }
    if says.contains("unsupported value") || says.contains("duplicate field") {
        return "is given more than once";
    }
    if says.contains("expected \"true\"") || says.contains("boolean") || says.contains("bool") {
        return "must be true or false";
    }
    says
}

/// Selects tickets; what is absent selects everything.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Tickets of this tenant; a key of scope `read` may name its own alone.
    tenant: Option<String>,
    /// SUCCESS, FAILED, ESCALATED, CANCELLED or the workflow's own.
    status: Option<String>,
    /// What the tickets are about.
    category: Option<String>,
    /// `service.name`.
    workflow: Option<String>,
    /// `service.version`.
    workflow_version: Option<String>,
    /// `deployment.environment.name`.
    environment: Option<String>,
    /// `error.type`.
    error_type: Option<String>,
    /// `gen_ai.request.model`.
    model: Option<String>,
    /// Keyed hash of the customer, as tickets have it (`hmac:` and 16 hex digits).
    customer: Option<String>,
    /// `gen_ai.conversation.id`.
    conversation: Option<String>,
    /// The ticket's number.
    ticket_id: Option<String>,
    /// What the ticket's number begins with.
    ticket_id_prefix: Option<String>,
    /// Executed at this time or later: RFC 3339, or a date, which is its first moment in UTC.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    since: Option<Timestamp>,
    /// Executed before this time.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// Took at least this many seconds.
    min_duration_seconds: Option<f64>,
    /// Took at most this many seconds.
    max_duration_seconds: Option<f64>,
    /// `overall_confidence` is at least this; tickets without one are not selected.
    min_confidence: Option<f64>,
    /// `overall_confidence` is at most this; tickets without one are not selected.
    max_confidence: Option<f64>,
}

/// How tickets are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    /// `executed_at`, `duration`, `tokens` or `confidence`, with a `-` before it for the greatest
    /// first; `-executed_at` unless given. Tickets without the value are last either way.
    pub(super) sort: String,
    /// Tickets on a page, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub(super) limit: u32,
    /// `next_cursor` of the page before, which had the same filters and `sort`.
    pub(super) cursor: String,
}

/// What is searched for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Searching {
    /// Words, of which a ticket must say all, each as a whole word; and in double quotes exact text,
    /// which may begin and end within a word. Neither distinguishes upper from lower case. At most
    /// 8, and 256 bytes in all.
    #[param(required = true)]
    pub(super) q: String,
    /// Tickets on a page, 1 to 50.
    #[param(minimum = 1, maximum = 50, default = 20)]
    pub(super) limit: u32,
    /// `next_cursor` of the page before, which had the same filters and `q`.
    pub(super) cursor: String,
}

impl Default for Listing {
    fn default() -> Self {
        Self { sort: String::new(), limit: 50, cursor: String::new() }
    }
}

/// How much a page holds. 0 means nothing here; the messages take it for none given.
pub(super) fn page_size(limit: u32) -> Result<u32, Problem> {
    match limit {
        0 => Err(Problem::of_parameter("limit: 1 to 1000")),
        limit => Ok(limit),
    }
}

/// Which execution of a ticket.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Execution {
    /// One execution of the ticket; the newest unless given.
    pub(super) execution: String,
    /// Whose ticket: for admin keys, needed where several tenants have this number.
    pub(super) tenant: String,
}

/// What an overview is cut into.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Grouping {
    /// Also by tenant, status, category, workflow, workflow_version, environment, model or
    /// error_type; the 20 values with the most tickets are told apart.
    pub(super) by: String,
    /// Also over time, in spans of so many seconds; needs `since`, and makes at most 1000 spans.
    pub(super) every_seconds: Option<u32>,
}

/// Two versions of a workflow.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Versions {
    /// The version that is compared with, as `service.version` has it.
    pub(super) a: String,
    /// The version that is compared.
    pub(super) b: String,
}

/// A time of a parameter.
pub(super) fn time<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(reader)?;
    let date = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    let at = text.parse().ok().or_else(|| date().map(|day| day.timestamp()));
    at.map(Some).ok_or_else(|| {
        serde::de::Error::custom(
            "must be a time such as 2026-11-09T08:00:00Z, or a date such as 2026-11-09",
        )
    })
}

impl TryFrom<Filter> for v1::TicketFilter {
    type Error = Problem;

    fn try_from(filter: Filter) -> Result<Self, Problem> {
        let text = Option::unwrap_or_default;
        Ok(Self {
            tenant: text(filter.tenant),
            status: text(filter.status),
            category: text(filter.category),
            workflow: text(filter.workflow),
            workflow_version: text(filter.workflow_version),
            environment: text(filter.environment),
            error_type: text(filter.error_type),
            model: text(filter.model),
            customer: text(filter.customer),
            conversation: text(filter.conversation),
            ticket_id: text(filter.ticket_id),
            ticket_id_prefix: text(filter.ticket_id_prefix),
            since: filter.since.map(wire),
            until: filter.until.map(wire),
            min_duration: duration("min_duration_seconds", filter.min_duration_seconds)?,
            max_duration: duration("max_duration_seconds", filter.max_duration_seconds)?,
            min_confidence: filter.min_confidence,
            max_confidence: filter.max_confidence,
        })
    }
}

/// A time as messages have it.
pub(super) fn wire(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

fn duration(name: &str, seconds: Option<f64>) -> Result<Option<prost_types::Duration>, Problem> {
    let Some(seconds) = seconds else { return Ok(None) };
    let duration = std::time::Duration::try_from_secs_f64(seconds).ok();
    let duration = duration.and_then(|duration| duration.try_into().ok());
    duration.map(Some).ok_or_else(|| {
        Problem::of_parameter(format!("{name}: must be a number of seconds, 0 or more"))
    })
}
