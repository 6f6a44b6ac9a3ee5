//! Spans that were gathered in this process → tickets, or what was seen of one.
//!
//! What was gathered comes encoded, as OTLP has it, so that `ticketlens_spans` reads here what it reads
//! anywhere. Everything runs without the interpreter's lock.

use pyo3::pybacked::PyBackedBytes;
use serde_json::Value;
use ticketlens::{Finished, Lens, Ticket};
use ticketlens_spans::{Group, Spans};

/// What the spans of a ticket had to say, for those who run it: whether anybody's words were in them,
/// and which instrumentations wrote them.
pub type Told = (bool, String);

/// Makes tickets of spans alone. `key` names the attribute that holds a ticket's id; `id` is the id of
/// the only one.
pub fn emit(lens: &Lens, spans: Spans, key: Option<String>, id: Option<String>) -> Vec<Told> {
    let runs = match &id {
        Some(_) => vec![spans.into_run()],
        None => spans.into_runs(&key.map(Group::by).unwrap_or_default()),
    };
    let mut all = Vec::new();
    for run in runs {
        let own = run.id().map(str::to_owned).or_else(|| run.trace_id());
        let ticket = run.ticket(id.clone().or(own).unwrap_or_default());
        all.push(said(&ticket));
        lens.emit(Finished::from(ticket));
    }
    all
}

pub fn gathered(traces: &[PyBackedBytes], logs: &[PyBackedBytes]) -> Spans {
    let mut spans = Spans::new();
    for request in traces {
        // What OpenTelemetry's own encoder wrote is a request.
        let _ = spans.add_traces(request);
    }
    for request in logs {
        let _ = spans.add_logs(request);
    }
    spans
}

pub fn said(ticket: &Ticket) -> Told {
    let of = |name: &str| ticket.attributes.iter().find(|(key, _)| key == name).map(|(_, v)| v);
    let instrumentations = of("ticketlens.instrumentation").and_then(Value::as_str);
    let has_content = of("ticketlens.content").is_none();
    (has_content, instrumentations.unwrap_or_default().to_owned())
}
