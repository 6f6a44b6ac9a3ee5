//! A ticket that was not sent, as the query API would answer for it: through the gate, onto the wire,
//! and read back the way the receiver reads it. What is shown of it is what would be stored.

use std::time::Duration;

use data_encoding::HEXLOWER;
use ticketlens_api::v1::{GetTicketResponse, Step, TicketSummary};
use ticketlens_redact::Gate;
use ticketlens_ticket::{
    Record, Resource, StepLine, Ticket, Timestamp,
    decode::{Item, Policy, read_request},
    encode::{self, Request},
    limits,
};

/// The answer for that ticket; an empty one if the gate or the wire would not have it.
pub fn unsent(ticket: Ticket, resource: &Resource, gate: &Gate) -> GetTicketResponse {
    let mut bytes = Vec::new();
    encode::log_record(&ticket.redact(gate), limits::RECORD_BYTES, &mut bytes);
    let mut request = Request::new();
    request.push(&resource.redact(gate), &bytes);
    let mut answer = GetTicketResponse::default();
    let mut keep = |item: Item<'_>| {
        if let Item::Ticket(record) = item {
            answer = response(record);
        }
    };
    // What we encoded ourselves is a request.
    let _ = read_request(&request.finish(), gate, &Policy::default(), &mut keep);
    answer
}

fn response(record: Record<'_>) -> GetTicketResponse {
    GetTicketResponse {
        summary: Some(summary(&record)),
        steps: record.steps.iter().map(step).collect(),
        steps_beyond: record.steps_beyond,
        attributes: record
            .attributes
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
        trace_json: record.trace_json,
        executions: Vec::new(),
        feedback: Vec::new(),
    }
}

fn summary(record: &Record<'_>) -> TicketSummary {
    let hex = |id: Option<&[u8]>| id.map(|id| HEXLOWER.encode(id)).unwrap_or_default();
    TicketSummary {
        ticket_id: record.ticket_id.to_string(),
        execution_id: record.execution_id.to_string(),
        executed_at: Some(timestamp(record.executed_at)),
        duration: Duration::try_from_secs_f64(record.duration_seconds)
            .ok()
            .and_then(|duration| duration.try_into().ok()),
        status: record.status.to_string(),
        category: record.category.to_string(),
        workflow: record.workflow.to_string(),
        workflow_version: record.workflow_version.to_string(),
        environment: record.environment.to_string(),
        error_type: record.error_type.to_string(),
        capture: record.capture.to_string(),
        customer: record.customer.to_string(),
        metrics: record.metrics.iter().map(|(name, value)| (name.to_string(), *value)).collect(),
        model: record.model.to_string(),
        input_tokens: record.input_tokens,
        output_tokens: record.output_tokens,
        redactions: record.redactions,
        redactions_by: record
            .redactions_by
            .iter()
            .map(|(detector, count)| (detector.to_string(), *count))
            .collect(),
        trace_id: hex(record.trace_id.as_ref().map(<[u8; 16]>::as_slice)),
        span_id: hex(record.span_id.as_ref().map(<[u8; 8]>::as_slice)),
        instance_id: record.instance.to_string(),
        sequence: record.sequence,
        ..TicketSummary::default()
    }
}

fn step(step: &StepLine<'_>) -> Step {
    Step {
        id: step.id.to_string(),
        parent_id: step.parent_id.to_string(),
        kind: step.kind.as_str().to_owned(),
        name: step.name.to_string(),
        iteration: step.iteration,
        start_ms: step.start_ms,
        duration_ms: step.duration_ms,
        status: step.status.as_str().to_owned(),
        error_type: step.error_type.to_string(),
    }
}

fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    const NANOS: u64 = 1_000_000_000;
    let nanos = time.as_unix_nanos();
    prost_types::Timestamp {
        seconds: i64::try_from(nanos / NANOS).unwrap_or(i64::MAX),
        nanos: i32::try_from(nanos % NANOS).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_ticket::line::parse;

    use super::*;

    #[test]
    fn what_would_be_stored_is_told_and_nothing_that_would_not() {
        let line = br#"{"ticket_id": "1", "executed_at": "2026-01-01T00:00:00Z",
            "execution_time_seconds": 1.5, "status": "FAILED", "error_type": "timeout",
            "workflow": "agent", "input_tokens": 7, "queue": "emea", "known_pii": ["Ada"],
            "trace": {"steps": [{"id": "s", "kind": "llm", "name": "m", "output": "Hello Ada"}]}}"#;
        let parsed = parse(line).unwrap();
        let gate = Gate::new(ticketlens_redact::GateConfig::default()).unwrap();
        let answer = unsent(parsed.ticket, &parsed.resource, &gate);
        let summary = answer.summary.as_ref().unwrap();
        assert_eq!((summary.status.as_str(), summary.input_tokens), ("FAILED", Some(7)));
        assert_eq!(summary.duration.as_ref().unwrap().nanos, 500_000_000);
        assert_eq!((summary.error_type.as_str(), summary.redactions), ("timeout", 1));
        assert_eq!((answer.steps.len(), answer.attributes["queue"].as_str()), (1, "emea"));
        assert!(answer.trace_json.contains("Hello "), "the rest stays");
        assert!(!answer.trace_json.contains("Ada"));
    }
}
