//! A ticket's page: what was asked, what the agent did, what came out, and where the time went.

use serde_json::Value;
use ticketlens_api::{GetTicketResponse, TicketSummary, time::duration_ms};
use ticketlens_ticket::MESSAGE_KEYS;
use unicode_width::UnicodeWidthStr;

use crate::{
    iteration::{as_text, failure, iterations},
    moment::any,
    paint::{BOLD, DIM, RED, YELLOW, of_status, paint},
    quantity::{ago, count, measure, millis, time},
    safe,
    text::{View, heading, list, paragraph},
    timeline::{fit, timeline},
};

/// Other executions listed unless the view is full.
const OTHERS: usize = 5;
/// Lines of what was asked and planned.
const ASKED_LINES: usize = 8;
/// Lines of what came out: the point of it all.
const ANSWER_LINES: usize = 40;

/// The page. Pure: a message in, text with colours out.
pub fn page(ticket: &GetTicketResponse, view: View) -> String {
    let mut out = String::new();
    let nothing = TicketSummary::default();
    let summary = ticket.summary.as_ref().unwrap_or(&nothing);
    let trace = serde_json::from_str::<Value>(&ticket.trace_json).unwrap_or(Value::Null);
    header(&mut out, view, summary);
    metrics(&mut out, view, summary);
    attributes(&mut out, view, ticket);
    section(&mut out, view, "Ticket", trace.get("ticket"), ASKED_LINES);
    section(&mut out, view, "Plan", trace.get("planning"), ASKED_LINES);
    timeline(&mut out, view, &ticket.steps, duration_ms(summary.duration.as_ref()));
    beyond(&mut out, ticket);
    iterations(&mut out, view, &trace, &ticket.steps);
    errors(&mut out, view, trace.get("errors"));
    answer(&mut out, view, trace.get("output"));
    held_back(&mut out, view, &trace, summary);
    others(&mut out, view, ticket, summary);
    out
}

fn header(out: &mut String, view: View, summary: &TicketSummary) {
    let status = paint(of_status(&summary.status).bold(), safe::line(&summary.status));
    let title = format!("Ticket {}", safe::line(&summary.ticket_id));
    out.push_str(&format!("{} · {status}", paint(BOLD, title)));
    if !summary.category.is_empty() {
        out.push_str(&format!(" · {}", safe::line(&summary.category)));
    }
    out.push('\n');
    let executed = summary.executed_at.as_ref();
    let took = duration_ms(summary.duration.as_ref());
    let tokens = match (summary.input_tokens, summary.output_tokens) {
        (None, None) => String::new(),
        (read, written) => {
            format!("{} in, {} out", count(read.unwrap_or(0)), count(written.unwrap_or(0)))
        }
    };
    let workflow = format!("{} {}", summary.workflow, summary.workflow_version);
    let redactions = redactions(summary);
    let executed = match executed {
        Some(at) => format!("{} ({})", time(Some(at)), ago(Some(at), view.now)),
        None => String::new(),
    };
    fields(
        out,
        view,
        &[
            ("executed", &executed),
            ("took", &millis(took)),
            ("workflow", workflow.trim()),
            ("environment", &summary.environment),
            ("tenant", &summary.tenant),
            ("customer", &summary.customer),
            ("model", &summary.model),
            ("tokens", &tokens),
            ("capture", &summary.capture),
            ("redacted", &redactions),
            ("execution", &summary.execution_id),
            ("trace id", &summary.trace_id),
        ],
    );
    if !summary.error_type.is_empty() {
        let error = paint(RED, safe::line(&summary.error_type));
        out.push_str(&format!("  {}        {error}\n", paint(DIM, "error")));
    }
}

/// How much the gate removed, and what most of it was.
fn redactions(summary: &TicketSummary) -> String {
    const NAMED: usize = 4;
    if summary.redactions == 0 {
        return String::new();
    }
    let mut by: Vec<_> = summary.redactions_by.iter().collect();
    by.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    let more = if by.len() > NAMED { ", …" } else { "" };
    let named = by.iter().take(NAMED).map(|(name, n)| format!("{n} {name}"));
    let named = named.collect::<Vec<_>>().join(", ");
    let values = if summary.redactions == 1 { "value" } else { "values" };
    match named.as_str() {
        "" => format!("{} {values} removed", summary.redactions),
        named => format!("{} {values} removed: {named}{more}", summary.redactions),
    }
}

/// Labelled values in two columns where the width allows; empty ones are left out.
fn fields(out: &mut String, view: View, fields: &[(&str, &str)]) {
    let columns = if view.width >= 112 { 2 } else { 1 };
    let room = (view.width / columns).saturating_sub(16).max(20);
    let mut at = 0;
    for (label, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        let value = fit(&safe::line(value), room);
        let gap = 12usize.saturating_sub(label.len());
        out.push_str(&format!("  {}{:gap$} {value}", paint(DIM, label), ""));
        at += 1;
        if at % columns == 0 {
            out.push('\n');
        } else {
            out.push_str(&" ".repeat(room.saturating_sub(value.width())));
        }
    }
    if at % columns != 0 {
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}

fn metrics(out: &mut String, view: View, summary: &TicketSummary) {
    if summary.metrics.is_empty() {
        return;
    }
    heading(out, view, "Metrics");
    let mut metrics: Vec<_> = summary.metrics.iter().collect();
    metrics.sort_by(|a, b| a.0.cmp(b.0));
    let room = (view.width / 2).min(40);
    let names: Vec<_> = metrics.iter().map(|(name, _)| fit(&safe::line(name), room)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let cell = widest + 14;
    let columns = (view.width / cell).clamp(1, 4);
    for (n, (name, (_, value))) in names.iter().zip(metrics).enumerate() {
        let gap = widest - name.width();
        let is_last = (n + 1) % columns == 0 || n + 1 == names.len();
        let value = measure(*value);
        let pad = if is_last { 0 } else { 10usize.saturating_sub(value.len()) };
        out.push_str(&format!("  {}{:gap$}  {value}{:pad$}", paint(DIM, name), "", ""));
        if is_last {
            out.push('\n');
        }
    }
}

fn attributes(out: &mut String, view: View, ticket: &GetTicketResponse) {
    if ticket.attributes.is_empty() {
        return;
    }
    heading(out, view, "Attributes");
    let mut attributes: Vec<_> = ticket.attributes.iter().collect();
    attributes.sort();
    for (key, value) in attributes {
        let key = fit(&safe::line(key), view.width / 3);
        let room = view.width.saturating_sub(key.width() + 4);
        out.push_str(&format!("  {}  {}\n", paint(DIM, &key), fit(&safe::line(value), room)));
    }
}

fn section(out: &mut String, view: View, title: &str, value: Option<&Value>, lines: usize) {
    let Some(value) = value.filter(|v| !v.is_null()) else { return };
    heading(out, view, title);
    let Value::Object(map) = value else {
        paragraph(out, view, &as_text(value, view), lines);
        return;
    };
    list(out, view, lines, &entries(map.iter(), view));
}

fn errors(out: &mut String, view: View, errors: Option<&Value>) {
    let Some(errors) = errors.filter(|v| !v.is_null()) else { return };
    let list = match errors {
        Value::Array(list) if list.is_empty() => return,
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    heading(out, view, "Errors");
    for error in list {
        failure(out, view, 2, error);
    }
}

/// The final response first, then whatever else came out.
fn answer(out: &mut String, view: View, output: Option<&Value>) {
    let Some(output) = output.filter(|v| !v.is_null()) else { return };
    heading(out, view, "Final response");
    let Value::Object(map) = output else {
        paragraph(out, view, &as_text(output, view), ANSWER_LINES);
        return;
    };
    let said = any(map, &["response", "final_response", "answer", "message", "text"]);
    if let Some(said) = said {
        paragraph(out, view, &as_text(said, view), ANSWER_LINES);
    }
    let others = map.iter().filter(|(_, value)| !said.is_some_and(|s| std::ptr::eq(s, *value)));
    list(out, view, ASKED_LINES, &entries(others, view));
}

/// Keys and values as labels and texts.
fn entries<'v>(
    map: impl Iterator<Item = (&'v String, &'v Value)>,
    view: View,
) -> Vec<(String, String)> {
    map.map(|(key, value)| (fit(&safe::line(key), 24), as_text(value, view))).collect()
}

/// Whether a request or an answer is there, in the contract's place or as a conversation.
fn any_message(trace: &Value) -> bool {
    MESSAGE_KEYS.iter().any(|key| trace.get(key).is_some_and(|value| !value.is_null()))
}

/// How many steps the timeline does not hold, and where they are.
fn beyond(out: &mut String, ticket: &GetTicketResponse) {
    let many = count(ticket.steps_beyond.into());
    let says = match (ticket.steps_beyond, ticket.trace_json.is_empty()) {
        (0, _) => return,
        (1, false) => "1 more step is in the trace, not on the timeline".to_owned(),
        (_, false) => format!("{many} more steps are in the trace, not on the timeline"),
        (1, true) => "1 more step was sent than a timeline holds".to_owned(),
        (_, true) => format!("{many} more steps were sent than a timeline holds"),
    };
    out.push_str(&format!("{}\n", paint(YELLOW, format!("… {says}"))));
}

/// Says plainly what is not on the page and why.
fn held_back(out: &mut String, view: View, trace: &Value, summary: &TicketSummary) {
    let why = match summary.capture.as_str() {
        "METRICS_ONLY" if trace.is_null() => {
            "No trace: this ticket came without one, or was captured as METRICS_ONLY: by its \
             workflow, by its tenant's setting, or because it could not be redacted or was too large."
        }
        "TIMELINE" => {
            "No text: this ticket was captured as TIMELINE. What was said, called and returned \
             was not stored; steps, times and errors were."
        }
        // The record does not say which: nothing of what was said is in it.
        _ if !trace.is_null() && !any_message(trace) => {
            "No request and no answer: the workflow sent none, or messages are dropped: by the \
             workflow, or by its tenant's setting."
        }
        _ if !trace.is_null() => return,
        _ => "No trace: its retention is over, or the workflow sent none.",
    };
    out.push('\n');
    for line in textwrap::wrap(why, view.width) {
        out.push_str(&format!("{}\n", paint(YELLOW, line)));
    }
}

fn others(out: &mut String, view: View, ticket: &GetTicketResponse, summary: &TicketSummary) {
    let others: Vec<_> =
        ticket.executions.iter().filter(|e| e.execution_id != summary.execution_id).collect();
    if others.is_empty() {
        return;
    }
    heading(out, view, "Other executions");
    let limit = if view.full { usize::MAX } else { OTHERS };
    for other in others.iter().take(limit) {
        let status = paint(of_status(&other.status), safe::line(&other.status));
        out.push_str(&format!(
            "  {}  {status}  {}  {}\n",
            time(other.executed_at.as_ref()),
            millis(duration_ms(other.duration.as_ref())),
            paint(DIM, safe::line(&other.execution_id)),
        ));
    }
    if others.len() > limit {
        let left = others.len() - limit;
        out.push_str(&format!("  {}\n", paint(DIM, format!("… {left} more; --full shows them"))));
    }
    let hint =
        format!("tickets show {} --execution UUID opens one", safe::line(&summary.ticket_id));
    out.push_str(&format!("  {}\n", paint(DIM, hint)));
}
