//! Which tickets, as the tools that select some ask for them.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::Deserialize;
use ticketlens_api::v1;

use crate::refusal::Refusal;

/// Selects tickets; what is absent selects everything.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Filter {
    /// Only tickets of this tenant. Needed by nobody but admin keys: a key of scope `read` sees its
    /// own tenant.
    tenant: Option<String>,
    /// SUCCESS, FAILED, ESCALATED, CANCELLED or the workflow's own.
    pub(crate) status: Option<String>,
    /// What the tickets are about, e.g. PRODUCT_SUPPORT; `overview` with by=category lists them.
    category: Option<String>,
    /// The workflow that handled them (`service.name`).
    workflow: Option<String>,
    /// The workflow's version (`service.version`).
    workflow_version: Option<String>,
    /// `deployment.environment.name`, e.g. production.
    environment: Option<String>,
    /// `error.type` of tickets that failed; `list_failures` lists them.
    pub(crate) error_type: Option<String>,
    /// The language model that worked on them (`gen_ai.request.model`).
    model: Option<String>,
    /// Keyed hash of the customer, as tickets have it: `hmac:` and 16 hex digits.
    customer: Option<String>,
    /// The conversation that they belong to (`gen_ai.conversation.id`).
    conversation: Option<String>,
    /// What the ticket's number begins with.
    ticket_id_prefix: Option<String>,
    /// Executed at this time or later: RFC 3339 (2026-11-09T08:00:00Z), a date (its first moment,
    /// UTC), or how long ago (30m, 24h, 7d, 2w).
    since: Option<String>,
    /// Executed before this time, written like `since`.
    until: Option<String>,
    /// Took at least this many seconds.
    min_duration_seconds: Option<f64>,
    /// Took at most this many seconds.
    max_duration_seconds: Option<f64>,
    /// `overall_confidence` is at least this; tickets without one are not selected.
    min_confidence: Option<f64>,
    /// `overall_confidence` is at most this; tickets without one are not selected.
    max_confidence: Option<f64>,
}

impl TryFrom<Filter> for v1::TicketFilter {
    type Error = Refusal;

    fn try_from(filter: Filter) -> Result<Self, Refusal> {
        let text = Option::unwrap_or_default;
        Ok(Self {
            tenant: text(filter.tenant),
            // Statuses are upper-case by contract; models are not.
            status: text(filter.status).to_ascii_uppercase(),
            category: text(filter.category),
            workflow: text(filter.workflow),
            workflow_version: text(filter.workflow_version),
            environment: text(filter.environment),
            error_type: text(filter.error_type),
            model: text(filter.model),
            customer: text(filter.customer),
            conversation: text(filter.conversation),
            ticket_id: String::new(),
            ticket_id_prefix: text(filter.ticket_id_prefix),
            since: time("since", filter.since)?,
            until: time("until", filter.until)?,
            min_duration: duration("min_duration_seconds", filter.min_duration_seconds)?,
            max_duration: duration("max_duration_seconds", filter.max_duration_seconds)?,
            min_confidence: filter.min_confidence,
            max_confidence: filter.max_confidence,
        })
    }
}

/// A time, a date, or how long ago.
pub(crate) fn time(
    name: &str,
    text: Option<String>,
) -> Result<Option<prost_types::Timestamp>, Refusal> {
    let text = text.unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let date = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    let at = text.parse().ok().or_else(|| date().map(|day| day.timestamp())).or_else(|| ago(text));
    let at: Timestamp = at.ok_or_else(|| {
        Refusal::Argument(format!(
            "{name}: must be a time such as 2026-11-09T08:00:00Z, a date such as 2026-11-09, or \
             how long ago, such as 24h or 7d"
        ))
    })?;
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    Ok(Some(prost_types::Timestamp { seconds, nanos }))
}

/// So long before now.
fn ago(text: &str) -> Option<Timestamp> {
    let unit = text.chars().last()?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let count: u32 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let span = SignedDuration::from_secs(seconds.checked_mul(count.into())?);
    Timestamp::now().checked_sub(span).ok()
}

fn duration(name: &str, seconds: Option<f64>) -> Result<Option<prost_types::Duration>, Refusal> {
    let Some(seconds) = seconds else { return Ok(None) };
    let duration = std::time::Duration::try_from_secs_f64(seconds).ok();
    let duration = duration.and_then(|duration| duration.try_into().ok());
    duration
        .map(Some)
        .ok_or_else(|| Refusal::Argument(format!("{name}: must be a number of seconds, 0 or more")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_three_ways() {
        let at = |text: &str| time("since", Some(text.to_owned())).map_err(|e| e.to_string());
        let day = at("2026-11-09").unwrap().unwrap();
        assert_eq!(at("2026-11-09T00:00:00Z").unwrap().unwrap(), day);
        assert_eq!(at("2026-11-09T02:00:00+02:00").unwrap().unwrap(), day);
        let now = Timestamp::now().as_second();
        let hour = at("1h").unwrap().unwrap().seconds;
        assert!((now - 3_605..=now - 3_595).contains(&hour));
        assert_eq!(at(" ").unwrap(), None);
        for bad in ["yesterday", "-1h", "99999999999w", "h", "1é"] {
            assert!(at(bad).unwrap_err().starts_with("since: must be a time"), "{bad}");
        }
        at("4294967295w").unwrap_err();
    }
}
