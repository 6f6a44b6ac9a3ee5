//! What the AI did: the body of the record.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{StepStatus, model_call, weight, whole};

/// The trace, every part optional (contract v1). `steps` is canonical; `react`, `tool_calls` and
/// `retrieval` given apart, as many workflows have them, travel in [`Trace::other`] and are folded
/// into steps by the receiver.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Trace {
    /// What was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Value>,
    /// How the agent meant to go about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planning: Option<Value>,
    /// What it did, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Errors that belong to no single step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Value>,
    /// What came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Any other key, kept.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The keys of a trace under which stands what was said: the contract's two, and those that
/// conversations are sent under. A body that is no object is kept under `message`.
pub const MESSAGE_KEYS: [&str; 4] = ["ticket", "output", "message", "messages"];

/// One step: a node, an iteration, a call. Times are milliseconds since the execution began.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Step {
    /// Unique within the ticket.
    pub id: String,
    /// The step this one belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// What kind of work it was.
    pub kind: StepKind,
    /// The node, tool, model or speaker.
    pub name: String,
    /// The ReACT iteration, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u32>,
    /// Milliseconds from the execution's start to this step's.
    #[serde(serialize_with = "milliseconds")]
    pub start_ms: f64,
    /// Milliseconds it took.
    #[serde(serialize_with = "milliseconds")]
    pub duration_ms: f64,
    /// How it went.
    pub status: StepStatus,
    /// The tool the agent chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What the agent gave that tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_input: Option<Value>,
    /// What went in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What came out: an answer, a thought, a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<StepError>,
    /// Anything else (tokens, scores, model parameters).
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// Any other key, kept.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What kind of work a step was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StepKind {
    /// A node of a graph.
    Node,
    /// One reason-and-act iteration.
    React,
    /// A call of a model.
    Llm,
    /// A call of a tool.
    Tool,
    /// A search in a knowledge base.
    Retrieval,
    /// Something somebody said.
    Message,
    /// Anything else, and every kind this version does not know.
    #[default]
    Other,
}

/// What went wrong in a step.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct StepError {
    /// Low-cardinality: a class, a code.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Any other key, kept.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl StepKind {
    /// The kind as it stands in a trace.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::React => "react",
            Self::Llm => "llm",
            Self::Tool => "tool",
            Self::Retrieval => "retrieval",
            Self::Message => "message",
            Self::Other => "other",
        }
    }

    /// The kind of that name, in any case; [`StepKind::Other`] for one this version does not know.
    pub fn from_name(name: &str) -> Self {
        const NAMES: [StepKind; 6] = [
            StepKind::Node,
            StepKind::React,
            StepKind::Llm,
            StepKind::Tool,
            StepKind::Retrieval,
            StepKind::Message,
        ];
        let found = NAMES.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name));
        found.unwrap_or(Self::Other)
    }
}

impl Trace {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Leaves the timeline: what ran, when, how long, how it went, what calls of models used, and no text
    /// of anyone's.
    pub fn strip_text(&mut self) {
        let steps = std::mem::take(&mut self.steps);
        let steps = steps.into_iter().map(Step::without_text).collect();
        *self = Self { steps, ..Self::default() };
    }

    /// Leaves out what was said: the request, the answer, and of message steps everything but the
    /// timeline and the error. Fold first: what is given apart is no message.
    pub fn drop_messages(&mut self) {
        (self.ticket, self.output) = (None, None);
        self.other.retain(|key, _| !MESSAGE_KEYS.contains(&key.as_str()));
        for step in self.steps.iter_mut().filter(|step| step.kind == StepKind::Message) {
            let error = step.error.take();
            *step = Step { error, ..std::mem::take(step).without_text() };
        }
    }

    /// About how many bytes of memory it holds.
    pub fn weight(&self) -> usize {
        let parts = [&self.ticket, &self.planning, &self.errors, &self.output];
        weight_of_parts(parts)
            + weight::of_map(&self.other)
            + self.steps.iter().map(Step::weight).sum::<usize>()
    }
}

impl Step {
    fn without_text(self) -> Self {
        let kind = self.error.and_then(|error| error.kind);
        Self {
            id: self.id,
            parent_id: self.parent_id,
            kind: self.kind,
            name: self.name,
            iteration: self.iteration,
            start_ms: self.start_ms,
            duration_ms: self.duration_ms,
            status: self.status,
            error: kind.map(|kind| StepError { kind: Some(kind), ..StepError::default() }),
            attributes: model_call::only(self.attributes),
            ..Self::default()
        }
    }

    /// About how many bytes of memory it holds.
    pub fn weight(&self) -> usize {
        let text = |t: &Option<String>| t.as_ref().map_or(0, String::len);
        size_of::<Self>()
            + self.id.len()
            + self.name.len()
            + text(&self.parent_id)
            + text(&self.action)
            + weight_of_parts([&self.action_input, &self.input, &self.output])
            + weight::of_map(&self.attributes)
            + weight::of_map(&self.other)
            + self.error.as_ref().map_or(0, |error| {
                text(&error.kind)
                    + text(&error.message)
                    + text(&error.stack)
                    + weight::of_map(&error.other)
            })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn milliseconds<S: Serializer>(ms: &f64, to: S) -> Result<S::Ok, S::Error> {
    match whole::as_i64(*ms) {
        Some(whole) => to.serialize_i64(whole),
        None if ms.is_finite() => to.serialize_f64(*ms),
        None => to.serialize_i64(0),
    }
}

fn weight_of_parts<const N: usize>(parts: [&Option<Value>; N]) -> usize {
    parts.into_iter().flatten().map(weight::of_value).sum()
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// What a step's `Debug` shows: its place on the timeline, and no text of anyone's.
pub(crate) fn debug_timing(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    kind: StepKind,
    iteration: Option<u32>,
    [start_ms, duration_ms]: [f64; 2],
    status: StepStatus,
) -> fmt::Result {
    f.debug_struct(name)
        .field("kind", &kind)
        .field("iteration", &iteration)
        .field("start_ms", &start_ms)
        .field("duration_ms", &duration_ms)
        .field("status", &status)
        .finish_non_exhaustive()
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, iteration, start_ms, duration_ms, status, .. } = *self;
        debug_timing(f, "Step", kind, iteration, [start_ms, duration_ms], status)
    }
}

impl fmt::Debug for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepError").finish_non_exhaustive()
    }
}
