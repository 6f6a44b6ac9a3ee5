//! A ticket as a line of a ticket log, which `ticketlens send` reads (`ticketlens_ticket::line`): the
//! same fields in the same order, the trace as it is stored, byte for byte.

use std::{collections::BTreeMap, io, io::Write, time::Duration};

use serde::Serialize;
use serde_json::value::RawValue;
use ticketlens_api::{ExportedTicket, TicketSummary, time::timestamp};
use ticketlens_show::safe;
use ticketlens_ticket::{Capture, line::attribute};

use super::said::{Said, said_of};

#[derive(Serialize)]
struct Line {
    ticket_id: String,
    execution_id: String,
    executed_at: Option<String>,
    execution_time_seconds: f64,
    status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    workflow: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    workflow_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    environment: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    category: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    customer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metrics: BTreeMap<String, f64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    error_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feedback: Vec<Said>,
    #[serde(flatten)]
    attributes: BTreeMap<String, String>,
}

/// A page of tickets, a line each.
pub fn page(tickets: Vec<ExportedTicket>) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for ticket in tickets {
        let line = serde_json::to_string(&line(ticket))?;
        // What a terminal would obey stands in strings only, where the escape means the same.
        writeln!(out, "{}", safe::json(&line))?;
    }
    Ok(out)
}

fn line(ticket: ExportedTicket) -> Line {
    let ExportedTicket { summary, trace_json, attributes, feedback } = ticket;
    let summary = summary.unwrap_or_default();
    let TicketSummary { ticket_id, execution_id, status, .. } = summary;
    let attributes =
        attributes.into_iter().map(|(key, value)| (attribute(&key).into_owned(), value));
    Line {
        ticket_id,
        execution_id,
        executed_at: summary.executed_at.as_ref().and_then(timestamp).map(|at| at.to_string()),
        execution_time_seconds: seconds(summary.duration),
        status,
        workflow: summary.workflow,
        workflow_version: summary.workflow_version,
        environment: summary.environment,
        category: summary.category,
        customer: summary.customer,
        model: summary.model,
        input_tokens: summary.input_tokens,
        output_tokens: summary.output_tokens,
        capture: Some(summary.capture).filter(|level| *level != Capture::FullTrace.to_string()),
        metrics: summary.metrics.into_iter().collect(),
        error_type: summary.error_type,
        trace: trace(trace_json),
        feedback: said_of(feedback),
        attributes: attributes.collect(),
    }
}

/// A line break between the values of a document means nothing, and would end the line.
fn trace(json: String) -> Option<Box<RawValue>> {
    let json = if json.contains('\n') { json.replace('\n', " ") } else { json };
    RawValue::from_string(json).ok()
}

/// Exactly what the client made of the line's number, so that a second export says the same.
fn seconds(duration: Option<prost_types::Duration>) -> f64 {
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    duration.unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use ticketlens_api::Feedback;
    use ticketlens_ticket::line::parse;

    use super::*;

    fn ticket() -> ExportedTicket {
        let summary = TicketSummary {
            ticket_id: "4711".to_owned(),
            execution_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            executed_at: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 250 }),
            duration: Some(prost_types::Duration { seconds: 8, nanos: 250_000_000 }),
            status: "FAILED".to_owned(),
            capture: "TIMELINE".to_owned(),
            ..TicketSummary::default()
        };
        ExportedTicket {
            summary: Some(summary),
            trace_json: "{\"output\":\n\"\u{9b}31m\"}".to_owned(),
            attributes: [("status", "s"), ("client_id", "c"), ("queue", "q")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            feedback: Vec::new(),
        }
    }

    #[test]
    fn feedback_stands_on_its_tickets_line_and_no_terminal_obeys_it() {
        let given_at = Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 });
        let rating = Feedback {
            name: "csat".to_owned(),
            score: Some(2.0),
            comment: "no\n\u{9b}31m".to_owned(),
            source: "HUMAN".to_owned(),
            id: "f-1".to_owned(),
            given_at,
            ..Feedback::default()
        };
        let mut rated = ExportedTicket { feedback: vec![rating], ..ticket() };
        rated.attributes.insert("feedback".to_owned(), "an attribute".to_owned());
        let text = String::from_utf8(page(vec![rated]).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(!text.contains('\u{9b}'));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!([{ "name": "csat", "score": 2.0, "comment": "no\n\u{9b}31m",
            "source": "HUMAN", "given_at": "2023-11-14T22:13:20Z", "id": "f-1" }]);
        assert_eq!(line["feedback"], expected);
        assert_eq!(line["attribute.feedback"], "an attribute");
        let without = String::from_utf8(page(vec![ticket()]).unwrap()).unwrap();
        assert!(!without.contains("feedback"));
    }

    #[test]
    fn what_is_written_is_one_line_that_send_reads_and_no_terminal_obeys() {
        let text = String::from_utf8(page(vec![ticket()]).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(!text.contains('\u{9b}'));
        let parsed = parse(text.trim_end().as_bytes()).unwrap().ticket;
        assert_eq!(parsed.duration, Duration::from_millis(8250));
        assert_eq!(parsed.executed_at.as_unix_nanos(), 1_700_000_000_000_000_250);
        assert_eq!(parsed.capture, Capture::Timeline);
        assert_eq!(parsed.trace.output, Some("\u{9b}31m".into()));
        let mut names: Vec<_> = parsed.attributes.into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["attribute.client_id", "attribute.status", "queue"]);
    }
}
