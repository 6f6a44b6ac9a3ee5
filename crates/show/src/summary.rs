//! The top of a ticket's page: what it was, who sent it, what was measured.

use anstyle::Style;
use ticketlens_api::{GetTicketResponse, TicketSummary, time::duration_ms};
use unicode_width::UnicodeWidthStr;

use crate::{
    hint,
    paint::{BOLD, DIM, RED, of_status, paint},
    quantity::{ago, count, exact, measure, millis, time},
    safe,
    text::{Block, List, View, heading, joined, labelled, list, more},
    value::label,
    width::fit,
};

/// Metrics and attributes shown unless the view is full.
const METRICS: usize = 64;
const ATTRIBUTES: usize = 48;
/// Columns of a field's label, with what is around it.
const FIELD: usize = 16;
/// Lines of a field's value.
const VALUE_LINES: usize = 2;
/// Columns of a metric's value.
const MEASURE: usize = 10;

/// Appends the ticket's name, how it ended, and its fields.
pub fn header(out: &mut String, view: View, summary: &TicketSummary) {
    let title = format!("Ticket {}", summary.ticket_id);
    let title = [
        (BOLD, title.as_str()),
        (of_status(&summary.status).bold(), &summary.status),
        (Style::new(), &summary.category),
    ];
    joined(out, view, 0, " · ", &title);
    let tokens = match (summary.input_tokens, summary.output_tokens) {
        (None, None) => String::new(),
        (read, written) => {
            format!("{} in, {} out", count(read.unwrap_or(0)), count(written.unwrap_or(0)))
        }
    };
    let cost = match (&summary.cost, summary.cost_source.as_str()) {
        (None, _) => String::new(),
        (Some(cost), "sent") => format!("{cost} {}, as sent", summary.cost_currency),
        (Some(cost), _) => format!("{cost} {}", summary.cost_currency),
    };
    let executed = match summary.executed_at.as_ref() {
        Some(at) => format!("{} ({})", time(Some(at)), ago(Some(at), view.now)),
        None => String::new(),
    };
    let workflow = [summary.workflow.as_str(), &summary.workflow_version];
    let workflow = workflow.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let sequence = summary.sequence.map(count).unwrap_or_default();
    fields(
        out,
        view,
        &[
            ("executed", &executed),
            ("took", &millis(duration_ms(summary.duration.as_ref()))),
            ("workflow", &workflow.join(" ")),
            ("environment", &summary.environment),
            ("tenant", &summary.tenant),
            ("customer", &summary.customer),
            ("model", &summary.model),
            ("tokens", &tokens),
            ("cost", &cost),
            ("conversation", &summary.conversation),
            ("capture", &summary.capture),
            ("redacted", &redactions(summary, view)),
            ("execution", &summary.execution_id),
            ("trace id", &summary.trace_id),
            ("span id", &summary.span_id),
            ("instance", &summary.instance_id),
            ("sequence", &sequence),
            ("received", &time(summary.received_at.as_ref())),
        ],
    );
    if !summary.error_type.is_empty() {
        out.push_str(&format!("  {}        ", paint(DIM, "error")));
        joined(out, view, FIELD - 1, "", &[(RED, &summary.error_type)]);
    }
}

/// How much the gate removed, and what most of it was.
fn redactions(summary: &TicketSummary, view: View) -> String {
    const NAMED: usize = 4;
    if summary.redactions == 0 {
        return String::new();
    }
    let mut by: Vec<_> = summary.redactions_by.iter().collect();
    by.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    let shown = by.len().min(view.limit(NAMED));
    let more = if shown < by.len() { ", …" } else { "" };
    let named = by[..shown].iter().map(|(name, n)| format!("{n} {name}"));
    let named = named.collect::<Vec<_>>().join(", ");
    let values = if summary.redactions == 1 { "value" } else { "values" };
    match named.as_str() {
        "" => format!("{} {values} removed", summary.redactions),
        named => format!("{} {values} removed: {named}{more}", summary.redactions),
    }
}

/// Labelled values in two columns where the width allows; empty ones are left out. A value that is
/// too wide has lines of its own: an id that is cut is of no use to anybody.
fn fields(out: &mut String, view: View, fields: &[(&str, &str)]) {
    let columns = if view.width >= 112 { 2 } else { 1 };
    let room = (view.width / columns).saturating_sub(FIELD);
    let mut at = 0;
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        let value = safe::line(value);
        if value.width() > room {
            end_line(out, &mut at);
            labelled(out, view, 2, Block::new(name, &value, VALUE_LINES));
            continue;
        }
        let gap = (FIELD - 4).saturating_sub(name.len());
        out.push_str(&format!("  {}{:gap$} {value}", paint(DIM, name), ""));
        at += 1;
        if at == columns {
            end_line(out, &mut at);
        } else {
            out.push_str(&" ".repeat(room.saturating_sub(value.width())));
        }
    }
    end_line(out, &mut at);
}

fn end_line(out: &mut String, at: &mut usize) {
    if *at > 0 {
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    *at = 0;
}

/// Appends the metrics, in as many columns as fit.
pub fn metrics(out: &mut String, view: View, summary: &TicketSummary) {
    if summary.metrics.is_empty() {
        return;
    }
    heading(out, view, "Metrics");
    let mut metrics: Vec<_> = summary.metrics.iter().collect();
    metrics.sort_by(|a, b| a.0.cmp(b.0));
    let value = |x: f64| if view.full { exact(x) } else { measure(x) };
    let texts: Vec<_> = metrics.iter().map(|(name, x)| (label(name), value(**x))).collect();
    let room = (view.width / 2).min(40);
    if view.full && texts.iter().any(|(name, x)| name.width() > room || x.len() > MEASURE) {
        list(out, view, 2, List { texts: &texts, lines: 1, entries: METRICS });
        return;
    }
    let texts: Vec<_> = texts.iter().map(|(name, x)| (fit(name, room), x)).collect();
    let shown = &texts[..texts.len().min(view.limit(METRICS))];
    let widest = shown.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let columns = (view.width / (widest + 4 + MEASURE)).clamp(1, 4);
    let mut at = 0;
    for (name, value) in shown {
        let gap = widest - name.width();
        let pad = MEASURE.saturating_sub(value.len());
        out.push_str(&format!("  {}{:gap$}  {value}{:pad$}", paint(DIM, name), "", ""));
        at += 1;
        if at == columns {
            end_line(out, &mut at);
        }
    }
    end_line(out, &mut at);
    more(out, view, 2, texts.len() - shown.len(), "metrics");
}

/// Appends the attributes outside the contract.
pub fn attributes(out: &mut String, view: View, ticket: &GetTicketResponse) {
    if ticket.attributes.is_empty() {
        return;
    }
    heading(out, view, "Attributes");
    let mut attributes: Vec<_> = ticket.attributes.iter().collect();
    attributes.sort();
    let texts: Vec<_> = attributes.iter().map(|(key, value)| (label(key), label(value))).collect();
    list(out, view, 2, List { texts: &texts, lines: 1, entries: ATTRIBUTES });
    hint::hints(out, view, attributes.iter().filter_map(|(key, _)| hint::of_attribute(key)));
}
