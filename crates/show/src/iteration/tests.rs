#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::{moment::moments, parts::Parts};

fn shown(trace: &Value, full: bool) -> String {
    let mut out = String::new();
    let view = View { width: 72, full, now: jiff::Timestamp::UNIX_EPOCH };
    let mut parts = Parts::of(trace.as_object().unwrap());
    iterations(&mut out, view, &moments(&mut parts), &[]);
    anstream::adapter::strip_str(&out).to_string()
}

#[test]
fn an_iteration_shows_thought_action_and_observation() {
    let trace = json!({ "steps": [
        { "id": "a", "kind": "react", "name": "agent", "iteration": 1, "duration_ms": 1081,
          "status": "OK", "thought": "I need the order.", "action": "lookup_order",
          "action_input": { "order": "A-17" } },
        { "id": "b", "parent_id": "a", "kind": "tool", "name": "lookup_order", "iteration": 1,
          "duration_ms": 222, "status": "ERROR", "input": { "order": "A-17" },
          "error": { "type": "Timeout", "message": "no answer in 200 ms", "stack": "at a\nat b" } },
        { "id": "c", "kind": "retrieval", "name": "kb", "input": "returns", "status": "OK",
          "output": [ { "score": 0.91, "title": "Returns", "text": "30 days" }, { "score": 0.4, "id": "kb-2" } ] },
    ]});
    insta::assert_snapshot!(shown(&trace, false));
}

#[test]
fn json_in_a_string_is_laid_out_when_all_is_shown() {
    let trace =
        json!({ "steps": [{ "kind": "tool", "name": "t", "output": "{\"a\":{\"b\":1}}" }] });
    assert!(shown(&trace, true).contains("\"b\": 1\n"), "{}", shown(&trace, true));
}

#[test]
fn a_hostile_trace_moves_nothing_on_the_terminal() {
    let evil = "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}1A\r";
    let trace = json!({ "steps": [
        { "id": evil, "kind": evil, "name": evil, "status": evil, "action": evil,
          "action_input": { evil: evil }, "input": evil, "output": evil, "thought": evil,
          "error": { "type": evil, "message": evil, "stack": evil }, "attributes": { evil: evil } },
        { "kind": "retrieval", "output": [{ "title": evil, "text": evil }] },
        { "kind": "tool", "error": evil },
    ]});
    for full in [false, true] {
        let text = shown(&trace, full);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(text.contains("\\u{1b}[2J"), "{text}");
    }
}
