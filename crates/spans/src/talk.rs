//! What was asked and what was answered.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    seen::{Message, Role},
    tree::{Node, Tree},
};

/// What was asked and what was answered, turn by turn: as the agents' spans have it, or as their first
/// and last model calls do.
pub(crate) fn talk(tree: &Tree) -> Vec<(u64, Message)> {
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
    let within = asked_within(tree);
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
        let asked = last_asked(&run.seen.heard).or_else(|| within.get(place).copied());
        let asked = asked.or_else(|| last_asked(&ends?.0.seen.heard));
        add(run.span.start, spoken("user", asked));
        let made = run.seen.output.as_ref().map(Value::to_string);
        let answered = run.seen.answer().or_else(|| ends?.1.seen.answer()).or(made.as_deref());
        // Some runs end before what they began.
        let end = ends.map_or(0, |(_, last)| last.span.end).max(run.span.end);
        add(end, spoken("assistant", answered));
    }
    if let Some((first, last)) = models.get(&None) {
        add(first.span.start, spoken("user", last_asked(&first.seen.heard)));
        add(last.span.end, spoken("assistant", last.seen.answer()));
    }
    talk
}

/// What the first agent within each run was asked.
fn asked_within(tree: &Tree) -> HashMap<usize, &str> {
    let mut asked = HashMap::new();
    for node in
        tree.nodes.iter().filter(|node| node.seen.role == Role::Agent && node.step.is_none())
    {
        if let (Some(owner), Some(text)) = (node.owner, last_asked(&node.seen.heard)) {
            asked.entry(owner).or_insert(text);
        }
    }
    asked
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

fn spoken(role: &str, text: Option<&str>) -> Message {
    Message { role: role.into(), text: text.unwrap_or_default().into(), ..Message::default() }
}
