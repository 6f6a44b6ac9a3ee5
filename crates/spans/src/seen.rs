//! The neutral step: what a span says, in one vocabulary, whoever wrote it. Each dialect makes one of
//! these of a span; everything after it knows no dialect.

use serde_json::{Map, Value};
use ticketlens_ticket::StepError;

use crate::content::{MARKS, is_mark};

/// What one span says.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) role: Role,
    /// The node, tool, model or agent; the span's own name where nothing better is known.
    pub(crate) name: String,
    /// The agent that did it, where the span says so itself.
    pub(crate) agent: Option<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) user: Option<String>,

    /// What a tool, node or agent was given.
    pub(crate) input: Option<Value>,
    /// What came of it.
    pub(crate) output: Option<Value>,
    /// What a model was told, the whole conversation so far; of an agent, what it was asked.
    pub(crate) heard: Vec<Message>,
    /// What a model or an agent said.
    pub(crate) said: Vec<Message>,

    pub(crate) model: Model,
    pub(crate) tokens: Tokens,
    /// The model's id of a tool call.
    pub(crate) call_id: Option<String>,
    /// Whom a handoff goes to.
    pub(crate) handoff_to: Option<String>,

    pub(crate) went: Went,
    /// A node that is a run of its own where nothing of an agent's is around it.
    pub(crate) may_be_run: bool,
    /// Whether there is something we know of within.
    pub(crate) encloses_known: bool,
    /// Whatever else is worth keeping, under OpenTelemetry's names.
    pub(crate) attributes: Map<String, Value>,
}

/// What kind of work a span stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// An agent at work: from being asked to its answer. No step, but whose steps they are.
    Agent,
    /// A graph or workflow, which need not be an agent.
    Workflow,
    /// A node of a graph.
    Node,
    /// One reason-and-act turn, where the instrumentation shows it.
    Turn,
    Model,
    Tool,
    Retrieval,
    /// One agent hands over to another.
    Handoff,
    /// Nothing we know of: a database call, a function of the application.
    #[default]
    Other,
    /// Says nothing of its own; what it contains counts.
    Hidden,
}

/// Which model was asked, and what it said about its answer.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) requested: Option<String>,
    pub(crate) answered: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) response_id: Option<String>,
    pub(crate) finish_reasons: Vec<String>,
}

/// Tokens of one call, or summed up. Cached ones lie within the input, reasoning within the output
/// (semantic conventions for generative AI, `gen_ai.usage.*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Tokens {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) cached: Option<u64>,
    pub(crate) reasoning: Option<u64>,
}

/// One message of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message {
    /// `system`, `user`, `assistant`, `tool`.
    pub(crate) role: String,
    pub(crate) text: String,
    /// What the model thought before it spoke, where it is recorded.
    pub(crate) reasoning: String,
    /// Tools a model calls.
    pub(crate) calls: Vec<Call>,
    /// What tools answered: the call's id, and the result.
    pub(crate) results: Vec<(Option<String>, Value)>,
}

/// A tool call as a model asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) arguments: Value,
}

/// How it went.
#[derive(Default)]
pub(crate) enum Went {
    #[default]
    Well,
    Failed(StepError),
    /// Stopped for a person's approval, or left by control flow: nothing failed.
    Interrupted,
    /// Given up by its caller.
    Cancelled(StepError),
}

impl Seen {
    pub(crate) fn of(role: Role, name: impl Into<String>) -> Self {
        Self { role, name: name.into(), ..Self::default() }
    }

    /// Everything that a model called in its answer.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.said.iter().flat_map(|message| &message.calls)
    }

    /// What was said, apart from calls.
    pub(crate) fn said_text(&self) -> Option<&str> {
        self.said.iter().rev().map(|said| said.text.as_str()).find(|text| !text.is_empty())
    }

    /// What was said last, if nothing is called with it.
    pub(crate) fn answer(&self) -> Option<&str> {
        let is_answer = |said: &&Message| said.calls.is_empty() && said.role == "assistant";
        let last = self.said.last().filter(is_answer)?;
        Some(last.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Whether somebody's words are in it.
    pub(crate) fn has_content(&self) -> bool {
        let of = |value: &Option<Value>| value.as_ref().is_some_and(says);
        let said = |message: &Message| message.role != "system" && message.has_words();
        of(&self.input)
            || of(&self.output)
            || self.heard.iter().any(said)
            || self.said.iter().any(said)
    }
}

/// Whether there is anything in a value, and no mark that there was.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(says),
        Value::Object(map) => map.values().any(says),
        other => !is_mark(other),
    }
}

impl Role {
    /// Whether it encloses steps without being one.
    pub(crate) const fn is_run(self) -> bool {
        matches!(self, Self::Agent | Self::Workflow)
    }

    pub(crate) const fn is_step(self) -> bool {
        !matches!(self, Self::Agent | Self::Workflow | Self::Hidden)
    }
}

impl Tokens {
    pub(crate) fn is_known(&self) -> bool {
        self.input.is_some() || self.output.is_some()
    }

    pub(crate) fn add(&mut self, other: Self) {
        let add = |to: &mut Option<u64>, from: Option<u64>| {
            if let Some(from) = from {
                *to = Some(to.unwrap_or_default().saturating_add(from));
            }
        };
        add(&mut self.input, other.input);
        add(&mut self.output, other.output);
        add(&mut self.cached, other.cached);
        add(&mut self.reasoning, other.reasoning);
    }
}

impl Message {
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
            && self.reasoning.is_empty()
            && self.calls.is_empty()
            && self.results.is_empty()
    }

    /// Whether there is more in it than that something was called or answered.
    fn has_words(&self) -> bool {
        let calls = self.calls.iter().map(|call| &call.arguments);
        let mut values = calls.chain(self.results.iter().map(|(_, result)| result));
        let is_said = |text: &str| !text.is_empty() && !MARKS.contains(&text);
        is_said(&self.text) || is_said(&self.reasoning) || values.any(says)
    }
}

impl Went {
    pub(crate) const fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}
