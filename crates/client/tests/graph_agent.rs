//! The example of an agent that is a graph: what its guards record of each way through it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, dead_code)]

mod fake_receiver;
#[path = "../examples/graph_agent.rs"]
mod graph_agent;

use std::time::Duration;

use fake_receiver::{Behaviour, FakeReceiver, attribute};
use ticketlens::{Lens, Status, Step, StepKind, StepStatus, Ticket};

fn ticket_of(question: &str, expected: &Status) -> Ticket {
    let ticket = Lens::off().ticket("G-1");
    let status = graph_agent::answer(&ticket, question);
    assert_eq!(&status, expected);
    ticket.build(status).unwrap().ticket().clone()
}

/// The nodes that were visited, in order.
fn nodes(ticket: &Ticket) -> Vec<&str> {
    let steps = ticket.trace.steps.iter();
    steps.filter(|step| step.kind == StepKind::Node).map(|step| &*step.name).collect()
}

fn steps(ticket: &Ticket, kind: StepKind) -> Vec<&Step> {
    ticket.trace.steps.iter().filter(|step| step.kind == kind).collect()
}

fn error_type(step: &Step) -> Option<&str> {
    step.error.as_ref()?.kind.as_deref()
}

#[test]
fn a_tool_that_fails_once_is_a_failed_step_of_a_ticket_that_succeeds() {
    let ticket = ticket_of("Where is order 7?", &Status::Success);
    let way = ["triage", "agent", "tools", "agent", "tools", "agent", "answer"];
    assert_eq!(nodes(&ticket), way);
    let calls = steps(&ticket, StepKind::Tool);
    assert_eq!((calls.len(), error_type(calls[0])), (2, Some("timeout")));
    assert_eq!(calls[1].status, StepStatus::Ok);
    // Iterations and what stands within what.
    let thoughts = steps(&ticket, StepKind::React);
    assert_eq!(
        thoughts.iter().map(|step| step.iteration).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );
    let parent = |step: &Step| {
        let id = step.parent_id.clone().unwrap();
        ticket.trace.steps.iter().find(|step| step.id == id).unwrap().name.clone()
    };
    assert_eq!(parent(calls[0]), "tools");
    assert_eq!(parent(thoughts[0]), "agent");
    assert_eq!(parent(steps(&ticket, StepKind::Llm)[0]), "think");
    // Each guard has timed itself, within the one around it.
    for step in &ticket.trace.steps {
        assert!(step.duration_ms >= 0.0 && step.start_ms >= 0.0, "{step:?}");
    }
    assert!(ticket.error_type.is_none());
}

#[test]
fn an_edge_that_ends_early_hands_over_to_a_person() {
    let ticket = ticket_of("Hello?", &Status::Escalated);
    assert_eq!(nodes(&ticket), ["triage"]);
    assert!(ticket.trace.steps.iter().all(|step| step.status == StepStatus::Ok));
}

#[test]
fn an_error_that_is_returned_marks_the_tool_its_node_and_the_ticket() {
    let ticket = ticket_of("Where is order 13?", &Status::Failed);
    assert_eq!(nodes(&ticket), ["triage", "agent", "tools"]);
    let failed: Vec<_> =
        ticket.trace.steps.iter().filter(|step| step.status == StepStatus::Error).collect();
    assert_eq!(
        failed.iter().map(|step| &*step.name).collect::<Vec<_>>(),
        ["tools", "lookup_order"]
    );
    assert!(failed.iter().all(|step| error_type(step) == Some("order_not_found")));
    assert_eq!(ticket.error_type.as_deref(), Some("order_not_found"));
}

#[test]
fn each_way_through_it_is_sent() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = Lens::builder().endpoint(receiver.endpoint()).build().unwrap();
    for question in ["Where is order 7?", "Hello?", "Where is order 13?"] {
        let ticket = lens.ticket(question);
        let status = graph_agent::answer(&ticket, question);
        ticket.finish(status);
    }
    assert!(lens.shutdown(Duration::from_secs(30)).complete);
    let records = receiver.state.records();
    let statuses: Vec<_> =
        records.iter().map(|record| attribute(record, "ticket.status").unwrap()).collect();
    assert_eq!(statuses, ["SUCCESS", "ESCALATED", "FAILED"]);
}
