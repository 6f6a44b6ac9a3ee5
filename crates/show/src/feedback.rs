//! What was said of a ticket when it was long stored: a customer's rating, an evaluation.

use anstyle::Style;
use ticketlens_api::{Feedback, GetTicketResponse};

use crate::{
    paint::{BOLD, DIM},
    quantity::{ago, exact, measure, time},
    text::{Block, View, heading, joined, labelled, note},
};

/// Feedback shown unless the view is full.
const SHOWN: usize = 10;
/// Lines of a comment.
const COMMENT_LINES: usize = 8;

/// Appends what was said of the ticket, newest first.
pub fn feedback(out: &mut String, view: View, ticket: &GetTicketResponse) {
    if ticket.feedback.is_empty() {
        return;
    }
    heading(out, view, "Feedback");
    let shown = ticket.feedback.len().min(view.limit(SHOWN));
    for one in &ticket.feedback[..shown] {
        entry(out, view, one);
    }
    // The word has no other form for many.
    let left = ticket.feedback.len() - shown;
    if left > 0 {
        note(out, view, 2, DIM, &format!("… {left} more; --full shows them"));
    }
}

fn entry(out: &mut String, view: View, one: &Feedback) {
    let plain = Style::new();
    let score = one.score.map(|score| if view.full { exact(score) } else { measure(score) });
    let given = match one.given_at.as_ref() {
        Some(at) => format!("{} ({})", time(Some(at)), ago(Some(at), view.now)),
        None => String::new(),
    };
    let texts = [
        (BOLD, one.name.clone()),
        (BOLD, score.unwrap_or_default()),
        (plain, one.label.clone()),
        (plain, one.source.clone()),
        (DIM, given),
    ];
    out.push_str("  ");
    joined(out, view, 2, "  ", &texts);
    labelled(out, view, 4, Block::new("comment", &one.comment, COMMENT_LINES));
    if view.full {
        for (label, text) in
            [("execution", &one.execution_id), ("customer", &one.customer), ("id", &one.id)]
        {
            labelled(out, view, 4, Block::new(label, text, 1));
        }
    }
}
