//! What is not on the page, and why: nothing is claimed that can't be known from the record.

use ticketlens_api::GetTicketResponse;

use crate::{
    paint::YELLOW,
    quantity::count,
    text::{View, note},
};

/// What a trace holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// There is none.
    Nothing,
    /// There is one, and in it no request, no answer and no message.
    NothingSaid,
    /// Something that somebody said is in it.
    Said,
}

/// Says plainly what is not on the page and why.
pub fn absent(out: &mut String, view: View, ticket: &GetTicketResponse, kept: Kept) {
    let capture = ticket.summary.as_ref().map(|summary| summary.capture.as_str());
    let why = match (capture.unwrap_or_default(), kept) {
        (_, Kept::Said) => return,
        ("METRICS_ONLY", Kept::Nothing) => {
            "No trace is stored. Either none was sent, or its workflow's or tenant's capture level is \
             METRICS_ONLY, or it could not be kept (too large, not redactable, an unknown capture \
             level or too many attributes)."
        }
        ("TIMELINE", Kept::Nothing) if ticket.steps.is_empty() => {
            "No timeline: its retention is over, or the workflow sent no steps. Of a ticket that is \
             captured as TIMELINE, no text is stored."
        }
        ("TIMELINE", _) => {
            "No text: this ticket was captured as TIMELINE. What was said, called and returned \
             was not stored; steps, their times and the types of their errors were."
        }
        (_, Kept::Nothing) => "No trace: its retention is over, or the workflow sent none.",
        // The record does not say which.
        (_, Kept::NothingSaid) => {
            "This trace has no question and no answer (ticket, output, messages): none was sent, or \
             messages are dropped, by the workflow or by its tenant's setting."
        }
    };
    out.push('\n');
    note(out, view, 0, YELLOW, why);
}

/// How many steps the timeline does not hold, and where they are.
pub fn beyond(out: &mut String, view: View, ticket: &GetTicketResponse) {
    let many = count(ticket.steps_beyond.into());
    let says = match (ticket.steps_beyond, ticket.trace_json.is_empty()) {
        (0, _) => return,
        (1, false) => "1 more step is in the trace, not on the timeline".to_owned(),
        (_, false) => format!("{many} more steps are in the trace, not on the timeline"),
        (1, true) => "1 more step was sent than a timeline holds".to_owned(),
        (_, true) => format!("{many} more steps were sent than a timeline holds"),
    };
    note(out, view, 0, YELLOW, &format!("… {says}"));
}
