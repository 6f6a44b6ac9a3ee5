//! OpenLLMetry (Traceloop): `traceloop.span.kind` and `traceloop.entity.*` beside OpenTelemetry's
//! names, with everything a LangChain callback got in one envelope.

use serde_json::Value;

use super::{
    attribute::{self, value},
    document::document,
    genai,
};
use crate::{
    content::{structured, unquoted},
    exception,
    messages::messages,
    python,
    seen::{Message, Role, Seen, Went},
    span::Span,
};

pub(super) fn read(span: &Span) -> Option<Seen> {
    let kind = span.text("traceloop.span.kind");
    let is_ours = kind.is_some() || span.attributes.under("traceloop.").next().is_some();
    if !is_ours {
        return None;
    }
    let mut seen = genai::read(span).unwrap_or_else(|| {
        let mut seen = Seen::of(Role::Hidden, span.name.clone());
        seen.went = exception::went(span);
        seen
    });
    seen.role = match (kind, seen.role) {
        (_, role @ (Role::Model | Role::Retrieval)) => role,
        _ if span.name.ends_with(".handoff") => Role::Handoff,
        (Some("workflow"), Role::Agent) => Role::Agent,
        (Some("workflow"), _) => Role::Workflow,
        (Some("agent"), _) => Role::Agent,
        (Some("tool"), _) => Role::Tool,
        // LlamaIndex's tools, which are tasks.
        (Some("task"), _) if is_tool_task(span) => Role::Tool,
        // An edge of a graph, which decides where to go on.
        (Some("task"), Role::Node) if seen.name == "unknown" => Role::Hidden,
        (Some("task"), Role::Node) => Role::Node,
        (Some("task"), Role::Hidden) => task(span),
        (_, role) => role,
    };
    let entity = span.any_text(&["traceloop.entity.name", "gen_ai.agent.name", "gen_ai.tool.name"]);
    let entity = entity.map(|name| kindless(&name).to_owned());
    match seen.role {
        Role::Handoff => handoff(span, &mut seen),
        Role::Tool => {
            seen.name = entity.unwrap_or_else(|| kindless(&span.name).to_owned());
            tool(span, &mut seen);
            if let Some(output) = seen.output.take() {
                seen.name = tool_name(&output).unwrap_or(seen.name);
                seen.output = Some(attribute::blockless(output));
            }
        }
        Role::Agent | Role::Workflow => {
            seen.name = entity.unwrap_or_else(|| kindless(&span.name).to_owned());
            agent(span, &mut seen);
        }
        Role::Node => seen.name = entity.unwrap_or(seen.name),
        Role::Retrieval => {
            seen.name = entity.unwrap_or(seen.name);
            retrieval(span, &mut seen);
        }
        _ => {}
    }
    Some(seen)
}

/// A task is a graph's node if the graph calls it so, or a function that someone decorated.
fn task(span: &Span) -> Role {
    let node = span.text("traceloop.association.properties.langgraph_node");
    match (node, span.text("traceloop.entity.name")) {
        (Some(node), Some(name)) if node != name => Role::Hidden,
        _ => Role::Node,
    }
}

/// A name without the kind that spans' and LlamaIndex's have at their end.
fn kindless(name: &str) -> &str {
    const KINDS: [&str; 4] = [".workflow", ".task", ".agent", ".tool"];
    KINDS.iter().find_map(|kind| name.strip_suffix(kind)).unwrap_or(name)
}

/// `A → B.handoff`; B may be `unknown`, and then only the model's call tells.
fn handoff(span: &Span, seen: &mut Seen) {
    let (_, to) = span.name.split_once(" → ").unwrap_or_default();
    let to = to.strip_suffix(".handoff").unwrap_or(to);
    let to = Some(to).filter(|to| !to.is_empty() && *to != "unknown");
    let known = span.any_text(&["gen_ai.handoff.to_agent", "handoff.to_agent"]);
    seen.handoff_to = known.or_else(|| to.map(str::to_owned));
}

fn tool(span: &Span, seen: &mut Seen) {
    let input = seen.input.take().or_else(|| value(span, &["traceloop.entity.input"]));
    let output = seen.output.take().or_else(|| value(span, &["traceloop.entity.output"]));
    let input = input.unwrap_or_default();
    seen.call_id = seen.call_id.take().or_else(|| {
        input.pointer("/kwargs/tool_call_id").and_then(Value::as_str).map(str::to_owned)
    });
    seen.input = Some(attribute::arguments(arguments(input))).filter(|input| !input.is_null());
    let output = output.unwrap_or_default();
    let message = output.pointer("/output/kwargs").or_else(|| output.pointer("/outputs/kwargs"));
    let Some(message) = message.filter(|message| message.get("tool_call_id").is_some()) else {
        let inner = output.get("output").filter(|_| output.get("kwargs").is_some());
        let output = inner.and_then(structured).unwrap_or(output);
        seen.output = Some(unquoted(output)).filter(|value| !value.is_null());
        return;
    };
    let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
    seen.call_id = text("tool_call_id").or_else(|| seen.call_id.take());
    let result = message.get("content").and_then(structured);
    if text("status").as_deref() == Some("error") && matches!(seen.went, Went::Well) {
        seen.went = Went::Failed(exception::told_as_result(result.as_ref()));
    }
    seen.output = result;
}

/// The arguments within the envelope of a LangChain callback.
fn arguments(envelope: Value) -> Value {
    let Value::Object(mut map) = envelope else { return envelope };
    if !map.contains_key("input_str") && !map.contains_key("inputs") {
        return map.into();
    }
    match map.remove("inputs") {
        Some(inputs) if !inputs.is_null() => inputs,
        _ => {
            let text = map.remove("input_str").unwrap_or_default();
            text.as_str().and_then(python::literal).unwrap_or(text)
        }
    }
}

fn agent(span: &Span, seen: &mut Seen) {
    let state = |key: &str, inner: &str, role: &str| -> Vec<Message> {
        let Some(envelope) = span.get(key).and_then(structured) else { return Vec::new() };
        let state = envelope.get(inner).unwrap_or(&envelope);
        match state.get("messages") {
            Some(list) => messages(list, role),
            None if inner == "inputs" && state.is_object() => Vec::new(),
            None => messages(state, role),
        }
    };
    if seen.heard.iter().all(|message| message.role == "system") {
        seen.heard.extend(state("traceloop.entity.input", "inputs", "user"));
    }
    if seen.heard.iter().all(|message| message.role == "system") {
        seen.heard.extend(only_text(span));
    }
    if seen.said.is_empty() {
        seen.said = state("traceloop.entity.output", "outputs", "assistant");
    }
    for said in &mut seen.said {
        if let Value::String(text) = unquoted(std::mem::take(&mut said.text).into()) {
            said.text = text;
        }
    }
    let output = value(span, &["traceloop.entity.output"]).unwrap_or_default();
    let state = output.get("outputs").unwrap_or(&output);
    let is_plain =
        state.as_object().is_some_and(|map| !map.is_empty() && !map.contains_key("messages"));
    if seen.said.is_empty() && is_plain {
        seen.output = Some(state.clone());
    }
}

/// The only text that a decorated function was called with: what was asked.
fn only_text(span: &Span) -> Option<Message> {
    let input = value(span, &["traceloop.entity.input"])?;
    let (args, kwargs) = (input.get("args")?.as_array()?, input.get("kwargs"));
    let named = kwargs.and_then(Value::as_object).into_iter().flat_map(|map| map.values());
    let mut texts = args.iter().chain(named).filter_map(Value::as_str);
    let (text, None) = (texts.next()?.to_owned(), texts.next()) else { return None };
    Some(Message { role: "user".into(), text, ..Message::default() })
}

fn is_tool_task(span: &Span) -> bool {
    value(span, &["traceloop.entity.output"]).is_some_and(|output| tool_name(&output).is_some())
}

/// The tool's name in what LlamaIndex has a tool return.
fn tool_name(output: &Value) -> Option<String> {
    output.get("blocks")?;
    output.get("tool_name")?.as_str().map(str::to_owned)
}

fn retrieval(span: &Span, seen: &mut Seen) {
    let input = value(span, &["traceloop.entity.input"]);
    seen.input = seen.input.take().or_else(|| input.as_ref()?.get("query").cloned()).or(input);
    let output = value(span, &["traceloop.entity.output"]).unwrap_or_default();
    if let Some(Value::Array(documents)) = output.get("documents") {
        seen.output = Some(documents.iter().map(|one| document(one, None)).collect());
    }
}
