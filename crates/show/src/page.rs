//! A ticket's page: what was asked, what the agent did, what came out, and where the time went.
//!
//! Everything that was sent is on it. What the page understands has its place; the rest is under
//! *Other*, or below the step it came with. Without [`View::full`] it is cut, and named.

use std::collections::BTreeSet;

use serde_json::Value;
use ticketlens_api::{GetTicketResponse, TicketSummary, time::duration_ms};

use crate::{
    absent::{Kept, absent, beyond},
    conversation::conversation,
    failure::errors,
    feedback::feedback,
    hint,
    iteration::iterations,
    moment::{Moment, moments},
    paint::{DIM, of_status},
    parts::{Part, Parts},
    quantity::{millis, time},
    summary::{attributes, header, metrics},
    text::{List, View, heading, joined, list, more, note, paragraph},
    timeline::timeline,
    value::{as_text, entries},
};

/// Other executions listed unless the view is full.
const OTHERS: usize = 5;
/// Lines of what was asked and planned.
const ASKED_LINES: usize = 8;
/// Lines of what came out: the point of it all.
const ANSWER_LINES: usize = 40;
/// Entries of what was asked, and of anything else that is a map.
const ENTRIES: usize = 40;
/// Columns a page needs; on a narrower terminal it is the terminal that wraps.
const NARROWEST: usize = 40;

/// The page. Pure: a message in, text with colours out.
pub fn page(ticket: &GetTicketResponse, view: View) -> String {
    let view = View { width: view.width.max(NARROWEST), ..view };
    let mut out = String::new();
    let nothing = TicketSummary::default();
    let summary = ticket.summary.as_ref().unwrap_or(&nothing);
    header(&mut out, view, summary);
    metrics(&mut out, view, summary);
    attributes(&mut out, view, ticket);
    let kept = trace(&mut out, view, ticket, duration_ms(summary.duration.as_ref()));
    absent(&mut out, view, ticket, kept);
    others(&mut out, view, ticket, summary);
    out
}

fn trace(out: &mut String, view: View, ticket: &GetTicketResponse, took_ms: f64) -> Kept {
    let json = ticket.trace_json.as_str();
    let read = serde_json::from_str::<Value>(json);
    let mut parts = match &read {
        Ok(Value::Object(trace)) => Parts::of(trace),
        _ => Parts::default(),
    };
    let asked = parts.any(&["ticket"]);
    section(out, view, "Ticket", asked);
    let is_conversation = conversation(out, view, &mut parts);
    section(out, view, "Plan", parts.any(&["planning"]));
    timeline(out, view, &ticket.steps, took_ms);
    beyond(out, view, ticket);
    let moments = moments(&mut parts);
    iterations(out, view, &moments, &ticket.steps);
    let unread: BTreeSet<_> = moments.iter().flat_map(|m| &m.rest).map(|part| part.key).collect();
    hint::hints(out, view, unread.into_iter().filter_map(hint::of_step));
    errors(out, view, parts.any(&["errors"]));
    let output = parts.any(&["output"]);
    answer(out, view, output);
    feedback(out, view, ticket);
    let rest = parts.rest();
    other(out, view, &rest);
    hint::hints(out, view, rest.iter().filter_map(|part| hint::of_trace(part.key)));
    match &read {
        Ok(Value::Object(_)) => {
            let is_any = is_conversation || asked.is_some() || output.is_some();
            let is_said = is_any || moments.iter().any(Moment::is_said);
            if is_said { Kept::Said } else { Kept::NothingSaid }
        }
        Err(_) if json.is_empty() => Kept::Nothing,
        Ok(Value::Null) => Kept::Nothing,
        // The contract has no such trace; it is shown all the same.
        Ok(value) => whole(out, view, &as_text(value, view)),
        Err(_) => whole(out, view, &as_text(&json.into(), view)),
    }
}

fn whole(out: &mut String, view: View, text: &str) -> Kept {
    heading(out, view, "Trace");
    paragraph(out, view, text, ANSWER_LINES);
    Kept::Said
}

fn section(out: &mut String, view: View, title: &str, value: Option<&Value>) {
    let Some(value) = value else { return };
    heading(out, view, title);
    let texts = match value {
        Value::Object(map) if !map.is_empty() => entries(&Parts::of(map).rest(), view),
        _ => return paragraph(out, view, &as_text(value, view), ASKED_LINES),
    };
    list(out, view, 2, List { texts: &texts, lines: ASKED_LINES, entries: ENTRIES });
}

/// The final response first, then whatever else came out.
fn answer(out: &mut String, view: View, output: Option<&Value>) {
    let Some(output) = output else { return };
    heading(out, view, "Final response");
    let mut parts = match output {
        Value::Object(map) if !map.is_empty() => Parts::of(map),
        _ => return paragraph(out, view, &as_text(output, view), ANSWER_LINES),
    };
    let said = ["response", "final_response", "answer", "message", "text", "content", "reply"];
    if let Some(said) = parts.any(&said) {
        paragraph(out, view, &as_text(said, view), ANSWER_LINES);
    }
    let texts = entries(&parts.rest(), view);
    list(out, view, 2, List { texts: &texts, lines: ASKED_LINES, entries: ENTRIES });
}

/// What the page has no place for.
fn other(out: &mut String, view: View, rest: &[Part<'_>]) {
    if rest.is_empty() {
        return;
    }
    heading(out, view, "Other");
    let texts = entries(rest, view);
    list(out, view, 2, List { texts: &texts, lines: ASKED_LINES, entries: ENTRIES });
}

fn others(out: &mut String, view: View, ticket: &GetTicketResponse, summary: &TicketSummary) {
    let others: Vec<_> =
        ticket.executions.iter().filter(|e| e.execution_id != summary.execution_id).collect();
    if others.is_empty() {
        return;
    }
    heading(out, view, "Other executions");
    let shown = others.len().min(view.limit(OTHERS));
    for other in &others[..shown] {
        let plain = anstyle::Style::new();
        let texts = [
            (plain, time(other.executed_at.as_ref())),
            (of_status(&other.status), other.status.clone()),
            (plain, millis(duration_ms(other.duration.as_ref()))),
            (DIM, other.execution_id.clone()),
        ];
        out.push_str("  ");
        joined(out, view, 2, "  ", &texts);
    }
    more(out, view, 2, others.len() - shown, "executions");
    let hint = format!("tickets show {} --execution UUID opens one", summary.ticket_id);
    note(out, view, 2, DIM, &hint);
}

#[cfg(test)]
mod everything_tests;
#[cfg(test)]
mod picture_tests;
#[cfg(test)]
mod tests;
