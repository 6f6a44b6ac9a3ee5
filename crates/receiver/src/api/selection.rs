//! A filter as it was sent, as the store takes it.

use ticketlens_api::v1;
use ticketlens_store::TicketFilter;
use tonic::Status;

use super::{
    messages::{seconds, time},
    scope::invalid,
};

/// What a filter selects; whose tickets is decided by the key.
pub(super) fn selected(filter: &v1::TicketFilter) -> Result<TicketFilter, Status> {
    let text = |text: &String| (!text.is_empty()).then(|| text.clone());
    let (since, until) = (time("since", filter.since)?, time("until", filter.until)?);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(invalid("until", "must be later than `since`"));
    }
    if !filter.customer.is_empty() {
        customer_hash(&filter.customer)?;
    }
    Ok(TicketFilter {
        // Statuses are upper-case by contract; people are not.
        status: text(&filter.status.to_ascii_uppercase()),
        category: text(&filter.category),
        workflow: text(&filter.workflow),
        environment: text(&filter.environment),
        since,
        until,
        ticket_id: text(&filter.ticket_id),
        ticket_id_prefix: text(&filter.ticket_id_prefix),
        workflow_version: text(&filter.workflow_version),
        error_type: text(&filter.error_type),
        model: text(&filter.model),
        customer: text(&filter.customer),
        conversation: text(&filter.conversation),
        min_seconds: seconds("min_duration", filter.min_duration.as_ref())?,
        max_seconds: seconds("max_duration", filter.max_duration.as_ref())?,
        min_confidence: number("min_confidence", filter.min_confidence)?,
        max_confidence: number("max_confidence", filter.max_confidence)?,
    })
}

/// That a text may be a customer's keyed hash: one that can't be is a mistake, and not a customer
/// without tickets.
pub(super) fn customer_hash(text: &str) -> Result<(), Status> {
    let digits = text.strip_prefix("hmac:").filter(|digits| digits.len() == 16);
    if digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))) {
        return Ok(());
    }
    let what = "must be the keyed hash that its tickets carry, hmac: and 16 hex digits";
    Err(invalid("customer", what))
}

/// A number that can be compared with.
pub(super) fn number(argument: &str, number: Option<f64>) -> Result<Option<f64>, Status> {
    match number {
        Some(number) if !number.is_finite() => Err(invalid(argument, "is not a number")),
        number => Ok(number),
    }
}
