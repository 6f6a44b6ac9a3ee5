//! The spans of one execution → its ticket.

use std::{collections::HashMap, time::Duration};

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use ticketlens_ticket::{
    ExecutionId, Metric, Resource, SpanLink, Status, StepError, StepKind, Ticket, Timestamp, Trace,
};

use crate::{
    calls::Calls,
    duplicates::drop_duplicates,
    iterations::Iterations,
    outcome::Outcome,
    seen::{Message, Role, Seen, Tokens},
    span::Span,
    timeline::{Facts, Timeline},
    tree::{Node, Tree},
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

/// What is said of the whole, found in one look over the spans.
struct Found {
    agent: Option<String>,
    conversation: Option<String>,
    user: Option<String>,
    tokens: Tokens,
    has_content: bool,
    began: u64,
    ended: u64,
    span: Option<SpanLink>,
    /// What was asked and answered, and when.
    talk: Vec<(u64, Message)>,
}

enum Which {
    First,
    Last,
}

impl Found {
    fn of(tree: &Tree) -> Self {
        let nodes = || tree.nodes.iter().filter(|node| !node.is_dropped);
        let counts = |node: &&Node| node.seen.role.is_run() || node.is_step();
        let runs: Vec<&Node> = tree.outermost_runs().map(|(_, node)| node).collect();
        let began = nodes().filter(counts).map(|node| node.span.start).min().unwrap_or_default();
        let ended = nodes().filter(counts).map(|node| node.span.end).max().unwrap_or_default();
        let first = |of: fn(&Seen) -> &Option<String>| {
            let said = |node: &Node| of(&node.seen).clone();
            runs.iter().find_map(|node| said(node)).or_else(|| tree.nodes.iter().find_map(said))
        };
        let root = runs.first().copied().or_else(|| tree.nodes.first());
        Self {
            agent: agent(tree),
            conversation: first(|seen| &seen.conversation),
            user: first(|seen| &seen.user),
            tokens: tokens(tree, &runs),
            has_content: nodes().any(|node| {
                !matches!(node.seen.role, Role::Other | Role::Node) && node.seen.has_content()
            }),
            began,
            ended: ended.max(began),
            span: root.map(|node| SpanLink { trace_id: node.span.key.0, span_id: node.span.key.1 }),
            talk: talk(tree),
        }
    }

    fn duration(&self) -> Duration {
        Duration::from_nanos(self.ended - self.began)
    }

    fn execution_id(&self, id: &str) -> ExecutionId {
        let link = self.span.map(|link| (link.trace_id, link.span_id)).unwrap_or_default();
        let parts: [&[u8]; 3] = [id.as_bytes(), &link.0, &link.1];
        ExecutionId::derived(Timestamp::from_unix_nanos(self.ended), parts)
    }

    /// The model that was asked most often; of several, the first.
    fn model(&self, tree: &Tree) -> Option<String> {
        let mut asked: Vec<(&str, usize)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (_, node) in tree.of_role(Role::Model) {
            let model = &node.seen.model;
            let Some(name) = model.requested.as_deref().or(model.answered.as_deref()) else {
                continue;
            };
            let place = *places.entry(name).or_insert_with(|| {
                asked.push((name, 0));
                asked.len() - 1
            });
            asked[place].1 += 1;
        }
        let most = asked.iter().rev().max_by_key(|(_, times)| *times);
        let of_run = || tree.nodes.iter().find_map(|node| node.seen.model.requested.clone());
        most.map(|(name, _)| (*name).to_owned()).or_else(of_run)
    }

    fn said(&self, role: &str, key: &str, which: Which) -> Option<Value> {
        let mut of_role = self.talk.iter().filter(|(_, message)| message.role == role);
        let (_, message) = match which {
            Which::First => of_role.next()?,
            Which::Last => of_role.next_back()?,
        };
        Some(
            [(key.to_owned(), message.text.clone().into())]
                .into_iter()
                .collect::<Map<_, _>>()
                .into(),
        )
    }

    fn attributes(&self, tree: &Tree, left_out: usize) -> Vec<(String, Value)> {
        let mut attributes = Vec::new();
        let mut add = |key: &str, value: Option<String>| {
            attributes.extend(value.map(|value| (key.to_owned(), Value::from(value))));
        };
        add("gen_ai.conversation.id", self.conversation.clone());
        add("gen_ai.agent.name", self.agent.clone());
        add("ticketlens.instrumentation", instrumentations(tree));
        if !self.has_content && tree.of_role(Role::Model).next().is_some() {
            add("ticketlens.content", Some("not recorded".to_owned()));
        }
        add("ticketlens.partial", partial(tree, left_out));
        add("ticketlens.cut", cut(tree));
        attributes
    }
}

/// The run's agent: what asks a model itself, or else the first agent within it.
fn agent(tree: &Tree) -> Option<String> {
    let name = |node: &Node| node.seen.agent.clone().unwrap_or_else(|| node.seen.name.clone());
    let first = tree.outermost_runs().next();
    let asks = |run: usize| tree.of_role(Role::Model).any(|(_, model)| model.owner == Some(run));
    let inner = |run: usize| {
        let is_inner = |node: &&Node| {
            node.seen.role == Role::Agent && node.owner == Some(run) && node.step.is_none()
        };
        tree.nodes.iter().find(is_inner)
    };
    let own = first.map(|(place, run)| match asks(place) {
        true => run,
        // A workflow, or the run of an Agents SDK, which is told as an agent around the agents.
        false => inner(place).unwrap_or(run),
    });
    own.map(name).or_else(|| tree.nodes.iter().find_map(|node| node.seen.agent.clone()))
}

/// Tokens are counted at model calls, where there are any that tell; agents repeat their sums.
fn tokens(tree: &Tree, runs: &[&Node]) -> Tokens {
    let mut sum = Tokens::default();
    for (_, node) in tree.of_role(Role::Model) {
        sum.add(node.seen.tokens);
    }
    if !sum.is_known() {
        runs.iter().for_each(|run| sum.add(run.seen.tokens));
    }
    sum
}

/// What was asked and what was answered, turn by turn: as the agents' spans have it, or as their first
/// and last model calls do.
fn talk(tree: &Tree) -> Vec<(u64, Message)> {
    let mut talk: Vec<(u64, Message)> = Vec::new();
    let mut runs: Vec<(usize, &Node)> = tree.outermost_runs().collect();
    let mut models: HashMap<Option<usize>, (&Node, &Node)> = HashMap::new();
    let outermost = outermost_of(tree);
    for (place, node) in tree.of_role(Role::Model) {
        let ends = models.entry(outermost[place]).or_insert((node, node));
        if node.span.end >= ends.1.span.end && !tree.is_in_tool(node) {
            ends.1 = node;
        }
    }
    runs.sort_by_key(|(_, node)| node.span.start);
    let mut add = |at: u64, message: Message| {
        let is_known = talk
            .iter()
            .rev()
            .take(2)
            .any(|(_, before)| before.role == message.role && before.text == message.text);
        if !message.text.is_empty() && !is_known {
            talk.push((at, message));
        }
    };
    for (place, run) in &runs {
        let ends = models.get(&Some(*place));
        let inner = || {
            let agents = tree.nodes.iter().filter(|node| node.seen.role == Role::Agent);
            let mut within =
                agents.filter(|node| node.owner == Some(*place) && node.step.is_none());
            within.find_map(|agent| last_asked(&agent.seen.heard))
        };
        let asked = last_asked(&run.seen.heard).or_else(inner);
        let asked = asked.or_else(|| last_asked(&ends?.0.seen.heard));
        add(run.span.start, spoken("user", asked));
        let made = run.seen.output.as_ref().map(Value::to_string);
        let answered = answer(&run.seen).or_else(|| answer(&ends?.1.seen)).or(made.as_deref());
        // Some runs end before what they began.
        let end = ends.map_or(0, |(_, last)| last.span.end).max(run.span.end);
        add(end, spoken("assistant", answered));
    }
    if let Some((first, last)) = models.get(&None) {
        add(first.span.start, spoken("user", last_asked(&first.seen.heard)));
        add(last.span.end, spoken("assistant", answer(&last.seen)));
    }
    talk
}

/// For each span, the agent's run it is in that is in no other.
fn outermost_of(tree: &Tree) -> Vec<Option<usize>> {
    let mut outermost: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    for &place in &tree.downwards {
        if let Some(owner) = tree.nodes[place].owner {
            outermost[place] = outermost[owner].or(Some(owner));
        }
    }
    outermost
}

fn last_asked(heard: &[Message]) -> Option<&str> {
    let asked = heard.iter().rev().filter(|message| message.role == "user");
    asked.map(|message| message.text.as_str()).find(|text| !text.is_empty())
}

/// What was said last, if nothing is called with it.
fn answer(seen: &Seen) -> Option<&str> {
    let last = seen.said.last().filter(|said| said.calls.is_empty() && said.role == "assistant")?;
    Some(last.text.as_str()).filter(|text| !text.is_empty())
}

fn spoken(role: &str, text: Option<&str>) -> Message {
    Message { role: role.into(), text: text.unwrap_or_default().into(), ..Message::default() }
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

/// Names of instrumentations that a ticket tells.
const INSTRUMENTATIONS: usize = 4;

/// Who told all this.
fn instrumentations(tree: &Tree) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for node in tree.nodes.iter().filter(|node| node.seen.role != Role::Other) {
        let source = &node.span.source;
        let name = format!("{} {}", source.scope, source.scope_version).trim().to_owned();
        if names.len() < INSTRUMENTATIONS && !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// What is known to be missing, in words.
fn partial(tree: &Tree, left_out: usize) -> Option<String> {
    let mut missing = Vec::new();
    if tree.missing_parents > 0 {
        missing.push(counted(tree.missing_parents as u64, "parent span", "never came"));
    }
    if left_out > 0 {
        missing.push(counted(left_out as u64, "span", "did not fit"));
    }
    (!missing.is_empty()).then(|| missing.join("; "))
}

/// What the sender's own limits have cost (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`).
fn cut(tree: &Tree) -> Option<String> {
    let dropped = tree.nodes.iter().map(|node| node.span.dropped_attributes);
    let dropped = dropped.fold(0, u64::saturating_add);
    (dropped > 0).then(|| counted(dropped, "attribute", "left out by the sender's limits"))
}

fn counted(count: u64, what: &str, became: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s} {became}")
}
