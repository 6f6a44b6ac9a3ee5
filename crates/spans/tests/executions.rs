//! Executions put together by hand: which spans are one, what is known of it, and whose word counts.
#![expect(clippy::unwrap_used)]

use std::collections::HashMap;

use serde_json::{Value, json};
use ticketlens_spans::{Group, Spans, told};
use ticketlens_ticket::{Metric, Status, Step, StepStatus, Ticket, Timestamp};

/// A span: its number, its parent's, its name, and when it was, in milliseconds.
fn span(id: u8, parent: u8, name: &str, ms: [u64; 2], attributes: Value) -> Value {
    let attributes = attributes.as_object().unwrap().iter().map(|(key, value)| {
        let case = if value.is_string() { "stringValue" } else { "intValue" };
        json!({ "key": key, "value": { case: value } })
    });
    let mut span = json!({
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": format!("{id:016x}"), "name": name,
        "startTimeUnixNano": (1_000_000 * (1_790_000_000_000 + ms[0])).to_string(),
        "endTimeUnixNano": (1_000_000 * (1_790_000_000_000 + ms[1])).to_string(),
        "attributes": attributes.collect::<Vec<_>>(),
    });
    if parent > 0 {
        span["parentSpanId"] = format!("{parent:016x}").into();
    }
    span
}

fn agent(id: u8, parent: u8, ms: [u64; 2], conversation: &str) -> Value {
    let attributes = json!({
        "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper",
        "gen_ai.conversation.id": conversation, "ticket.number": format!("T-{conversation}"),
    });
    span(id, parent, "invoke_agent helper", ms, attributes)
}

fn chat(id: u8, parent: u8, ms: [u64; 2], said: &str) -> Value {
    let said = json!([{ "role": "assistant", "parts": [{ "type": "text", "content": said }] }]);
    let attributes = json!({
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2,
        "gen_ai.output.messages": said.to_string(),
    });
    span(id, parent, "chat gpt-4o", ms, attributes)
}

fn spans(all: &[Value]) -> Spans {
    let mut spans = Spans::new();
    let request = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": all }] }] });
    spans.add_json(&request).unwrap();
    spans
}

fn attribute<'t>(ticket: &'t Ticket, name: &str) -> Option<&'t str> {
    ticket.attributes.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.as_str())
}

#[test]
fn runs_in_one_trace_are_kept_apart_by_their_conversation_or_by_any_attribute() {
    let all = [
        span(1, 0, "POST /batch", [0, 100], json!({ "http.route": "/batch" })),
        agent(2, 1, [10, 50], "a"),
        chat(3, 2, [11, 49], "one"),
        agent(4, 1, [11, 60], "b"),
        chat(5, 4, [12, 59], "two"),
    ];
    for (by, names) in
        [(Group::default(), ["a", "b"]), (Group::by("ticket.number"), ["T-a", "T-b"])]
    {
        let runs = spans(&all).into_runs(&by);
        let found: Vec<_> = runs.iter().map(|run| run.id().unwrap()).collect();
        assert_eq!(found, names);
        for run in runs {
            let ticket = run.ticket("1");
            assert_eq!(ticket.input_tokens, Some(10));
            assert_eq!(attribute(&ticket, "ticketlens.partial"), None, "its parent is there");
            let kinds: Vec<_> = ticket.trace.steps.iter().map(|step| step.kind.as_str()).collect();
            assert_eq!(kinds, ["react", "llm", "message"]);
        }
    }
}

#[test]
fn what_is_missing_is_told() {
    let orphans = [chat(3, 2, [0, 5], "one"), chat(4, 9, [6, 9], "two")];
    let ticket = spans(&orphans).into_run().ticket("1");
    assert_eq!(attribute(&ticket, "ticketlens.partial"), Some("2 parent spans never came"));
    let mut remote = chat(3, 2, [0, 5], "one");
    remote["flags"] = 0x300.into();
    let ticket = spans(&[remote]).into_run().ticket("1");
    assert_eq!(attribute(&ticket, "ticketlens.partial"), None, "another service's");
    let mut cut = chat(3, 0, [0, 5], "one");
    cut["droppedAttributesCount"] = 3.into();
    let ticket = spans(&[cut]).into_run().ticket("1");
    let says = "3 attributes left out by the sender's limits";
    assert_eq!(attribute(&ticket, "ticketlens.cut"), Some(says));
    let mut few = Spans::with_room(3000);
    let request = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": orphans }] }] });
    few.add_json(&request).unwrap();
    assert_eq!((few.len(), few.left_out()), (1, 1));
    let ticket = few.into_run().ticket("1");
    let says = "1 parent span never came; 1 span did not fit";
    assert_eq!(attribute(&ticket, "ticketlens.partial"), Some(says));
}

#[test]
fn with_content_switched_off_an_exception_loses_its_words() {
    let mut failed = span(
        3,
        1,
        "execute_tool pay",
        [5, 9],
        json!({
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay", "error.type": "Timeout",
        }),
    );
    failed["status"] = json!({ "code": 2, "message": "no answer for card 4111 1111 1111 1111" });
    let silent = |id, ms| {
        let call = json!({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" });
        span(id, 1, "chat", ms, call)
    };
    let all = [agent(1, 0, [0, 20], "a"), silent(2, [1, 4]), failed.clone(), silent(4, [10, 19])];
    let ticket = spans(&all).into_run().ticket("1");
    assert_eq!(attribute(&ticket, "ticketlens.content"), Some("not recorded"));
    let tool = ticket.trace.steps.iter().find(|step| step.name == "pay").unwrap();
    let error = tool.error.as_ref().unwrap();
    assert_eq!((error.kind.as_deref(), &error.message), (Some("Timeout"), &None));
    assert_eq!((tool.status, ticket.status), (StepStatus::Error, Status::Success));

    let all = [agent(1, 0, [0, 20], "a"), chat(2, 1, [1, 4], "I pay."), failed];
    let ticket = spans(&all).into_run().ticket("1");
    assert_eq!((&ticket.status, ticket.error_type.as_deref()), (&Status::Failed, Some("Timeout")));
    assert!(ticket.trace.errors.unwrap()["message"].as_str().unwrap().contains("4111"));
}

#[test]
fn an_approval_that_is_waited_for_is_no_failure() {
    let mut stopped = span(
        3,
        1,
        "execute_tool pay",
        [5, 9],
        json!({
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay",
            "error.type": "langgraph.errors.GraphInterrupt",
        }),
    );
    stopped["status"] = json!({ "code": 2, "message": "(Interrupt(value='ok?'),)" });
    let run = [agent(1, 0, [0, 20], "a"), chat(2, 1, [1, 4], "I pay."), stopped];
    let ticket = spans(&run).into_run().ticket("1");
    let tool = ticket.trace.steps.iter().find(|step| step.name == "pay").unwrap();
    assert_eq!((tool.status, &tool.error), (StepStatus::Skipped, &None));
    assert_eq!((ticket.status, ticket.error_type), (Status::Escalated, None));
}

#[test]
fn what_the_workflow_says_wins_and_both_are_one_timeline() {
    let seen = [agent(1, 0, [100, 400], "a"), chat(2, 1, [150, 350], "Done.")];
    let seen = spans(&seen).into_run().ticket("seen");
    let second = std::time::Duration::from_secs(1);
    let mut said = Ticket::new("4711", Status::Escalated, second);
    said.executed_at = Timestamp::from_unix_nanos(1_790_000_001_000_000_000);
    said.metrics = vec![("llm_calls".into(), Metric::Int(9))];
    said.trace.output = Some(json!("mine"));
    said.trace.steps = vec![Step { id: "s1".into(), start_ms: 200.0, ..Step::default() }];
    let ticket = told(said, seen, &HashMap::new());
    assert_eq!((ticket.id.as_str(), ticket.status), ("4711", Status::Escalated));
    assert_eq!((ticket.input_tokens, ticket.model.as_deref()), (Some(10), Some("gpt-4o")));
    assert_eq!(ticket.metrics[0], ("llm_calls".into(), Metric::Int(9)));
    assert!(ticket.metrics.iter().any(|(name, _)| name == "react_iterations"));
    assert_eq!(ticket.trace.output, Some(json!("mine")));
    let steps: Vec<_> =
        ticket.trace.steps.iter().map(|step| (step.kind.as_str(), step.start_ms)).collect();
    let expected = [("react", 150.0), ("llm", 150.0), ("other", 200.0), ("message", 400.0)];
    assert_eq!(steps, expected, "on the workflow's clock");
}

#[test]
fn a_step_of_the_workflow_s_encloses_what_was_seen_in_it() {
    let tool = |id, parent, at| {
        span(
            id,
            parent,
            "SELECT",
            at,
            json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": id.to_string() }),
        )
    };
    let all = [
        agent(1, 0, [0, 90], "a"),
        tool(2, 1, [10, 20]),
        tool(3, 1, [30, 60]),
        tool(4, 3, [35, 40]),
        tool(5, 3, [45, 50]),
        tool(6, 3, [55, 58]),
        tool(7, 1, [70, 80]),
    ];
    let seen = spans(&all).into_run().ticket("seen");
    let mut said = Ticket::new("4711", Status::Success, std::time::Duration::from_millis(90));
    said.executed_at = seen.executed_at;
    let step = |id: &str, parent: Option<&str>, start_ms| Step {
        id: id.into(),
        parent_id: parent.map(Into::into),
        start_ms,
        ..Step::default()
    };
    said.trace.steps = vec![
        step("s1", None, 5.0),
        step("s2", Some("s1"), 25.0),
        step("s3", None, 44.0),
        step("s4", None, 70.5),
    ];
    // The one span in s1 alone; the next in s2, within which a step of its own is; its last one's thread
    // knew only the outer step. Of the last step nothing was told.
    let within = [(2, "s1"), (3, "s2"), (4, "s2"), (5, "s3"), (6, "s1"), (7, "s4"), (8, "gone")];
    let within = within.map(|(span, step)| (span, step.to_owned())).into();
    let ticket = told(said, seen, &within);
    let of = |name: &str| ticket.trace.steps.iter().find(|step| step.name == name).unwrap();
    let parents = ["2", "3", "4", "5", "6", "7"].map(|name| of(name).parent_id.as_deref().unwrap());
    let third = of("3").id.as_str();
    assert_eq!(parents, ["s1", "s2", third, "s3", third, "s4"]);
    assert!((of("7").start_ms - 70.5).abs() < 1e-9, "it begins with its step, on whichever clock");
}

#[test]
fn the_same_spans_in_any_order_are_the_same_ticket() {
    let all = [
        agent(1, 0, [0, 90], "a"),
        chat(2, 1, [1, 30], "one"),
        span(3, 1, "SELECT", [31, 40], json!({ "db.system": "sqlite" })),
        chat(4, 1, [41, 89], "two"),
    ];
    let first = spans(&all).into_run().ticket("1");
    let mut turned = all.to_vec();
    for _ in 0..all.len() {
        turned.rotate_left(1);
        let again = spans(&turned).into_run().ticket("1");
        assert!(again == first, "and its execution's id with it");
    }
    let twice = [&all[..], &all[..]].concat();
    assert!(spans(&twice).into_run().ticket("1") == first, "a resend changes nothing");
}

#[test]
fn former_names_are_read_where_the_present_ones_are_missing() {
    let former = json!({
        "llm.request.type": "chat", "gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.prompt_tokens": 7, "gen_ai.usage.completion_tokens": 3,
        "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Help.",
        "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "Where is order 7?",
        "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.finish_reason": "tool_calls",
        "gen_ai.completion.0.tool_calls.0.id": "call_1",
        "gen_ai.completion.0.tool_calls.0.name": "lookup_order",
        "gen_ai.completion.0.tool_calls.0.arguments": "{\"order\": 7}",
    });
    let later = json!({
        "llm.request.type": "chat", "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.prompt_tokens": 9, "gen_ai.usage.completion_tokens": 4,
        "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Where is order 7?",
        "gen_ai.prompt.1.role": "tool", "gen_ai.prompt.1.tool_call_id": "call_1",
        "gen_ai.prompt.1.content": "{\"state\": \"in transit\"}",
        "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "On its way.",
    });
    let workflow = json!({ "traceloop.span.kind": "workflow", "traceloop.entity.name": "support" });
    let all = [
        span(1, 0, "support.workflow", [0, 90], workflow),
        span(2, 1, "openai.chat", [1, 30], former),
        span(3, 1, "openai.chat", [40, 80], later),
    ];
    let ticket = spans(&all).into_run().ticket("1");
    assert_eq!((ticket.input_tokens, ticket.output_tokens), (Some(16), Some(7)));
    assert_eq!(ticket.trace.ticket, Some(json!({ "question": "Where is order 7?" })));
    assert_eq!(ticket.trace.output, Some(json!({ "response": "On its way." })));
    let tool = ticket.trace.steps.iter().find(|step| step.kind.as_str() == "tool").unwrap();
    assert_eq!((tool.name.as_str(), &tool.input), ("lookup_order", &Some(json!({ "order": 7 }))));
    assert_eq!(tool.output, Some(json!({ "state": "in transit" })));
    assert_eq!(tool.attributes["ticketlens.seen_in"], "messages", "no span is the tool's");
}

#[test]
fn a_run_that_says_no_number_has_that_of_the_request_around_it() {
    let request = |id: u8, ms: [u64; 2], number: &str| {
        span(id, 0, "POST /tickets", ms, json!({ "ticket.number": number }))
    };
    let chat_in = |id: u8, parent: u8, ms: [u64; 2]| {
        let attributes = json!({
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 5,
        });
        span(id, parent, "chat", ms, attributes)
    };
    let all = [
        request(1, [0, 50], "T-1"),
        chat_in(2, 1, [1, 20]),
        chat_in(3, 1, [21, 40]),
        request(4, [60, 90], "T-2"),
        chat_in(5, 4, [61, 80]),
    ];
    let runs = spans(&all).into_runs(&Group::by("ticket.number"));
    let found: Vec<_> = runs
        .into_iter()
        .map(|run| (run.id().unwrap().to_owned(), run.ticket("1").input_tokens))
        .collect();
    assert_eq!(found, [("T-1".to_owned(), Some(10)), ("T-2".to_owned(), Some(5))]);
}

#[test]
fn a_node_that_an_event_alone_says_was_stopped_waits_for_a_person() {
    let mut stopped = span(
        3,
        1,
        "approve",
        [5, 9],
        json!({
            "openinference.span.kind": "CHAIN", "metadata": r#"{"langgraph_node": "approve"}"#,
        }),
    );
    stopped["status"] = json!({ "code": 1 });
    let class = json!({ "stringValue": "langgraph.errors.GraphInterrupt" });
    stopped["events"] = json!([{ "name": "exception", "attributes": [{ "key": "exception.type", "value": class }] }]);
    let run = [agent(1, 0, [0, 10], "a"), chat(2, 1, [1, 4], "I ask."), stopped];
    let ticket = spans(&run).into_run().ticket("1");
    let node = ticket.trace.steps.iter().find(|step| step.name == "approve").unwrap();
    assert_eq!((node.status, ticket.status), (StepStatus::Skipped, Status::Escalated));
}

#[test]
fn ids_may_be_in_base64_as_protobufs_own_json_has_them() {
    let mut one = chat(3, 0, [0, 5], "one");
    one["traceId"] = "W47//3mAOBA9Jpsmn4Yyxg==".into();
    one["spanId"] = "7uGbfsPBsXQ=".into();
    let ticket = spans(&[one]).into_run().ticket("1");
    assert_eq!(ticket.trace.steps.len(), 3, "a turn, the call, the answer");
    assert_eq!(ticket.span.unwrap().span_id, [0xee, 0xe1, 0x9b, 0x7e, 0xc3, 0xc1, 0xb1, 0x74]);
}
