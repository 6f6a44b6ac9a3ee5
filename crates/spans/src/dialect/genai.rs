//! OpenTelemetry's semantic conventions for generative AI, names of all versions: what stands under a
//! former name is read where the present one is missing, so no `schema_url` has to be right.

use serde_json::{Map, Value};

use super::attribute::{self, keep, texts, value};
use crate::{
    content::structured,
    exception,
    messages::messages,
    seen::{Message, Model, Role, Seen, Tokens},
    span::{Event, Span, SpanKind},
};

/// What a model call was asked with, beside its messages.
const PARAMETERS: [&str; 8] = [
    "gen_ai.request.temperature",
    "gen_ai.request.top_p",
    "gen_ai.request.top_k",
    "gen_ai.request.max_tokens",
    "gen_ai.request.seed",
    "gen_ai.request.choice.count",
    "gen_ai.output.type",
    "gen_ai.prompt.name",
];

pub(super) fn read(span: &Span) -> Option<Seen> {
    let role = role(span)?;
    let mut seen = Seen::of(role, span.name.clone());
    seen.agent = span.any_text(&["gen_ai.agent.name"]);
    seen.went = exception::went(span);
    match role {
        Role::Agent => {
            seen.name = seen.agent.clone().unwrap_or_else(|| bare(&span.name, "invoke_agent "))
        }
        Role::Workflow => {
            let named = span.any_text(&["gen_ai.workflow.name"]);
            seen.name = named.unwrap_or_else(|| bare(&span.name, "invoke_workflow "));
        }
        Role::Node => {
            let named = span.any_text(&["gen_ai.task.name"]);
            seen.name = named.unwrap_or_else(|| bare(&span.name, "execute_task "));
        }
        Role::Tool => tool(span, &mut seen),
        Role::Retrieval => retrieval(span, &mut seen),
        Role::Model => keep(span, &PARAMETERS, &mut seen.attributes),
        _ => {}
    }
    if matches!(role, Role::Model | Role::Agent | Role::Workflow | Role::Turn) {
        conversation(span, &mut seen);
        seen.model = model(span);
        seen.tokens = tokens(span);
    }
    Some(seen)
}

/// `gen_ai.operation.name`, whose values are the conventions' and what instrumentations add to them.
fn role(span: &Span) -> Option<Role> {
    let operation = span.text("gen_ai.operation.name").or_else(|| span.text("llm.request.type"));
    Some(match operation {
        Some("chat" | "text_completion" | "generate_content" | "completion") => Role::Model,
        Some("invoke_agent") => Role::Agent,
        Some("invoke_workflow") => Role::Workflow,
        Some("execute_tool") => Role::Tool,
        Some("retrieval" | "vector_db_retrieve") => Role::Retrieval,
        Some("execute_task" | "plan") => Role::Node,
        Some("agent_step" | "execute_event_loop_cycle") => Role::Turn,
        Some("create_agent") => Role::Hidden,
        Some(_) => Role::Other,
        // Before there was an operation's name, a model call was what names a model.
        None if span.get("gen_ai.request.model").is_some() && span.kind != SpanKind::Server => {
            Role::Model
        }
        None => return None,
    })
}

/// The name without the operation in front of it.
pub(super) fn bare(name: &str, operation: &str) -> String {
    name.strip_prefix(operation).unwrap_or(name).to_owned()
}

fn tool(span: &Span, seen: &mut Seen) {
    let named = span.any_text(&["gen_ai.tool.name"]);
    seen.name = named.unwrap_or_else(|| bare(&span.name, "execute_tool "));
    seen.call_id = span.any_text(&["gen_ai.tool.call.id"]);
    seen.input = value(span, &["gen_ai.tool.call.arguments", "gen_ai.tool.arguments"]);
    seen.output = value(span, &["gen_ai.tool.call.result", "gen_ai.tool.result"]);
    keep(span, &["gen_ai.tool.type"], &mut seen.attributes);
}

fn retrieval(span: &Span, seen: &mut Seen) {
    let named = span.any_text(&["gen_ai.data_source.id", "gen_ai.request.model"]);
    seen.name = named.unwrap_or_else(|| span.name.clone());
    seen.input = value(span, &["gen_ai.retrieval.query.text", "gen_ai.retrieval.query"]);
    seen.output = value(span, &["gen_ai.retrieval.documents"]);
    keep(span, &["gen_ai.retrieval.top_k"], &mut seen.attributes);
}

/// What the model was told and what it said: attributes, then events, then what came before both.
fn conversation(span: &Span, seen: &mut Seen) {
    let of = |key: &str, role: &str| {
        span.get(key).map(|value| messages(value, role)).unwrap_or_default()
    };
    seen.heard = of("gen_ai.system_instructions", "system");
    seen.heard.extend(of("gen_ai.input.messages", "user"));
    seen.said = of("gen_ai.output.messages", "assistant");
    for event in &span.events {
        operation_details(event, seen);
    }
    let has_heard = seen.heard.iter().any(|message| message.role != "system");
    let (heard, said) = events(span);
    if !has_heard {
        seen.heard.extend(heard);
    }
    if seen.said.is_empty() {
        seen.said = said;
    }
    if seen.heard.is_empty() {
        seen.heard = attribute::conversation(span, "gen_ai.prompt.", "user");
    }
    if seen.said.is_empty() {
        seen.said = attribute::conversation(span, "gen_ai.completion.", "assistant");
    }
}

/// The event that carries content whole, in one piece or in several.
fn operation_details(event: &Event, seen: &mut Seen) {
    if event.name != "gen_ai.client.inference.operation.details" {
        return;
    }
    let of = |key: &str, role: &str| {
        let value = event.attributes.get(key).or_else(|| event.body.get(key));
        value.map(|value| messages(value, role)).unwrap_or_default()
    };
    extend_new(&mut seen.heard, of("gen_ai.system_instructions", "system"));
    extend_new(&mut seen.heard, of("gen_ai.input.messages", "user"));
    extend_new(&mut seen.said, of("gen_ai.output.messages", "assistant"));
}

/// Content that stands in an attribute already is not told twice by an event.
fn extend_new(so_far: &mut Vec<Message>, more: Vec<Message>) {
    if !so_far.ends_with(&more) {
        so_far.extend(more);
    }
}

/// `gen_ai.user.message` and its kin, and `gen_ai.choice`: events of a span, or log records.
fn events(span: &Span) -> (Vec<Message>, Vec<Message>) {
    let (mut heard, mut said) = (Vec::new(), Vec::new());
    for event in &span.events {
        let Some(of) = event.name.strip_prefix("gen_ai.") else { continue };
        if of == "choice" {
            said.extend(messages(&choice(event), "assistant"));
        } else if let Some(role) = of.strip_suffix(".message") {
            heard.extend(messages(&told(event, role), role));
        }
    }
    (heard, said)
}

/// What an event holds: a log record's body, or a span event's attributes.
fn held(event: &Event) -> Map<String, Value> {
    match &event.body {
        Value::Object(body) => body.clone(),
        _ => event.attributes.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect(),
    }
}

fn told(event: &Event, role: &str) -> Value {
    let mut map = held(event);
    if role == "tool"
        && let Some(id) = map.remove("id")
    {
        map.insert("tool_call_id".into(), id);
    }
    map.insert("role".into(), role.into());
    map.into()
}

fn choice(event: &Event) -> Value {
    let mut map = held(event);
    let calls = map.remove("tool_calls");
    let message = map.remove("message").and_then(|message| structured(&message));
    let mut message = match message {
        Some(Value::Object(message)) => message,
        Some(content) => [("content".to_owned(), content)].into_iter().collect(),
        None => Map::new(),
    };
    if let Some(calls) = calls {
        message.insert("tool_calls".into(), calls);
    }
    message.insert("role".into(), "assistant".into());
    message.into()
}

pub(super) fn model(span: &Span) -> Model {
    Model {
        requested: span.any_text(&["gen_ai.request.model"]),
        answered: span.any_text(&["gen_ai.response.model"]),
        provider: span.any_text(&["gen_ai.provider.name", "gen_ai.system"]),
        response_id: span.any_text(&["gen_ai.response.id"]),
        finish_reasons: texts(span.get("gen_ai.response.finish_reasons")),
    }
}

pub(super) fn tokens(span: &Span) -> Tokens {
    Tokens {
        input: span.any_count(&[
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.usage.prompt_tokens",
        ]),
        output: span.any_count(&[
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.usage.completion_tokens",
        ]),
        cached: span.any_count(&[
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
        ]),
        reasoning: span.any_count(&[
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
        ]),
    }
}
