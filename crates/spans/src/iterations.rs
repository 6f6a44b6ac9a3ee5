//! ReACT iterations: an agent's model is asked, its tools are run, its model is asked again. Most
//! instrumentations show no span for a turn; each model call of an agent begins one.

use std::collections::HashMap;

use crate::{
    calls::Calls,
    seen::Role,
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
        let reacting = reacting(tree, calls, &agents);
        let mut iterations =
            Self { of: vec![None; tree.nodes.len()], top: tops(tree, &agents), agents, reacting };
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

    /// Counts in the order of time; a step that holds a model call is in that call's turn, a tool in
    /// the turn of the call it carries out.
    fn count(&mut self, tree: &Tree, calls: &Calls) {
        let mut counted: HashMap<&Agent, u32> = HashMap::new();
        let mut first_within: HashMap<usize, u32> = HashMap::new();
        let mut of = vec![None; tree.nodes.len()];
        for (place, _) in tree.of_role(Role::Model) {
            let count = counted.entry(&self.agents[place]).or_default();
            *count += 1;
            of[place] = Some(*count);
            first_within.entry(self.top[place]).or_insert(*count);
        }
        counted.clear();
        for (place, node) in tree.steps() {
            let agent = &self.agents[place];
            let current = counted.entry(agent).or_default();
            if let (Role::Model, Some(count)) = (node.seen.role, of[place]) {
                *current = count;
                let asks = node.seen.calls().next().is_some();
                of[place] = of[place].filter(|_| asks || self.is_reacting(agent));
                continue;
            }
            let top = self.top[place];
            let asked = calls.of_span.get(&place).and_then(|&call| of[calls.all[call].model]);
            let own = asked.or_else(|| first_within.get(&top).copied());
            let own = own.or_else(|| Some(*current).filter(|&count| count > 0));
            of[place] = own.filter(|_| self.is_reacting(agent));
        }
        self.of = of;
        // A node is in the turn of the tool it runs.
        for (place, node) in tree.of_role(Role::Tool) {
            let (top, count) = (self.top[place], self.of[place]);
            if top != place
                && tree.nodes[top].seen.role == Role::Node
                && node.owner == tree.nodes[top].owner
            {
                self.of[top] = self.of[top].min(count).or(count);
            }
        }
    }
}

/// Whose work each span is.
fn agents(tree: &Tree) -> Vec<Agent> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    let agent_of = |node: &Node| match node.owner {
        None => Agent::Nobody,
        Some(owner) if tree.nodes[owner].step.is_some() => Agent::Within(owner),
        Some(owner) => Agent::Named(*named.entry(&tree.nodes[owner].seen.name).or_insert(owner)),
    };
    tree.nodes.iter().map(agent_of).collect()
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

/// Whether an agent reacts. One that runs tools does; one that only answers is taken for one, unless
/// it is a pipeline (it searches by itself) or conducts others (it hands over, or its nodes are agents).
fn reacting(tree: &Tree, calls: &Calls, agents: &[Agent]) -> HashMap<Agent, bool> {
    let mut acts: HashMap<&Agent, bool> = HashMap::new();
    let mut conducts: HashMap<&Agent, bool> = HashMap::new();
    for called in &calls.all {
        let owner = tree.nodes[called.model].owner;
        let is_agent = owner.is_none_or(|owner| tree.nodes[owner].seen.role == Role::Agent);
        let marks = if called.is_handoff && !is_agent { &mut conducts } else { &mut acts };
        marks.insert(&agents[called.model], true);
    }
    for (place, node) in tree.nodes.iter().enumerate() {
        match node.seen.role {
            Role::Tool => acts.insert(&agents[place], true),
            Role::Retrieval if node.step.is_none_or(|step| is_node(&tree.nodes[step])) => {
                conducts.insert(&agents[place], true)
            }
            Role::Agent | Role::Workflow
                if node.step.is_some_and(|step| is_node(&tree.nodes[step])) =>
            {
                conducts.insert(&agents[place], true)
            }
            _ => None,
        };
    }
    let mut reacting = HashMap::new();
    for agent in agents {
        let reacts = acts.contains_key(agent) || !conducts.contains_key(agent);
        reacting.entry(*agent).or_insert(reacts);
    }
    reacting
}

fn is_node(node: &Node) -> bool {
    node.seen.role == Role::Node
}
