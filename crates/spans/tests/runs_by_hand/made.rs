//! Spans made by hand, and how a ticket of them is read.

use serde_json::{Value, json};
use ticketlens_spans::Spans;
use ticketlens_ticket::Ticket;

/// A span in the making: its number, its parent's (0 is none), its time in milliseconds.
pub(crate) struct Made(pub(crate) Value);

pub(crate) fn span(id: u64, parent: u64, time: [u64; 2]) -> Made {
    let at = |ms: u64| (1_790_000_000_000_000_000 + ms * 1_000_000).to_string();
    let parent = if parent > 0 { format!("{parent:016x}") } else { String::new() };
    Made(json!({
        "traceId": format!("{:032x}", 1), "spanId": format!("{id:016x}"), "parentSpanId": parent,
        "name": "span", "startTimeUnixNano": at(time[0]), "endTimeUnixNano": at(time[1]),
        "attributes": [], "events": [], "status": {},
    }))
}

impl Made {
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.0["name"] = name.into();
        self
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = match value.into() {
            Value::Number(number) => json!({ "intValue": number.to_string() }),
            Value::String(text) => json!({ "stringValue": text }),
            other => json!({ "stringValue": other.to_string() }),
        };
        self.0["attributes"].as_array_mut().unwrap().push(json!({ "key": key, "value": value }));
        self
    }

    pub(crate) fn failed(mut self, class: &str, message: &str) -> Self {
        self.0["status"] = json!({ "code": 2, "message": message });
        self.with("error.type", class)
    }
}

pub(crate) fn agent(id: u64, parent: u64, time: [u64; 2], name: &str) -> Made {
    span(id, parent, time)
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.agent.name", name)
}

pub(crate) fn chat(id: u64, parent: u64, time: [u64; 2]) -> Made {
    span(id, parent, time)
        .with("gen_ai.operation.name", "chat")
        .with("gen_ai.request.model", "gpt-4o")
}

pub(crate) fn asked(made: Made, text: &str) -> Made {
    made.with(
        "gen_ai.input.messages",
        json!([{ "role": "user", "parts": [{ "type": "text", "content": text }] }]),
    )
}

pub(crate) fn said(made: Made, text: &str) -> Made {
    made.with(
        "gen_ai.output.messages",
        json!([{ "role": "assistant", "parts": [{ "type": "text", "content": text }] }]),
    )
}

/// A model that calls tools, with or without ids.
pub(crate) fn calls(made: Made, calls: &[(Option<&str>, &str, Value)]) -> Made {
    let calls = calls.iter().map(|(id, name, arguments)| {
        json!({ "type": "tool_call", "id": id, "name": name, "arguments": arguments })
    });
    let parts: Vec<_> = calls.collect();
    made.with("gen_ai.output.messages", json!([{ "role": "assistant", "parts": parts }]))
}

pub(crate) fn tool(id: u64, parent: u64, time: [u64; 2], name: &str) -> Made {
    span(id, parent, time)
        .with("gen_ai.operation.name", "execute_tool")
        .with("gen_ai.tool.name", name)
}

pub(crate) fn of(scopes: Vec<(&str, Vec<Made>)>) -> Spans {
    let mut spans = Spans::new();
    for (scope, made) in scopes {
        let made: Vec<_> = made.into_iter().map(|made| made.0).collect();
        let scope = json!({ "scope": { "name": scope }, "spans": made });
        spans.add_json(&json!({ "resourceSpans": [{ "scopeSpans": [scope] }] })).unwrap();
    }
    spans
}

pub(crate) fn ticket(made: Vec<Made>) -> Ticket {
    of(vec![("instrumentation", made)]).into_run().ticket("4711")
}

/// `kind name in parent status`, a line a step of these kinds.
pub(crate) fn lines(ticket: &Ticket, kinds: &[&str]) -> Vec<String> {
    let steps = ticket.trace.steps.iter();
    let parent_of = |id: Option<&str>| {
        let parent = ticket.trace.steps.iter().find(|step| Some(step.id.as_str()) == id);
        parent.map_or("-", |parent| parent.name.as_str())
    };
    steps
        .filter(|step| kinds.contains(&step.kind.as_str()))
        .map(|step| {
            let (kind, status) = (step.kind.as_str(), step.status);
            let parent = parent_of(step.parent_id.as_deref());
            format!("{kind} {} in {parent} {status:?}", step.name)
        })
        .collect()
}
