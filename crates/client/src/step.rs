//! Steps as a workflow writes them down.

use std::{fmt, time::Duration};

use serde_json::Value;
use ticketlens_ticket::{Step, StepError, StepKind, StepStatus};

/// Builds one [`Step`] that is already over; [`ActiveTicket::start_step`] is for one that times
/// itself.
///
/// [`ActiveTicket::start_step`]: crate::ActiveTicket::start_step
#[derive(Clone, Default)]
#[must_use = "a step belongs to a ticket"]
pub struct StepBuilder(Step);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {
        $($(#[$doc])* pub fn $name(name: impl Into<String>) -> Self {
            Self::new(StepKind::$kind, name)
        })*
    };
}

impl StepBuilder {
    /// A step of that kind: the node, tool, model or speaker is its name.
    pub fn new(kind: StepKind, name: impl Into<String>) -> Self {
        Self(Step { kind, name: name.into(), ..Step::default() })
    }

    kinds! {
        /// A node of a graph.
        node = Node;
        /// One reason-and-act iteration.
        react = React;
        /// A call of a model.
        llm = Llm;
        /// A call of a tool.
        tool = Tool;
        /// A search in a knowledge base.
        retrieval = Retrieval;
        /// Something somebody said.
        message = Message;
    }

    /// Unique within the ticket; without one the ticket gives it.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.0.id = id.into();
        self
    }

    /// The id of the step this one belongs to.
    pub fn parent(mut self, id: impl Into<String>) -> Self {
        self.0.parent_id = Some(id.into());
        self
    }

    /// The ReACT iteration, from 1.
    pub fn iteration(mut self, iteration: u32) -> Self {
        self.0.iteration = Some(iteration);
        self
    }

    /// When it began, counted from the execution's start.
    pub fn started(mut self, after: Duration) -> Self {
        self.0.start_ms = milliseconds(after);
        self
    }

    /// How long it took.
    pub fn took(mut self, duration: Duration) -> Self {
        self.0.duration_ms = milliseconds(duration);
        self
    }

    /// The tool the agent chose, and what it gave it.
    pub fn action(mut self, action: impl Into<String>, input: impl Into<Value>) -> Self {
        self.0.action = Some(action.into());
        self.0.action_input = Some(input.into());
        self
    }

    /// What went in.
    pub fn input(mut self, input: impl Into<Value>) -> Self {
        self.0.input = Some(input.into());
        self
    }

    /// What came out: an answer, a thought, a result.
    pub fn output(mut self, output: impl Into<Value>) -> Self {
        self.0.output = Some(output.into());
        self
    }

    /// Anything else: tokens, scores, model parameters.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.attributes.insert(key.into(), value.into());
        self
    }

    /// It failed: a low-cardinality type, and what was said.
    pub fn failed(mut self, error_type: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.status = StepStatus::Error;
        let error = self.0.error.get_or_insert_default();
        error.kind = Some(error_type.into());
        error.message = Some(message.into());
        self
    }

    /// Where it failed.
    pub fn stack(mut self, stack: impl Into<String>) -> Self {
        self.0.error.get_or_insert_with(StepError::default).stack = Some(stack.into());
        self
    }

    /// It was not run.
    pub fn skipped(mut self) -> Self {
        self.0.status = StepStatus::Skipped;
        self
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.0.status == StepStatus::Error
    }

    /// As it stands, for the place it holds in its ticket while it runs.
    pub(crate) fn so_far(&self) -> Step {
        Step {
            id: self.0.id.clone(),
            parent_id: self.0.parent_id.clone(),
            kind: self.0.kind,
            name: self.0.name.clone(),
            start_ms: self.0.start_ms,
            ..Step::default()
        }
    }
}

impl From<StepBuilder> for Step {
    fn from(builder: StepBuilder) -> Self {
        builder.0
    }
}

impl fmt::Debug for StepBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StepBuilder").field(&self.0).finish()
    }
}

/// Milliseconds, to the microsecond: more digits are noise and bytes.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}
