//! Tickets and steps under way, and every way they can end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake_receiver;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use fake_receiver::{Behaviour, FakeReceiver, attribute, body_text};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::json;
use ticketlens::{Lens, Status, StepBuilder, StepKind};

/// Runs `workflow` and returns what the receiver got from it.
fn records_of(workflow: impl FnOnce(&Lens)) -> Vec<LogRecord> {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = Lens::builder().endpoint(receiver.endpoint()).build().unwrap();
    workflow(&lens);
    assert!(lens.shutdown(Duration::from_secs(30)).complete);
    receiver.state.records()
}

fn only(records: Vec<LogRecord>) -> LogRecord {
    assert_eq!(records.len(), 1);
    records.into_iter().next().unwrap()
}

fn status(record: &LogRecord) -> String {
    attribute(record, "ticket.status").unwrap()
}

#[test]
fn each_ending_has_its_status() {
    let records = records_of(|lens| {
        lens.ticket("1").succeed();
        lens.ticket("2").fail("tool_timeout");
        lens.ticket("3").escalate();
        lens.ticket("4").cancel();
        lens.ticket("5").finish("WAITING".parse::<Status>().unwrap());
        drop(lens.ticket("6"));
    });
    let statuses: Vec<_> = records.iter().map(status).collect();
    assert_eq!(statuses, ["SUCCESS", "FAILED", "ESCALATED", "CANCELLED", "WAITING", "CANCELLED"]);
    assert_eq!(attribute(&records[1], "error.type").as_deref(), Some("tool_timeout"));
}

#[test]
fn a_panic_in_the_workflow_reports_the_ticket_and_the_step_it_was_in() {
    let record = only(records_of(|lens| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let ticket = lens.ticket("1").category("A");
            let _step = ticket.start_step(StepKind::Tool, "lookup");
            panic!("the tool broke");
        }));
        assert!(outcome.is_err());
    }));
    assert_eq!(status(&record), "FAILED");
    assert_eq!(attribute(&record, "error.type").as_deref(), Some("panic"));
    assert_eq!(body_text(&record, &["steps", "0", "status"]).as_deref(), Some("ERROR"));
    assert_eq!(body_text(&record, &["steps", "0", "error", "type"]).as_deref(), Some("panic"));
}

#[test]
fn a_ticket_is_open_from_its_beginning_to_its_end_whatever_that_is() {
    records_of(|lens| {
        let open = || lens.stats().open;
        let first = lens.ticket("1");
        let handle = first.clone();
        let _second = lens.ticket("2");
        assert_eq!(open(), 2);
        first.succeed();
        assert_eq!(open(), 1, "however many handles are left");
        handle.cancel();
        drop(lens.ticket("3").build(Status::Success));
        assert_eq!(open(), 1);
        let broken = lens.ticket("4");
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let _broken = broken;
            panic!("the workflow broke");
        }));
        assert!(outcome.is_err());
        assert_eq!(open(), 1);
        lens.emit(ticketlens::TicketBuilder::new("5").build(Status::Success));
        assert_eq!(open(), 1, "what was never begun is never open");
    });
}

#[test]
fn each_ticket_tells_how_many_others_were_open() {
    let records = records_of(|lens| {
        let [first, second, _third] = ["1", "2", "3"].map(|id| lens.ticket(id));
        first.succeed();
        second.succeed();
    });
    let told: Vec<_> = records.iter().map(|record| attribute(record, "ticket.open")).collect();
    // The third ends with its scope, when no other is left.
    assert_eq!(told, ["2", "1", "0"].map(|open| Some(open.to_owned())));
}

#[tokio::test]
async fn a_cancelled_future_reports_its_ticket() {
    let receiver = FakeReceiver::start(Behaviour::Take);
    let lens = Lens::builder().endpoint(receiver.endpoint()).build().unwrap();
    let ticket = lens.ticket("1");
    let task = tokio::spawn(async move {
        let _step = ticket.start_step(StepKind::Llm, "gpt-4o");
        std::future::pending::<()>().await;
    });
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(lens.shutdown(Duration::from_secs(30)).complete);
    assert_eq!(status(&only(receiver.state.records())), "CANCELLED");
}

#[test]
fn steps_stand_where_they_began_and_know_their_parents() {
    let record = only(records_of(|lens| {
        let ticket = lens.ticket("1");
        let node = ticket.start_step(StepKind::Node, "resolve").input(json!({"order": 7}));
        let tool = node.start_step(StepKind::Tool, "lookup").iteration(2);
        tool.output(json!("found")).end();
        node.error("not_found", "no such order");
        ticket.add_step(StepBuilder::message("agent").output("done"));
        ticket.succeed();
    }));
    let text = |path: &[&str]| body_text(&record, path);
    assert_eq!(text(&["steps", "0", "name"]).as_deref(), Some("resolve"));
    assert_eq!(text(&["steps", "0", "status"]).as_deref(), Some("ERROR"));
    assert_eq!(text(&["steps", "0", "error", "type"]).as_deref(), Some("not_found"));
    assert_eq!(text(&["steps", "1", "name"]).as_deref(), Some("lookup"));
    assert_eq!(text(&["steps", "1", "parent_id"]), text(&["steps", "0", "id"]));
    assert_eq!(text(&["steps", "1", "output"]).as_deref(), Some("found"));
    assert_eq!(text(&["steps", "2", "id"]).as_deref(), Some("s3"));
}

#[test]
fn handles_are_one_ticket_and_the_first_ending_counts() {
    let record = only(records_of(|lens| {
        let ticket = lens.ticket("1");
        let others: Vec<_> = (0..4)
            .map(|n| {
                let ticket = ticket.clone();
                thread::spawn(move || {
                    ticket.start_step(StepKind::Tool, format!("tool{n}")).end();
                    ticket.add_tokens(10, 1);
                })
            })
            .collect();
        for other in others {
            other.join().unwrap();
        }
        let late = ticket.clone();
        ticket.succeed();
        late.set_category("TOO_LATE");
        late.fail("too_late");
    }));
    assert_eq!(status(&record), "SUCCESS");
    assert_eq!(attribute(&record, "gen_ai.usage.input_tokens").as_deref(), Some("40"));
    assert_eq!(attribute(&record, "ticket.category"), None);
    assert!(body_text(&record, &["steps", "3", "name"]).is_some());
}

#[test]
fn a_step_that_outlives_its_ticket_is_shown_unfinished() {
    let record = only(records_of(|lens| {
        let ticket = lens.ticket("1");
        let step = ticket.start_step(StepKind::Llm, "slow");
        ticket.escalate();
        step.end();
    }));
    let kind = body_text(&record, &["steps", "0", "error", "type"]);
    assert_eq!(kind.as_deref(), Some("unfinished"));
}

#[test]
fn the_active_span_is_linked_also_when_the_ticket_ends_outside_of_it() {
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("test");
    let mut expected = Vec::new();
    let records = records_of(|lens| {
        use opentelemetry::trace::TraceContextExt as _;
        let started = tracer.in_span("work", |context| {
            expected = context.span().span_context().trace_id().to_bytes().to_vec();
            lens.ticket("1").succeed();
            lens.emit(ticketlens::TicketBuilder::new("2").build(Status::Success));
            lens.ticket("3")
        });
        started.succeed();
        lens.ticket("4").succeed();
    });
    for record in &records[..3] {
        assert_eq!(record.trace_id, expected);
        assert_eq!(record.span_id.len(), 8);
    }
    assert!(records[3].trace_id.is_empty());
}

#[test]
fn nothing_of_anyones_text_is_in_a_debug() {
    let lens = Lens::off();
    let ticket = lens.ticket("SHOWN").category("SHOWN").customer("SHOWN").output("SHOWN");
    let step = ticket.start_step(StepKind::Tool, "SHOWN").input("SHOWN");
    assert!(!format!("{ticket:?} {step:?}").contains("SHOWN"));
    drop(step);
    let finished = ticket.build(Status::Success).unwrap();
    assert!(!format!("{finished:?}").contains("SHOWN"));
}
