//! A ticket cut into parts of a like weight: each is found without the ones before it.

use serde::Serialize;
use serde_json::json;
use ticketlens_api::{json, v1};

use crate::{
    quoted::short,
    refusal::Refusal,
    row::{FeedbackRow, Row, StepRow},
    seen::shown,
    trace, weight,
};

/// What a part weighs: the rest of an answer is for what does not count, and for what stands at its
/// edges.
const PART: usize = 18_000;
/// What a line takes beside its text.
const LINE: usize = 40;

/// One part of a ticket.
#[derive(Debug)]
pub(super) struct Page {
    /// What it is, and how to go on.
    pub(super) about: String,
    /// Lines of JSON.
    pub(super) lines: Vec<String>,
}

impl Page {
    /// Part `part` of a ticket, or of what is at one place of its trace.
    pub(super) fn of(ticket: &v1::GetTicketResponse, part: u32, at: &str) -> Result<Self, Refusal> {
        let part = u64::from(part);
        if part == 0 {
            return Err(Refusal::Argument("part: must be 1 or more".to_owned()));
        }
        let mut window = Window::new(part);
        if at.is_empty() {
            window.whole(ticket);
        }
        let steps = ticket.steps.len();
        let mut places = 0;
        let read = match ticket.trace_json.as_str() {
            "" => Ok(()),
            trace => trace::texts(trace, steps, &mut |path, weighs, text| {
                if is_at(path, at) {
                    places += 1;
                    window.text(path, weighs, text);
                }
            }),
        };
        if read.is_err() {
            window.line(&json!({ "trace": "cannot be read further" }));
        }
        if !at.is_empty() && places == 0 {
            return Err(Refusal::Argument(
                "at: there is no text at this place of the trace; call without `at` to see the \
                 places there are"
                    .to_owned(),
            ));
        }
        let parts = window.parts();
        if part > parts {
            return Err(Refusal::Argument(format!("part: there are only {parts}")));
        }
        let summary = ticket.summary.clone().unwrap_or_default();
        let first = match part {
            1 => json!({ "ticket": Row::from(summary) }),
            _ => json!({ "ticket": { "ticket_id": short(&summary.ticket_id),
                                     "execution_id": short(&summary.execution_id) } }),
        };
        window.lines.insert(0, first.to_string());
        let about = about(ticket, part, parts);
        Ok(Self { about, lines: window.lines })
    }
}

fn about(ticket: &v1::GetTicketResponse, part: u64, parts: u64) -> String {
    let mut about = match part < parts {
        true => format!("Part {part} of {parts}: ask with part={} to go on.", part + 1),
        false => format!("Part {part} of {parts}, the last."),
    };
    if ticket.steps_beyond > 0 {
        let beyond = ticket.steps_beyond;
        about.push_str(&format!(" {beyond} steps more are in the trace and not on the timeline."));
    }
    if ticket.trace_json.is_empty() {
        about.push_str(" It has no trace: none was captured, or its retention is over.");
    }
    about
}

/// Whether a path is this one, or below it.
fn is_at(path: &str, at: &str) -> bool {
    let rest = path.strip_prefix(at);
    rest.is_some_and(|rest| at.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A part of all there is to tell, which comes by in order.
struct Window {
    /// Where it begins and ends, in weight.
    from: u64,
    to: u64,
    /// What has come by.
    at: u64,
    lines: Vec<String>,
}

impl Window {
    fn new(part: u64) -> Self {
        let from = (part - 1).saturating_mul(PART as u64);
        Self { from, to: from.saturating_add(PART as u64), at: 0, lines: Vec::new() }
    }

    fn parts(&self) -> u64 {
        self.at.div_ceil(PART as u64).max(1)
    }

    /// All but the texts of the trace.
    fn whole(&mut self, ticket: &v1::GetTicketResponse) {
        let summary = json::Ticket::from(ticket.summary.clone().unwrap_or_default());
        self.line(&json!({
            "capture": short(&summary.capture),
            "redactions": summary.redactions,
            "received_at": summary.received_at,
            "trace_id": summary.trace_id,
            "span_id": summary.span_id,
            "instance_id": short(&summary.instance_id),
            "sequence": summary.sequence,
        }));
        for (name, value) in &summary.metrics {
            self.line(&json!({ "metric": short(name), "value": value }));
        }
        for (detector, count) in &summary.redactions_by {
            self.line(&json!({ "redacted": short(detector), "count": count }));
        }
        let mut attributes: Vec<_> = ticket.attributes.iter().collect();
        attributes.sort();
        for (name, value) in attributes {
            let path = format!("attributes.{name}");
            self.text(&path, weight::of(&path), value);
        }
        for (place, said) in ticket.feedback.iter().enumerate() {
            // It is this ticket's, and its comment is told whole.
            let (tenant, ticket_id, comment) = (String::new(), String::new(), String::new());
            let rest = v1::Feedback { tenant, ticket_id, comment, ..said.clone() };
            self.line(&json!({ "feedback": FeedbackRow::from(rest) }));
            let path = format!("feedback[{place}].comment");
            if !said.comment.is_empty() {
                self.text(&path, weight::of(&path), &said.comment);
            }
        }
        for execution in &ticket.executions {
            self.line(&json!({ "other_execution": Row::from(execution.clone()) }));
        }
        for (place, step) in ticket.steps.iter().enumerate() {
            self.line(&StepRow::new(place, step));
        }
    }

    /// A line that belongs to the part in which it begins.
    fn line(&mut self, line: &impl Serialize) {
        let Ok(line) = serde_json::to_string(line) else { return };
        if (self.from..self.to).contains(&self.at) {
            self.lines.push(line.clone());
        }
        self.at += weight::of_json(&line) as u64 + 2;
    }

    /// A text, of which each part has a piece.
    fn text(&mut self, path: &str, weighs: usize, text: &str) {
        self.at += (weighs + LINE) as u64;
        let begin = self.at;
        let mut piece = Piece::default();
        for (place, c) in text.char_indices() {
            // A character belongs to the part in which it begins, and a line to that of its first.
            match self.at {
                at if at < self.from => piece.before += 1,
                at if at < self.to => {
                    piece.from.get_or_insert(place);
                    piece.to = place + c.len_utf8();
                }
                _ => piece.after += 1,
            }
            self.at += weight::of_char(c) as u64;
        }
        let Some(from) = piece.from else { return };
        let mut line = json!({ "at": short(path), "text": shown(&text[from..piece.to]) });
        if begin < self.from {
            line["from_character"] = piece.before.into();
        }
        if piece.after > 0 {
            let next = self.to / PART as u64 + 1;
            let more = format!("… {} more characters, ask with part={next}", piece.after);
            line["more"] = more.into();
        }
        self.lines.push(line.to_string());
    }
}

/// What of a text is in the part.
#[derive(Default)]
struct Piece {
    /// Characters in the parts before, and after.
    before: u64,
    after: u64,
    /// Bytes in this one.
    from: Option<usize>,
    to: usize,
}
