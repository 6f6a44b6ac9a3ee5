//! The timeline: a tree of spans → the ticket's steps, in the order in which they began.

use std::collections::{HashMap, HashSet};

use data_encoding::HEXLOWER;
use ticketlens_ticket::{Step, StepError, StepKind, StepStatus};

use crate::{
    calls::{Called, Calls, handoff_to},
    iterations::{Agent, Iterations},
    seen::{Message, Role, Seen, Went},
    step::{handoff, kind, milliseconds, model, spoken, status, thought, turn_name},
    tree::{Node, Tree},
    turns::Turns,
};

/// Steps under way to their order: when they began, and how deep they stand.
pub(crate) struct Timeline<'t> {
    tree: &'t Tree,
    calls: &'t Calls,
    iterations: &'t Iterations,
    /// The run's own agent; others are named at their steps.
    agent: Option<&'t str>,
    /// Whether anybody's words were recorded at all.
    has_content: bool,
    /// When the execution began, in nanoseconds.
    began: u64,
    is_partial: bool,
    turns: Turns<'t>,
    ids: Vec<String>,
    steps: Vec<Placed>,
}

struct Placed {
    start: u64,
    depth: u8,
    step: Step,
}

/// What a timeline is made from.
pub(crate) struct Facts<'t> {
    pub(crate) agent: Option<&'t str>,
    pub(crate) has_content: bool,
    pub(crate) began: u64,
    pub(crate) is_partial: bool,
    pub(crate) is_failed: bool,
}

impl<'t> Timeline<'t> {
    pub(crate) fn of(
        tree: &'t Tree,
        calls: &'t Calls,
        iterations: &'t Iterations,
        facts: Facts<'t>,
    ) -> Self {
        let Facts { agent, has_content, began, is_partial, is_failed } = facts;
        let ids = ids(tree);
        Self {
            tree,
            calls,
            iterations,
            agent,
            has_content,
            began,
            is_partial,
            turns: Turns::of(tree, iterations, &ids, is_failed),
            ids,
            steps: Vec::new(),
        }
    }

    /// The steps, with those that are no span: turns, tools that only messages tell of, what was asked
    /// and what was answered.
    pub(crate) fn steps(mut self, turns_of_talk: Vec<(u64, Message)>) -> Vec<Step> {
        self.made_up_turns();
        let mut told: HashMap<&Agent, &Seen> = HashMap::new();
        for (place, node) in self.tree.steps() {
            let agent = self.iterations.agent(place);
            let before = match node.seen.role {
                Role::Model => told.insert(agent, &node.seen),
                _ => None,
            };
            let mut step = self.step(place, node, before);
            let turn = self.turns.around(place);
            step.parent_id = match (node.step, turn) {
                (Some(above), _) if self.iterations.top(place) != place => {
                    Some(self.ids[above].clone())
                }
                (_, Some(turn)) => Some(turn.id.clone()),
                (above, None) => above.map(|above| self.ids[above].clone()),
            };
            self.push(node.span.start, 2 + u8::from(step.parent_id.is_some()), step);
        }
        self.untold_tools();
        for (number, (at, message)) in turns_of_talk.into_iter().enumerate() {
            let depth = if message.role == "user" { 0 } else { 4 };
            let start_ms = milliseconds(at.saturating_sub(self.began));
            self.push(at, depth, spoken(number, start_ms, &message));
        }
        self.steps.sort_by_key(|placed| (placed.start, placed.depth));
        self.steps.into_iter().map(|placed| placed.step).collect()
    }

    fn push(&mut self, start: u64, depth: u8, step: Step) {
        self.steps.push(Placed { start, depth, step });
    }

    fn step(&self, place: usize, node: &'t Node, before: Option<&Seen>) -> Step {
        let Node { span, seen, .. } = node;
        let mut step = Step {
            id: self.ids[place].clone(),
            kind: kind(seen.role),
            name: seen.name.clone(),
            iteration: self.iterations.at(place),
            start_ms: milliseconds(span.start.saturating_sub(self.began)),
            duration_ms: milliseconds(span.end.saturating_sub(span.start)),
            status: status(seen),
            error: self.error(&seen.went),
            attributes: seen.attributes.clone(),
            ..Step::default()
        };
        match seen.role {
            Role::Model => model(&mut step, seen, before),
            Role::Turn => {
                if let Some(model) = self.turns.model_of(place) {
                    thought(&mut step, &self.tree.nodes[model].seen);
                }
                step.name = turn_name(step.iteration);
                step.status = self.turns.status(place, seen);
            }
            Role::Handoff => handoff(&mut step, seen),
            Role::Tool | Role::Retrieval => {
                step.input.clone_from(&seen.input);
                step.output.clone_from(&seen.output);
            }
            _ => {}
        }
        if let Some(id) = &seen.call_id {
            step.attributes.insert("gen_ai.tool.call.id".into(), id.clone().into());
        }
        if let Some(agent) = self.other_agent(place) {
            step.attributes.insert("gen_ai.agent.name".into(), agent.into());
        }
        step
    }

    /// Who did it, if it is not the run's own agent.
    fn other_agent(&self, place: usize) -> Option<&str> {
        let owner = self.tree.nodes[place].owner?;
        let seen = &self.tree.nodes[owner].seen;
        let name = seen.agent.as_deref().unwrap_or(&seen.name);
        (seen.role == Role::Agent && Some(name) != self.agent).then_some(name)
    }

    /// An error, with its words only where words were recorded: with content switched off, they are the
    /// hole through which somebody's name leaves.
    fn error(&self, went: &Went) -> Option<StepError> {
        let (Went::Failed(error) | Went::Cancelled(error)) = went else { return None };
        match self.has_content {
            true => Some(error.clone()),
            false => Some(StepError { kind: error.kind.clone(), ..StepError::default() }),
        }
    }

    /// The turns that no span shows.
    fn made_up_turns(&mut self) {
        let mut steps = Vec::new();
        for turn in self.turns.in_order() {
            let seen = &self.tree.nodes[turn.model].seen;
            let mut step = Step {
                id: turn.id.clone(),
                parent_id: turn.within.map(|above| self.ids[above].clone()),
                kind: StepKind::React,
                name: turn_name(Some(turn.iteration)),
                iteration: Some(turn.iteration),
                start_ms: milliseconds(turn.start.saturating_sub(self.began)),
                duration_ms: milliseconds(turn.end.saturating_sub(turn.start)),
                status: self.turns.status(turn.model, seen),
                ..Step::default()
            };
            thought(&mut step, seen);
            if let Some(agent) = self.other_agent(turn.model) {
                step.attributes.insert("gen_ai.agent.name".into(), agent.into());
            }
            steps.push(Placed { start: turn.start, depth: 1, step });
        }
        self.steps.extend(steps);
    }

    /// Tools of which there is no span: the model called them, and was told what came of it, or the
    /// execution ended before it was.
    fn untold_tools(&mut self) {
        let mut next_start: HashMap<&Agent, u64> = HashMap::new();
        let mut until: HashMap<usize, u64> = HashMap::new();
        let models: Vec<_> = self.tree.of_role(Role::Model).collect();
        for (place, node) in models.iter().rev() {
            let agent = self.iterations.agent(*place);
            if let Some(next) = next_start.insert(agent, node.span.start) {
                until.insert(*place, next);
            }
        }
        for (number, called) in self.calls.all.iter().enumerate() {
            if called.done.is_some() {
                continue;
            }
            let Some(step) = self.untold(number, called, &until) else { continue };
            self.push(self.tree.nodes[called.model].span.end, 3, step);
        }
    }

    fn untold(&self, number: usize, called: &Called, until: &HashMap<usize, u64>) -> Option<Step> {
        let node = &self.tree.nodes[called.model];
        let next = until.get(&called.model).copied();
        let status = match (&called.result, self.is_partial) {
            _ if called.is_handoff => StepStatus::Ok,
            (Some(_), _) => StepStatus::Ok,
            // The next call was made, so this one was answered: with what is not recorded.
            (None, _) if next.is_some() => StepStatus::Ok,
            (None, true) => StepStatus::Error,
            // How some frameworks have a model give its answer: nothing is run.
            (None, false) if node.owner.is_some_and(|owner| self.has_answer(owner)) => return None,
            (None, false) => StepStatus::Skipped,
        };
        let turn = self.turns.at(called.model);
        let end = next.unwrap_or(node.span.end).max(node.span.end);
        let mut step = Step {
            id: format!("{}-call-{number}", self.ids[called.model]),
            parent_id: turn.map(|turn| turn.id.clone()),
            kind: StepKind::Tool,
            name: called.call.name.clone(),
            iteration: self.iterations.at(called.model),
            start_ms: milliseconds(node.span.end.saturating_sub(self.began)),
            duration_ms: milliseconds(end.saturating_sub(node.span.end)),
            status,
            input: Some(called.call.arguments.clone()).filter(|input| !input.is_null()),
            output: called.result.clone(),
            ..Step::default()
        };
        if step.parent_id.is_none() {
            step.parent_id = node.step.map(|above| self.ids[above].clone());
        }
        if status == StepStatus::Error {
            let kind = Some("unfinished".to_owned());
            step.error = Some(StepError { kind, ..StepError::default() });
        }
        if let Some(id) = &called.call.id {
            step.attributes.insert("gen_ai.tool.call.id".into(), id.clone().into());
        }
        if called.is_handoff {
            step.kind = StepKind::Other;
            let to = handoff_to(&called.call.name);
            step.attributes.insert("gen_ai.handoff.to".into(), to.into());
        }
        // Its times are those between the model calls around it.
        step.attributes.insert("ticketlens.seen_in".into(), "messages".into());
        Some(step)
    }

    fn has_answer(&self, owner: usize) -> bool {
        let seen = &self.tree.nodes[owner].seen;
        seen.answer().is_some() || seen.output.is_some()
    }
}

/// Ids of spans are unique within their trace; a ticket may have several traces.
fn ids(tree: &Tree) -> Vec<String> {
    let mut known = HashSet::new();
    let id = |(place, node): (usize, &Node)| {
        let id = HEXLOWER.encode(&node.span.key.1);
        if known.insert(node.span.key.1) { id } else { format!("{id}-{place}") }
    };
    tree.nodes.iter().enumerate().map(id).collect()
}
