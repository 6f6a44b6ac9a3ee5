//! ReACT iterations: an agent's model is asked, its tools are run, its model is asked again. Most
//! instrumentations show no span for a turn; each model call of an agent begins one.

use std::collections::{HashMap, HashSet};

use crate::{
    calls::Calls,
    seen::{Role, Seen},
    tree::{Node, Tree},
};

/// Whose iterations are counted together: an agent that is asked again goes on counting, one that a
/// tool or a node starts counts anew each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Agent {
    /// Nobody's span encloses the steps.
    Nobody,
    /// By the first run of that name.
    Named(usize),
    Within(usize),
}

/// Whose turn each step is in, and which.
pub(crate) struct Iterations {
    /// For each span of the tree.
    of: Vec<Option<u32>>,
    /// For each span: the outermost step of the same agent that it is in, or itself.
    top: Vec<usize>,
    agents: Vec<Agent>,
    /// Agents that are asked, act and are asked again, as opposed to graphs that call a model.
    reacting: HashMap<Agent, bool>,
}

impl Iterations {
    pub(crate) fn of(tree: &Tree, calls: &Calls) -> Self {
        let agents = agents(tree);
        let top = tops(tree, &agents);
        let reacting = reacting(tree, calls, &agents, &top);
        let mut iterations = Self { of: vec![None; tree.nodes.len()], top, agents, reacting };
        iterations.count(tree, calls);
        iterations
    }

    pub(crate) fn at(&self, place: usize) -> Option<u32> {
        self.of[place]
    }

    pub(crate) fn top(&self, place: usize) -> usize {
        self.top[place]
    }

    pub(crate) fn agent(&self, place: usize) -> &Agent {
        &self.agents[place]
    }

    pub(crate) fn is_reacting(&self, agent: &Agent) -> bool {
        self.reacting.get(agent).copied().unwrap_or_default()
    }

    /// Counts in the order of time. A model call begins a turn, unless its step is in one, or it asks
    /// again what failed before; a tool is in the turn of the call it carries out.
    fn count(&mut self, tree: &Tree, calls: &Calls) {
        let mut counted: HashMap<Agent, (u32, usize)> = HashMap::new();
        let mut of_top: HashMap<usize, u32> = HashMap::new();
        let mut of = vec![None; tree.nodes.len()];
        for (place, node) in tree.of_role(Role::Model) {
            let (agent, top) = (self.agents[place], self.top[place]);
            if is_tool(tree, agent) {
                continue;
            }
            let (before, last) = counted.get(&agent).copied().unwrap_or((0, place));
            let is_again = before > 0 && is_asked_again(&tree.nodes[last].seen, &node.seen);
            let known = of_top.get(&top).copied().or_else(|| is_again.then_some(before));
            let count = known.unwrap_or(before + 1);
            counted.insert(agent, (count.max(before), place));
            of_top.entry(top).or_insert(count);
            of[place] = Some(count);
        }
        let mut current: HashMap<Agent, u32> = HashMap::new();
        for (place, node) in tree.steps() {
            let agent = self.agents[place];
            if let (Role::Model, Some(count)) = (node.seen.role, of[place]) {
                current.insert(agent, count);
                let asks = node.seen.calls().next().is_some();
                of[place] = of[place].filter(|_| asks || self.is_reacting(&agent));
                continue;
            }
            let asked = calls.of_span.get(&place).and_then(|&call| of[calls.all[call].model]);
            let own = asked.or_else(|| of_top.get(&self.top[place]).copied());
            let own = own.or_else(|| current.get(&agent).copied());
            of[place] = own.filter(|_| self.is_reacting(&agent));
        }
        self.of = of;
        self.count_within(tree);
    }

    /// A node is in the turn of the tool it runs, and what a tool does in the tool's.
    fn count_within(&mut self, tree: &Tree) {
        for (place, node) in tree.of_role(Role::Tool) {
            let (top, count) = (self.top[place], self.of[place]);
            let above = &tree.nodes[top];
            if top != place && is_node(above) && node.owner == above.owner {
                self.of[top] = self.of[top].min(count).or(count);
            }
        }
        for &place in &tree.downwards {
            if let (Agent::Within(tool), true) =
                (self.agents[place], is_tool(tree, self.agents[place]))
            {
                let is_model = tree.nodes[place].seen.role == Role::Model;
                self.of[place] = self.of[tool].filter(|_| !is_model);
            }
        }
    }
}

/// Whether a call failed and the next one asks the same.
fn is_asked_again(before: &Seen, now: &Seen) -> bool {
    before.went.is_failed() && before.heard == now.heard
}

/// Whether these steps are a tool's own, and no agent's.
fn is_tool(tree: &Tree, agent: Agent) -> bool {
    matches!(agent, Agent::Within(place) if tree.nodes[place].seen.role == Role::Tool)
}

/// Whose work each span is: the agent's, or the tool's that does it itself.
fn agents(tree: &Tree) -> Vec<Agent> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    let mut tools: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    for &place in &tree.downwards {
        let Some(parent) = tree.nodes[place].parent else { continue };
        let above = &tree.nodes[parent];
        tools[place] = match above.seen.role {
            role if role.is_run() && !above.is_dropped => None,
            Role::Tool if above.is_step() => Some(parent),
            _ => tools[parent],
        };
    }
    let agent_of = |(node, tool): (&Node, &Option<usize>)| match (tool, node.owner) {
        (Some(tool), _) => Agent::Within(*tool),
        (None, None) => Agent::Nobody,
        (None, Some(owner)) if tree.nodes[owner].step.is_some() => Agent::Within(owner),
        (None, Some(owner)) => {
            Agent::Named(*named.entry(&tree.nodes[owner].seen.name).or_insert(owner))
        }
    };
    tree.nodes.iter().zip(&tools).map(agent_of).collect()
}

fn tops(tree: &Tree, agents: &[Agent]) -> Vec<usize> {
    let mut top: Vec<usize> = (0..tree.nodes.len()).collect();
    for &place in &tree.downwards {
        if let Some(step) = tree.nodes[place].step
            && agents[step] == agents[place]
        {
            top[place] = top[step];
        }
    }
    top
}

/// Whether each agent reacts. One that runs tools does; one that only answers is taken for one, unless
/// it is a pipeline (it searches by itself, or several of its nodes ask a model) or conducts others (it
/// hands over, or its nodes are agents). A workflow around agents is none itself.
fn reacting(tree: &Tree, calls: &Calls, agents: &[Agent], top: &[usize]) -> HashMap<Agent, bool> {
    let (mut acts, mut conducts, mut encloses) = (HashSet::new(), HashSet::new(), HashSet::new());
    for called in &calls.all {
        let is_agent = !is_workflow(tree, tree.nodes[called.model].owner);
        let marks = if called.is_handoff && !is_agent { &mut conducts } else { &mut acts };
        marks.insert(agents[called.model]);
    }
    let mut asking: HashMap<Agent, &str> = HashMap::new();
    for (place, node) in tree.nodes.iter().enumerate().filter(|(_, node)| !node.is_dropped) {
        let agent = agents[place];
        let in_node = node.step.is_some_and(|step| is_node(&tree.nodes[step]));
        match node.seen.role {
            Role::Tool => {
                acts.insert(agent);
            }
            Role::Retrieval if in_node || node.step.is_none() => {
                conducts.insert(agent);
            }
            Role::Agent | Role::Workflow if in_node => {
                conducts.insert(agent);
            }
            Role::Agent if node.step.is_none() && is_workflow(tree, node.owner) => {
                encloses.insert(agent);
            }
            Role::Model if is_workflow(tree, node.owner) && is_node(&tree.nodes[top[place]]) => {
                let name = tree.nodes[top[place]].seen.name.as_str();
                if *asking.entry(agent).or_insert(name) != name {
                    conducts.insert(agent);
                }
            }
            _ => {}
        }
    }
    let reacts = |agent: &Agent| {
        (acts.contains(agent) || !conducts.contains(agent))
            && !encloses.contains(agent)
            && !is_tool(tree, *agent)
    };
    agents.iter().map(|agent| (*agent, reacts(agent))).collect()
}

fn is_workflow(tree: &Tree, run: Option<usize>) -> bool {
    run.is_some_and(|run| tree.nodes[run].seen.role == Role::Workflow)
}

fn is_node(node: &Node) -> bool {
    node.seen.role == Role::Node
}
