//! Two instrumentations at once tell everything twice: as a second trace, as a span within a span, or
//! as two trees side by side. What happened once is one step, with what either knows of it.

use std::collections::{HashMap, HashSet};

use ticketlens_ticket::limits::cut;

use crate::{
    graphs::name_runs,
    seen::{Role, Seen, Tokens, Went},
    tree::{Node, Tree},
};

/// Earlier spans that are compared with one that has no id in common: those that began last.
const LOOK_BACK: usize = 8;

/// Drops what another span says too.
pub(crate) fn drop_duplicates(tree: &mut Tree) {
    drop_nested(tree);
    note_enclosing(tree);
    drop_told_twice(tree);
    tree.reorder();
    name_runs(tree);
    hide_enclosing(tree);
    tree.settle();
}

/// A model call within a model call is the same one, seen from the framework and from the provider's
/// client; what else is within is how the call travels.
fn drop_nested(tree: &mut Tree) {
    for at in 0..tree.downwards.len() {
        let place = tree.downwards[at];
        let Some(outer) = tree.nodes[place].within_model else { continue };
        let node = &tree.nodes[place];
        match node.seen.role {
            // One that an agent or a tool made in between is another.
            Role::Model if !is_apart(tree, place, outer) => {
                let inner = std::mem::take(&mut tree.nodes[place].seen);
                tree.nodes[place].seen.role = Role::Hidden;
                tree.nodes[outer].seen.complete(inner);
                tree.nodes[place].is_dropped = true;
            }
            Role::Other => tree.nodes[place].is_dropped = true,
            _ => {}
        }
    }
}

/// Whether there is an agent or a tool between a model call and the one it is within.
fn is_apart(tree: &Tree, inner: usize, outer: usize) -> bool {
    let (inner, outer) = (&tree.nodes[inner], &tree.nodes[outer]);
    inner.owner != outer.owner || inner.step != outer.step
}

/// What two steps that are one have in common.
#[derive(PartialEq, Eq, Hash)]
enum Mark {
    Response(String),
    Tokens(Tokens),
    Call(String),
    Named(Role, String),
    /// What a model was told last, where its answer has neither id nor cost.
    Told(String),
}

/// Bytes of a message by which a model call is known.
const TOLD: usize = 256;

fn drop_told_twice(tree: &mut Tree) {
    let mut known: HashMap<Mark, Vec<usize>> = HashMap::new();
    // Who told of a step beside the one that stays. Of two tools at once, the other's two are not both
    // the first.
    let mut told: HashSet<(usize, String)> = HashSet::new();
    let mut tellers: HashMap<String, usize> = HashMap::new();
    for (_, node) in tree.steps() {
        *tellers.entry(node.span.source.scope.clone()).or_default() += 1;
    }
    for place in 0..tree.nodes.len() {
        let node = &tree.nodes[place];
        if !node.is_step() {
            continue;
        }
        let marks = marks(node);
        let twin = marks.iter().find_map(|mark| {
            let before = known.get(mark)?;
            before.iter().rev().copied().find(|&other| {
                let is_within = tree.nodes[place].step == Some(other);
                let scope = &tree.nodes[place].span.source.scope;
                (is_within || !told.contains(&(other, scope.clone())))
                    && is_twin(tree, other, place, mark)
            })
        });
        let kept = match twin {
            None => place,
            Some(other) => {
                let kept = merge(tree, other, place, &tellers);
                for place in [other, place] {
                    told.insert((kept, tree.nodes[place].span.source.scope.clone()));
                }
                kept
            }
        };
        for mark in marks {
            let places = known.entry(mark).or_default();
            places.retain(|&other| Some(other) != twin);
            places.push(kept);
            if places.len() > LOOK_BACK {
                places.remove(0);
            }
        }
    }
}

fn marks(node: &Node) -> Vec<Mark> {
    let seen = &node.seen;
    let mut marks = Vec::new();
    match seen.role {
        Role::Model => {
            marks.extend(seen.model.response_id.clone().map(Mark::Response));
            if seen.tokens.is_known() {
                let Tokens { input, output, .. } = seen.tokens;
                marks.push(Mark::Tokens(Tokens { input, output, ..Tokens::default() }));
            }
            let told = seen.heard.iter().rev().map(|told| cut(&told.text, TOLD));
            // A call that failed may have nothing else to be known by.
            if marks.is_empty() && seen.went.is_failed() {
                marks.push(Mark::Named(Role::Model, String::new()));
            }
            marks.extend(told.take(1).map(|text| Mark::Told(text.to_owned())));
        }
        Role::Node => marks.push(Mark::Named(Role::Node, seen.name.clone())),
        Role::Tool => {
            marks.extend(seen.call_id.clone().map(Mark::Call));
            marks.push(Mark::Named(Role::Tool, seen.name.clone()));
        }
        // Nobody names a search alike.
        Role::Retrieval => marks.push(Mark::Named(Role::Retrieval, String::new())),
        _ => {}
    }
    marks
}

/// Whether two steps with a mark in common are one: told by two instrumentations, at the same time.
fn is_twin(tree: &Tree, one: usize, other: usize, mark: &Mark) -> bool {
    let (one, other) = (&tree.nodes[one], &tree.nodes[other]);
    if one.span.source.scope == other.span.source.scope || one.is_dropped {
        return false;
    }
    let is_answered_alike =
        |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    let is_alike = is_answered_alike(&one.seen.model.response_id, &other.seen.model.response_id)
        && is_answered_alike(&one.seen.call_id, &other.seen.call_id);
    let has_cost =
        |node: &Node| node.seen.tokens.is_known() && node.seen.model.response_id.is_some();
    match mark {
        Mark::Response(_) => true,
        // Two that both say what they cost are compared by that.
        Mark::Told(_) if has_cost(one) && has_cost(other) => false,
        _ => is_alike && (one.encloses(other) || other.encloses(one)),
    }
}

/// Makes one of two: who has more of a place in the tree stays, or who tells more of it. Returns it.
fn merge(tree: &mut Tree, one: usize, other: usize, tellers: &HashMap<String, usize>) -> usize {
    let standing = |node: &Node| {
        let told = tellers.get(&node.span.source.scope).copied().unwrap_or_default();
        (node.owner.is_some(), node.seen.role != Role::Model || node.step.is_some(), told)
    };
    let (kept, dropped) = match standing(&tree.nodes[other]) > standing(&tree.nodes[one]) {
        true => (other, one),
        false => (one, other),
    };
    let seen = std::mem::take(&mut tree.nodes[dropped].seen);
    tree.nodes[dropped].seen.role = Role::Hidden;
    tree.nodes[dropped].is_dropped = true;
    tree.nodes[kept].seen.complete(seen);
    // What is within the one is within the other, an agent that a tool starts above all.
    if !is_within(tree, kept, dropped) {
        tree.nodes[dropped].parent = Some(kept);
    }
    kept
}

/// Whether a span is within another, or so deep that it may be.
fn is_within(tree: &Tree, place: usize, other: usize) -> bool {
    const DEEP: usize = 64;
    let mut above = Some(place);
    for _ in 0..DEEP {
        match above {
            Some(place) if place == other => return true,
            Some(place) => above = tree.nodes[place].parent,
            None => return false,
        }
    }
    true
}

/// Which spans have something within that we know of.
fn note_enclosing(tree: &mut Tree) {
    for at in (0..tree.downwards.len()).rev() {
        let node = &tree.nodes[tree.downwards[at]];
        let is_known = node.seen.role != Role::Other || node.is_dropped;
        let is_around = is_known || node.seen.encloses_known;
        if let (true, Some(parent)) = (is_around, node.parent) {
            tree.nodes[parent].seen.encloses_known = true;
        }
    }
}

/// A span of the application around an agent's run is where the run happened, and no step of it.
fn hide_enclosing(tree: &mut Tree) {
    for node in &mut tree.nodes {
        if node.seen.role == Role::Other && node.seen.encloses_known && node.owner.is_none() {
            node.seen.role = Role::Hidden;
        }
    }
}

impl Seen {
    /// Takes over what the other knows and this one does not.
    fn complete(&mut self, other: Self) {
        fn or<T>(to: &mut Option<T>, from: Option<T>) {
            *to = to.take().or(from);
        }
        // A model that answered went well, whatever became of an attempt within.
        let has_answered = self.role == Role::Model && !self.said.is_empty();
        or(&mut self.input, other.input);
        or(&mut self.output, other.output);
        or(&mut self.call_id, other.call_id);
        or(&mut self.agent, other.agent);
        or(&mut self.conversation, other.conversation);
        or(&mut self.user, other.user);
        or(&mut self.model.requested, other.model.requested);
        or(&mut self.model.answered, other.model.answered);
        or(&mut self.model.provider, other.model.provider);
        or(&mut self.model.response_id, other.model.response_id);
        or(&mut self.tokens.input, other.tokens.input);
        or(&mut self.tokens.output, other.tokens.output);
        or(&mut self.tokens.cached, other.tokens.cached);
        or(&mut self.tokens.reasoning, other.tokens.reasoning);
        if self.model.finish_reasons.is_empty() {
            self.model.finish_reasons = other.model.finish_reasons;
        }
        if self.heard.is_empty() {
            self.heard = other.heard;
        }
        if self.said.is_empty() {
            self.said = other.said;
        }
        if matches!(self.went, Went::Well) && !has_answered {
            self.went = other.went;
        }
        for (key, value) in other.attributes {
            self.attributes.entry(key).or_insert(value);
        }
    }
}
