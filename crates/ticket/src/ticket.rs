//! The finished ticket as its workflow knows it: raw, not yet through the gate.

use std::{fmt, time::Duration};

use serde_json::Value;

use crate::{Capture, ExecutionId, Metric, Status, Timestamp, Trace, weight};

/// The span that was active when the ticket finished, so that it links to the team's own traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanLink {
    /// W3C trace id, not all zero.
    pub trace_id: [u8; 16],
    /// W3C span id, not all zero.
    pub span_id: [u8; 8],
}

/// One finished execution of a ticket, raw. It can't be encoded: only what comes out of the gate
/// can ([`Ticket::redact`]). Its `Debug` shows the shape and no text of anyone's.
#[derive(Clone, PartialEq)]
pub struct Ticket {
    /// The ticket's number in the help desk.
    pub id: String,
    /// This execution.
    pub execution_id: ExecutionId,
    /// How it ended.
    pub status: Status,
    /// When it finished.
    pub executed_at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// What the ticket is about, e.g. `PRODUCT_SUPPORT`.
    pub category: Option<String>,
    /// How much of it may leave.
    pub capture: Capture,
    /// Whether what was said stays behind, whatever the level ([`Trace::drop_messages`]).
    pub drop_messages: bool,
    /// The customer, raw; the gate replaces it by a keyed hash.
    pub customer: Option<String>,
    /// Counts up per client process; set at hand-off.
    pub sequence: Option<u64>,
    /// Tickets that its client process had begun and not finished; set at hand-off.
    pub open: Option<u64>,
    /// `ticket.metrics.<name>`.
    pub metrics: Vec<(String, Metric)>,
    /// `gen_ai.request.model`.
    pub model: Option<String>,
    /// `gen_ai.usage.input_tokens`, over the whole ticket.
    pub input_tokens: Option<u64>,
    /// `gen_ai.usage.output_tokens`, over the whole ticket.
    pub output_tokens: Option<u64>,
    /// `error.type`: low-cardinality, on failure.
    pub error_type: Option<String>,
    /// Any other attribute; scalars travel as they are, the rest as JSON text.
    pub attributes: Vec<(String, Value)>,
    /// The span that was active.
    pub span: Option<SpanLink>,
    /// What the workflow knows to be personal about this customer. Every occurrence is removed,
    /// in free text too; the values themselves never travel.
    pub known_pii: Vec<String>,
    /// What the AI did.
    pub trace: Trace,
}

impl Ticket {
    /// A ticket with what every ticket has; the rest is empty and can be filled in.
    pub fn new(id: impl Into<String>, status: Status, duration: Duration) -> Self {
        Self {
            id: id.into(),
            execution_id: ExecutionId::fresh(),
            status,
            executed_at: Timestamp::now(),
            duration,
            category: None,
            capture: Capture::default(),
            drop_messages: false,
            customer: None,
            sequence: None,
            open: None,
            metrics: Vec::new(),
            model: None,
            input_tokens: None,
            output_tokens: None,
            error_type: None,
            attributes: Vec::new(),
            span: None,
            known_pii: Vec::new(),
            trace: Trace::default(),
        }
    }

    /// About how many bytes of memory the ticket holds: what a queue bounded in bytes counts.
    /// Walks the ticket once.
    pub fn weight(&self) -> usize {
        let text = |t: &Option<String>| t.as_ref().map_or(0, String::len);
        let mut sum = size_of::<Self>() + self.id.len() + text(&self.category);
        sum += text(&self.customer) + text(&self.model) + text(&self.error_type);
        for (name, _) in &self.metrics {
            sum += size_of::<(String, Metric)>() + name.len();
        }
        for (key, value) in &self.attributes {
            sum += size_of::<String>() + key.len() + weight::of_value(value);
        }
        for value in &self.known_pii {
            sum += size_of::<String>() + value.len();
        }
        sum + self.trace.weight()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("execution_id", &self.execution_id)
            .field("status", &self.status.as_str())
            .field("capture", &self.capture)
            .field("trace", &self.trace)
            .finish_non_exhaustive()
    }
}
