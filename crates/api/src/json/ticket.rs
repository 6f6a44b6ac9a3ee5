//! Tickets as documents.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Feedback, rfc3339, seconds};
use crate::v1;

/// One execution without its trace. What was not sent is an empty text, or null where it is a number.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Ticket {
    /// Whose ticket it is; from the key it was sent with.
    pub tenant: String,
    /// The ticket's number in the help desk.
    pub ticket_id: String,
    /// This execution; a record sent again keeps it.
    #[schema(format = "uuid")]
    pub execution_id: String,
    /// When the execution finished.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub executed_at: Option<String>,
    /// Execution time in seconds.
    pub duration_seconds: Option<f64>,
    /// SUCCESS, FAILED, ESCALATED, CANCELLED or the workflow's own.
    pub status: String,
    /// What the ticket is about.
    pub category: String,
    /// `service.name`.
    pub workflow: String,
    /// `service.version`.
    pub workflow_version: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// What went wrong, low-cardinality.
    pub error_type: String,
    /// METRICS_ONLY, TIMELINE or FULL_TRACE.
    pub capture: String,
    /// Keyed hash of the customer.
    pub customer: String,
    /// Every `ticket.metrics.<name>`, by name.
    pub metrics: BTreeMap<String, f64>,
    /// `gen_ai.request.model`.
    pub model: String,
    /// `gen_ai.usage.input_tokens`, over the ticket.
    pub input_tokens: Option<u64>,
    /// `gen_ai.usage.output_tokens`, over the ticket.
    pub output_tokens: Option<u64>,
    /// What it cost, a decimal number as text; null where that is not known.
    pub cost: Option<String>,
    /// ISO 4217; empty where there is no cost.
    pub cost_currency: String,
    /// sent (`ticket.cost`) or priced (by the price list); empty where there is no cost.
    pub cost_source: String,
    /// `gen_ai.conversation.id`.
    pub conversation: String,
    /// Values the gate removed.
    pub redactions: u32,
    /// The same by detector.
    pub redactions_by: BTreeMap<String, u32>,
    /// W3C trace id, lower-case hex; empty where no span was active.
    pub trace_id: String,
    /// W3C span id, lower-case hex; empty where no span was active.
    pub span_id: String,
    /// When the receiver took it.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub received_at: Option<String>,
    /// `service.instance.id`: one running client process.
    pub instance_id: String,
    /// Counts up per client process; gaps are losses.
    pub sequence: Option<u64>,
}

/// A page of tickets.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TicketPage {
    /// The tickets, in the order asked for.
    pub tickets: Vec<Ticket>,
    /// `cursor` of the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// How many tickets there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TicketCount {
    /// How many.
    pub count: u64,
}

/// How many tickets were erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erased {
    /// Executions erased.
    pub erased: u64,
    /// Feedback erased: on them, and of the ticket or customer without a ticket here.
    pub feedback: u64,
}

impl From<v1::EraseTicketsResponse> for Erased {
    fn from(v1::EraseTicketsResponse { erased, feedback }: v1::EraseTicketsResponse) -> Self {
        Self { erased, feedback }
    }
}

/// One ticket with its trace, as JSON and not as text that holds JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketDetail {
    /// The execution.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// Every attribute outside the record's contract.
    pub attributes: BTreeMap<String, String>,
    /// The timeline.
    pub steps: Vec<Step>,
    /// Steps that were sent beyond what a timeline holds; the trace has them, where it is kept.
    pub steps_beyond: u32,
    /// The redacted trace; null where none was captured or its retention is over.
    // As it is stored, byte for byte: a tree of it would take many times its bytes.
    #[schema(value_type = Option<Object>)]
    pub trace: Option<Box<RawValue>>,
    /// Other executions of the same ticket, newest first, at most 100.
    pub executions: Vec<Ticket>,
    /// What was said of this execution and of the ticket as a whole, newest first, at most 100.
    pub feedback: Vec<Feedback>,
}

/// The timeline of one execution.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Timeline {
    /// Whose ticket it is.
    pub tenant: String,
    /// The ticket's number in the help desk.
    pub ticket_id: String,
    /// The execution.
    #[schema(format = "uuid")]
    pub execution_id: String,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// Steps that were sent beyond what a timeline holds.
    pub steps_beyond: u32,
}

/// One step of a timeline, without its text, which is in the trace.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Step {
    /// Unique within the ticket.
    pub id: String,
    /// The step this one belongs to, or empty.
    pub parent_id: String,
    /// node, react, llm, tool, retrieval, message or other.
    pub kind: String,
    /// The node, tool, model or speaker.
    pub name: String,
    /// The ReACT iteration, from 1.
    pub iteration: Option<u32>,
    /// Milliseconds since the execution began.
    pub start_ms: f64,
    /// Milliseconds it took.
    pub duration_ms: f64,
    /// OK, ERROR or SKIPPED.
    pub status: String,
    /// What went wrong, or empty.
    pub error_type: String,
}

impl From<v1::TicketSummary> for Ticket {
    fn from(ticket: v1::TicketSummary) -> Self {
        Self {
            tenant: ticket.tenant,
            ticket_id: ticket.ticket_id,
            execution_id: ticket.execution_id,
            executed_at: rfc3339(ticket.executed_at.as_ref()),
            duration_seconds: seconds(ticket.duration.as_ref()),
            status: ticket.status,
            category: ticket.category,
            workflow: ticket.workflow,
            workflow_version: ticket.workflow_version,
            environment: ticket.environment,
            error_type: ticket.error_type,
            capture: ticket.capture,
            customer: ticket.customer,
            metrics: ticket.metrics.into_iter().collect(),
            model: ticket.model,
            input_tokens: ticket.input_tokens,
            output_tokens: ticket.output_tokens,
            cost: ticket.cost,
            cost_currency: ticket.cost_currency,
            cost_source: ticket.cost_source,
            conversation: ticket.conversation,
            redactions: ticket.redactions,
            redactions_by: ticket.redactions_by.into_iter().collect(),
            trace_id: ticket.trace_id,
            span_id: ticket.span_id,
            received_at: rfc3339(ticket.received_at.as_ref()),
            instance_id: ticket.instance_id,
            sequence: ticket.sequence,
        }
    }
}

impl From<v1::ListTicketsResponse> for TicketPage {
    fn from(page: v1::ListTicketsResponse) -> Self {
        Self {
            tickets: page.tickets.into_iter().map(Ticket::from).collect(),
            next_cursor: Some(page.next_page_token).filter(|token| !token.is_empty()),
        }
    }
}

impl From<v1::GetTicketResponse> for TicketDetail {
    fn from(ticket: v1::GetTicketResponse) -> Self {
        Self {
            ticket: ticket.summary.unwrap_or_default().into(),
            attributes: ticket.attributes.into_iter().collect(),
            steps: ticket.steps.into_iter().map(Step::from).collect(),
            steps_beyond: ticket.steps_beyond,
            trace: RawValue::from_string(ticket.trace_json).ok(),
            executions: ticket.executions.into_iter().map(Ticket::from).collect(),
            feedback: ticket.feedback.into_iter().map(Feedback::from).collect(),
        }
    }
}

impl From<v1::GetTicketResponse> for Timeline {
    fn from(ticket: v1::GetTicketResponse) -> Self {
        let summary = ticket.summary.unwrap_or_default();
        Self {
            tenant: summary.tenant,
            ticket_id: summary.ticket_id,
            execution_id: summary.execution_id,
            steps: ticket.steps.into_iter().map(Step::from).collect(),
            steps_beyond: ticket.steps_beyond,
        }
    }
}

impl From<v1::Step> for Step {
    fn from(step: v1::Step) -> Self {
        Self {
            id: step.id,
            parent_id: step.parent_id,
            kind: step.kind,
            name: step.name,
            iteration: step.iteration,
            start_ms: step.start_ms,
            duration_ms: step.duration_ms,
            status: step.status,
            error_type: step.error_type,
        }
    }
}
