//! Everything that was sent is on the page, and the page keeps to the terminal, whatever it is.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};
use ticketlens_api::{Feedback, GetTicketResponse, Step, TicketSummary};
use unicode_width::UnicodeWidthStr;

use super::page;
use crate::{View, safe};

const WIDTHS: [usize; 5] = [40, 60, 80, 112, 200];

/// Keys the page has words of its own for, somewhere.
const UNDERSTOOD: &[&str] = &[
    "_id",
    "_score",
    "_source",
    "action",
    "action_input",
    "answer",
    "arguments",
    "attributes",
    "content",
    "conversation",
    "doc_id",
    "document",
    "documents",
    "duration_ms",
    "error",
    "errors",
    "file",
    "hits",
    "id",
    "input",
    "iteration",
    "kind",
    "message",
    "messages",
    "metadata",
    "name",
    "observation",
    "output",
    "page_content",
    "parent_id",
    "path",
    "planning",
    "query",
    "react",
    "response",
    "result",
    "retrieval",
    "role",
    "score",
    "similarity",
    "source",
    "stack",
    "start_ms",
    "status",
    "steps",
    "text",
    "thought",
    "ticket",
    "title",
    "tool",
    "tool_calls",
    "type",
];
const KINDS: &[&str] = &["node", "react", "llm", "tool", "retrieval", "message", "Tool", "custom"];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,8}( [a-z]{1,8}){0,12}",
        2 => ".{0,30}",
        2 => "(?s).{0,12}",
        1 => "[a-zA-Z0-9/_.:-]{0,120}",
        1 => "[日本語❤️👍🏽e\u{301}\u{200d}\u{600} ]{0,60}",
        1 => select(vec!["", " ", "\n", "OK", "none", "{\"a\": \"b\"}", "[\"x\", {}]", "{not json"])
            .prop_map(str::to_owned),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => select(UNDERSTOOD).prop_map(str::to_owned),
        2 => "[a-zA-Z_.]{1,14}",
        1 => ".{0,40}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((key(), inner), 0..6).prop_map(object),
        ]
    })
}

fn object(entries: Vec<(String, Value)>) -> Value {
    Value::Object(entries.into_iter().collect())
}

fn step() -> impl Strategy<Value = Value> {
    (select(KINDS), vec((key(), value()), 0..7)).prop_map(|(kind, entries)| {
        let mut step: Map<_, _> = [("kind".to_owned(), kind.into())].into_iter().collect();
        step.extend(entries);
        step.into()
    })
}

fn trace() -> impl Strategy<Value = Value> {
    let list = prop_oneof![3 => step(), 1 => value()];
    let lists = select(vec!["steps", "react", "tool_calls", "retrieval", "messages", "errors"]);
    (vec((key(), value()), 0..5), vec((lists, vec(list, 0..4)), 0..3)).prop_map(|(other, lists)| {
        let lists = lists.into_iter().map(|(key, list)| (key.to_owned(), list.into()));
        object(other.into_iter().chain(lists).collect())
    })
}

fn ticket(trace_json: String) -> GetTicketResponse {
    GetTicketResponse { trace_json, ..GetTicketResponse::default() }
}

fn shown(ticket: &GetTicketResponse, width: usize, full: bool) -> String {
    let view = View { width, full, now: jiff::Timestamp::UNIX_EPOCH };
    anstream::adapter::strip_str(&page(ticket, view)).to_string()
}

/// Without blanks: wrapped or not, indented or not.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a text is on a squeezed page: as it is, on one line, or within JSON.
fn is_on(page: &str, text: &str) -> bool {
    let json = Value::from(text).to_string();
    let forms = [safe::block(text), safe::line(text), safe::block(&json[1..json.len() - 1])];
    forms.iter().any(|form| page.contains(&squeezed(form)))
}

/// What of a value is not on the page.
fn missing(page: &str, value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if is_on(page, text) => vec![],
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(|item| missing(page, item)).collect(),
        Value::Object(map) => {
            map.iter().flat_map(|(key, value)| missing_of(page, key, value)).collect()
        }
        _ => vec![],
    }
}

fn missing_of(page: &str, key: &str, value: &Value) -> Vec<String> {
    // These two have a picture or a word of their own.
    let is_drawn = match (key, value) {
        ("status", Value::String(status)) => status == "OK",
        ("kind", Value::String(kind)) => KINDS.contains(&kind.to_lowercase().as_str()),
        _ => false,
    };
    let mut missing = if is_drawn { vec![] } else { missing(page, value) };
    if !UNDERSTOOD.contains(&key) && !is_on(page, key) {
        missing.push(format!("the key {key}"));
    }
    missing
}

fn check_widths(ticket: &GetTicketResponse) -> Result<(), TestCaseError> {
    for width in WIDTHS {
        for full in [false, true] {
            for line in shown(ticket, width, full).lines() {
                prop_assert!(line.width() <= width, "{width}, full {full}: {line:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn everything_in_a_trace_is_on_the_full_page(trace in trace(), width in select(WIDTHS.to_vec())) {
        let page = shown(&ticket(trace.to_string()), width, true);
        let missing = missing(&squeezed(&page), &trace);
        prop_assert!(missing.is_empty(), "{missing:?} of {trace} is not on\n{page}");
    }

    #[test]
    fn what_is_not_understood_is_named_without_full(
        names in vec("x[a-z_]{3,10}", 1..8), value in value(), at in 0usize..4,
    ) {
        prop_assume!(!value.is_null());
        let unknown = object(names.iter().map(|name| (name.clone(), value.clone())).collect());
        let trace = match at {
            0 => unknown,
            1 => json!({ "steps": [unknown] }),
            2 => json!({ "ticket": unknown }),
            _ => json!({ "messages": [{ "content": "hi" }], "tool_calls": unknown }),
        };
        let page = shown(&ticket(trace.to_string()), 80, false);
        for name in &names {
            prop_assert!(page.contains(name.as_str()), "{name} of {trace} is not on\n{page}");
        }
    }

    #[test]
    fn a_trace_of_any_other_shape_is_on_the_full_page(trace in value()) {
        let page = shown(&ticket(trace.to_string()), 80, true);
        let missing = missing(&squeezed(&page), &trace);
        prop_assert!(missing.is_empty(), "{missing:?} of {trace} is not on\n{page}");
    }

    #[test]
    fn a_trace_that_can_not_be_read_is_on_the_full_page(raw in text()) {
        prop_assume!(serde_json::from_str::<Value>(&raw).is_err());
        let page = shown(&ticket(raw.clone()), 80, true);
        prop_assert!(is_on(&squeezed(&page), &raw), "{page}");
    }

    #[test]
    fn everything_around_a_trace_is_on_the_full_page(
        texts in vec("[^ \\PC]{0,100}|[a-z ]{0,100}", 31), measure in any::<f64>(),
    ) {
        let full = around(&texts, measure);
        let page = squeezed(&shown(&full, 80, true));
        for text in &texts {
            prop_assert!(is_on(&page, text), "{text:?} is not on\n{page}");
        }
        check_widths(&full)?;
    }

    #[test]
    fn no_line_is_wider_than_the_terminal(trace in trace(), steps in vec(stored(), 0..4)) {
        check_widths(&GetTicketResponse { steps, steps_beyond: 3, ..ticket(trace.to_string()) })?;
    }
}

fn stored() -> impl Strategy<Value = Step> {
    let texts = [text(), text(), text()];
    let ids = (select(vec!["", "a", "b"]), select(vec!["", "a", "b"]));
    let status = select(vec!["OK", "ERROR", "SKIPPED"]);
    (texts, ids, status, any::<[f64; 2]>(), any::<Option<u32>>()).prop_map(
        |([kind, name, error_type], (id, parent), status, [start_ms, duration_ms], iteration)| {
            Step {
                id: id.into(),
                parent_id: parent.into(),
                status: status.into(),
                kind,
                name,
                error_type,
                start_ms,
                duration_ms,
                iteration,
            }
        },
    )
}

/// A ticket with these texts in every place that has one.
fn around(texts: &[String], measure: f64) -> GetTicketResponse {
    let mut texts = texts.iter().cloned();
    let mut next = || texts.next().unwrap();
    let summary = TicketSummary {
        tenant: next(),
        ticket_id: next(),
        execution_id: next(),
        status: next(),
        category: next(),
        workflow: next(),
        workflow_version: next(),
        environment: next(),
        error_type: next(),
        capture: next(),
        customer: next(),
        model: next(),
        trace_id: next(),
        span_id: next(),
        instance_id: next(),
        metrics: HashMap::from([(next(), measure)]),
        redactions: 7,
        redactions_by: (0..6).map(|_| (next(), 1)).collect(),
        sequence: Some(17),
        ..TicketSummary::default()
    };
    let other = TicketSummary { execution_id: next(), ..TicketSummary::default() };
    let feedback = Feedback {
        name: next(),
        label: next(),
        source: next(),
        comment: next(),
        execution_id: next(),
        customer: next(),
        id: next(),
        score: Some(measure),
        ..Feedback::default()
    };
    GetTicketResponse {
        summary: Some(summary),
        attributes: HashMap::from([(next(), "value".to_owned())]),
        executions: vec![other],
        feedback: vec![feedback],
        ..GetTicketResponse::default()
    }
}

/// A ticket that has `n` of everything.
fn large(n: usize) -> GetTicketResponse {
    let map = || (0..n).map(|n| (format!("key {n}"), json!("text"))).collect::<Map<_, _>>();
    let list = || (0..n).map(|n| json!({ "title": format!("item {n}") })).collect::<Value>();
    let text = "\u{301}".repeat(n);
    let trace = json!({
        "ticket": map(), "planning": text, "errors": list(), "output": map(), "messages": list(),
        "steps": (0..n).map(|n| json!({ "id": format!("s{n}"), "parent_id": "s0", "input": "a" })).collect::<Value>(),
        "retrieval": { "documents": list(), "more": text },
        "react": [{ "thought": "a\n".repeat(n), "left": map() }, map()],
        "left": map(), "more": list(),
    });
    let text = |n: usize| format!("name {n}");
    let summary = TicketSummary {
        metrics: (0..n).map(|n| (text(n), 0.5)).collect(),
        ..TicketSummary::default()
    };
    let step = |n: usize| Step { id: text(n), name: text(n), ..Step::default() };
    let other = |n| TicketSummary { execution_id: text(n), ..TicketSummary::default() };
    GetTicketResponse {
        summary: Some(summary),
        steps: (0..n).map(step).collect(),
        attributes: (0..n).map(|n| (text(n), text(n))).collect(),
        executions: (0..n).map(other).collect(),
        feedback: (0..n).map(|n| Feedback { comment: text(n), ..Feedback::default() }).collect(),
        ..ticket(trace.to_string())
    }
}

#[test]
fn a_page_is_bounded_and_a_full_one_grows_with_what_was_sent() {
    let bytes = |n, full| shown(&large(n), 80, full).len();
    let (usual, larger) = (bytes(2_000, false), bytes(8_000, false));
    // The sums it names have more digits.
    assert!(larger < usual + 500 && larger < 100_000, "{usual} became {larger}");
    let (once, twice) = (bytes(2_000, true), bytes(4_000, true));
    assert!(twice > once + once / 2 && twice < once * 21 / 10, "{once} became {twice}");
}

#[test]
fn depth_costs_no_stack() {
    for levels in [64, 127, 200, 100_000] {
        let deep = format!("{{\"deep\":{}\"found\"{}}}", "[".repeat(levels), "]".repeat(levels));
        let page = shown(&ticket(deep), 80, true);
        assert!(page.contains("found"), "{levels}");
    }
}
