//! What the workflow says itself wins over what its spans say.

use std::collections::HashSet;

use ticketlens_ticket::{Status, Ticket};

/// Puts together a ticket: what the workflow told, and beside it what was seen in its spans
/// ([`crate::Run::ticket`]). Where both know something the workflow's word wins; its steps and those
/// that were seen are one timeline, on the workflow's clock.
pub fn told(told: Ticket, seen: Ticket) -> Ticket {
    let mut ticket = told;
    let began = |ticket: &Ticket| {
        let ended = i128::from(ticket.executed_at.as_unix_nanos());
        ended - i128::try_from(ticket.duration.as_nanos()).unwrap_or_default()
    };
    let shift = milliseconds(began(&seen) - began(&ticket));
    ticket.customer = ticket.customer.or(seen.customer);
    ticket.model = ticket.model.or(seen.model);
    if ticket.input_tokens.is_none() && ticket.output_tokens.is_none() {
        (ticket.input_tokens, ticket.output_tokens) = (seen.input_tokens, seen.output_tokens);
    }
    if ticket.status == Status::Failed {
        ticket.error_type = ticket.error_type.or(seen.error_type);
    }
    ticket.span = ticket.span.or(seen.span);
    add_new(&mut ticket.metrics, seen.metrics);
    add_new(&mut ticket.attributes, seen.attributes);

    let trace = &mut ticket.trace;
    trace.ticket = trace.ticket.take().or(seen.trace.ticket);
    trace.output = trace.output.take().or(seen.trace.output);
    trace.errors = trace.errors.take().or(seen.trace.errors);
    trace.steps.extend(seen.trace.steps.into_iter().map(|mut step| {
        step.start_ms = (step.start_ms + shift).max(0.0);
        step
    }));
    // Stable: of steps that begin together, those the workflow told come first, as they enclose.
    trace.steps.sort_by(|a, b| a.start_ms.total_cmp(&b.start_ms));
    ticket
}

fn add_new<T>(told: &mut Vec<(String, T)>, seen: Vec<(String, T)>) {
    let known: HashSet<String> = told.iter().map(|(name, _)| name.clone()).collect();
    told.extend(seen.into_iter().filter(|(name, _)| !known.contains(name)));
}

#[expect(clippy::cast_precision_loss, reason = "a shift of 285 years is none")]
fn milliseconds(nanos: i128) -> f64 {
    (nanos / 1000) as f64 / 1000.0
}
