//! One record as the receiver stores it: validated, gated, borrowed from the request's bytes
//! where nothing had to change.

use std::{borrow::Cow, fmt};

use crate::{
    Capture, CurrencyCode, ExecutionId, ModelCall, Step, StepKind, StepStatus, Timestamp,
    trace::debug_timing,
};

/// A validated, redacted record, ready to become a row. Absent texts are empty. Its `Debug` shows
/// no text of anyone's.
#[derive(Clone, PartialEq)]
pub struct Record<'a> {
    /// This execution, sent or derived.
    pub execution_id: ExecutionId,
    /// The ticket's number in the help desk.
    pub ticket_id: Cow<'a, str>,
    /// When the execution finished.
    pub executed_at: Timestamp,
    /// Execution time; finite, not negative.
    pub duration_seconds: f64,
    /// A valid status.
    pub status: Cow<'a, str>,
    /// What the ticket is about.
    pub category: Cow<'a, str>,
    /// `error.type`.
    pub error_type: Cow<'a, str>,
    /// The level in force: the stricter of the client's and the tenant's.
    pub capture: Capture,
    /// Keyed hash of the customer.
    pub customer: Cow<'a, str>,
    /// Counts up per client process.
    pub sequence: Option<u64>,
    /// Tickets that its client process had begun and not finished when it handed this one over.
    pub open: Option<u64>,
    /// `service.name`.
    pub workflow: Cow<'a, str>,
    /// `service.version`.
    pub workflow_version: Cow<'a, str>,
    /// `deployment.environment.name`.
    pub environment: Cow<'a, str>,
    /// `service.instance.id`.
    pub instance: Cow<'a, str>,
    /// `gen_ai.request.model`.
    pub model: Cow<'a, str>,
    /// `gen_ai.usage.input_tokens`.
    pub input_tokens: Option<u64>,
    /// `gen_ai.usage.output_tokens`.
    pub output_tokens: Option<u64>,
    /// What is said of the ticket's calls of models together; its model asked for and its tokens stand
    /// above.
    pub calls: ModelCall<'a>,
    /// `ticket.cost`, in billionths.
    pub cost: Option<u64>,
    /// `ticket.cost.currency`.
    pub cost_currency: CurrencyCode,
    /// `gen_ai.conversation.id`.
    pub conversation: Cow<'a, str>,
    /// `gen_ai.agent.name`.
    pub agent: Cow<'a, str>,
    /// `gen_ai.workflow.name`.
    pub agent_workflow: Cow<'a, str>,
    /// Values removed by the gate, in the client and here.
    pub redactions: u32,
    /// The same by detector.
    pub redactions_by: Vec<(Cow<'a, str>, u32)>,
    /// The team's own trace; absent where no span was active.
    pub trace_id: Option<[u8; 16]>,
    /// The span in it.
    pub span_id: Option<[u8; 8]>,
    /// `ticket.metrics.*` by name, finite.
    pub metrics: Vec<(Cow<'a, str>, f64)>,
    /// Every other attribute of record and resource, as text.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The timeline.
    pub steps: Vec<StepLine<'a>>,
    /// Steps that were sent beyond the limit and are not on the timeline; the trace keeps them.
    pub steps_beyond: u32,
    /// The trace: one JSON object, or empty.
    pub trace_json: String,
}

/// One step on the timeline, without anyone's text.
#[derive(Clone, PartialEq)]
pub struct StepLine<'a> {
    /// Unique within the ticket.
    pub id: Cow<'a, str>,
    /// The step this one belongs to, or empty.
    pub parent_id: Cow<'a, str>,
    /// What kind of work it was.
    pub kind: StepKind,
    /// The node, tool, model or speaker.
    pub name: Cow<'a, str>,
    /// The ReACT iteration, from 1.
    pub iteration: Option<u32>,
    /// Milliseconds since the execution began.
    pub start_ms: f64,
    /// Milliseconds it took.
    pub duration_ms: f64,
    /// How it went.
    pub status: StepStatus,
    /// `error.type` of the step, or empty.
    pub error_type: Cow<'a, str>,
    /// What it used, of a call of a model that says so.
    pub call: Option<Box<ModelCall<'a>>>,
}

impl StepLine<'_> {
    /// The same, without what it was read from.
    pub(crate) fn into_owned<'a>(self) -> StepLine<'a> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        StepLine {
            id: owned(self.id),
            parent_id: owned(self.parent_id),
            kind: self.kind,
            name: owned(self.name),
            iteration: self.iteration,
            start_ms: self.start_ms,
            duration_ms: self.duration_ms,
            status: self.status,
            error_type: owned(self.error_type),
            call: self.call.map(|call| Box::new(call.into_owned())),
        }
    }

    /// Bytes of text that are lent to it.
    pub(crate) fn borrowed(&self) -> usize {
        let texts = [&self.id, &self.parent_id, &self.name, &self.error_type];
        let lent = |text: &&Cow<'_, str>| matches!(text, Cow::Borrowed(_));
        let of_call = self.call.as_ref().map_or(0, |call| call.borrowed());
        texts.into_iter().filter(lent).map(|text| text.len()).sum::<usize>() + of_call
    }
}

impl From<Step> for StepLine<'_> {
    fn from(step: Step) -> Self {
        let call = (step.kind == StepKind::Llm)
            .then(|| ModelCall::of_attributes(&step.attributes))
            .filter(|call| !call.is_empty());
        let error_type = step.error.and_then(|error| error.kind).unwrap_or_default();
        Self {
            id: step.id.into(),
            parent_id: step.parent_id.unwrap_or_default().into(),
            kind: step.kind,
            name: step.name.into(),
            iteration: step.iteration,
            start_ms: step.start_ms,
            duration_ms: step.duration_ms,
            status: step.status,
            error_type: error_type.into(),
            call: call.map(Box::new),
        }
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("execution_id", &self.execution_id)
            .field("status", &self.status)
            .field("capture", &self.capture)
            .field("steps", &self.steps.len())
            .field("trace_bytes", &self.trace_json.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StepLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, iteration, start_ms, duration_ms, status, .. } = *self;
        debug_timing(f, "StepLine", kind, iteration, [start_ms, duration_ms], status)
    }
}
