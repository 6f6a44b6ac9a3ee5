//! Recorded spans become tickets, seen before a line of anybody's code is changed.

use std::fs;

use serde_json::{Value, json};

use crate::dev::call;

/// A span with attributes that are texts or whole numbers.
fn span(id: u32, parent: u32, name: &str, ms: [u64; 2], attributes: &[(&str, Value)]) -> Value {
    let attributes = attributes.iter().map(|(key, value)| match value {
        Value::String(text) => json!({ "key": key, "value": { "stringValue": text } }),
        number => json!({ "key": key, "value": { "intValue": number.to_string() } }),
    });
    let mut span = json!({
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": format!("{id:016x}"), "name": name,
        "startTimeUnixNano": (1_790_000_000_000 + ms[0]).to_string() + "000000",
        "endTimeUnixNano": (1_790_000_000_000 + ms[1]).to_string() + "000000",
        "attributes": attributes.collect::<Vec<_>>(),
    });
    if parent > 0 {
        span["parentSpanId"] = format!("{parent:016x}").into();
    }
    span
}

fn request(spans: &[Value]) -> Value {
    let service = json!([{ "key": "service.name", "value": { "stringValue": "order-agent" } }]);
    json!({ "resourceSpans": [{
        "resource": { "attributes": service }, "scopeSpans": [{ "spans": spans }]
    }] })
}

/// An agent asks a model, looks an order up, and answers.
fn agent_run() -> Value {
    let told =
        r#"[{"role": "user", "parts": [{"type": "text", "content": "Mail ada@example.com"}]}]"#;
    let called = r#"[{"role": "assistant", "parts": [{"type": "tool_call", "id": "call_0123456789ab",
        "name": "lookup_order", "arguments": {"order": 7}}]}]"#;
    let said =
        r#"[{"role": "assistant", "parts": [{"type": "text", "content": "It is in transit."}]}]"#;
    let operation = |name: &str| ("gen_ai.operation.name", json!(name));
    let model = ("gen_ai.request.model", json!("gpt-4o"));
    request(&[
        span(
            1,
            0,
            "invoke_agent helper",
            [0, 900],
            &[
                operation("invoke_agent"),
                ("gen_ai.agent.name", json!("helper")),
                ("gen_ai.conversation.id", json!("conv-1")),
                ("ticket.id", json!("4711")),
            ],
        ),
        span(
            2,
            1,
            "chat gpt-4o",
            [10, 300],
            &[
                operation("chat"),
                model.clone(),
                ("gen_ai.usage.input_tokens", json!(12)),
                ("gen_ai.usage.output_tokens", json!(3)),
                ("gen_ai.input.messages", json!(told)),
                ("gen_ai.output.messages", json!(called)),
            ],
        ),
        span(
            3,
            1,
            "execute_tool lookup_order",
            [310, 400],
            &[
                operation("execute_tool"),
                ("gen_ai.tool.name", json!("lookup_order")),
                ("gen_ai.tool.call.id", json!("call_0123456789ab")),
                ("gen_ai.tool.call.result", json!(r#"{"state": "in transit"}"#)),
            ],
        ),
        span(4, 3, "SELECT orders", [320, 330], &[("db.system", json!("postgresql"))]),
        span(
            5,
            1,
            "chat gpt-4o",
            [410, 890],
            &[
                operation("chat"),
                model,
                ("gen_ai.usage.input_tokens", json!(20)),
                ("gen_ai.usage.output_tokens", json!(6)),
                ("gen_ai.output.messages", json!(said)),
            ],
        ),
    ])
}

#[test]
fn spans_become_ticket_logs_that_can_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let web = span(9, 0, "GET /health", [0, 1], &[("http.route", json!("/health"))]);
    let mut other = web.clone();
    other["traceId"] = "00000000000000000000000000000001".into();
    let lines = format!("{}\n{}\n", agent_run(), request(&[other]));
    fs::write(folder.path().join("traces.json"), lines).unwrap();

    let made = call(folder.path(), &["spans", "traces.json"]).ended(0);
    let [ticket] = &made.json_lines()[..] else { panic!("one ticket: {}", made.out) };
    assert_eq!((&ticket["ticket_id"], &ticket["status"]), (&json!("conv-1"), &json!("SUCCESS")));
    assert_eq!((&ticket["input_tokens"], &ticket["output_tokens"]), (&json!(32), &json!(9)));
    let steps = ticket["trace"]["steps"].as_array().unwrap();
    let shown: Vec<_> =
        steps.iter().map(|s| [&s["kind"], &s["name"]].map(|v| v.as_str().unwrap())).collect();
    assert_eq!(
        shown,
        [
            ["message", "user"],
            ["react", "iteration 1"],
            ["llm", "gpt-4o"],
            ["tool", "lookup_order"],
            ["other", "SELECT orders"],
            ["react", "iteration 2"],
            ["llm", "gpt-4o"],
            ["message", "assistant"],
        ]
    );
    assert!(made.err.contains("1 ticket of 5 spans"), "{}", made.err);
    assert!(made.err.contains("belong to no run of an agent: 1 span"), "{}", made.err);

    let named =
        call(folder.path(), &["spans", "traces.json", "--ticket-id-from", "ticket.id"]).ended(0);
    assert_eq!(named.json_lines()[0]["ticket_id"], "4711");
    let unnamed =
        call(folder.path(), &["spans", "traces.json", "--ticket-id-from", "nowhere"]).ended(0);
    assert!(
        unnamed.err.contains("without nowhere, and called by the trace's id instead: 1 ticket")
    );

    fs::write(folder.path().join("runs.jsonl"), &made.out).unwrap();
    let redacted =
        call(folder.path(), &["redact", "runs.jsonl", "--hash-key", "0123456789abcdef"]).ended(0);
    assert!(redacted.out.contains("1 ticket"), "{}", redacted.out);
    assert!(!redacted.err.contains("did you mean"), "every field is known: {}", redacted.err);
}

#[test]
fn a_tickets_page_shows_what_would_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("traces.json"), agent_run().to_string()).unwrap();
    let page = call(folder.path(), &["spans", "traces.json", "--show"]).ended(0);
    for part in
        ["Ticket conv-1 · SUCCESS", "Mail [email]", "lookup_order", "It is in transit.", "helper"]
    {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
    assert!(!page.out.contains("ada@example.com"), "{}", page.out);
}

#[test]
fn what_is_no_otlp_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, says) in [
        ("empty", "", "it is empty"),
        ("text", "hello", "expected value"),
        ("logs", r#"{"a": 1}"#, "no resourceSpans and no resourceLogs"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
        let refused = call(folder.path(), &["spans", name]).ended(2);
        assert!(
            refused.err.contains(&format!("{name} holds no OTLP traces or logs")),
            "{}",
            refused.err
        );
        assert!(refused.err.contains(says), "{}", refused.err);
    }
    fs::write(folder.path().join("web"), request(&[span(1, 0, "GET /", [0, 1], &[])]).to_string())
        .unwrap();
    let none = call(folder.path(), &["spans", "web"]).ended(3);
    assert!(none.err.contains("none of the 1 spans in web is an agent's"), "{}", none.err);
}
