//! An agent that is a graph, as LangGraph builds them: nodes that change a state, edges that look at
//! it, tools that may fail. Each node is a step that times itself, and what it calls are steps within.
//!
//! Without a key it prints what would be sent:
//!
//! ```sh
//! cargo run --example graph_agent
//! TICKETLENS_KEY=tl_… OTEL_SERVICE_NAME=order-agent cargo run --example graph_agent
//! ```

use std::{env, error::Error, time::Duration};

use serde_json::{Value, json};
use ticketlens::{ActiveTicket, Lens, Status, StepKind, StepScope};
use ticketlens_redact::{Gate, GateConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let sends = env::var_os("TICKETLENS_KEY").is_some();
    let lens = if sends { Lens::from_env() } else { Lens::off() };
    let gate = Gate::new(GateConfig::default())?;
    let questions =
        ["Where is order 7? Mail me at amelia@example.com", "Hello?", "Where is order 13?"];
    for (number, question) in questions.iter().enumerate() {
        let ticket = lens.ticket(format!("G-{number}")).category("ORDER_STATUS");
        let status = answer(&ticket, question);
        if sends {
            ticket.finish(status);
        } else if let Some(finished) = ticket.build(status) {
            let redacted = finished.ticket().clone().redact(&gate);
            println!("{}", serde_json::to_string_pretty(redacted.trace())?);
        }
    }
    if sends {
        let report = lens.shutdown(Duration::from_secs(5));
        println!("sent {}, lost {}", report.sent, report.dropped.total() + report.left);
    }
    Ok(())
}

/// Answers one ticket; how that ended.
pub fn answer(ticket: &ActiveTicket, question: &str) -> Status {
    ticket.set_request(question);
    match run(ticket, question) {
        Ok(State { answer: Some(answer), visits, .. }) => {
            ticket.set_metric("react_iterations", visits);
            ticket.set_output(answer);
            Status::Success
        }
        // Only a person can go on.
        Ok(_) => Status::Escalated,
        Err(failure) => {
            ticket.set_error_type(failure.kind);
            Status::Failed
        }
    }
}

/// What the nodes read and change.
#[derive(Debug, Default)]
struct State {
    question: String,
    order: Option<u32>,
    /// The agent's choice, until the tools have done it.
    action: Option<&'static str>,
    facts: Vec<Value>,
    /// Times the agent was asked.
    visits: u32,
    answer: Option<String>,
}

/// Why a run can't go on.
#[derive(Debug)]
struct Failure {
    kind: &'static str,
    message: String,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    Triage,
    Agent,
    Tools,
    Answer,
}

/// Runs the graph: a step for each visit of a node, and no line of it in the nodes.
fn run(ticket: &ActiveTicket, question: &str) -> Result<State, Failure> {
    let mut state = State { question: question.to_owned(), ..State::default() };
    let mut next = Some(Node::Triage);
    while let Some(node) = next {
        let step = ticket.start_step(StepKind::Node, node.name());
        if let Err(failure) = node.visit(&step, &mut state) {
            step.error(failure.kind, &failure.message);
            return Err(failure);
        }
        next = node.edge(&state);
        step.output(json!({"next": next.map(Node::name)})).end();
    }
    Ok(state)
}

impl Node {
    const fn name(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Agent => "agent",
            Self::Tools => "tools",
            Self::Answer => "answer",
        }
    }

    fn visit(self, step: &StepScope, state: &mut State) -> Result<(), Failure> {
        match self {
            Self::Triage => triage(step, state),
            Self::Agent => agent(step, state)?,
            Self::Tools => tools(step, state)?,
            Self::Answer => write_answer(step, state),
        }
        Ok(())
    }

    /// The edges, with their conditions.
    const fn edge(self, state: &State) -> Option<Self> {
        match self {
            Self::Triage if state.order.is_none() => None,
            Self::Triage | Self::Tools => Some(Self::Agent),
            Self::Agent if state.action.is_some() => Some(Self::Tools),
            Self::Agent => Some(Self::Answer),
            Self::Answer => None,
        }
    }
}

fn triage(step: &StepScope, state: &mut State) {
    let search = step.start_step(StepKind::Retrieval, "handbook").input(state.question.as_str());
    search.output(json!([{"document": "orders.md", "score": 0.83}])).end();
    state.order = state.question.split(|c: char| !c.is_ascii_digit()).find_map(|n| n.parse().ok());
}

fn agent(step: &StepScope, state: &mut State) -> Result<(), Failure> {
    const MOST_VISITS: u32 = 3;
    if state.visits == MOST_VISITS {
        let message = format!("no answer after {MOST_VISITS} rounds");
        return Err(Failure { kind: "recursion_limit", message });
    }
    state.visits += 1;
    let thought = step.start_step(StepKind::React, "think").iteration(state.visits);
    let call = thought.start_step(StepKind::Llm, "gpt-4o").attribute("input_tokens", 820);
    // A real agent asks its model here; the guard times the call.
    state.action = state.facts.is_empty().then_some("lookup_order");
    call.end();
    match state.action {
        Some(action) => thought.action(action, json!({"order": state.order})).end(),
        None => thought.output("All is known.").end(),
    }
    Ok(())
}

fn tools(step: &StepScope, state: &mut State) -> Result<(), Failure> {
    let (Some(name), Some(order)) = (state.action.take(), state.order) else { return Ok(()) };
    let call = step.start_step(StepKind::Tool, name).input(json!({"order": order}));
    match lookup_order(order, state.visits) {
        Ok(fact) => {
            state.facts.push(fact.clone());
            call.output(fact).end();
        }
        // The agent may try again: the tool's step has failed, its node has not.
        Err(failure) if failure.kind == "timeout" => call.error(failure.kind, failure.message),
        Err(failure) => {
            // `?` would end the step as one that went well; it is told first.
            call.error(failure.kind, &failure.message);
            return Err(failure);
        }
    }
    Ok(())
}

fn write_answer(step: &StepScope, state: &mut State) {
    let answer = "Your order is on its way.".to_owned();
    step.start_step(StepKind::Message, "assistant").output(answer.as_str()).end();
    state.answer = Some(answer);
}

fn lookup_order(order: u32, attempt: u32) -> Result<Value, Failure> {
    match (order, attempt) {
        (13, _) => Err(Failure { kind: "order_not_found", message: "no order 13".into() }),
        (_, 1) => Err(Failure { kind: "timeout", message: "no answer in 2 s".into() }),
        _ => Ok(json!({"order": order, "state": "in transit"})),
    }
}
