//! Graphs and agents that are told as nodes: only where they stand says what they are.

use std::collections::HashMap;

use crate::{
    seen::Role,
    tree::{Node, Tree},
};

/// Makes runs of nodes that are runs.
pub(crate) fn name_runs(tree: &mut Tree) {
    name_beside(tree);
    name_subgraphs(tree);
    name_graphs(tree);
}

/// A graph that is a node of another has its node's name: within the node it is the agent, and no node
/// again.
fn name_subgraphs(tree: &mut Tree) {
    for place in 0..tree.nodes.len() {
        let node = &tree.nodes[place];
        let Some(step) = node.step.filter(|step| node.parent == Some(*step)) else { continue };
        let outer = &tree.nodes[step].seen;
        let is_same = outer.name == node.seen.name && outer.role == Role::Node;
        if node.seen.role == Role::Node && is_same {
            tree.nodes[place].seen.role = Role::Agent;
            tree.nodes[place].seen.agent = Some(tree.nodes[place].seen.name.clone());
        }
    }
}

/// OpenLLMetry tells of an agent that a node calls beside it: once as an agent that holds nothing, once
/// as a node that holds everything.
fn name_beside(tree: &mut Tree) {
    let agents: HashMap<(Option<usize>, String), usize> = tree
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.seen.role == Role::Agent && node.parent.is_some())
        .map(|(place, node)| ((node.parent, node.seen.name.clone()), place))
        .collect();
    for place in 0..tree.nodes.len() {
        let node = &tree.nodes[place];
        let is_node = node.seen.role == Role::Node;
        let beside = agents.get(&(node.parent, node.seen.name.clone())).filter(|_| is_node);
        if beside.is_some_and(|&agent| tree.nodes[agent].encloses(node)) {
            tree.nodes[place].seen.role = Role::Agent;
            tree.nodes[place].seen.agent = Some(tree.nodes[place].seen.name.clone());
        }
    }
}

/// A node that has nodes within and is in no run is the graph: it only had a parent, a web request.
fn name_graphs(tree: &mut Tree) {
    let outermost = |node: &Node| {
        let step = node.step.map(|step| &tree.nodes[step]);
        node.seen.role == Role::Node
            && node.owner.is_none()
            && step.is_none_or(|step| step.seen.role == Role::Other)
    };
    let is_graph = |node: &Node| {
        let step = node.step.filter(|_| node.seen.role == Role::Node && node.owner.is_none());
        step.filter(|&step| outermost(&tree.nodes[step]))
    };
    let mut graphs: Vec<_> = tree.nodes.iter().filter_map(is_graph).collect();
    let alone =
        tree.nodes.iter().enumerate().filter(|(_, node)| node.seen.may_be_run && outermost(node));
    graphs.extend(alone.map(|(place, _)| place));
    for graph in graphs {
        tree.nodes[graph].seen.role = Role::Workflow;
    }
}
