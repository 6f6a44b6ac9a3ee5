//! Turns of agents: which there are, when they were, and how they went. Some instrumentations show a
//! span for each; of the others, each is made up.

use std::collections::{HashMap, HashSet};

use ticketlens_ticket::StepStatus;

use crate::{
    iterations::{Agent, Iterations},
    seen::{Role, Seen},
    step::status,
    tree::Tree,
};

/// Whose turn, and which.
type Key<'t> = (&'t Agent, u32);

/// The turns of an execution.
pub(crate) struct Turns<'t> {
    iterations: &'t Iterations,
    /// Those that no span shows.
    made_up: HashMap<Key<'t>, Turn>,
    /// Those that went wrong: whose model failed, or that the execution failed in.
    failed: HashSet<Key<'t>>,
    /// The first model call directly within each step that is a turn.
    model_of: HashMap<usize, usize>,
}

/// A turn that no span shows.
pub(crate) struct Turn {
    pub(crate) id: String,
    pub(crate) iteration: u32,
    /// The model call that it came down to.
    pub(crate) model: usize,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The step that it is in.
    pub(crate) within: Option<usize>,
}

impl<'t> Turns<'t> {
    pub(crate) fn of(
        tree: &Tree,
        iterations: &'t Iterations,
        ids: &[String],
        is_failed: bool,
    ) -> Self {
        Self {
            iterations,
            made_up: made_up(tree, iterations, ids),
            failed: failed_turns(tree, iterations, is_failed),
            model_of: model_of_turn(tree),
        }
    }

    /// Those that no span shows, in the order of their model calls: a map has none, and turns may begin
    /// together.
    pub(crate) fn in_order(&self) -> Vec<&Turn> {
        let mut turns: Vec<_> = self.made_up.values().collect();
        turns.sort_by_key(|turn| turn.model);
        turns
    }

    /// The turn that a step is directly in, if no span shows it.
    pub(crate) fn around(&self, place: usize) -> Option<&Turn> {
        (self.iterations.top(place) == place).then(|| self.at(place)).flatten()
    }

    /// The turn of a step, however deep it stands, if no span shows it.
    pub(crate) fn at(&self, place: usize) -> Option<&Turn> {
        self.made_up.get(&(self.iterations.agent(place), self.iterations.at(place)?))
    }

    /// The model call of a turn that its instrumentation shows.
    pub(crate) fn model_of(&self, turn: usize) -> Option<usize> {
        self.model_of.get(&turn).copied()
    }

    /// How the turn went that a step is in or is; `seen` is what itself says.
    pub(crate) fn status(&self, place: usize, seen: &Seen) -> StepStatus {
        let count = self.iterations.at(place);
        let key = count.map(|count| (self.iterations.agent(place), count));
        match key.is_some_and(|key| self.failed.contains(&key)) {
            true => StepStatus::Error,
            false => status(seen),
        }
    }
}

fn made_up<'t>(tree: &Tree, iterations: &'t Iterations, ids: &[String]) -> HashMap<Key<'t>, Turn> {
    let shown: HashSet<&Agent> =
        tree.of_role(Role::Turn).map(|(place, _)| iterations.agent(place)).collect();
    let mut turns: HashMap<Key<'t>, Turn> = HashMap::new();
    for (place, node) in tree.of_role(Role::Model) {
        let agent = iterations.agent(place);
        let Some(iteration) = iterations.at(place) else { continue };
        if shown.contains(agent) || !iterations.is_reacting(agent) {
            continue;
        }
        let top = &tree.nodes[iterations.top(place)];
        let turn = turns.entry((agent, iteration)).or_insert_with(|| Turn {
            id: format!("{}-turn", ids[place]),
            iteration,
            model: place,
            start: top.span.start,
            end: node.span.end,
            within: top.step,
        });
        // What was asked last in it is what came of it.
        turn.model = place;
    }
    for (place, node) in tree.steps() {
        let Some(iteration) = iterations.at(place) else { continue };
        if let Some(turn) = turns.get_mut(&(iterations.agent(place), iteration)) {
            turn.end = turn.end.max(node.span.end);
        }
    }
    turns
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
fn failed_turns<'t>(tree: &Tree, iterations: &'t Iterations, is_failed: bool) -> HashSet<Key<'t>> {
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
