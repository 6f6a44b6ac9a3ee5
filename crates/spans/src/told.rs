//! What the workflow says itself wins over what its spans say.

use std::collections::{HashMap, HashSet};

use ticketlens_ticket::{Status, Step, Ticket};

/// Puts together a ticket: what the workflow told, and beside it what was seen in its spans
/// ([`crate::Run::ticket`]). Where both know something the workflow's word wins; its steps and those
/// that were seen are one timeline, on the workflow's clock.
///
/// `within` has, by the id of a span, the id of the workflow's step that the span began in.
pub fn told(told: Ticket, seen: Ticket, within: &HashMap<u64, String>) -> Ticket {
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
    let around = Around::of(&trace.steps, within);
    trace.steps.extend(seen.trace.steps.into_iter().map(|mut step| {
        step.start_ms = (step.start_ms + shift).max(0.0);
        if let Some(above) = around.step(&step) {
            // Two clocks: nothing begins before what it is in.
            step.start_ms = step.start_ms.max(above.start_ms);
            step.parent_id = Some(above.id.clone());
        }
        step
    }));
    // Stable: of steps that begin together, those the workflow told come first, as they enclose.
    trace.steps.sort_by(|a, b| a.start_ms.total_cmp(&b.start_ms));
    ticket
}

/// The workflow's steps around those that were seen.
#[derive(Default)]
struct Around {
    /// By its id.
    told: HashMap<String, Above>,
    /// The id of the workflow's step that a span began in, by the span's id in hex.
    within: HashMap<String, String>,
}

/// A step of the workflow's.
struct Above {
    id: String,
    parent: Option<String>,
    start_ms: f64,
}

impl Around {
    fn of(told: &[Step], within: &HashMap<u64, String>) -> Self {
        if within.is_empty() {
            return Self::default();
        }
        let above = |step: &Step| Above {
            id: step.id.clone(),
            parent: step.parent_id.clone(),
            start_ms: step.start_ms,
        };
        let in_hex = |(span, step): (&u64, &String)| (format!("{span:016x}"), step.clone());
        Self {
            told: told.iter().map(|step| (step.id.clone(), above(step))).collect(),
            within: within.iter().map(in_hex).collect(),
        }
    }

    /// The step of the workflow's that one which was seen is directly in: no other that was seen is
    /// between the two.
    fn step(&self, seen: &Step) -> Option<&Above> {
        let step = self.of_span(&seen.id)?;
        let mut between = seen.parent_id.as_deref().and_then(|parent| self.of_span(parent));
        // As deep as workflows nest their steps.
        for _ in 0..64 {
            let Some(one) = between else { break };
            if one.id == step.id {
                return None;
            }
            between = one.parent.as_ref().and_then(|parent| self.told.get(parent));
        }
        Some(step)
    }

    /// The step that a span began in; turns and calls that no span shows have the id of one before a `-`.
    fn of_span(&self, id: &str) -> Option<&Above> {
        let span = id.split('-').next().unwrap_or(id);
        self.told.get(self.within.get(span)?)
    }
}

fn add_new<T>(told: &mut Vec<(String, T)>, seen: Vec<(String, T)>) {
    let known: HashSet<String> = told.iter().map(|(name, _)| name.clone()).collect();
    told.extend(seen.into_iter().filter(|(name, _)| !known.contains(name)));
}

#[expect(clippy::cast_precision_loss, reason = "a shift of 285 years is none")]
fn milliseconds(nanos: i128) -> f64 {
    (nanos / 1000) as f64 / 1000.0
}
