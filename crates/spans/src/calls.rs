//! Tool calls: what a model asked for, and the span in which it was done. The two are matched by the
//! call's id where both have it, else by name, arguments and order. A tool that nobody made a span of
//! is known by the model's call and by the result it was told.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

use crate::{
    seen::{Call, Role, Seen, Went},
    tree::{Node, Tree},
};

/// Unmatched calls of a name whose arguments are compared before the first of them is taken.
const COMPARED: usize = 16;

/// One call of a tool, as a model asked for it.
pub(crate) struct Called {
    /// The model call that asked.
    pub(crate) model: usize,
    pub(crate) call: Call,
    /// The tool's or the handoff's span.
    pub(crate) done: Option<usize>,
    /// What the model was told came of it.
    pub(crate) result: Option<Value>,
    /// Whether it hands over to another agent.
    pub(crate) is_handoff: bool,
}

/// All calls, in the order in which they were asked for.
pub(crate) struct Calls {
    pub(crate) all: Vec<Called>,
    /// The call that each tool's span carries out.
    pub(crate) of_span: HashMap<usize, usize>,
}

impl Calls {
    /// Matches calls with spans, gives each span the call's id and arguments, and drops attempts that
    /// were stopped for an approval and made again.
    pub(crate) fn of(tree: &mut Tree) -> Self {
        let mut calls = Self { all: asked(tree), of_span: HashMap::new() };
        calls.note_results(tree);
        calls.match_spans(tree);
        calls.fill(tree);
        calls.drop_attempts(tree);
        calls
    }

    fn match_spans(&mut self, tree: &Tree) {
        let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
        let mut by_name: HashMap<(&str, Option<usize>), VecDeque<usize>> = HashMap::new();
        let mut handoffs: VecDeque<usize> = VecDeque::new();
        for (place, called) in self.all.iter().enumerate() {
            if let Some(id) = &called.call.id {
                by_id.insert(id, place);
            }
            if called.is_handoff {
                handoffs.push_back(place);
            }
            let owner = tree.nodes[called.model].owner;
            by_name.entry((&called.call.name, owner)).or_default().push_back(place);
        }
        let mut is_taken = vec![false; self.all.len()];
        let mut matched: HashMap<usize, usize> = HashMap::new();
        // By name: the call that was carried out last, and where.
        let mut last: HashMap<&str, (usize, usize)> = HashMap::new();
        for (place, node) in tree.steps() {
            let found = match node.seen.role {
                Role::Handoff => handoffs.pop_front(),
                Role::Tool => {
                    let name = node.seen.name.as_str();
                    let own = node.seen.call_id.as_deref();
                    match own.and_then(|id| of_id(&by_id, id)) {
                        Some(found) => Some(found),
                        // A resumed agent is another span, which may be nobody's.
                        None => [node.owner, None]
                            .iter()
                            .find_map(|owner| {
                                let waiting = by_name.get_mut(&(name, *owner))?;
                                let input = node.seen.input.as_ref();
                                let found = self.next(waiting, &is_taken, input);
                                // Two ids that differ are two calls.
                                found.filter(|&at| own.is_none() || self.all[at].call.id.is_none())
                            })
                            .or_else(|| {
                                let &(found, attempt) = last.get(name)?;
                                is_unfinished(&tree.nodes[attempt].seen).then_some(found)
                            }),
                    }
                }
                _ => continue,
            };
            let Some(found) = found else { continue };
            is_taken[found] = true;
            last.insert(&node.seen.name, (found, place));
            matched.insert(place, found);
        }
        // Of several attempts the last is the one that was carried out.
        for (place, _) in tree.steps() {
            if let Some(&found) = matched.get(&place) {
                self.all[found].done = Some(place);
            }
        }
        self.of_span = matched;
    }

    /// Of calls that wait for their tool's span: one with these arguments, or the first.
    fn next(
        &self,
        waiting: &mut VecDeque<usize>,
        is_taken: &[bool],
        input: Option<&Value>,
    ) -> Option<usize> {
        while waiting.front().is_some_and(|&place| is_taken[place]) {
            waiting.pop_front();
        }
        let is_same = |&&place: &&usize| {
            !is_taken[place] && input.is_some_and(|input| *input == self.all[place].call.arguments)
        };
        waiting.iter().take(COMPARED).find(is_same).or_else(|| waiting.front()).copied()
    }

    /// What models were told came of their calls, and what agents' states say of it. Where calls have no
    /// ids, results are told in their order.
    fn note_results(&mut self, tree: &Tree) {
        let mut by_id: HashMap<String, usize> = HashMap::new();
        let mut nameless: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (place, called) in self.all.iter().enumerate() {
            match &called.call.id {
                Some(id) => {
                    by_id.insert(id.clone(), place);
                }
                None => nameless.entry(tree.nodes[called.model].owner).or_default().push(place),
            }
        }
        let told = |node: &&Node| {
            !node.is_dropped && (node.seen.role == Role::Model || node.seen.role.is_run())
        };
        for node in tree.nodes.iter().filter(told) {
            let messages = node.seen.heard.iter().chain(&node.seen.said);
            let mut in_order = nameless.get(&node.owner).into_iter().flatten();
            for (id, result) in messages.flat_map(|message| &message.results) {
                let place = match id {
                    Some(id) => by_id.get(id),
                    None => in_order.next(),
                };
                let Some(place) = place else { continue };
                let known = &mut self.all[*place].result;
                if known.is_none() {
                    *known = Some(result.clone());
                }
            }
        }
    }

    /// A span's own words are kept; what it lacks, the call knows.
    fn fill(&mut self, tree: &mut Tree) {
        for (&place, &found) in &self.of_span {
            let called = &self.all[found];
            // An attempt that another followed is no step.
            if called.done != Some(place) {
                continue;
            }
            let seen = &mut tree.nodes[place].seen;
            if seen.call_id.is_none() {
                seen.call_id.clone_from(&called.call.id);
            }
            // Some instrumentations give a tool's only argument bare.
            let is_named = seen.input.as_ref().is_some_and(Value::is_object);
            if !is_named && called.call.arguments.is_object() {
                seen.input = Some(called.call.arguments.clone());
            }
            if seen.output.is_none() {
                seen.output.clone_from(&called.result);
            }
            if seen.role == Role::Handoff {
                seen.name.clone_from(&called.call.name);
                let to = handoff_to(&called.call.name);
                seen.handoff_to = seen.handoff_to.take().or(to);
            }
        }
    }

    /// An attempt that another followed is no step of its own, and neither is a node that held nothing
    /// else.
    fn drop_attempts(&mut self, tree: &mut Tree) {
        let mut dropped = false;
        for (&place, &found) in &self.of_span {
            if self.all[found].done != Some(place) {
                tree.nodes[place].is_dropped = true;
                dropped = true;
            }
        }
        if dropped {
            drop_within(tree);
            drop_emptied(tree);
            tree.settle();
        }
    }
}

/// The call of that id, or of one that a limit on the length of attributes has cut.
fn of_id(by_id: &BTreeMap<&str, usize>, id: &str) -> Option<usize> {
    const TELLING: usize = 8;
    let longer = || {
        let mut longer = by_id.range(id..).take_while(|(known, _)| known.starts_with(id));
        let first = longer.next()?;
        (*first.0 == id || longer.next().is_none()).then_some(first)
    };
    let shorter = || by_id.range(..=id).next_back().filter(|(known, _)| id.starts_with(**known));
    let found = longer().or_else(shorter)?;
    (*found.0 == id || found.0.len().min(id.len()) >= TELLING).then_some(*found.1)
}

/// Whether a tool stopped before it had anything to show for it, so that it may be tried again.
fn is_unfinished(seen: &Seen) -> bool {
    !matches!(seen.went, Went::Well) || seen.output.is_none()
}

/// What a library did within an attempt that is no step; what a model said there was still paid for.
fn drop_within(tree: &mut Tree) {
    for at in 0..tree.downwards.len() {
        let place = tree.downwards[at];
        let node = &tree.nodes[place];
        let is_within = node.step.is_some_and(|step| tree.nodes[step].is_dropped);
        if node.seen.role == Role::Other && is_within {
            tree.nodes[place].is_dropped = true;
        }
    }
}

/// Nodes all of whose steps were dropped.
fn drop_emptied(tree: &mut Tree) {
    let mut kept = vec![0usize; tree.nodes.len()];
    let mut gone = vec![0usize; tree.nodes.len()];
    for at in (0..tree.downwards.len()).rev() {
        let place = tree.downwards[at];
        let node = &mut tree.nodes[place];
        if node.seen.role == Role::Node && kept[place] == 0 && gone[place] > 0 {
            node.is_dropped = true;
        }
        if let Some(parent) = node.parent {
            kept[parent] += kept[place] + usize::from(node.is_step());
            gone[parent] +=
                gone[place] + usize::from(node.is_dropped && node.seen.role == Role::Tool);
        }
    }
}

fn asked(tree: &Tree) -> Vec<Called> {
    let mut all: Vec<Called> = Vec::new();
    let mut known: std::collections::HashSet<&str> = std::collections::HashSet::new();
    for (model, node) in tree.of_role(Role::Model) {
        for call in node.seen.calls() {
            // A streamed or repeated answer says its calls again.
            if call.id.as_deref().is_some_and(|id| !known.insert(id)) {
                continue;
            }
            let is_handoff = handoff_to(&call.name).is_some();
            all.push(Called { model, call: call.clone(), done: None, result: None, is_handoff });
        }
    }
    all
}

/// Whom a tool of that name hands over to (the Agents SDK's and LangGraph's habit).
pub(crate) fn handoff_to(name: &str) -> Option<String> {
    let prefixes = ["transfer_to_", "handoff_to_", "delegate_to_"];
    let to = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    (!to.is_empty()).then(|| to.to_owned())
}
