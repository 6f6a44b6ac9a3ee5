//! Recorded spans become tickets, seen before a line of anybody's code is changed.

use std::fs;

use serde_json::json;

use crate::dev::call;

/// The run of an agent that looks an order up, and a span of something else.
const RUN: &str = include_str!("../../../../examples/spans.json");

/// A request with one span that no agent's is.
fn web() -> String {
    RUN.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn spans_become_ticket_logs_that_can_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("traces.json"), RUN).unwrap();

    let made = call(folder.path(), &["spans", "traces.json"]).ended(0);
    let [ticket] = &made.json_lines()[..] else { panic!("one ticket: {}", made.out) };
    assert_eq!((&ticket["ticket_id"], &ticket["status"]), (&json!("conv-1"), &json!("SUCCESS")));
    assert_eq!((&ticket["input_tokens"], &ticket["output_tokens"]), (&json!(952), &json!(64)));
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
    fs::write(folder.path().join("traces.json"), RUN).unwrap();
    let page = call(folder.path(), &["spans", "traces.json", "--show"]).ended(0);
    for part in
        ["Ticket conv-1 · SUCCESS", "([email])", "lookup_order", "arrives tomorrow", "order-helper"]
    {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
    assert!(!page.out.contains("amelia@example.com"), "{}", page.out);
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
    fs::write(folder.path().join("web"), web()).unwrap();
    let none = call(folder.path(), &["spans", "web"]).ended(3);
    assert!(none.err.contains("no agent's run in the 1 span of web"), "{}", none.err);
}
