//! Any spans, in the words of any instrumentation: one ticket, whatever they say and in whatever order
//! they came, as large as they were and no larger.
#![no_main]

use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use ticketlens_spans::{Group, Spans, told};
use ticketlens_ticket::Ticket;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// As a request of traces, and of logs.
    raw: &'a [u8],
    spans: Vec<Sent<'a>>,
    logs: Vec<(u8, Happened<'a>)>,
    /// Spans of a request, and the order in which the requests come.
    batch: u8,
    order: Vec<u8>,
    /// With content switched off: marks in its place.
    is_redacted: bool,
}

#[derive(Arbitrary, Debug)]
struct Sent<'a> {
    id: u8,
    parent: u8,
    is_other_trace: bool,
    scope: u8,
    start: Time,
    end: Time,
    status: u8,
    error: Option<Words<'a>>,
    what: u8,
    name: Name<'a>,
    attributes: Vec<(u8, u8, Any<'a>)>,
    events: Vec<Happened<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Time {
    At(u8),
    Missing,
    Odd(u64),
}

#[derive(Arbitrary, Debug)]
struct Happened<'a> {
    name: u8,
    attributes: Vec<(u8, u8, Any<'a>)>,
    body: Any<'a>,
}

#[derive(Arbitrary, Debug)]
enum Name<'a> {
    Known(u8),
    Other(&'a str),
}

#[derive(Arbitrary, Debug)]
enum Words<'a> {
    Class(u8),
    Plain(&'a str),
}

#[derive(Arbitrary, Debug)]
enum Any<'a> {
    Text(&'a str),
    Name(u8),
    Count(u16),
    Double(f64),
    Bool(bool),
    Empty,
    Many(Vec<Any<'a>>),
    Map(Vec<(u8, Any<'a>)>),
    Messages(Vec<Said<'a>>),
    /// Within a text: JSON, JSON that is cut off, JSON in JSON, a Python object's repr.
    Json(Box<Any<'a>>),
    Cut(Box<Any<'a>>, u8),
    Python(Box<Any<'a>>),
}

#[derive(Arbitrary, Debug)]
struct Said<'a> {
    role: u8,
    shape: u8,
    text: &'a str,
    calls: Vec<(u8, u8, Any<'a>)>,
    results: Vec<(u8, Any<'a>)>,
}

const SCOPES: &[&str] = &[
    "opentelemetry.instrumentation.langchain",
    "openinference.instrumentation.openai_agents",
    "ai",
    "gen_ai",
    "pydantic-ai",
    "strands.telemetry.tracer",
    "app",
];

const NAMES: &[&str] = &["search", "refund", "transfer_to_billing", "agent", "gpt-4o", "turn"];

/// What a span is, as each instrumentation says it.
#[rustfmt::skip]
const WHATS: &[&[(&str, &str)]] = &[
    &[],
    &[("gen_ai.operation.name", "invoke_agent")],
    &[("gen_ai.operation.name", "invoke_workflow")],
    &[("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "gpt-4o")],
    &[("gen_ai.operation.name", "execute_tool")],
    &[("gen_ai.operation.name", "execute_task")],
    &[("gen_ai.operation.name", "retrieval")],
    &[("gen_ai.operation.name", "agent_step")],
    &[("gen_ai.operation.name", "embeddings")],
    &[("openinference.span.kind", "AGENT")],
    &[("openinference.span.kind", "CHAIN")],
    &[("openinference.span.kind", "LLM")],
    &[("openinference.span.kind", "TOOL")],
    &[("openinference.span.kind", "RETRIEVER")],
    &[("traceloop.span.kind", "workflow")],
    &[("traceloop.span.kind", "agent")],
    &[("traceloop.span.kind", "task")],
    &[("traceloop.span.kind", "tool")],
    &[("ai.operationId", "ai.generateText")],
    &[("ai.operationId", "ai.generateText.doGenerate")],
    &[("ai.operationId", "ai.toolCall")],
    &[("traceloop.span.kind", "x"), ("llm.request.type", "chat")],
];

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
    "gen_ai.agent.name", "gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result", "gen_ai.conversation.id", "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens", "gen_ai.response.id", "gen_ai.response.model",
    "gen_ai.response.finish_reasons", "gen_ai.retrieval.documents", "gen_ai.task.name",
    "input.value", "output.value", "metadata", "llm.token_count.prompt", "llm.model_name",
    "llm.invocation_parameters", "tool.name", "tool_call.id", "session.id", "user.id",
    "llm.input_messages.#.message.role", "llm.input_messages.#.message.content",
    "llm.output_messages.#.message.tool_calls.#.tool_call.function.name",
    "llm.output_messages.#.message.tool_calls.#.tool_call.function.arguments",
    "llm.output_messages.#.message.tool_calls.#.tool_call.id",
    "retrieval.documents.#.document.content", "retrieval.documents.#.document.metadata",
    "gen_ai.prompt.#.content", "gen_ai.completion.#.tool_calls.#.name",
    "traceloop.entity.name", "traceloop.entity.input", "traceloop.entity.output",
    "traceloop.association.properties.langgraph_node", "ai.prompt", "ai.prompt.messages",
    "ai.response.text", "ai.response.toolCalls", "ai.response.object", "ai.toolCall.name",
    "ai.toolCall.id", "ai.toolCall.args", "ai.toolCall.result", "ai.usage.promptTokens",
    "ai.telemetry.functionId", "pydantic_ai.all_messages", "final_result", "tool_arguments",
    "gen_ai.aggregated_usage.input_tokens", "error.type", "content", "message", "tool_calls", "id",
];

const EVENTS: &[&str] = &[
    "exception",
    "gen_ai.user.message",
    "gen_ai.assistant.message",
    "gen_ai.tool.message",
    "gen_ai.choice",
    "gen_ai.client.inference.operation.details",
];

const CLASSES: &[&str] = &[
    "GraphInterrupt((Interrupt(value='x'),))",
    "asyncio.CancelledError",
    "ValueError('x')",
    "Error: {'message': 'm', 'data': {'error': 'e'}}",
    "Traceback (most recent call last):\n  x",
];

#[rustfmt::skip]
const INNER: &[&str] = &[
    "messages", "role", "content", "parts", "type", "data", "kwargs", "lc", "id", "tool_call_id",
    "status", "output", "outputs", "input_str", "inputs", "query", "documents", "calls",
    "approvals", "langgraph_node", "lc_agent_name", "thread_id", "generations", "toolUse", "json",
];

/// What nobody may read where content was not recorded.
const SECRET: &str = "Marisol Achterberg";

fn of<'s>(list: &[&'s str], at: u8) -> &'s str {
    list[usize::from(at) % list.len()]
}

fuzz_target!(|input: Input<'_>| {
    let mut raw = Spans::new();
    let _ = raw.add_traces(input.raw);
    let _ = raw.add_logs(input.raw);
    check(&raw.clone().into_run().ticket("T"), input.raw.len());
    raw.into_runs(&Group::default()).into_iter().for_each(|run| {
        check(&run.ticket("T"), input.raw.len());
    });

    let requests = requests(&input);
    let sent = requests.iter().map(|request| request.to_string().len()).sum();
    let Some(spans) = read(&requests) else { return };
    let ticket = spans.clone().into_run().ticket("T");
    check(&ticket, sent);
    let shuffled = shuffled(requests, &input.order);
    let Some(other) = read(&shuffled) else { return };
    assert!(ticket == other.clone().into_run().ticket("T"), "the order of arrival is seen");
    let tickets = |spans: Spans| -> Vec<(Option<String>, Ticket)> {
        let runs = spans.into_runs(&Group::default()).into_iter();
        runs.map(|run| (run.id().map(str::to_owned), run.ticket("T"))).collect()
    };
    let runs = tickets(spans);
    assert!(runs == tickets(other), "the order of arrival is seen in runs");
    runs.iter().for_each(|(_, ticket)| check(ticket, sent));
    if input.is_redacted {
        let json = serde_json::to_string(&ticket.trace).unwrap_or_default();
        assert!(!json.contains(SECRET), "an error told what was not recorded");
    }
    let _ = told(ticket.clone(), ticket);
});

/// What holds for each ticket, of so many bytes sent.
fn check(ticket: &Ticket, sent: usize) {
    let steps = &ticket.trace.steps;
    assert!(steps.len() <= 8 + sent / 4, "{} steps of {sent} bytes", steps.len());
    assert!(ticket.weight() <= 8192 + 256 * sent, "{} of {sent} bytes", ticket.weight());
    let mut above: HashMap<&str, Option<&str>> = HashMap::new();
    for step in steps {
        assert!(!step.id.is_empty() && above.insert(&step.id, step.parent_id.as_deref()).is_none());
        for time in [step.start_ms, step.duration_ms] {
            assert!(time.is_finite() && time >= 0.0);
        }
    }
    let mut done: HashSet<&str> = HashSet::new();
    for step in steps {
        let (mut path, mut at) = (HashSet::new(), Some(step.id.as_str()));
        while let Some(id) = at.filter(|id| !done.contains(id)) {
            assert!(path.insert(id), "a step is within itself");
            at = *above.get(id).expect("a parent is a step");
        }
        done.extend(path);
    }
    let total = ticket.duration.as_secs_f64() * 1000.0;
    let last = steps.iter().map(|step| step.start_ms + step.duration_ms).fold(0.0, f64::max);
    assert!(last <= total + 1.0, "{last} ms within {total} ms");
}

fn read(requests: &[Value]) -> Option<Spans> {
    let mut spans = Spans::new();
    requests.iter().try_for_each(|request| spans.add_json(request)).ok()?;
    Some(spans)
}

/// The requests of spans in another order, each of them sent twice if it is odd; the log records, which
/// have no times, stay in one.
fn shuffled(requests: Vec<Value>, order: &[u8]) -> Vec<Value> {
    let mut shuffled = Vec::new();
    for (n, request) in requests.into_iter().enumerate() {
        let key = order.get(n).copied().unwrap_or_default();
        if key % 2 == 1 && request.get("resourceSpans").is_some() {
            shuffled.push((key, request.clone()));
        }
        shuffled.push((key.rotate_left(3), request));
    }
    shuffled.sort_by_key(|(key, _)| *key);
    shuffled.into_iter().map(|(_, request)| request).collect()
}

fn requests(input: &Input<'_>) -> Vec<Value> {
    let batch = usize::from(input.batch % 8) + 1;
    let mut requests: Vec<Value> = input
        .spans
        .chunks(batch)
        .map(|spans| {
            let scopes = spans.iter().map(|span| {
                let scope = json!({ "name": of(SCOPES, span.scope) });
                json!({ "scope": scope, "spans": [span.json(input.is_redacted)] })
            });
            json!({ "resourceSpans": [{ "scopeSpans": scopes.collect::<Vec<_>>() }] })
        })
        .collect();
    let records = input.logs.iter().map(|(span, event)| {
        let mut record = event.json(input.is_redacted);
        record["traceId"] = trace_id(false).into();
        record["spanId"] = span_id(*span).into();
        record
    });
    requests.push(json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records.collect::<Vec<_>>() }] }] }));
    requests
}

fn trace_id(is_other: bool) -> String {
    format!("{:032x}", if is_other { 2 } else { 1 })
}

fn span_id(id: u8) -> String {
    format!("{:016x}", u64::from(id % 32) + 1)
}

impl Sent<'_> {
    fn json(&self, is_redacted: bool) -> Value {
        let mut pairs = pairs(&self.attributes, is_redacted);
        for (key, value) in WHATS[usize::from(self.what) % WHATS.len()] {
            pairs.push(json!({ "key": key, "value": { "stringValue": value } }));
        }
        let events = self.events.iter().map(|event| event.json(is_redacted));
        let error = match &self.error {
            _ if is_redacted => SECRET,
            Some(Words::Class(at)) => of(CLASSES, *at),
            Some(Words::Plain(text)) => text,
            None => "",
        };
        let name = match self.name {
            Name::Known(at) => of(NAMES, at),
            Name::Other(_) if is_redacted => "x",
            Name::Other(text) => text,
        };
        let parent = if self.parent < 64 { span_id(self.parent) } else { String::new() };
        json!({
            "traceId": trace_id(self.is_other_trace),
            "spanId": span_id(self.id),
            "parentSpanId": parent,
            "name": name,
            "startTimeUnixNano": self.start.nanos().to_string(),
            "endTimeUnixNano": self.end.nanos().to_string(),
            "status": { "code": self.status % 3, "message": error },
            "attributes": pairs,
            "events": events.collect::<Vec<_>>(),
        })
    }
}

impl Time {
    fn nanos(&self) -> u64 {
        match self {
            Self::At(ms) => 1_790_000_000_000_000_000 + u64::from(*ms) * 1_000_000,
            Self::Missing => 0,
            Self::Odd(nanos) => *nanos,
        }
    }
}

impl Happened<'_> {
    fn json(&self, is_redacted: bool) -> Value {
        let name = of(EVENTS, self.name);
        let mut pairs = pairs(&self.attributes, is_redacted);
        if name == "exception" && is_redacted {
            let value = json!({ "stringValue": SECRET });
            pairs.push(json!({ "key": "exception.message", "value": value }));
        }
        let body = any_value(&self.body.value(is_redacted));
        json!({ "name": name, "eventName": name, "attributes": pairs, "body": body })
    }
}

fn pairs(attributes: &[(u8, u8, Any<'_>)], is_redacted: bool) -> Vec<Value> {
    let pair = |(key, index, any): &(u8, u8, Any<'_>)| {
        let index = if *index > 250 { u64::MAX >> index % 40 } else { u64::from(index % 4) };
        let key = of(KEYS, *key).replace('#', &index.to_string());
        // What an error is called is no content.
        let value = match key.as_str() {
            "error.type" => Value::from("ValueError"),
            _ => any.value(is_redacted),
        };
        json!({ "key": key, "value": any_value(&value) })
    };
    attributes.iter().map(pair).collect()
}

impl Any<'_> {
    fn value(&self, is_redacted: bool) -> Value {
        match self {
            _ if is_redacted => "__REDACTED__".into(),
            Self::Text(text) => (*text).into(),
            Self::Name(at) => of(NAMES, *at).into(),
            Self::Count(count) => (*count).into(),
            Self::Double(number) => (*number).into(),
            Self::Bool(truth) => (*truth).into(),
            Self::Empty => Value::Null,
            Self::Many(items) => items.iter().map(|item| item.value(false)).collect(),
            Self::Map(entries) => {
                let entries = entries.iter();
                entries.map(|(key, any)| (of(INNER, *key).to_owned(), any.value(false))).collect()
            }
            Self::Messages(said) => said.iter().map(Said::value).collect(),
            Self::Json(inner) => inner.json().into(),
            Self::Cut(inner, at) => {
                let text = inner.json();
                text[..text.floor_char_boundary(usize::from(*at))].into()
            }
            Self::Python(inner) => {
                let text = inner.json();
                text.replace('"', "'").replace("null", "None").replace("true", "True").into()
            }
        }
    }
}

impl Any<'_> {
    /// As JSON in a text. Each level doubles what escapes the one within, so that there is an end.
    fn json(&self) -> String {
        match self.value(false) {
            Value::String(text) if text.len() > 1024 => text,
            value => value.to_string(),
        }
    }
}

impl Said<'_> {
    fn value(&self) -> Value {
        let role = of(&["user", "assistant", "tool", "system"], self.role);
        let id = |id: u8| format!("call_{:016}", id % 8);
        let calls = self.calls.iter().map(|(call, name, arguments)| {
            let (name, arguments) = (of(NAMES, *name), arguments.value(false));
            match self.shape % 3 {
                0 => json!({ "type": "tool_call", "id": id(*call), "name": name,
                    "arguments": arguments }),
                1 => json!({ "id": id(*call), "function": { "name": name,
                    "arguments": arguments.to_string() } }),
                _ => json!({ "toolUse": { "toolUseId": id(*call), "name": name,
                    "input": arguments } }),
            }
        });
        let calls: Vec<_> = calls.collect();
        let results = self.results.iter().map(|(call, result)| {
            json!({ "type": "tool_call_response", "id": id(*call), "response": result.value(false) })
        });
        let text = json!({ "type": "text", "content": self.text, "text": self.text });
        match self.shape % 3 {
            1 => json!({ "role": role, "content": self.text, "tool_calls": calls,
                "tool_call_id": id(self.shape) }),
            _ => {
                let parts: Vec<_> = [text].into_iter().chain(calls).chain(results).collect();
                json!({ "role": role, "parts": parts })
            }
        }
    }
}

/// A JSON value as an `AnyValue`.
fn any_value(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(truth) => json!({ "boolValue": truth }),
        Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::String(text) => json!({ "stringValue": text }),
        Value::Array(items) => {
            json!({ "arrayValue": { "values": items.iter().map(any_value).collect::<Vec<_>>() } })
        }
        Value::Object(map) => json!({ "kvlistValue": { "values": entries(map) } }),
    }
}

fn entries(map: &Map<String, Value>) -> Vec<Value> {
    let entry = |(key, value): (&String, &Value)| json!({ "key": key, "value": any_value(value) });
    map.iter().map(entry).collect()
}
