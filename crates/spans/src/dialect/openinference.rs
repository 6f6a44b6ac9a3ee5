//! OpenInference (Arize): `openinference.span.kind`, messages flattened into keys, `input.value` and
//! `output.value` for everything else.

use serde_json::Value;

use super::{
    attribute::{arguments, blockless, conversation, methodless, value},
    document::document,
};
use crate::{
    content::{structured, unflattened},
    exception,
    messages::messages,
    seen::{Model, Role, Seen, Tokens, Went},
    span::Span,
};

pub(super) fn read(span: &Span) -> Option<Seen> {
    let kind = span.text("openinference.span.kind")?;
    let metadata = span.get("metadata").and_then(structured).unwrap_or_default();
    let role = match kind {
        // LlamaIndex makes a call ready in a span of its own.
        "LLM" if span.name.contains("._prepare_") => Role::Hidden,
        "LLM" => Role::Model,
        // A node of that name, and no agent of its own.
        "AGENT" if metadata.get("langgraph_node").and_then(Value::as_str) == Some(&span.name) => {
            Role::Node
        }
        "AGENT" => Role::Agent,
        "TOOL" if handoff(span).is_some() => Role::Handoff,
        "TOOL" => Role::Tool,
        "RETRIEVER" => Role::Retrieval,
        "CHAIN" => chain(span, &metadata),
        // What a chain is made of, and what it is asked with.
        "PROMPT" => Role::Hidden,
        _ => Role::Other,
    };
    let mut seen = Seen::of(role, methodless(&span.name));
    seen.may_be_run = role == Role::Node && metadata.get("langgraph_node").is_none();
    seen.went = exception::went(span);
    let of_graph = metadata.get("lc_agent_name").and_then(Value::as_str).map(str::to_owned);
    seen.agent = span.any_text(&["agent.name"]).or(of_graph);
    match role {
        Role::Model => model(span, &mut seen),
        Role::Tool => tool(span, &mut seen),
        Role::Retrieval => retrieval(span, &mut seen),
        Role::Handoff => seen.handoff_to = handoff(span),
        Role::Agent | Role::Workflow => agent(span, &mut seen),
        // What a node was given and gave is the graph's whole state, again and again.
        _ => {}
    }
    Some(seen)
}

/// A chain is a graph, a node of one, a turn of the Agents SDK, or what a node is made of.
fn chain(span: &Span, metadata: &Value) -> Role {
    if span.name == "turn" {
        return Role::Turn;
    }
    let of_metadata = |key: &str| metadata.get(key).and_then(Value::as_str);
    match of_metadata("langgraph_node") {
        Some(node) if node == span.name => Role::Node,
        // An agent that a tool of another starts has that one's node in its metadata.
        _ if of_metadata("lc_agent_name") == Some(&span.name) => Role::Agent,
        Some(_) => Role::Hidden,
        None if of_metadata("ls_integration") == Some("langgraph") => Role::Workflow,
        // The Agents SDK's run, told once more.
        None if span.parent.is_none() || span.source.scope.ends_with("openai_agents") => {
            Role::Workflow
        }
        None => Role::Node,
    }
}

/// Whom a handoff of the Agents SDK goes to.
fn handoff(span: &Span) -> Option<String> {
    let to = span.name.strip_prefix("handoff to ")?;
    // A tool of that name would say so.
    span.get("tool.name").is_none().then(|| to.to_owned())
}

fn agent(span: &Span, seen: &mut Seen) {
    if let Some(name) = span.any_text(&["agent.name", "graph.node.id"]) {
        seen.name = name;
    }
    let of = |key: &str| span.get(key).and_then(structured);
    seen.heard = conversation(span, "llm.input_messages.", "user");
    if seen.heard.is_empty() {
        seen.heard = of("input.value").map(|state| messages(&state, "user")).unwrap_or_default();
    }
    let output = of("output.value").unwrap_or_default();
    seen.said = messages(&output, "assistant");
    // A crew's words; the object that a graph, a chain or an agent was asked for.
    let raw = output.get("raw").and_then(Value::as_str);
    if let (true, Some(raw)) = (seen.said.is_empty(), raw) {
        seen.said = messages(&raw.into(), "assistant");
    }
    let structure = output.get("structured_response").filter(|made| !made.is_null());
    let is_plain = seen.said.is_empty() && output.is_object() && output.get("messages").is_none();
    seen.output = structured_only(structure.or(Some(&output).filter(|_| is_plain)));
    // The repr of a framework's object is nobody's words.
    seen.said.retain(|said| !is_repr(&said.text));
}

fn structured_only(value: Option<&Value>) -> Option<Value> {
    value.filter(|value| value.as_object().is_some_and(|map| !map.is_empty())).cloned()
}

/// `StopEvent(result=…`: a class's name, and what it was made of.
fn is_repr(text: &str) -> bool {
    let name = text.split('(').next().unwrap_or_default();
    name.len() < text.len()
        && name.starts_with(char::is_uppercase)
        && name.chars().all(|char| char.is_alphanumeric() || char == '_')
        && text.contains('=')
}

fn model(span: &Span, seen: &mut Seen) {
    seen.heard = conversation(span, "llm.input_messages.", "user");
    seen.said = conversation(span, "llm.output_messages.", "assistant");
    let parameters = value(span, &["llm.invocation_parameters"]).unwrap_or_default();
    let parameter = |key: &str| parameters.get(key).and_then(Value::as_str).map(str::to_owned);
    let output = value(span, &["output.value"]).unwrap_or_default();
    let finish = span.any_text(&["llm.finish_reason"]);
    // The Agents SDK records the response as the request's parameters: its model is the one that
    // answered.
    let response_id = parameter("id");
    let named = span.any_text(&["llm.model_name"]);
    let requested = parameter("model").or_else(|| named.clone());
    seen.model = Model {
        requested: requested.filter(|_| response_id.is_none()),
        answered: of_answer(&output, "model_name").or(named),
        provider: span.any_text(&["llm.provider", "llm.system"]),
        response_id: response_id.or_else(|| of_answer(&output, "id")),
        finish_reasons: finish.into_iter().collect(),
    };
    if let Some(temperature) = parameters.get("temperature").filter(|value| value.is_number()) {
        seen.attributes.insert("gen_ai.request.temperature".into(), temperature.clone());
    }
    seen.tokens = Tokens {
        input: span.any_count(&["llm.token_count.prompt"]),
        output: span.any_count(&["llm.token_count.completion"]),
        cached: span.any_count(&["llm.token_count.prompt_details.cache_read"]),
        reasoning: span.any_count(&["llm.token_count.completion_details.reasoning"]),
    };
}

/// What the provider says of its answer: within what LangChain returns, or itself.
fn of_answer(output: &Value, key: &str) -> Option<String> {
    let message = || {
        let message = output.pointer("/generations/0/0/message")?;
        let inner = message.get("kwargs").or_else(|| message.get("data"))?;
        inner.get("response_metadata")?.get(key)?.as_str()
    };
    output.get(key).and_then(Value::as_str).or_else(message).map(str::to_owned)
}

fn tool(span: &Span, seen: &mut Seen) {
    if let Some(name) = span.any_text(&["tool.name"]) {
        seen.name = name;
    }
    seen.call_id = span.any_text(&["tool.id", "tool_call.id"]);
    seen.input = value(span, &["input.value"]).map(arguments);
    seen.output = value(span, &["output.value"]).map(blockless);
    let Some(message) = seen.output.as_ref().and_then(|output| output.get("data")) else { return };
    let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(id) = text("tool_call_id") {
        seen.call_id = Some(id);
        let failed = text("status").as_deref() == Some("error");
        seen.output = message.get("content").and_then(structured);
        if failed && matches!(seen.went, Went::Well) {
            seen.went = Went::Failed(exception::told_as_result(seen.output.as_ref()));
        }
    }
}

fn retrieval(span: &Span, seen: &mut Seen) {
    seen.input = value(span, &["input.value"]);
    let documents = unflattened(&span.attributes, "retrieval.documents.");
    let Some(Value::Array(documents)) = documents else {
        seen.output = value(span, &["output.value"]);
        return;
    };
    // Ids stand in the output only.
    let output = value(span, &["output.value"]).unwrap_or_default();
    let documents = documents.into_iter().enumerate().map(|(at, found)| {
        let id = output.pointer(&format!("/documents/{at}/id"));
        document(found.get("document").unwrap_or(&found), id)
    });
    seen.output = Some(documents.collect());
}
