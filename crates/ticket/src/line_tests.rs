#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use super::*;
use crate::StepStatus;

fn line() -> Value {
    json!({
        "client_id": "someone", "environment": "production", "workflow": "w", "workflow_version": "2",
        "ticket_id": "T-1", "executed_at": "2026-11-09T08:13:51.446000Z",
        "execution_time_seconds": 22.087, "status": "FAILED", "category": "BOOKING",
        "metrics": { "react_iterations": 15, "reward": 0.5, "nothing": null },
        "known_pii": ["Mia Li"],
        "error": { "type": "TaskFailed", "message": "it differs" },
        "model": "gpt-4o", "input_tokens": 12, "queue": "emea",
        "trace": {
            "ticket": { "customer_id": "c" },
            "steps": [
                { "id": "s1", "kind": "message", "name": "customer", "start_ms": 0, "duration_ms": 0,
                  "status": "OK", "input": "Hi", "parent_id": null },
                { "id": "s2", "kind": "tool", "name": "find", "iteration": 1, "start_ms": 5.5,
                  "duration_ms": 10, "status": "ERROR", "error": "boom", "vendor": true },
            ],
            "output": { "response": "Bye" }, "mood": "good",
        },
    })
}

fn parsed(line: &Value) -> Result<Parsed, LineError> {
    parse(line.to_string().as_bytes())
}

#[test]
fn a_line_becomes_a_ticket() {
    let Parsed { ticket, resource, .. } = parsed(&line()).unwrap();
    assert_eq!(resource.workflow, "w");
    assert_eq!(resource.version.as_deref(), Some("2"));
    assert_eq!(resource.environment.as_deref(), Some("production"));
    assert_eq!((ticket.id.as_str(), ticket.status.as_str()), ("T-1", "FAILED"));
    assert_eq!(ticket.executed_at.as_unix_nanos(), 1_794_212_031_446_000_000);
    assert_eq!(ticket.duration, Duration::from_millis(22_087));
    assert_eq!(ticket.category.as_deref(), Some("BOOKING"));
    assert_eq!(ticket.error_type.as_deref(), Some("TaskFailed"));
    assert_eq!(
        ticket.trace.errors,
        Some(json!([{ "type": "TaskFailed", "message": "it differs" }]))
    );
    assert_eq!(ticket.known_pii, ["Mia Li"]);
    assert_eq!((ticket.model.as_deref(), ticket.input_tokens), (Some("gpt-4o"), Some(12)));
    let metrics = [
        ("react_iterations".to_owned(), Metric::Int(15)),
        ("reward".to_owned(), Metric::Double(0.5)),
    ];
    assert_eq!(ticket.metrics, metrics);
    assert_eq!(ticket.attributes, [("queue".to_owned(), json!("emea"))]);
    assert_eq!(ticket.trace.other.get("mood"), Some(&json!("good")));
    let [_, call] = &ticket.trace.steps[..] else { panic!("two steps") };
    assert_eq!((call.status, call.iteration), (StepStatus::Error, Some(1)));
    assert_eq!(call.error.as_ref().unwrap().message.as_deref(), Some("boom"));
    assert_eq!(call.other.get("vendor"), Some(&json!(true)));
}

#[test]
fn a_number_is_a_tickets_number() {
    let mut numbered = line();
    numbered["ticket_id"] = json!(4711);
    assert_eq!(parsed(&numbered).unwrap().ticket.id, "4711");
    for other in [json!(4711.5), json!(-1), json!(true), json!(1e300)] {
        numbered["ticket_id"] = other;
        assert!(parsed(&numbered).is_err());
    }
}

#[test]
fn what_would_be_cut_is_told_and_an_id_refused() {
    let mut long = line();
    long["ticket_id"] = json!("x".repeat(257));
    let error = parsed(&long).unwrap_err().to_string();
    assert_eq!(error, "ticket_id is not a text of at most 256 bytes");
    let mut long = line();
    long["category"] = json!("x".repeat(257));
    long["workflow"] = json!("x".repeat(300));
    long["note"] = json!("x".repeat(4097));
    for n in 0..300 {
        long[format!("own{n}")] = json!(n);
    }
    let told: Vec<_> = parsed(&long).unwrap().hints.iter().map(Hint::to_string).collect();
    assert_eq!(
        told,
        [
            "category is too long: it is cut to 256 bytes",
            "workflow is too long: it is cut to 256 bytes",
            "an attribute is too long: it is cut to 4096 bytes",
            "there are more attributes than 256: the rest is left out",
        ]
    );
}

#[test]
fn what_is_nearly_ours_is_kept_and_told() {
    assert_eq!(parsed(&line()).unwrap().hints, []);
    let mut odd = line();
    odd["steps"] = json!([{ "kind": "tool" }]);
    odd["Environment"] = json!("test");
    odd["trace"]["Steps"] = json!([]);
    let Parsed { ticket, hints, .. } = parsed(&odd).unwrap();
    let mut told: Vec<_> = hints.iter().map(Hint::to_string).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "Environment is kept as an attribute; did you mean environment?",
            "steps is kept as an attribute; steps belongs inside trace",
            "trace.Steps is kept, but not read; did you mean trace.steps?",
        ]
    );
    assert!(ticket.attributes.iter().any(|(name, _)| name == "steps"));
    let mut nameless = line();
    let id = nameless.as_object_mut().unwrap().remove("ticket_id").unwrap();
    nameless["ticketId"] = id;
    let error = parsed(&nameless).unwrap_err();
    assert_eq!(error.to_string(), "ticket_id is missing; is it ticketId?");
}

#[test]
fn the_same_line_is_the_same_execution() {
    let first = parsed(&line()).unwrap().ticket.execution_id;
    assert_eq!(parsed(&line()).unwrap().ticket.execution_id, first);
    // Who holds the key decides on the tenant, so the name in the line plays no part.
    let mut other = line();
    other["client_id"] = json!("somebody else");
    assert_eq!(parsed(&other).unwrap().ticket.execution_id, first);
    for (field, value) in [("ticket_id", "T-2"), ("workflow", "v"), ("environment", "test")] {
        let mut other = line();
        other[field] = json!(value);
        assert_ne!(parsed(&other).unwrap().ticket.execution_id, first, "{field}");
    }
    let mut given = line();
    given["execution_id"] = json!("019a6786-8f6e-7abc-8def-0123456789ab");
    let id = parsed(&given).unwrap().ticket.execution_id;
    assert_eq!(id.to_string(), "019a6786-8f6e-7abc-8def-0123456789ab");
}

#[test]
fn every_malformed_line_is_told_by_field_and_never_by_value() {
    let secret = "s3cr3t";
    let cases: &[(&str, Value, &str)] = &[
        ("ticket_id", json!(null), "ticket_id is missing"),
        ("ticket_id", json!(""), "ticket_id is missing"),
        ("ticket_id", json!([secret]), "ticket_id is not a text like \"4711\", or a whole number"),
        ("executed_at", json!(null), "executed_at is missing"),
        ("executed_at", json!(secret), "executed_at is not a time"),
        ("executed_at", json!("2026-11-09T08:13:51"), "executed_at is not a time with its zone"),
        ("executed_at", json!(1_794_212_031), "executed_at is not a time with its zone"),
        ("executed_at", json!("1794212031446"), "executed_at is not a time with its zone"),
        ("executed_at", json!("1969-01-01T00:00:00Z"), "executed_at is not between"),
        ("executed_at", json!("2300-01-01T00:00:00Z"), "executed_at is not between"),
        ("execution_time_seconds", json!(null), "execution_time_seconds is missing"),
        ("execution_time_seconds", json!(secret), "execution_time_seconds is not a number"),
        ("execution_time_seconds", json!(-1), "execution_time_seconds is not a number of seconds"),
        (
            "execution_time_seconds",
            json!(1e300),
            "execution_time_seconds is not a number of seconds",
        ),
        ("status", json!(null), "status is missing"),
        ("status", json!(secret), "status is not SUCCESS"),
        ("execution_id", json!(secret), "execution_id is not a UUID"),
        ("capture", json!(secret), "capture is not METRICS_ONLY"),
        ("category", json!(7), "category is not a text"),
        ("input_tokens", json!(-7), "input_tokens is not a count"),
        ("metrics", json!([1]), "metrics is not an object"),
        ("metrics", json!({ secret: secret }), "metrics is not an object of numbers"),
        ("known_pii", json!(secret), "known_pii is not a list of texts"),
        ("known_pii", json!([7]), "known_pii is not a list of texts"),
        ("error", json!(7), "error is not an object"),
    ];
    for (field, value, says) in cases {
        let mut bad = line();
        bad[*field] = value.clone();
        let error = parsed(&bad).unwrap_err().to_string();
        assert!(error.starts_with(says), "{field}: {error}");
        assert!(!error.contains(secret), "{field}: {error}");
    }
}

#[test]
fn an_error_that_says_there_is_none_is_none() {
    for nothing in [
        json!(null),
        json!(""),
        json!("None"),
        json!(false),
        json!(0),
        json!([]),
        json!({}),
        json!({ "type": null, "message": "" }),
    ] {
        let mut odd = line();
        odd["error"] = nothing.clone();
        odd["trace"]["steps"][1]["error"] = nothing.clone();
        odd["trace"]["steps"][1]["status"] = json!(null);
        let ticket = parsed(&odd).unwrap().ticket;
        assert_eq!((&ticket.error_type, &ticket.trace.errors), (&None, &None), "{nothing}");
        assert_eq!(ticket.trace.steps[1].status, StepStatus::Ok, "{nothing}");
        assert!(ticket.trace.steps[1].error.is_none(), "{nothing}");
    }
}

#[test]
fn no_ticket_is_lost_over_the_shape_of_its_trace() {
    for trace in
        [json!("text"), json!([1]), json!({ "steps": [7, { "start_ms": "12" }] }), json!(null)]
    {
        let mut odd = line();
        odd["trace"] = trace.clone();
        assert!(parsed(&odd).is_ok(), "{trace}");
    }
}

#[test]
fn what_is_no_json_object_is_told_by_column() {
    let deep = [vec![b'['; 200], vec![b']'; 200]].concat();
    let cases: [(&[u8], &str); 6] = [
        (b"{\"s3cr3t", "not JSON: EOF while parsing a string at column 8"),
        (b"s3cr3t", "not JSON: expected value at column 1"),
        (b"{\"a\": 1} s3cr3t", "not JSON: trailing characters at column 10"),
        (b"\"\xff\"", "not JSON: invalid unicode code point at column"),
        (b"[1]", "not a JSON object"),
        (&deep, "not JSON: recursion limit exceeded"),
    ];
    for (bytes, says) in cases {
        let error = parse(bytes).unwrap_err().to_string();
        assert!(error.starts_with(says), "{error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    }
}

#[test]
fn every_whole_run_is_understood() {
    let made_up = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/made_up_runs.jsonl");
    let mut runs = std::fs::read_to_string(made_up).unwrap();
    // Real ones too, where they are.
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/support_runs.jsonl");
    runs.extend(std::fs::read_to_string(real));
    let mut executions = std::collections::HashSet::new();
    for (n, line) in runs.lines().enumerate() {
        let parsed = parse(line.as_bytes()).unwrap_or_else(|e| panic!("line {}: {e}", n + 1));
        assert!(!parsed.ticket.trace.steps.is_empty());
        executions.insert(parsed.ticket.execution_id);
    }
    assert_eq!(executions.len(), runs.lines().count(), "each run is an execution of its own");
}

#[test]
fn what_a_step_says_and_cannot_mean_is_kept_beside_it() {
    let mut odd = line();
    odd["trace"]["steps"] = json!([{ "name": "n", "iteration": "A", "start_ms": "B",
        "duration_ms": { "a": "C" }, "status": { "odd": "D" } }]);
    let step = &parsed(&odd).unwrap().ticket.trace.steps[0];
    let kept = serde_json::to_value(step).unwrap();
    assert_eq!(kept["iteration_as_sent"], "A");
    assert_eq!(kept["start_ms_as_sent"], "B");
    assert_eq!(kept["duration_ms_as_sent"], json!({ "a": "C" }));
    assert_eq!(kept["status_as_sent"], json!({ "odd": "D" }));
    assert_eq!((step.start_ms, step.duration_ms, step.iteration), (0.0, 0.0, None));
}
