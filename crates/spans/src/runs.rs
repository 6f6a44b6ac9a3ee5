//! Spans of many executions → each of them. Inside a process a run is known by its context; in a file
//! it is found: by the conversation, by the ids of tool calls that one model call hands to the next,
//! by the trace.

use std::collections::HashMap;

use serde_json::Value;
use ticketlens_ticket::limits::TICKET_ID_BYTES;

use crate::{
    Run,
    content::structured,
    seen::{Role, Seen},
    span::Span,
    tree::Tree,
};

/// What makes spans one execution.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Group {
    /// The attribute that holds the ticket's id; of a span, of its `metadata`, or of the resource. By
    /// default the conversation's id (`gen_ai.conversation.id`, `session.id`, …).
    pub key: Option<String>,
}

impl Group {
    /// By the value of that attribute.
    pub fn by(key: impl Into<String>) -> Self {
        Self { key: Some(key.into()) }
    }
}

/// Earlier calls that are compared with one whose answer has no id.
const COMPARED: usize = 8;
/// Ids of calls that are long enough to be random.
const CALL_ID: usize = 16;

pub(crate) fn split(spans: Vec<(Span, Seen)>, by: &Group, left_out: usize) -> Vec<Run> {
    let tree = Tree::new(spans);
    let units = units(&tree, by);
    let mut runs: Vec<Found> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    let parents: Vec<_> = tree.nodes.iter().map(|node| node.parent).collect();
    for (place, mut node) in tree.nodes.into_iter().enumerate() {
        let Some(unit) = units.of[place] else { continue };
        // A parent that is there and is nobody's run is not missing.
        if parents[place].is_some_and(|parent| units.of[parent] != Some(unit)) {
            node.span.parent = None;
        }
        let place = *places.entry(unit).or_insert_with(|| {
            let name = units.names.get(&unit).cloned();
            runs.push(Found { start: node.span.start, name, spans: Vec::new() });
            runs.len() - 1
        });
        runs[place].spans.push((node.span, node.seen));
    }
    runs.sort_by_key(|found| found.start);
    runs.into_iter().map(|found| Run::new(found.spans, left_out).with_id(found.name)).collect()
}

/// A run while its spans are gathered.
struct Found {
    start: u64,
    name: Option<String>,
    spans: Vec<(Span, Seen)>,
}

struct Units {
    /// The unit of each span.
    of: Vec<Option<usize>>,
    names: HashMap<usize, String>,
}

/// Spans that belong together, found by joining what has something in common.
struct Joined {
    parents: Vec<usize>,
    /// The name of each group, kept at its first.
    names: Vec<Option<String>>,
}

impl Joined {
    fn find(&mut self, mut place: usize) -> usize {
        while self.parents[place] != place {
            self.parents[place] = self.parents[self.parents[place]];
            place = self.parents[place];
        }
        place
    }

    /// Joins two, unless both have names that differ.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        if one == other {
            return;
        }
        let differ = match (&self.names[one], &self.names[other]) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        if !differ {
            let (first, second) = (one.min(other), one.max(other));
            self.parents[second] = first;
            let name = self.names[second].take();
            self.names[first] = self.names[first].take().or(name);
        }
    }
}

fn units(tree: &Tree, by: &Group) -> Units {
    let count = tree.nodes.len();
    let mut joined = Joined { parents: (0..count).collect(), names: vec![None; count] };
    // An agent's run, with all that is within; outside of any, every span for itself.
    let mut root: Vec<usize> = (0..count).collect();
    for &place in &tree.downwards {
        let node = &tree.nodes[place];
        if let Some(owner) = node.owner {
            root[place] = root[owner];
        } else if let Some(parent) =
            node.parent.filter(|parent| is_gen_ai(&tree.nodes[*parent].seen))
        {
            root[place] = root[parent];
        }
    }
    let names: Vec<_> = tree.nodes.iter().map(|node| name(&node.span, &node.seen, by)).collect();
    for (name, &unit) in names.iter().zip(&root) {
        if joined.names[unit].is_none() {
            joined.names[unit].clone_from(name);
        }
    }
    name_by_what_encloses(tree, &mut joined, &root, &names);
    for (place, &unit) in root.iter().enumerate() {
        joined.join(unit, place);
    }
    join_by_name(&mut joined, &root);
    join_by_ids(tree, &mut joined, &root);
    join_by_trace(tree, &mut joined, &root);
    let has_run = has_run(tree, &mut joined);
    let mut units = Units { of: vec![None; count], names: HashMap::new() };
    for place in 0..count {
        let unit = joined.find(place);
        if has_run[unit] {
            units.of[place] = Some(unit);
            if let Some(name) = joined.names[unit].clone() {
                units.names.entry(unit).or_insert(name);
            }
        }
    }
    units
}

/// A run that says no name has that of what it happened in: a web request for a ticket, a job.
fn name_by_what_encloses(
    tree: &Tree,
    joined: &mut Joined,
    root: &[usize],
    names: &[Option<String>],
) {
    let mut nearest: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    for &place in &tree.downwards {
        let above = tree.nodes[place].parent.and_then(|parent| nearest[parent]);
        nearest[place] = names[place].is_some().then_some(place).or(above);
    }
    for &unit in root {
        if let (None, Some(named)) = (&joined.names[unit], nearest[unit]) {
            joined.names[unit].clone_from(&names[named]);
        }
    }
}

fn join_by_name(joined: &mut Joined, root: &[usize]) {
    let mut known: HashMap<String, usize> = HashMap::new();
    for &unit in root {
        let found = joined.find(unit);
        let Some(name) = joined.names[found].clone() else { continue };
        match known.get(&name) {
            Some(&other) => joined.join(other, found),
            None => {
                known.insert(name, found);
            }
        }
    }
}

/// A model call that hears of a tool call goes on where it was made; an answer that two spans have the
/// id of was given once.
fn join_by_ids(tree: &Tree, joined: &mut Joined, root: &[usize]) {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut asked: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, node) in tree.nodes.iter().enumerate() {
        let seen = &node.seen;
        if !matches!(seen.role, Role::Model | Role::Tool) {
            continue;
        }
        let messages = || seen.heard.iter().chain(&seen.said);
        let calls =
            messages().flat_map(|message| &message.calls).filter_map(|call| call.id.as_deref());
        let results =
            messages().flat_map(|message| &message.results).filter_map(|(id, _)| id.as_deref());
        // Of a call that failed nobody knows an id: it is known by what was asked, and when.
        if let Some(told) = told(seen) {
            let before = asked.entry(told).or_default();
            let twin = before.iter().rev().find(|&&other| {
                let other = &tree.nodes[other];
                other.span.source.scope != node.span.source.scope
                    && (other.encloses(node) || node.encloses(other))
            });
            if let Some(&other) = twin {
                joined.join(root[other], root[place]);
            }
            before.push(place);
            if before.len() > COMPARED {
                before.remove(0);
            }
        }
        let own = [seen.call_id.as_deref(), seen.model.response_id.as_deref()];
        let ids = calls.chain(results).chain(own.into_iter().flatten());
        for id in ids.filter(|id| id.len() >= CALL_ID) {
            match known.get(id) {
                Some(&other) => joined.join(root[other], root[place]),
                None => {
                    known.insert(id, place);
                }
            }
        }
    }
}

/// What a model was told last, of a call whose answer has no id.
fn told(seen: &Seen) -> Option<&str> {
    let is_unknown = seen.role == Role::Model && seen.model.response_id.is_none();
    seen.heard.last().filter(|_| is_unknown).map(|told| told.text.as_str())
}

/// What no agent's run encloses belongs to the run of its trace, if there is one only.
fn join_by_trace(tree: &Tree, joined: &mut Joined, root: &[usize]) {
    #[derive(Clone, Copy)]
    enum Of {
        One(usize),
        Several,
    }
    let mut traces: HashMap<[u8; 16], Of> = HashMap::new();
    let unit_of = |joined: &mut Joined, place: usize| {
        let unit = joined.find(root[place]);
        let is_run = tree.nodes[root[place]].seen.role.is_run();
        (is_run || joined.names[unit].is_some()).then_some(unit)
    };
    for (place, node) in tree.nodes.iter().enumerate() {
        let Some(unit) = unit_of(joined, place) else { continue };
        let of = traces.entry(node.span.key.0).or_insert(Of::One(unit));
        match *of {
            Of::One(other) if other != unit => *of = Of::Several,
            _ => {}
        }
    }
    let mut first: HashMap<[u8; 16], usize> = HashMap::new();
    for (place, node) in tree.nodes.iter().enumerate() {
        let trace = node.span.key.0;
        if unit_of(joined, place).is_some() {
            continue;
        }
        match traces.get(&trace) {
            Some(Of::One(unit)) => joined.join(*unit, root[place]),
            Some(Of::Several) => {}
            // No agent at all: the trace is what holds its spans together.
            None => {
                let other = *first.entry(trace).or_insert(place);
                joined.join(root[other], root[place]);
            }
        }
    }
}

/// Whether there is anything in a group that an agent did.
fn has_run(tree: &Tree, joined: &mut Joined) -> Vec<bool> {
    let mut has = vec![false; tree.nodes.len()];
    for (place, node) in tree.nodes.iter().enumerate() {
        if is_gen_ai(&node.seen) {
            has[joined.find(place)] = true;
        }
    }
    has
}

fn is_gen_ai(seen: &Seen) -> bool {
    !matches!(seen.role, Role::Other | Role::Hidden)
}

fn name(span: &Span, seen: &Seen, by: &Group) -> Option<String> {
    let is_id = |text: &str| !text.is_empty() && text.len() <= TICKET_ID_BYTES;
    let Some(key) = &by.key else {
        return seen.conversation.as_ref().filter(|id| is_id(id)).cloned();
    };
    let id = |value: &Value| match value {
        Value::String(text) => Some(text).filter(|text| is_id(text)).cloned(),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let own = span.get(key).or_else(|| span.source.resource.get(key));
    match own {
        Some(own) => id(own),
        None => id(span.get("metadata").and_then(structured)?.get(key)?),
    }
}
