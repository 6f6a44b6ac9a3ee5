//! The spans of one execution → its ticket.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use ticketlens_ticket::{Metric, Resource, Status, StepError, StepKind, Ticket, Timestamp, Trace};

use crate::{
    calls::Calls,
    duplicates::drop_duplicates,
    found::{Found, Which},
    iterations::Iterations,
    outcome::Outcome,
    seen::{Seen, Tokens},
    span::Span,
    timeline::{Facts, Timeline},
    tree::Tree,
};

/// The spans of one execution.
pub struct Run {
    spans: Vec<(Span, Seen)>,
    /// Spans that did not fit.
    left_out: usize,
    id: Option<String>,
}

impl Run {
    pub(crate) fn new(spans: Vec<(Span, Seen)>, left_out: usize) -> Self {
        Self { spans, left_out, id: None }
    }

    pub(crate) fn with_id(self, id: Option<String>) -> Self {
        Self { id, ..self }
    }

    /// The ticket's id as far as the spans tell: the value that [`crate::Group`] found them by.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The trace of the first of them, in lower-case hex: what a ticket can be called that has no other
    /// name.
    pub fn trace_id(&self) -> Option<String> {
        let first = self.spans.iter().min_by_key(|(span, _)| span.start);
        first.map(|(span, _)| HEXLOWER.encode(&span.key.0))
    }

    /// How many spans it has.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The service whose spans they are, by the resource of the first of them.
    pub fn resource(&self) -> Resource {
        let first = self.spans.iter().min_by_key(|(span, _)| span.start);
        let Some((span, _)) = first else { return Resource::default() };
        let of = |keys: &[&str]| {
            let text = keys.iter().find_map(|key| span.source.resource.text(key));
            text.map(str::to_owned)
        };
        Resource {
            workflow: of(&["service.name"]).unwrap_or_default(),
            version: of(&["service.version"]),
            environment: of(&["deployment.environment.name", "deployment.environment"]),
            instance: of(&["service.instance.id"]),
            other: Vec::new(),
        }
    }

    /// The ticket, as far as spans tell: what the workflow knows better, it says itself
    /// ([`crate::told`]). The same spans make the same ticket, its execution's id included.
    pub fn ticket(self, id: impl Into<String>) -> Ticket {
        let (id, left_out) = (id.into(), self.left_out);
        let mut tree = Tree::new(timed(self.spans));
        drop_duplicates(&mut tree);
        let calls = Calls::of(&mut tree);
        let iterations = Iterations::of(&tree, &calls);
        let found = Found::of(&tree);
        let outcome = Outcome::of(&tree, &calls);
        let steps = {
            let facts = Facts {
                agent: found.agent.as_deref(),
                has_content: found.has_content,
                began: found.began,
                is_partial: tree.missing_parents > 0,
                is_failed: outcome.status == Status::Failed,
            };
            Timeline::of(&tree, &calls, &iterations, facts).steps(found.talk.clone())
        };
        let trace = Trace {
            ticket: found.said("user", "question", Which::First),
            output: found.said("assistant", "response", Which::Last),
            errors: outcome.error.as_ref().and_then(|error| error_of(error, found.has_content)),
            steps,
            ..Trace::default()
        };
        let mut ticket = Ticket::new(id, outcome.status, found.duration());
        ticket.execution_id = found.execution_id(&ticket.id);
        ticket.executed_at = Timestamp::from_unix_nanos(found.ended);
        ticket.customer = found.user.clone();
        ticket.model = found.model(&tree);
        (ticket.input_tokens, ticket.output_tokens) = (found.tokens.input, found.tokens.output);
        ticket.error_type = outcome.error.and_then(|error| error.kind);
        if ticket.status == Status::Failed && ticket.error_type.is_none() {
            ticket.error_type = Some("_OTHER".into());
        }
        ticket.metrics = metrics(&trace, found.tokens);
        ticket.attributes = found.attributes(&tree, left_out);
        ticket.span = found.span;
        ticket.trace = trace;
        ticket
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("spans", &self.spans.len()).finish_non_exhaustive()
    }
}

/// A span without times is where the first of them began: 1970 would be the beginning of all.
fn timed(mut spans: Vec<(Span, Seen)>) -> Vec<(Span, Seen)> {
    let starts = spans.iter().map(|(span, _)| span.start);
    if let Some(first) = starts.filter(|start| *start > 0).min() {
        for (span, _) in spans.iter_mut().filter(|(span, _)| span.start == 0) {
            (span.start, span.end) = (first, first);
        }
    }
    spans
}

fn error_of(error: &StepError, has_content: bool) -> Option<Value> {
    let mut map = Map::new();
    let mut add = |key: &str, text: &Option<String>| {
        if let Some(text) = text {
            map.insert(key.to_owned(), text.clone().into());
        }
    };
    add("type", &error.kind);
    if has_content {
        add("message", &error.message);
        add("stack", &error.stack);
    }
    (!map.is_empty()).then(|| map.into())
}

fn metrics(trace: &Trace, tokens: Tokens) -> Vec<(String, Metric)> {
    let count = |kind: StepKind| trace.steps.iter().filter(|step| step.kind == kind).count();
    let mut metrics = Vec::new();
    let counts = [
        ("react_iterations", StepKind::React),
        ("llm_calls", StepKind::Llm),
        ("tool_calls", StepKind::Tool),
    ];
    for (name, kind) in counts {
        metrics.push((name.to_owned(), count(kind).into()));
    }
    if let Some(cached) = tokens.cached.filter(|cached| *cached > 0) {
        let cached = i64::try_from(cached).unwrap_or(i64::MAX);
        metrics.push(("cached_input_tokens".into(), cached.into()));
    }
    metrics
}
