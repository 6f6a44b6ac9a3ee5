#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use serde_json::json;
use ticketlens_api::{Feedback, GetTicketResponse, Step, TicketSummary};
use unicode_width::UnicodeWidthStr;

use super::page;
use crate::View;

fn view(width: usize) -> View {
    View { width, full: false, now: jiff::Timestamp::from_second(1_762_676_331).unwrap() }
}

fn plain(ticket: &GetTicketResponse, width: usize) -> String {
    anstream::adapter::strip_str(&page(ticket, view(width))).to_string()
}

fn step(id: &str, parent: &str, kind: &str, name: &str, at: (f64, f64)) -> Step {
    Step {
        id: id.into(),
        parent_id: parent.into(),
        kind: kind.into(),
        name: name.into(),
        iteration: (kind != "message").then_some(1),
        start_ms: at.0,
        duration_ms: at.1,
        status: "OK".into(),
        error_type: String::new(),
    }
}

fn summary() -> TicketSummary {
    TicketSummary {
        tenant: "demo".into(),
        ticket_id: "4711".into(),
        execution_id: "019a6786-8f6e-7abc-8def-0123456789ab".into(),
        executed_at: Some(prost_types::Timestamp { seconds: 1_762_676_031, nanos: 0 }),
        duration: Some(prost_types::Duration { seconds: 4, nanos: 200_000_000 }),
        status: "FAILED".into(),
        category: "ORDERS".into(),
        workflow: "support-agent".into(),
        workflow_version: "1.4.2".into(),
        environment: "production".into(),
        error_type: "tool_timeout".into(),
        capture: "FULL_TRACE".into(),
        customer: "hmac:0123456789abcdef".into(),
        metrics: HashMap::from([
            ("react_iterations".into(), 1.0),
            ("overall_confidence".into(), 0.4375),
            ("hallucination_risk".into(), 0.1),
        ]),
        model: "gpt-4o".into(),
        input_tokens: Some(1200),
        output_tokens: Some(340),
        redactions: 3,
        redactions_by: [("email".to_owned(), 2), ("card".to_owned(), 1)].into(),
        ..TicketSummary::default()
    }
}

fn ticket() -> GetTicketResponse {
    let mut call = step("s3", "s2", "tool", "lookup_order", (1200.0, 3000.0));
    call.status = "ERROR".into();
    call.error_type = "Timeout".into();
    let trace = json!({
        "ticket": { "subject": "Where is my order?", "from": "[email]" },
        "planning": "Look the order up, then answer.",
        "steps": [
            { "id": "s1", "kind": "message", "name": "customer", "input": "Where is my order A-17? I have been waiting for three weeks now." },
            { "id": "s2", "kind": "react", "name": "agent", "iteration": 1, "duration_ms": 1195, "status": "OK",
              "thought": "I need the order.", "action": "lookup_order", "action_input": { "order": "A-17", "with_items": true } },
            { "id": "s3", "parent_id": "s2", "kind": "tool", "name": "lookup_order", "duration_ms": 3000, "status": "ERROR",
              "input": { "order": "A-17", "with_items": true },
              "error": { "type": "Timeout", "message": "no answer in 3 s" } },
        ],
        "errors": [{ "type": "tool_timeout", "message": "lookup_order gave up", "stack": "at lookup (tools.rs:17)\nat run (agent.rs:4)" }],
        "output": { "response": "I could not find your order just now. A colleague will get back to you.", "confidence": 0.4 },
    });
    GetTicketResponse {
        steps_beyond: 0,
        summary: Some(summary()),
        steps: vec![
            step("s1", "", "message", "customer", (0.0, 0.0)),
            step("s2", "", "react", "agent", (5.0, 1195.0)),
            call,
        ],
        trace_json: trace.to_string(),
        attributes: HashMap::from([("queue".into(), "emea".into())]),
        executions: vec![
            summary(),
            TicketSummary {
                execution_id: "019a6786-0000-7abc-8def-0123456789ab".into(),
                status: "SUCCESS".into(),
                ..summary()
            },
        ],
        feedback: Vec::new(),
    }
}

fn rated(comment: &str) -> Feedback {
    Feedback {
        ticket_id: "4711".into(),
        name: "csat".into(),
        source: "HUMAN".into(),
        given_at: Some(prost_types::Timestamp { seconds: 1_762_676_031, nanos: 0 }),
        score: Some(2.0),
        label: "bad".into(),
        comment: comment.into(),
        ..Feedback::default()
    }
}

#[test]
fn what_was_said_of_a_ticket_stands_below_its_answer() {
    let mut said = ticket();
    let evaluated = Feedback {
        name: "relevance".into(),
        source: "MODEL".into(),
        score: Some(0.8125),
        execution_id: "019a6786-0000-7abc-8def-0123456789ab".into(),
        id: "e-1".into(),
        ..rated("")
    };
    said.feedback = vec![rated("Nobody called me back.\nI had to write twice."), evaluated];
    let page = plain(&said, 80);
    let from = page.find("Final response").unwrap();
    let to = page.find("Other executions").unwrap();
    insta::assert_snapshot!(&page[from..to]);
    assert!(!page.contains("e-1"));
    said.feedback = vec![rated("again"); 12];
    assert!(plain(&said, 80).contains("… 2 more; --full shows them"));
}

#[test]
fn a_page_of_80_columns() {
    insta::assert_snapshot!(plain(&ticket(), 80));
}

#[test]
fn a_page_of_120_columns() {
    insta::assert_snapshot!(plain(&ticket(), 120));
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let mut wide = ticket();
    let long = "long ".repeat(100);
    let named = wide.summary.as_mut().unwrap();
    named.workflow = long.clone();
    named.metrics.insert("m".repeat(100), 1e12);
    wide.attributes.insert("k".repeat(300), long.clone());
    for step in &mut wide.steps {
        step.name = long.clone();
    }
    for width in [80, 100, 120, 200] {
        for line in plain(&wide, width).lines() {
            assert!(line.width() <= width, "{width}: {line:?}");
        }
    }
}

#[test]
fn who_sent_a_ticket_and_when_it_arrived_is_shown() {
    let mut sent = ticket();
    let summary = sent.summary.as_mut().unwrap();
    summary.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736".into();
    summary.span_id = "00f067aa0ba902b7".into();
    summary.instance_id = "refunds-7".into();
    summary.sequence = Some(1_204);
    summary.received_at = Some(prost_types::Timestamp { seconds: 1_762_676_032, nanos: 0 });
    let page = plain(&sent, 80);
    for field in [
        "  trace id     4bf92f3577b34da6a3ce929d0e0e4736",
        "  span id      00f067aa0ba902b7",
        "  instance     refunds-7",
        "  sequence     1,204",
        "  received     2025-11-09 08:13:52 UTC",
    ] {
        assert!(page.lines().any(|line| line == field), "{page}");
    }
}

#[test]
fn what_is_held_back_is_said() {
    for (capture, says) in [
        (
            "METRICS_ONLY",
            "none was sent, or its workflow's or tenant's capture level is METRICS_ONLY",
        ),
        ("TIMELINE", "captured as TIMELINE"),
        ("FULL_TRACE", "its retention is over"),
    ] {
        let mut held = ticket();
        held.trace_json = String::new();
        held.summary.as_mut().unwrap().capture = capture.into();
        let text = plain(&held, 80).replace('\n', " ");
        assert!(text.contains(says), "{capture}: {text}");
    }
    let mut held = ticket();
    held.trace_json = json!({ "steps": [], "planning": "look it up" }).to_string();
    let text = plain(&held, 80).replace('\n', " ");
    assert!(text.contains("no question and no answer") && text.contains("dropped"), "{text}");
    let text = plain(&ticket(), 80);
    assert!(!text.contains("retention") && !text.contains("dropped"), "{text}");
}

#[test]
fn nothing_is_claimed_that_is_not_so() {
    let mut over = ticket();
    over.summary.as_mut().unwrap().capture = "TIMELINE".into();
    (over.trace_json, over.steps) = (String::new(), Vec::new());
    let text = plain(&over, 80);
    assert!(text.contains("No timeline: its retention is over"), "{text}");
    assert!(!text.contains("were."), "nothing is left of the steps: {text}");

    let mut said = ticket();
    for trace in [
        json!({ "messages": ["hi"] }),
        json!({ "conversation": [{ "role": "user", "content": "hi" }] }),
        json!({ "steps": [{ "kind": "message", "role": "user", "content": "hi" }] }),
    ] {
        said.trace_json = trace.to_string();
        let text = plain(&said, 80);
        assert!(text.contains("hi\n") && !text.contains("No request"), "{text}");
    }
}

#[test]
fn steps_that_are_not_on_the_timeline_are_counted() {
    let mut long = ticket();
    assert!(!plain(&long, 80).contains("more step"));
    for (beyond, says) in [
        (3_904, "… 3,904 more steps are in the trace, not on the timeline"),
        (1, "… 1 more step is in the trace, not on the timeline"),
    ] {
        long.steps_beyond = beyond;
        assert!(plain(&long, 80).contains(says), "{beyond}");
    }
    long.trace_json = String::new();
    assert!(plain(&long, 80).contains("… 1 more step was sent than a timeline holds"));
    long.steps_beyond = 2;
    assert!(plain(&long, 80).contains("… 2 more steps were sent than a timeline holds"));
}

#[test]
fn hostile_values_in_every_field_move_nothing() {
    let evil = "\u{1b}[2J\u{9b}1A\u{7}\r\u{202e}";
    let mut bad = ticket();
    let named = bad.summary.as_mut().unwrap();
    for field in [
        &mut named.tenant,
        &mut named.ticket_id,
        &mut named.execution_id,
        &mut named.status,
        &mut named.category,
        &mut named.workflow,
        &mut named.workflow_version,
        &mut named.environment,
        &mut named.error_type,
        &mut named.capture,
        &mut named.customer,
        &mut named.model,
        &mut named.trace_id,
    ] {
        *field = evil.to_owned();
    }
    named.metrics.insert(evil.into(), f64::NAN);
    bad.attributes.insert(evil.into(), evil.into());
    for step in &mut bad.steps {
        step.name = evil.into();
        step.kind = evil.into();
        step.error_type = evil.into();
    }
    bad.feedback = vec![Feedback {
        name: evil.into(),
        label: evil.into(),
        source: evil.into(),
        score: Some(f64::NAN),
        ..rated(&format!("line\n{evil}"))
    }];
    bad.executions =
        vec![TicketSummary { status: evil.into(), execution_id: evil.into(), ..summary() }];
    bad.trace_json = json!({
        "ticket": { evil: evil }, "planning": [evil], "errors": { "type": evil, "stack": evil },
        "output": { "answer": evil, evil: { evil: evil } },
    })
    .to_string();
    let text = plain(&bad, 100);
    let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!text.contains(acts), "{text:?}");
}

#[test]
fn what_has_no_place_is_under_other_with_hints() {
    let mut strange = ticket();
    strange.steps.clear();
    strange.executions.clear();
    strange.summary = Some(TicketSummary {
        ticket_id: "4712".into(),
        status: "SUCCESS".into(),
        ..TicketSummary::default()
    });
    strange.attributes = HashMap::from([("steps".into(), "[{\"kind\":\"tool\"}]".into())]);
    strange.trace_json = json!({
        "Steps": [{ "kind": "tool", "name": "lookup" }],
        "notes": "called back at noon",
        "messages": [
            { "role": "user", "content": "Where is my order?" },
            { "role": "assistant", "content": "On its way.", "refusal": null, "tokens": 12 },
            "a line without a speaker",
        ],
        "steps": [
            { "type": "tool", "name": "lookup", "latency": 0.4, "temperature": 0.2, "input": { "order": "A-17" } },
            "a step that is a text",
            { "kind": "retrieval", "input": "returns",
              "output": [{ "document": "returns.md", "similarity": 0.9, "lang": "en" }] },
        ],
        "errors": [{ "type": "Timeout", "message": "no answer", "retries": 3 }, "gave up"],
    })
    .to_string();
    insta::assert_snapshot!(plain(&strange, 80));
}

#[test]
fn a_trace_that_is_a_text_is_shown_as_one() {
    let mut text = ticket();
    text.steps.clear();
    for (sent, title) in [
        (json!({ "message": "The customer was called back." }).to_string(), "Message"),
        (json!("The customer was called back.").to_string(), "Trace"),
        ("The customer was called back.".to_owned(), "Trace"),
    ] {
        text.trace_json = sent;
        let page = plain(&text, 80);
        assert!(page.contains(&format!("{title} ──")), "{page}");
        assert!(page.contains("  The customer was called back.\n"), "{page}");
        assert!(!page.contains("sent none"), "{page}");
    }
}
