//! The spans of one execution as a tree: who is within whom, whose work it is, and what of it shows.
//! Every question a later part asks of a span's ancestors is answered here, once for all spans.

use std::collections::{HashMap, HashSet};

use crate::{
    seen::{Role, Seen},
    span::{Span, SpanKey},
};

/// Spans in the order in which they began.
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// Places in `nodes`, parents before their children.
    pub(crate) downwards: Vec<usize>,
    /// Parents that are named and not there, and are not another process's.
    pub(crate) missing_parents: usize,
}

/// A span, what it says, and its place.
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) seen: Seen,
    pub(crate) parent: Option<usize>,
    /// It shows no step: another span says the same, or it is a step that another replaced.
    pub(crate) is_dropped: bool,

    /// The agent or workflow whose work it is.
    pub(crate) owner: Option<usize>,
    /// The nearest ancestor that is a step.
    pub(crate) step: Option<usize>,
    /// The nearest ancestor that is a model call.
    pub(crate) within_model: Option<usize>,
}

impl Tree {
    /// Of spans each of which is there once, in whatever order they came.
    pub(crate) fn new(mut spans: Vec<(Span, Seen)>) -> Self {
        spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end), span.key));
        let places: HashMap<SpanKey, usize> =
            spans.iter().enumerate().map(|(place, (span, _))| (span.key, place)).collect();
        let mut nodes: Vec<Node> =
            spans.into_iter().map(|(span, seen)| Node::new(span, seen)).collect();
        let mut missing = HashSet::new();
        for (place, node) in nodes.iter_mut().enumerate() {
            let Some(parent) = node.span.parent else { continue };
            let key = (node.span.key.0, parent);
            match places.get(&key) {
                Some(&parent) if parent != place => node.parent = Some(parent),
                Some(_) => {}
                None if node.span.has_remote_parent => {}
                None => {
                    missing.insert(key);
                }
            }
        }
        let downwards = downwards(&mut nodes);
        let mut tree = Self { nodes, downwards, missing_parents: missing.len() };
        tree.settle();
        tree
    }

    /// Puts parents before their children again, after some were given others.
    pub(crate) fn reorder(&mut self) {
        self.downwards = downwards(&mut self.nodes);
        self.settle();
    }

    /// Answers what a span's ancestors tell of it; again, after some of them were dropped.
    pub(crate) fn settle(&mut self) {
        for at in 0..self.downwards.len() {
            let place = self.downwards[at];
            let parent = self.nodes[place].parent;
            let (owner, step, within_model) = match parent {
                None => (None, None, None),
                Some(parent) => {
                    let above = &self.nodes[parent];
                    let is_run = above.seen.role.is_run() && !above.is_dropped;
                    let is_model = above.seen.role == Role::Model && !above.is_dropped;
                    // What a model call leads to is not part of it, though some have it so.
                    let is_step = above.is_step() && !is_model;
                    (
                        if is_run { Some(self.joined(parent)) } else { above.owner },
                        if is_step { Some(parent) } else { above.step },
                        if is_model { Some(parent) } else { above.within_model },
                    )
                }
            };
            let node = &mut self.nodes[place];
            (node.owner, node.step, node.within_model) = (owner, step, within_model);
        }
    }

    /// An agent that is told twice, one within the other (an agent and its workflow, a node that is a
    /// graph), is one: the outer.
    fn joined(&self, run: usize) -> usize {
        let node = &self.nodes[run];
        match node.owner {
            Some(outer)
                if self.nodes[outer].seen.name == node.seen.name
                    && self.nodes[outer].step == node.step =>
            {
                outer
            }
            _ => run,
        }
    }

    /// Whether it is within a tool: what an agent says there, it says to the tool.
    pub(crate) fn is_in_tool(&self, node: &Node) -> bool {
        let mut above = node.step;
        // As deep as agents call agents.
        for _ in 0..64 {
            match above {
                Some(step) if self.nodes[step].seen.role == Role::Tool => return true,
                Some(step) => above = self.nodes[step].step,
                None => break,
            }
        }
        false
    }

    /// Steps that show, in the order in which they began.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(|(_, node)| node.is_step())
    }

    /// Steps of that role that show.
    pub(crate) fn of_role(&self, role: Role) -> impl Iterator<Item = (usize, &Node)> {
        self.steps().filter(move |(_, node)| node.seen.role == role)
    }

    /// Agents and workflows that are within no other: each is a turn of the conversation.
    pub(crate) fn outermost_runs(&self) -> impl Iterator<Item = (usize, &Node)> {
        let is_outermost = |node: &Node| {
            node.seen.role.is_run()
                && !node.is_dropped
                && node.owner.is_none()
                && node.step.is_none()
        };
        self.nodes.iter().enumerate().filter(move |(_, node)| is_outermost(node))
    }
}

impl Node {
    fn new(span: Span, seen: Seen) -> Self {
        Self {
            span,
            seen,
            parent: None,
            is_dropped: false,
            owner: None,
            step: None,
            within_model: None,
        }
    }

    pub(crate) fn is_step(&self) -> bool {
        self.seen.role.is_step() && !self.is_dropped
    }

    /// Whether the other's time lies within this one's, with the little that clocks differ by.
    pub(crate) fn encloses(&self, other: &Self) -> bool {
        const SLACK: u64 = 3_000_000;
        self.span.start <= other.span.start.saturating_add(SLACK)
            && other.span.end <= self.span.end.saturating_add(SLACK)
    }
}

/// Places with parents first. Who is their own ancestor loses that parent.
fn downwards(nodes: &mut [Node]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        OnPath,
        Done,
    }
    let mut states = vec![State::New; nodes.len()];
    let mut order = Vec::with_capacity(nodes.len());
    let mut path = Vec::new();
    for start in 0..nodes.len() {
        let mut place = start;
        loop {
            match states[place] {
                State::New => {
                    states[place] = State::OnPath;
                    path.push(place);
                }
                State::OnPath => {
                    if let Some(&last) = path.last() {
                        nodes[last].parent = None;
                    }
                    break;
                }
                State::Done => break,
            }
            match nodes[place].parent {
                Some(parent) => place = parent,
                None => break,
            }
        }
        while let Some(place) = path.pop() {
            states[place] = State::Done;
            order.push(place);
        }
    }
    order
}
