//! The timeline: a tree of spans → the ticket's steps, in the order in which they began.

use std::collections::{HashMap, HashSet};

use data_encoding::HEXLOWER;
use serde_json::Value;
use ticketlens_ticket::{Step, StepError, StepKind, StepStatus};

use crate::{
    calls::{Called, Calls, handoff_to},
    iterations::{Agent, Iterations},
    messages::{contents, shown},
    seen::{Message, Role, Seen, Went},
    tree::{Node, Tree},
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
    /// Turns that went wrong: whose model failed, or that the execution failed in.
    failed_turns: HashSet<(&'t Agent, u32)>,
    /// The first model call directly within each step that is a turn.
    model_of_turn: HashMap<usize, usize>,
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

/// A turn of an agent, while its steps are found.
struct Turn {
    id: String,
    model: usize,
    start: u64,
    end: u64,
    parent: Option<String>,
}

impl<'t> Timeline<'t> {
    pub(crate) fn of(
        tree: &'t Tree,
        calls: &'t Calls,
        iterations: &'t Iterations,
        facts: Facts<'t>,
    ) -> Self {
        let Facts { agent, has_content, began, is_partial, is_failed } = facts;
        Self {
            tree,
            calls,
            iterations,
            agent,
            has_content,
            began,
            is_partial,
            failed_turns: failed_turns(tree, iterations, is_failed),
            model_of_turn: model_of_turn(tree),
            ids: ids(tree),
            steps: Vec::new(),
        }
    }

    /// The steps, with those that are no span: turns, tools that only messages tell of, what was asked
    /// and what was answered.
    pub(crate) fn steps(mut self, turns_of_talk: Vec<(u64, Message)>) -> Vec<Step> {
        let turns = self.turns();
        let mut told: HashMap<&Agent, &Seen> = HashMap::new();
        for (place, node) in self.tree.steps() {
            let agent = self.iterations.agent(place);
            let before = match node.seen.role {
                Role::Model => told.insert(agent, &node.seen),
                _ => None,
            };
            let mut step = self.step(place, node, before);
            let turn = self.turn_of(place, &turns);
            step.parent_id = match (node.step, turn) {
                (Some(above), _) if self.iterations.top(place) != place => {
                    Some(self.ids[above].clone())
                }
                (_, Some(turn)) => Some(turn.id.clone()),
                (above, None) => above.map(|above| self.ids[above].clone()),
            };
            self.push(node.span.start, 2 + u8::from(step.parent_id.is_some()), step);
        }
        self.untold_tools(&turns);
        for (number, (at, message)) in turns_of_talk.into_iter().enumerate() {
            let depth = if message.role == "user" { 0 } else { 4 };
            let step = self.spoken(number, at, &message);
            self.push(at, depth, step);
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
            Role::Turn => self.turn_step(&mut step, place),
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
    fn turns(&mut self) -> HashMap<(&'t Agent, u32), Turn> {
        let has_own: HashSet<&Agent> =
            self.tree.of_role(Role::Turn).map(|(place, _)| self.iterations.agent(place)).collect();
        let mut turns: HashMap<(&'t Agent, u32), Turn> = HashMap::new();
        for (place, node) in self.tree.of_role(Role::Model) {
            let agent = self.iterations.agent(place);
            let Some(count) = self.iterations.at(place) else { continue };
            if has_own.contains(agent) || !self.iterations.is_reacting(agent) {
                continue;
            }
            let top = &self.tree.nodes[self.iterations.top(place)];
            let turn = turns.entry((agent, count)).or_insert_with(|| Turn {
                id: format!("{}-turn", self.ids[place]),
                model: place,
                start: top.span.start,
                end: node.span.end,
                parent: top.step.map(|above| self.ids[above].clone()),
            });
            // What was asked last in it is what came of it.
            turn.model = place;
        }
        for (place, node) in self.tree.steps() {
            let Some(count) = self.iterations.at(place) else { continue };
            if let Some(turn) = turns.get_mut(&(self.iterations.agent(place), count)) {
                turn.end = turn.end.max(node.span.end);
            }
        }
        // A map has no order, and turns may begin together.
        let mut in_order: Vec<_> = turns.iter().collect();
        in_order.sort_by_key(|(_, turn)| turn.model);
        for ((agent, count), turn) in in_order {
            let node = &self.tree.nodes[turn.model];
            let mut step = Step {
                id: turn.id.clone(),
                parent_id: turn.parent.clone(),
                kind: StepKind::React,
                iteration: Some(*count),
                start_ms: milliseconds(turn.start.saturating_sub(self.began)),
                duration_ms: milliseconds(turn.end.saturating_sub(turn.start)),
                status: self.turn_status(agent, Some(*count), &node.seen),
                ..Step::default()
            };
            self.thought(&mut step, turn.model);
            if let Some(agent) = self.other_agent(turn.model) {
                step.attributes.insert("gen_ai.agent.name".into(), agent.into());
            }
            self.steps.push(Placed { start: turn.start, depth: 1, step });
        }
        turns
    }

    /// The turn that a step is directly in.
    fn turn_of<'s>(
        &self,
        place: usize,
        turns: &'s HashMap<(&'t Agent, u32), Turn>,
    ) -> Option<&'s Turn> {
        if self.iterations.top(place) != place {
            return None;
        }
        turns.get(&(self.iterations.agent(place), self.iterations.at(place)?))
    }

    /// A turn that its instrumentation shows: its model's words and calls are what it thought and did.
    fn turn_step(&self, step: &mut Step, place: usize) {
        if let Some(&model) = self.model_of_turn.get(&place) {
            self.thought(step, model);
        }
        step.name = step.iteration.map_or("turn".into(), |count| format!("iteration {count}"));
        let agent = self.iterations.agent(place);
        step.status = self.turn_status(agent, step.iteration, &self.tree.nodes[place].seen);
    }

    fn turn_status(&self, agent: &'t Agent, count: Option<u32>, seen: &Seen) -> StepStatus {
        match count.is_some_and(|count| self.failed_turns.contains(&(agent, count))) {
            true => StepStatus::Error,
            false => status(seen),
        }
    }

    /// What an agent thought in a turn, what it chose to do, and what it saw come of it.
    fn thought(&self, step: &mut Step, model: usize) {
        let seen = &self.tree.nodes[model].seen;
        step.name = step.iteration.map_or("turn".into(), |count| format!("iteration {count}"));
        let thought = seen.said.iter().find(|said| !said.reasoning.is_empty());
        let thought = seen.said_text().or(thought.map(|said| said.reasoning.as_str()));
        step.output = thought.map(|thought| thought.to_owned().into());
        let calls: Vec<_> = seen.calls().collect();
        match calls.as_slice() {
            [] => {}
            [one] => {
                step.action = Some(one.name.clone());
                step.action_input = Some(one.arguments.clone()).filter(|input| !input.is_null());
            }
            several => {
                let names: Vec<_> = several.iter().map(|call| call.name.as_str()).collect();
                step.action = Some(names.join(", "));
                let inputs = several.iter().map(|call| call.arguments.clone());
                step.action_input = Some(inputs.collect());
            }
        }
    }

    /// Tools of which there is no span: the model called them, and was told what came of it, or the
    /// execution ended before it was.
    fn untold_tools(&mut self, turns: &HashMap<(&'t Agent, u32), Turn>) {
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
            let Some(step) = self.untold(number, called, &until, turns) else { continue };
            self.push(self.tree.nodes[called.model].span.end, 3, step);
        }
    }

    fn untold(
        &self,
        number: usize,
        called: &Called,
        until: &HashMap<usize, u64>,
        turns: &HashMap<(&'t Agent, u32), Turn>,
    ) -> Option<Step> {
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
        let count = self.iterations.at(called.model);
        let agent = self.iterations.agent(called.model);
        let turn = count.and_then(|count| turns.get(&(agent, count)));
        let end = next.unwrap_or(node.span.end).max(node.span.end);
        let mut step = Step {
            id: format!("{}-call-{number}", self.ids[called.model]),
            parent_id: turn.map(|turn| turn.id.clone()),
            kind: StepKind::Tool,
            name: called.call.name.clone(),
            iteration: count,
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
        seen.said_text().is_some() || seen.output.is_some()
    }

    fn spoken(&self, number: usize, at: u64, message: &Message) -> Step {
        let text = Some(Value::from(message.text.clone()));
        let is_asked = message.role == "user";
        Step {
            id: format!("message-{}", number + 1),
            kind: StepKind::Message,
            name: message.role.clone(),
            start_ms: milliseconds(at.saturating_sub(self.began)),
            input: text.clone().filter(|_| is_asked),
            output: text.filter(|_| !is_asked),
            ..Step::default()
        }
    }
}

fn model_of_turn(tree: &Tree) -> HashMap<usize, usize> {
    let mut first = HashMap::new();
    for (model, node) in tree.of_role(Role::Model) {
        let turn = node.step.filter(|&step| tree.nodes[step].seen.role == Role::Turn);
        if let Some(turn) = turn {
            first.entry(turn).or_insert(model);
        }
    }
    first
}

/// A failed tool is its turn's failure only where the execution went no further.
fn failed_turns<'t>(
    tree: &Tree,
    iterations: &'t Iterations,
    is_failed: bool,
) -> HashSet<(&'t Agent, u32)> {
    let turn = |place: usize| Some((iterations.agent(place), iterations.at(place)?));
    let mut failed = HashSet::new();
    for (place, node) in tree.of_role(Role::Model) {
        // What went well when it was asked again did not fail.
        match (turn(place), node.seen.went.is_failed()) {
            (Some(turn), true) => failed.insert(turn),
            (Some(turn), false) => failed.remove(&turn),
            (None, _) => false,
        };
    }
    let tools = tree.of_role(Role::Tool).filter(|(_, node)| node.seen.went.is_failed());
    let last_tool = tools.max_by_key(|(_, node)| node.span.end).filter(|_| is_failed);
    failed.extend(last_tool.and_then(|(place, _)| turn(place)));
    failed
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

const fn kind(role: Role) -> StepKind {
    match role {
        Role::Node => StepKind::Node,
        Role::Turn => StepKind::React,
        Role::Model => StepKind::Llm,
        Role::Tool => StepKind::Tool,
        Role::Retrieval => StepKind::Retrieval,
        _ => StepKind::Other,
    }
}

fn status(seen: &Seen) -> StepStatus {
    match seen.went {
        Went::Well => StepStatus::Ok,
        Went::Failed(_) => StepStatus::Error,
        Went::Interrupted | Went::Cancelled(_) => StepStatus::Skipped,
    }
}

/// A model call: what is new in what it was told, what it said, and what both cost.
fn model(step: &mut Step, seen: &Seen, before: Option<&Seen>) {
    let model = &seen.model;
    let name = model.requested.as_ref().or(model.answered.as_ref());
    if let Some(name) = name {
        step.name.clone_from(name);
    }
    // A conversation is told whole each time: what the call before was told and said is not told again.
    let before = before.into_iter().flat_map(|before| before.heard.iter().chain(&before.said));
    let known = before.zip(&seen.heard).take_while(|(a, b)| a == b).count();
    if known > 0 {
        step.attributes.insert("ticketlens.messages_before".into(), known.into());
    }
    let new: Vec<_> = seen.heard[known..].iter().map(shown).collect();
    step.input = Some(new.into()).filter(|new: &Value| new != &Value::Array(Vec::new()));
    let said: Vec<_> = seen.said.iter().map(contents).collect();
    step.output = match said.as_slice() {
        [] => None,
        [one] if one.len() == 1 && one.contains_key("content") => one.get("content").cloned(),
        [one] => Some(one.clone().into()),
        several => Some(several.iter().cloned().map(Value::from).collect()),
    };
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            step.attributes.insert(key.to_owned(), value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(Value::from);
    add("gen_ai.request.model", text(&model.requested));
    add("gen_ai.response.model", text(&model.answered));
    add("gen_ai.provider.name", text(&model.provider));
    add("gen_ai.response.id", text(&model.response_id));
    let reasons = Some(&model.finish_reasons).filter(|reasons| !reasons.is_empty());
    add("gen_ai.response.finish_reasons", reasons.map(|reasons| reasons.clone().into()));
    add("gen_ai.usage.input_tokens", seen.tokens.input.map(Value::from));
    add("gen_ai.usage.output_tokens", seen.tokens.output.map(Value::from));
    add("gen_ai.usage.cache_read.input_tokens", seen.tokens.cached.map(Value::from));
    add("gen_ai.usage.reasoning.output_tokens", seen.tokens.reasoning.map(Value::from));
}

fn handoff(step: &mut Step, seen: &Seen) {
    step.attributes.insert("gen_ai.handoff.to".into(), seen.handoff_to.clone().into());
    step.input.clone_from(&seen.input);
}

/// Milliseconds to the microsecond.
#[expect(clippy::cast_precision_loss, reason = "times beyond 2^53 µs are 285 years")]
fn milliseconds(nanos: u64) -> f64 {
    (nanos / 1000) as f64 / 1000.0
}
