//! Runs as they can happen and were not recorded, made by hand: each says what it is and what its
//! ticket has to tell.
#![expect(clippy::unwrap_used, reason = "a request that can't be read ends it")]

#[path = "runs_by_hand/made.rs"]
mod made;

use made::{Made, agent, asked, calls, chat, lines, of, said, span, ticket, tool};
use serde_json::{Value, json};
use ticketlens_spans::Spans;
use ticketlens_ticket::Status;

#[test]
fn a_failed_call_and_its_retry() {
    let ticket = ticket(vec![
        asked(agent(1, 0, [0, 100], "a"), "q"),
        chat(2, 1, [1, 10]).failed("openai.RateLimitError", "429"),
        said(chat(3, 1, [20, 30]), "done").with("gen_ai.usage.input_tokens", 7),
    ]);
    assert_eq!(ticket.status, Status::Success);
    assert_eq!(ticket.input_tokens, Some(7));
    assert_eq!(
        lines(&ticket, &["llm"]),
        ["llm gpt-4o in iteration 1 Error", "llm gpt-4o in iteration 1 Ok"]
    );
}

/// The client's instrumentation shows each attempt, the framework's the call around them.
#[test]
fn a_retry_within_a_call_that_answered() {
    let outer = said(chat(2, 1, [1, 30]), "done");
    let ticket = of(vec![
        ("framework", vec![agent(1, 0, [0, 100], "a"), outer]),
        (
            "client",
            vec![
                chat(3, 2, [2, 10]).failed("openai.RateLimitError", "429"),
                chat(4, 2, [12, 29]).with("gen_ai.usage.input_tokens", 7),
            ],
        ),
    ]);
    let ticket = ticket.into_run().ticket("4711");
    assert_eq!(lines(&ticket, &["llm"]), ["llm gpt-4o in iteration 1 Ok"]);
    assert_eq!((ticket.status, ticket.input_tokens), (Status::Success, Some(7)));
}

#[test]
fn tools_of_one_name_without_ids_that_the_model_is_not_seen_to_call() {
    let result =
        |id, time, text: &str| tool(id, 1, time, "search").with("gen_ai.tool.call.result", text);
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "a"),
        calls(chat(2, 1, [1, 10]), &[(None, "search", json!({ "q": 1 }))]),
        result(3, [11, 20], "one"),
        // What it said was dropped by a limit.
        chat(4, 1, [21, 30]),
        result(5, [31, 40], "two"),
        said(chat(6, 1, [41, 50]), "done"),
    ]);
    let tools = ticket.trace.steps.iter().filter(|step| step.kind.as_str() == "tool");
    let outputs: Vec<_> = tools.map(|step| step.output.clone().unwrap()).collect();
    assert_eq!(outputs, ["one", "two"]);
}

#[test]
fn tools_at_once_with_equal_names_and_arguments() {
    let call = (None, "search", json!({ "q": 1 }));
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "a"),
        calls(chat(2, 1, [1, 10]), &[call.clone(), call.clone(), call]),
        tool(3, 1, [11, 20], "search").with("gen_ai.tool.call.arguments", json!({ "q": 1 })),
        tool(4, 1, [11, 20], "search").with("gen_ai.tool.call.arguments", json!({ "q": 1 })),
        tool(5, 1, [11, 20], "search").with("gen_ai.tool.call.arguments", json!({ "q": 1 })),
        said(chat(6, 1, [41, 50]), "done"),
    ]);
    assert_eq!(lines(&ticket, &["tool"]), ["tool search in iteration 1 Ok"; 3]);
}

/// A second instrumentation, whose tools have no ids, sees the same two.
#[test]
fn tools_at_once_seen_by_two_instrumentations() {
    let result =
        |id, time, text: &str| tool(id, 0, time, "search").with("gen_ai.tool.call.result", text);
    let ticket = of(vec![
        (
            "one",
            vec![
                agent(1, 0, [0, 100], "a"),
                tool(3, 1, [10, 30], "search").with("gen_ai.tool.call.id", "call_1"),
                tool(4, 1, [10, 30], "search").with("gen_ai.tool.call.id", "call_2"),
            ],
        ),
        ("two", vec![result(13, [11, 28], "x"), result(14, [11, 29], "y")]),
    ]);
    let ticket = ticket.into_run().ticket("4711");
    let tools: Vec<_> =
        ticket.trace.steps.iter().filter(|step| step.kind.as_str() == "tool").collect();
    let mut outputs: Vec<_> =
        tools.iter().map(|step| step.output.clone().unwrap_or_default()).collect();
    outputs.sort_by_key(Value::to_string);
    assert_eq!(outputs, ["x", "y"]);
}

#[test]
fn agents_three_deep_and_one_of_them_twice() {
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "front"),
        calls(chat(2, 1, [1, 5]), &[(Some("c1"), "ask_back", json!({}))]),
        tool(3, 1, [6, 40], "ask_back").with("gen_ai.tool.call.id", "c1"),
        agent(4, 3, [7, 39], "back"),
        calls(chat(5, 4, [8, 10]), &[(Some("c2"), "ask_desk", json!({}))]),
        tool(6, 4, [11, 30], "ask_desk").with("gen_ai.tool.call.id", "c2"),
        agent(7, 6, [12, 29], "desk"),
        said(chat(8, 7, [13, 28]), "deep"),
        said(chat(9, 4, [31, 38]), "middle"),
        calls(chat(10, 1, [41, 45]), &[(Some("c3"), "ask_back", json!({}))]),
        tool(11, 1, [46, 60], "ask_back").with("gen_ai.tool.call.id", "c3"),
        agent(12, 11, [47, 59], "back"),
        said(chat(13, 12, [48, 58]), "again"),
        said(chat(14, 1, [61, 70]), "front answers"),
    ]);
    assert_eq!(ticket.trace.output, Some(json!({ "response": "front answers" })));
    assert_eq!(
        lines(&ticket, &["react", "tool"]),
        [
            "react iteration 1 in - Ok",
            "tool ask_back in iteration 1 Ok",
            "react iteration 1 in ask_back Ok",
            "tool ask_desk in iteration 1 Ok",
            "react iteration 1 in ask_desk Ok",
            "react iteration 2 in ask_back Ok",
            "react iteration 2 in - Ok",
            "tool ask_back in iteration 2 Ok",
            "react iteration 1 in ask_back Ok",
            "react iteration 3 in - Ok",
        ]
    );
}

#[test]
fn sub_agents_at_once() {
    let both = [(Some("c1"), "ask", json!({ "n": 1 })), (Some("c2"), "ask", json!({ "n": 2 }))];
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "front"),
        calls(chat(2, 1, [1, 5]), &both),
        tool(3, 1, [6, 40], "ask").with("gen_ai.tool.call.id", "c1"),
        tool(4, 1, [6, 40], "ask").with("gen_ai.tool.call.id", "c2"),
        agent(5, 3, [7, 39], "back"),
        agent(6, 4, [7, 39], "back"),
        said(chat(7, 5, [8, 30]), "one"),
        said(chat(8, 6, [8, 30]), "two"),
        said(chat(9, 1, [41, 50]), "done"),
    ]);
    assert_eq!(
        lines(&ticket, &["react"]),
        [
            "react iteration 1 in - Ok",
            "react iteration 1 in ask Ok",
            "react iteration 1 in ask Ok",
            "react iteration 2 in - Ok"
        ]
    );
}

#[test]
fn another_model_after_the_first_failed() {
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "a"),
        chat(2, 1, [1, 10]).failed("openai.InternalServerError", "500"),
        said(span(3, 1, [11, 20]).with("gen_ai.operation.name", "chat"), "done")
            .with("gen_ai.request.model", "claude"),
    ]);
    assert_eq!(ticket.status, Status::Success);
    assert_eq!(ticket.error_type, None);
}

/// Each of these is a step of its own, and none of them a model call.
#[test]
fn embeddings_rerankers_and_guardrails() {
    let of_kind =
        |id, kind: &str| span(id, 1, [10, 20]).named(kind).with("openinference.span.kind", kind);
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "a"),
        of_kind(2, "EMBEDDING"),
        of_kind(3, "RERANKER"),
        of_kind(4, "GUARDRAIL"),
        of_kind(5, "EVALUATOR"),
        span(6, 1, [21, 30]).named("embeddings e").with("gen_ai.operation.name", "embeddings"),
        said(chat(7, 1, [31, 40]), "done"),
    ]);
    let kinds: Vec<_> = ticket.trace.steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "other").count(), 5);
    assert_eq!(kinds.iter().filter(|kind| **kind == "llm").count(), 1);
}

/// An MCP client's span within the tool's is how the call travels, and its server's beside it.
#[test]
fn a_tool_of_another_server() {
    let mcp = span(4, 3, [12, 19])
        .named("tools/call search")
        .with("mcp.method.name", "tools/call")
        .with("gen_ai.operation.name", "execute_tool")
        .with("gen_ai.tool.name", "search");
    let ticket = of(vec![
        (
            "framework",
            vec![
                agent(1, 0, [0, 100], "a"),
                calls(chat(2, 1, [1, 10]), &[(Some("c1"), "search", json!({}))]),
                tool(3, 1, [11, 20], "search").with("gen_ai.tool.call.id", "c1"),
                said(chat(6, 1, [31, 40]), "done"),
            ],
        ),
        ("mcp", vec![mcp]),
    ]);
    let ticket = ticket.into_run().ticket("4711");
    assert_eq!(lines(&ticket, &["tool"]), ["tool search in iteration 1 Ok"]);
}

/// The tool's id is cut with the text it stands in, the call's is not.
#[test]
fn an_id_that_a_limit_has_cut() {
    let whole = "call_0b79ebf45e94fc8a9793ae0b";
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "a"),
        calls(chat(2, 1, [1, 10]), &[(Some(whole), "search", json!({ "q": 1 }))]),
        tool(3, 1, [11, 20], "search").with("gen_ai.tool.call.id", &whole[..12]),
        said(chat(4, 1, [21, 30]), "done"),
    ]);
    assert_eq!(lines(&ticket, &["tool"]), ["tool search in iteration 1 Ok"]);
}

/// A graph's span is no node only because a web request's is around it.
#[test]
fn a_graph_within_a_request_of_the_web() {
    let chain = |id, parent, time, name: &str| {
        span(id, parent, time).named(name).with("openinference.span.kind", "CHAIN")
    };
    let node = |id, time, name: &str| {
        chain(id, 2, time, name).with("metadata", json!({ "langgraph_node": name }))
    };
    let ticket = of(vec![
        ("fastapi", vec![span(1, 0, [0, 100]).named("POST /ask")]),
        (
            "openinference.instrumentation.langchain",
            vec![
                chain(2, 1, [1, 90], "kb_graph"),
                node(3, [2, 10], "retrieve"),
                node(4, [11, 80], "answer"),
            ],
        ),
    ]);
    let ticket = ticket.into_run().ticket("4711");
    assert_eq!(
        lines(&ticket, &["node", "other"]),
        ["node retrieve in - Ok", "node answer in - Ok"]
    );
}

/// Both show the node, the failed call in it and its tool; neither is told twice.
#[test]
fn nodes_and_failed_calls_seen_by_two_instrumentations() {
    let of_one = |base: u64| {
        let at = |from: u64, to: u64| [from + base / 10, to - base / 10];
        vec![
            agent(base + 1, 0, at(0, 100), "a"),
            span(base + 2, base + 1, at(5, 90))
                .with("gen_ai.operation.name", "execute_task")
                .with("gen_ai.task.name", "model"),
            chat(base + 3, base + 2, at(10, 80)).failed("openai.InternalServerError", "500"),
        ]
    };
    let ticket = of(vec![("one", of_one(0)), ("two", of_one(10))]).into_run().ticket("4711");
    assert_eq!(
        lines(&ticket, &["node", "llm"]),
        ["node model in iteration 1 Ok", "llm gpt-4o in model Error"]
    );
}

/// The same, of an instrumentation that no one has seen to write marks.
#[test]
fn an_answer_that_is_a_mark_is_no_word() {
    let model = span(2, 1, [1, 10])
        .with("ai.operationId", "ai.generateText.doGenerate")
        .with("ai.response.text", "__REDACTED__")
        .failed("ValueError", "no account of Marisol Achterberg");
    let told =
        serde_json::to_string(&ticket(vec![agent(1, 0, [0, 30], "a"), model]).trace).unwrap();
    assert!(!told.contains("Marisol"), "{told}");
}

/// The agent that a tool starts belongs to the tool that stays of the two.
#[test]
fn an_agent_within_a_tool_seen_by_two_instrumentations() {
    let of_one = |base: u64| {
        let at = |from: u64, to: u64| [from + base / 10, to - base / 10];
        vec![
            asked(agent(base + 1, 0, at(0, 100), "front"), "outer"),
            tool(base + 2, base + 1, at(10, 90), "ask").with("gen_ai.tool.call.id", "c1"),
            asked(agent(base + 3, base + 2, at(15, 85), "back"), "inner"),
        ]
    };
    let ticket = of(vec![("one", of_one(0)), ("two", of_one(10))]).into_run().ticket("4711");
    assert_eq!(lines(&ticket, &["message", "tool"]), ["message user in - Ok", "tool ask in - Ok"]);
}

#[test]
fn a_function_of_the_application_between_agent_and_tool() {
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "a"),
        calls(chat(2, 1, [1, 10]), &[(Some("c1"), "search", json!({}))]),
        span(3, 1, [11, 25]).named("with_timeout"),
        tool(4, 3, [12, 20], "search").with("gen_ai.tool.call.id", "c1"),
        said(chat(6, 1, [31, 40]), "done"),
    ]);
    assert_eq!(
        lines(&ticket, &["other", "tool"]),
        ["other with_timeout in iteration 1 Ok", "tool search in with_timeout Ok"]
    );
}

#[test]
fn times_that_are_none() {
    let mut backwards = tool(3, 1, [20, 11], "search");
    let mut timeless = tool(4, 1, [0, 0], "search");
    timeless.0["startTimeUnixNano"] = "0".into();
    timeless.0["endTimeUnixNano"] = Value::Null;
    backwards.0["kind"] = "SPAN_KIND_INTERNAL".into();
    let ticket = ticket(vec![
        agent(1, 0, [0, 100], "a"),
        said(chat(2, 1, [1, 10]), "x"),
        backwards,
        timeless,
    ]);
    assert_eq!(ticket.duration.as_millis(), 100);
    assert!(
        ticket.trace.steps.iter().all(|step| step.start_ms <= 100.0 && step.duration_ms <= 100.0)
    );
}

#[test]
fn a_resent_span_keeps_what_its_log_records_say() {
    let mut spans = of(vec![("s", vec![chat(2, 0, [1, 5])])]);
    let record = json!({
        "traceId": format!("{:032x}", 1), "spanId": format!("{:016x}", 2),
        "observedTimeUnixNano": "1790000000000000001", "eventName": "gen_ai.user.message",
        "body": { "kvlistValue": { "values": [
            { "key": "content", "value": { "stringValue": "where is it?" } }
        ] } },
    });
    let logs = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] });
    for _ in 0..2 {
        spans.add_json(&logs).unwrap();
    }
    let again = chat(2, 0, [1, 10]).0;
    let scope = json!({ "scope": { "name": "s" }, "spans": [again] });
    spans.add_json(&json!({ "resourceSpans": [{ "scopeSpans": [scope] }] })).unwrap();
    let ticket = spans.into_run().ticket("4711");
    let model = ticket.trace.steps.iter().find(|step| step.kind.as_str() == "llm").unwrap();
    assert_eq!(model.input, Some(json!([{ "role": "user", "content": "where is it?" }])));
    assert_eq!(model.duration_ms.to_string(), "9");
}

/// OpenInference with `OPENINFERENCE_HIDE_INPUT_TEXT`: roles, names and ids are there, words are not.
#[test]
fn an_error_is_silent_where_marks_stand_for_words() {
    let mark = "__REDACTED__";
    let model = span(2, 1, [1, 10])
        .with("openinference.span.kind", "LLM")
        .with("llm.input_messages.0.message.role", "user")
        .with("llm.input_messages.0.message.content", mark)
        .with("llm.output_messages.0.message.role", "assistant")
        .with("llm.output_messages.0.message.content", mark)
        .with("llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "refund")
        .with("llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", mark)
        .with("llm.output_messages.0.message.tool_calls.0.tool_call.id", "c1");
    let tool = span(3, 1, [11, 20])
        .with("openinference.span.kind", "TOOL")
        .with("tool.name", "refund")
        .with("input.value", mark)
        .failed("ValueError", "no account of Marisol Achterberg");
    let agent = span(1, 0, [0, 30]).with("openinference.span.kind", "AGENT");
    let ticket = ticket(vec![agent, model, tool]);
    let told = serde_json::to_string(&ticket.trace).unwrap();
    assert!(!told.contains("Marisol") && !told.contains(mark), "{told}");
    assert!(told.contains("ValueError"), "{told}");
}

#[test]
fn attributes_of_other_types_than_they_should_be() {
    let number = |made: Made, key: &str| made.with(key, 7);
    let mut odd = chat(2, 1, [1, 10]);
    for key in [
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.agent.name",
        "gen_ai.conversation.id",
        "gen_ai.response.finish_reasons",
        "error.type",
        "user.id",
        "metadata",
    ] {
        odd = number(odd, key);
    }
    let odd = odd.with("gen_ai.usage.input_tokens", "12").with("gen_ai.usage.output_tokens", "x");
    let ticket = ticket(vec![agent(1, 0, [0, 100], "a"), odd]);
    assert_eq!((ticket.input_tokens, ticket.output_tokens), (Some(12), None));
    assert_eq!(ticket.status, Status::Success);
}

#[test]
fn double_numbers_that_json_has_none_for() {
    let mut spans = Spans::new();
    let pair = |value: Value| json!({ "key": "k", "value": value });
    for value in [
        json!({ "doubleValue": "NaN" }),
        json!({ "doubleValue": { "huge": ["x"] } }),
        json!({ "intValue": ["x"] }),
        json!({ "boolValue": "true" }),
    ] {
        let span = json!({ "spanId": "0000000000000002", "attributes": [pair(value)] });
        let request = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] });
        spans.add_json(&request).unwrap();
    }
    let ticket = spans.into_run().ticket("4711");
    assert!(ticket.trace.steps.iter().all(|step| step.attributes["k"].is_null()));
}
