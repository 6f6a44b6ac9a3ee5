//! What is said of a whole execution: who did it, for whom, when, and what it cost.

use std::{collections::HashMap, time::Duration};

use serde_json::{Map, Value};
use ticketlens_ticket::{ExecutionId, SpanLink, Timestamp};

use crate::{
    seen::{Message, Role, Seen, Tokens},
    talk::talk,
    tree::{Node, Tree},
};

/// What is said of the whole, found in one look over the spans.
pub(crate) struct Found {
    pub(crate) agent: Option<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) tokens: Tokens,
    pub(crate) has_content: bool,
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) span: Option<SpanLink>,
    /// What was asked and answered, and when.
    pub(crate) talk: Vec<(u64, Message)>,
}

pub(crate) enum Which {
    First,
    Last,
}

impl Found {
    pub(crate) fn of(tree: &Tree) -> Self {
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

    pub(crate) fn duration(&self) -> Duration {
        Duration::from_nanos(self.ended - self.began)
    }

    pub(crate) fn execution_id(&self, id: &str) -> ExecutionId {
        let link = self.span.map(|link| (link.trace_id, link.span_id)).unwrap_or_default();
        let parts: [&[u8]; 3] = [id.as_bytes(), &link.0, &link.1];
        ExecutionId::derived(Timestamp::from_unix_nanos(self.ended), parts)
    }

    /// The model that was asked most often; of several, the first.
    pub(crate) fn model(&self, tree: &Tree) -> Option<String> {
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

    pub(crate) fn said(&self, role: &str, key: &str, which: Which) -> Option<Value> {
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

    pub(crate) fn attributes(&self, tree: &Tree, left_out: usize) -> Vec<(String, Value)> {
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
