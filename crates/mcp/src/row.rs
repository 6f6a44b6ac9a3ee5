//! A ticket in a list, and its whole summary; short, without what it does not have.

use schemars::JsonSchema;
use serde::Serialize;
use ticketlens_api::{json, v1};

use crate::quoted::{passage, short};

/// One execution of a ticket; what it does not have is left out.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// Whose ticket it is.
    tenant: String,
    /// The ticket's number in the help desk; `get_ticket` takes it.
    ticket_id: String,
    /// This execution.
    execution_id: String,
    /// When it finished (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    executed_at: Option<String>,
    /// Execution time in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<f64>,
    /// SUCCESS, FAILED, ESCALATED, CANCELLED or the workflow's own.
    status: String,
    /// What the ticket is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    category: String,
    /// The workflow that handled it.
    #[serde(skip_serializing_if = "String::is_empty")]
    workflow: String,
    /// Its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    workflow_version: String,
    /// Its environment.
    #[serde(skip_serializing_if = "String::is_empty")]
    environment: String,
    /// What went wrong.
    #[serde(skip_serializing_if = "String::is_empty")]
    error_type: String,
    /// The language model.
    #[serde(skip_serializing_if = "String::is_empty")]
    model: String,
    /// Input tokens, over the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    /// Output tokens, over the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    /// What it cost, a decimal number, and in what; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<String>,
    /// The conversation it belongs to.
    #[serde(skip_serializing_if = "String::is_empty")]
    conversation: String,
    /// The agent's confidence in its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    overall_confidence: Option<f64>,
    /// Keyed hash of the customer.
    #[serde(skip_serializing_if = "String::is_empty")]
    customer: String,
}

impl From<v1::TicketSummary> for Row {
    fn from(summary: v1::TicketSummary) -> Self {
        let ticket = json::Ticket::from(summary);
        Self {
            tenant: short(&ticket.tenant),
            ticket_id: short(&ticket.ticket_id),
            execution_id: short(&ticket.execution_id),
            executed_at: ticket.executed_at,
            duration_seconds: ticket.duration_seconds,
            status: short(&ticket.status),
            category: short(&ticket.category),
            workflow: short(&ticket.workflow),
            workflow_version: short(&ticket.workflow_version),
            environment: short(&ticket.environment),
            error_type: short(&ticket.error_type),
            model: short(&ticket.model),
            input_tokens: ticket.input_tokens,
            output_tokens: ticket.output_tokens,
            cost: ticket.cost.map(|cost| format!("{cost} {}", ticket.cost_currency)),
            conversation: short(&ticket.conversation),
            overall_confidence: ticket.metrics.get("overall_confidence").copied(),
            customer: short(&ticket.customer),
        }
    }
}

/// What somebody said of a ticket; what was not said is left out.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FeedbackRow {
    /// Whose ticket it is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    tenant: String,
    /// The ticket's number in the help desk; `get_ticket` takes it.
    #[serde(skip_serializing_if = "String::is_empty")]
    ticket_id: String,
    /// The execution it is about; absent where it is about the ticket.
    #[serde(skip_serializing_if = "String::is_empty")]
    execution_id: String,
    /// What is evaluated: csat (a customer's rating, 1 to 5), or any other.
    name: String,
    /// The score as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    /// The score as a word.
    #[serde(skip_serializing_if = "String::is_empty")]
    label: String,
    /// Why, in words of whoever gave it.
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    /// HUMAN, MODEL or CODE.
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    /// When it was given (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    given_at: Option<String>,
    /// Keyed hash of the customer.
    #[serde(skip_serializing_if = "String::is_empty")]
    customer: String,
}

impl From<v1::Feedback> for FeedbackRow {
    fn from(feedback: v1::Feedback) -> Self {
        let feedback = json::Feedback::from(feedback);
        Self {
            tenant: short(&feedback.tenant),
            ticket_id: short(&feedback.ticket_id),
            execution_id: short(&feedback.execution_id),
            name: short(&feedback.name),
            score: feedback.score,
            label: short(&feedback.label),
            comment: passage(&feedback.comment),
            source: short(&feedback.source),
            given_at: feedback.given_at,
            customer: short(&feedback.customer),
        }
    }
}

/// A step of a timeline; what it does not have is left out.
#[derive(Debug, Serialize)]
pub(crate) struct StepRow {
    /// Its place in the trace's `steps`, from 0.
    step: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    parent_id: String,
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    iteration: Option<u32>,
    start_ms: f64,
    duration_ms: f64,
    #[serde(skip_serializing_if = "String::is_empty")]
    status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    error_type: String,
}

impl StepRow {
    pub(crate) fn new(place: usize, step: &v1::Step) -> Self {
        Self {
            step: place,
            id: short(&step.id),
            parent_id: short(&step.parent_id),
            kind: short(&step.kind),
            name: short(&step.name),
            iteration: step.iteration,
            start_ms: step.start_ms,
            duration_ms: step.duration_ms,
            status: short(&step.status),
            error_type: short(&step.error_type),
        }
    }
}
