//! Recorded runs, disturbed on their way as networks, collectors and a second instrumentation disturb
//! them: the ticket tells the same.
//!
//! Where the recordings are not, nothing is disturbed.
#![expect(clippy::unwrap_used, reason = "a recording that can't be read ends it")]

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use ticketlens_spans::{Group, Spans};
use ticketlens_ticket::{StepKind, Ticket};

/// Beside the checkout on machines that have it.
const RECORDINGS: &str = "../shared/data/spans";

/// The requests of one scenario.
struct Recording {
    title: String,
    requests: Vec<Value>,
}

fn recordings() -> Vec<Recording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(RECORDINGS);
    if !folder.is_dir() {
        println!("skipped: no recordings at {}", folder.display());
        return Vec::new();
    }
    let mut of: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for dialect in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&dialect).into_iter().flatten().map(|entry| entry.unwrap().path())
        {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if let Some(scenario) = name.strip_suffix(".otlp.json") {
                let scenario = scenario.split('.').next().unwrap_or_default();
                let dialect = dialect.file_name().unwrap().to_string_lossy();
                of.entry(format!("{dialect}/{scenario}")).or_default().push(file);
            }
        }
    }
    let read = |file: &PathBuf| serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let all = of.into_iter().map(|(title, mut files)| {
        files.sort();
        Recording { title, requests: files.iter().map(read).collect() }
    });
    all.collect()
}

fn spans(requests: &[Value]) -> Spans {
    let mut spans = Spans::new();
    requests.iter().for_each(|request| spans.add_json(request).unwrap());
    spans
}

fn ticket(requests: &[Value]) -> Ticket {
    spans(requests).into_run().ticket("4711")
}

/// Everything of a ticket that is not its spans' ids: one line a step.
fn told(ticket: &Ticket) -> Vec<String> {
    let steps = &ticket.trace.steps;
    let names: HashMap<&str, &str> =
        steps.iter().map(|step| (step.id.as_str(), step.name.as_str())).collect();
    let mut lines: Vec<_> = steps
        .iter()
        .map(|step| {
            let parent = step.parent_id.as_deref().map(|parent| names[parent]);
            format!(
                "{} {} of {parent:?} in {:?}: {:?}, {:?} -> {:?}",
                step.kind.as_str(),
                step.name,
                step.iteration,
                step.status,
                step.input,
                step.output
            )
        })
        .collect();
    lines.push(format!(
        "{:?}, {:?} and {:?} tokens, {:?}, {:?}, {:?}",
        ticket.status,
        ticket.input_tokens,
        ticket.output_tokens,
        ticket.error_type,
        ticket.trace.ticket,
        ticket.trace.output
    ));
    lines
}

/// The spans of a request, one by one.
fn each(request: &mut Value, mut change: impl FnMut(&mut Vec<Value>)) {
    for resource in request["resourceSpans"].as_array_mut().into_iter().flatten() {
        for scope in resource["scopeSpans"].as_array_mut().into_iter().flatten() {
            change(scope["spans"].as_array_mut().unwrap());
        }
    }
}

/// The recording with its spans changed, a scope's at a time.
fn changed(recording: &Recording, mut change: impl FnMut(&mut Vec<Value>)) -> Vec<Value> {
    let mut requests = recording.requests.clone();
    requests.iter_mut().for_each(|request| each(request, &mut change));
    requests
}

fn attribute<'s>(span: &'s Value, key: &str) -> Option<&'s str> {
    let mut attributes = span["attributes"].as_array()?.iter();
    attributes.find(|pair| pair["key"] == key)?["value"]["stringValue"].as_str()
}

fn is_any(span: &Value, of: &[(&str, &str)]) -> bool {
    of.iter().any(|(key, value)| attribute(span, key) == Some(value))
}

fn is_model(span: &Value) -> bool {
    is_any(
        span,
        &[
            ("gen_ai.operation.name", "chat"),
            ("openinference.span.kind", "LLM"),
            ("llm.request.type", "chat"),
        ],
    )
}

fn is_tool(span: &Value) -> bool {
    is_any(
        span,
        &[
            ("gen_ai.operation.name", "execute_tool"),
            ("openinference.span.kind", "TOOL"),
            ("traceloop.span.kind", "tool"),
            ("ai.operationId", "ai.toolCall"),
        ],
    )
}

/// A library's span within another, for the middle of its time.
fn within(span: &Value, name: &str) -> Value {
    let at = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    let (start, end) = (at("startTimeUnixNano"), at("endTimeUnixNano"));
    let quarter = (end - start) / 4;
    json!({
        "traceId": span["traceId"], "parentSpanId": span["spanId"],
        "spanId": span["spanId"].as_str().unwrap().chars().rev().collect::<String>(),
        "name": name, "kind": 3,
        "startTimeUnixNano": (start + quarter).to_string(),
        "endTimeUnixNano": (end - quarter).to_string(),
        "attributes": [{ "key": "server.address", "value": { "stringValue": "127.0.0.1" } }],
    })
}

fn assert_same(what: &str, disturbed: impl Fn(&Recording) -> Vec<Value>) {
    let mut wrong = Vec::new();
    for recording in recordings() {
        let before = told(&ticket(&recording.requests));
        let after = told(&ticket(&disturbed(&recording)));
        if before != after {
            let only = |a: &[String], b: &[String]| {
                let missing = a.iter().filter(|line| !b.contains(line));
                missing.map(|line| line.chars().take(200).collect::<String>()).collect::<Vec<_>>()
            };
            wrong.push(format!(
                "{} {what}:\n - {}\n + {}",
                recording.title,
                only(&before, &after).join("\n - "),
                only(&after, &before).join("\n + ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sent_again() {
    assert_same("sent twice", |recording| {
        [recording.requests.clone(), recording.requests.clone()].concat()
    });
}

#[test]
fn in_another_order() {
    assert_same("backwards", |recording| {
        let mut requests = changed(recording, |spans| spans.reverse());
        requests.reverse();
        requests
    });
}

#[test]
fn a_span_a_request() {
    assert_same("a span a request", |recording| {
        let mut apart = Vec::new();
        for request in recording.requests.iter().rev() {
            for resource in request["resourceSpans"].as_array().into_iter().flatten() {
                for scope in resource["scopeSpans"].as_array().into_iter().flatten() {
                    for span in scope["spans"].as_array().into_iter().flatten().rev() {
                        let mut scope = scope.clone();
                        scope["spans"] = json!([span]);
                        let resource = json!({ "resource": resource["resource"],
                            "scopeSpans": [scope] });
                        apart.push(json!({ "resourceSpans": [resource] }));
                    }
                }
            }
            if request.get("resourceLogs").is_some() {
                apart.push(request.clone());
            }
        }
        apart
    });
}

#[test]
fn with_requests_of_the_web_within_model_calls() {
    assert_same("with HTTP in model calls", |recording| {
        changed(recording, |spans| {
            let calls = spans.iter().filter(|span| is_model(span)).map(|span| within(span, "POST"));
            let calls: Vec<_> = calls.collect();
            spans.extend(calls);
        })
    });
}

#[test]
fn with_queries_of_a_database_within_tools() {
    let mut wrong = Vec::new();
    for recording in recordings() {
        let mut added = 0;
        let requests = changed(&recording, |spans| {
            let tools = spans.iter().filter(|span| is_tool(span));
            let queries: Vec<_> = tools.map(|span| within(span, "SELECT refunds")).collect();
            added += queries.len();
            spans.extend(queries);
        });
        let mut after = told(&ticket(&requests));
        after.retain(|line| !line.starts_with("other SELECT refunds of Some("));
        let before = told(&ticket(&recording.requests));
        if before != after {
            wrong.push(format!("{} of {added}: {before:#?} {after:#?}", recording.title));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The parent of a run that has none is a web request's span.
#[test]
fn within_a_request_of_the_web() {
    assert_same("in a web request", |recording| {
        let mut requests = recording.requests.clone();
        let mut servers: BTreeMap<String, Value> = BTreeMap::new();
        for request in &mut requests {
            each(request, |spans| {
                for span in spans.iter_mut() {
                    if span["parentSpanId"].as_str().unwrap_or_default().is_empty() {
                        let trace = span["traceId"].as_str().unwrap().to_owned();
                        let server = servers.entry(trace).or_insert_with(|| {
                            json!({
                                "traceId": span["traceId"], "spanId": "00000000000000aa",
                                "name": "POST /refunds", "kind": 2,
                                "startTimeUnixNano": span["startTimeUnixNano"],
                                "endTimeUnixNano": span["endTimeUnixNano"],
                                "attributes": [],
                            })
                        });
                        server["endTimeUnixNano"] = span["endTimeUnixNano"].clone();
                        span["parentSpanId"] = "00000000000000aa".into();
                    }
                }
            });
        }
        let servers: Vec<_> = servers.into_values().collect();
        let scope = json!({ "scope": { "name": "http" }, "spans": servers });
        requests.push(json!({ "resourceSpans": [{ "scopeSpans": [scope] }] }));
        requests
    });
}

/// One application's clock is behind by years, and all of its spans with it.
#[test]
fn on_another_clock() {
    assert_same("on another clock", |recording| {
        changed(recording, |spans| {
            for span in spans {
                for key in ["startTimeUnixNano", "endTimeUnixNano"] {
                    let at: u64 = span[key].as_str().unwrap().parse().unwrap();
                    span[key] = (at - 200_000_000_000_000_000).to_string().into();
                }
            }
        })
    });
}

/// Each span's end was lost.
#[test]
fn without_ends_the_steps_are_the_same() {
    for recording in recordings() {
        let requests = changed(&recording, |spans| {
            spans.iter_mut().for_each(|span| span["endTimeUnixNano"] = "0".into());
        });
        let steps = |ticket: &Ticket| {
            let kinds = ticket.trace.steps.iter().filter(|step| {
                matches!(step.kind, StepKind::Llm | StepKind::Tool | StepKind::Node)
            });
            let mut kinds: Vec<_> =
                kinds.map(|step| (step.kind.as_str(), step.name.clone())).collect();
            kinds.sort();
            kinds
        };
        let (before, after) = (ticket(&recording.requests), ticket(&requests));
        assert_eq!(steps(&before), steps(&after), "{}", recording.title);
        assert!(after.duration <= before.duration, "{}", recording.title);
    }
}

/// What is in no order makes the same runs, too.
#[test]
fn runs_are_found_in_any_order() {
    for recording in recordings() {
        let mut requests = changed(&recording, |spans| spans.reverse());
        requests.reverse();
        let runs = |requests: &[Value]| {
            let runs = spans(requests).into_runs(&Group::default()).into_iter();
            let runs = runs.map(|run| (run.id().map(str::to_owned), told(&run.ticket("4711"))));
            runs.collect::<Vec<_>>()
        };
        assert_eq!(runs(&recording.requests), runs(&requests), "{}", recording.title);
    }
}
