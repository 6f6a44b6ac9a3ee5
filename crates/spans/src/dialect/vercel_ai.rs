//! The AI SDK (Vercel): `ai.*` of version 6 and before, and version 7, which writes OpenTelemetry's
//! names and a span a step.

use serde_json::{Map, Value};
use ticketlens_ticket::StepError;

use super::{
    attribute::{texts, value},
    genai,
};
use crate::{
    content::unquoted,
    exception,
    messages::messages,
    seen::{Message, Model, Role, Seen, Tokens, Went},
    span::Span,
};

pub(super) fn read(span: &Span) -> Option<Seen> {
    let Some(operation) = span.text("ai.operationId") else { return version_7(span) };
    let role = match operation {
        "ai.toolCall" => Role::Tool,
        _ if operation.ends_with(".doGenerate") || operation.ends_with(".doStream") => Role::Model,
        "ai.generateText" | "ai.streamText" | "ai.generateObject" | "ai.streamObject" => {
            Role::Agent
        }
        _ => Role::Other,
    };
    let agent = span.any_text(&["ai.telemetry.functionId", "resource.name"]);
    let mut seen = Seen::of(role, agent.clone().unwrap_or_else(|| span.name.clone()));
    seen.agent = agent;
    seen.went = exception::went(span);
    match role {
        Role::Tool => tool(span, &mut seen),
        Role::Model | Role::Agent => {
            seen.model = model(span);
            seen.tokens = tokens(span);
            conversation(span, &mut seen);
        }
        _ => {}
    }
    // A stream that nobody read to its end has no finish.
    let is_stream = operation == "ai.streamText" || operation == "ai.streamObject";
    if is_stream && seen.model.finish_reasons.is_empty() && matches!(seen.went, Went::Well) {
        seen.went = Went::Cancelled(StepError::default());
    }
    Some(seen)
}

/// Version 7 names its agents by their model, and its agent's answer has everything said on the way.
fn version_7(span: &Span) -> Option<Seen> {
    if span.source.scope != "gen_ai" {
        return None;
    }
    let mut seen = genai::read(span)?;
    if seen.role == Role::Agent {
        seen.said.truncate(1);
        for said in &mut seen.said {
            said.calls.clear();
            said.results.clear();
        }
    }
    seen.output = seen.output.map(unquoted);
    Some(seen)
}

fn tool(span: &Span, seen: &mut Seen) {
    seen.name = span.any_text(&["ai.toolCall.name"]).unwrap_or_else(|| span.name.clone());
    seen.call_id = span.any_text(&["ai.toolCall.id"]);
    seen.input = value(span, &["ai.toolCall.args", "ai.toolCall.input"]);
    seen.output = value(span, &["ai.toolCall.result", "ai.toolCall.output"]).map(unquoted);
}

fn conversation(span: &Span, seen: &mut Seen) {
    if let Some(told) = value(span, &["ai.prompt.messages"]) {
        seen.heard = messages(&told, "user");
    } else if let Some(Value::Object(prompt)) = value(span, &["ai.prompt"]) {
        for (key, role) in [("system", "system"), ("prompt", "user"), ("messages", "user")] {
            seen.heard.extend(prompt.get(key).map(|told| messages(told, role)).unwrap_or_default());
        }
    }
    let text = span.any_text(&["ai.response.text"]).unwrap_or_default();
    let mut said = Message { role: "assistant".into(), text, ..Message::default() };
    if let Some(reasoning) = span.any_text(&["ai.response.reasoning"]) {
        said.reasoning = reasoning;
    }
    if let (Role::Model, Some(calls)) = (seen.role, value(span, &["ai.response.toolCalls"])) {
        let message: Map<_, _> = [("tool_calls".to_owned(), calls)].into_iter().collect();
        let called = messages(&Value::Array(vec![message.into()]), "assistant");
        said.calls = called.into_iter().flat_map(|message| message.calls).collect();
    }
    if let (true, Some(object)) = (said.text.is_empty(), value(span, &["ai.response.object"])) {
        said.text = object.to_string();
    }
    if !said.is_empty() {
        seen.said = vec![said];
    }
}

fn model(span: &Span) -> Model {
    let reasons = texts(span.get("gen_ai.response.finish_reasons"));
    let reason = span.any_text(&["ai.response.finishReason"]);
    Model {
        requested: span.any_text(&["gen_ai.request.model", "ai.model.id"]),
        answered: span.any_text(&["ai.response.model", "gen_ai.response.model"]),
        provider: span.any_text(&["ai.model.provider", "gen_ai.system"]),
        response_id: span.any_text(&["ai.response.id", "gen_ai.response.id"]),
        finish_reasons: if reasons.is_empty() { reason.into_iter().collect() } else { reasons },
    }
}

fn tokens(span: &Span) -> Tokens {
    Tokens {
        input: span.any_count(&[
            "ai.usage.inputTokens",
            "ai.usage.promptTokens",
            "gen_ai.usage.input_tokens",
        ]),
        output: span.any_count(&[
            "ai.usage.outputTokens",
            "ai.usage.completionTokens",
            "gen_ai.usage.output_tokens",
        ]),
        cached: span.any_count(&[
            "ai.usage.cachedInputTokens",
            "ai.usage.inputTokenDetails.cacheReadTokens",
        ]),
        reasoning: span.any_count(&["ai.usage.reasoningTokens"]),
    }
}
