//! Pydantic AI's own instrumentation: OpenTelemetry's names, an agent's usage under
//! `gen_ai.aggregated_usage.*`, its answer in `final_result`, and former versions' span names.

use serde_json::Value;

use super::{attribute::value, genai};
use crate::{
    content::structured,
    exception,
    messages::messages,
    seen::{Message, Role, Seen},
    span::Span,
};

pub(super) fn read(span: &Span) -> Option<Seen> {
    if span.source.scope != "pydantic-ai" {
        return None;
    }
    let mut seen = genai::read(span).unwrap_or_else(|| Seen::of(former(span), span.name.clone()));
    if seen.role == Role::Other {
        seen.role = former(span);
    }
    seen.agent = span.any_text(&["gen_ai.agent.name", "agent_name"]);
    seen.went = exception::went(span);
    match seen.role {
        Role::Agent => agent(span, &mut seen),
        Role::Tool => tool(span, &mut seen),
        _ => {}
    }
    Some(seen)
}

/// What spans were before they had `gen_ai.operation.name`.
fn former(span: &Span) -> Role {
    match span.name.as_str() {
        "agent run" => Role::Agent,
        "running tool" => Role::Tool,
        // "running 2 tools": the tools are within.
        name if name.starts_with("running ") => Role::Hidden,
        _ if span.get("gen_ai.tool.name").is_some() => Role::Tool,
        _ => Role::Other,
    }
}

fn agent(span: &Span, seen: &mut Seen) {
    if let Some(name) = &seen.agent {
        seen.name.clone_from(name);
    }
    let all = value(span, &["pydantic_ai.all_messages", "all_messages_events"]);
    let all = all.map(|all| messages(&all, "user")).unwrap_or_default();
    if seen.heard.iter().all(|message| message.role == "system") {
        seen.heard.extend(all.iter().take_while(|message| message.role != "assistant").cloned());
    }
    // A run that waits for approvals gives the calls that need one as its result.
    let is_waiting =
        |result: &Value| result.get("calls").is_some() && result.get("approvals").is_some();
    let result = span.get("final_result").and_then(structured);
    if let Some(result) = result.filter(|result| !is_waiting(result)) {
        let text = match result {
            Value::String(text) => text,
            other => other.to_string(),
        };
        seen.said = vec![Message { role: "assistant".into(), text, ..Message::default() }];
    }
    // Usage by option under the standard names too: the sum of what is within.
    if !seen.tokens.is_known() {
        seen.tokens.input = span.any_count(&["gen_ai.aggregated_usage.input_tokens"]);
        seen.tokens.output = span.any_count(&["gen_ai.aggregated_usage.output_tokens"]);
        seen.tokens.cached = span.any_count(&["gen_ai.aggregated_usage.cache_read.input_tokens"]);
    }
}

fn tool(span: &Span, seen: &mut Seen) {
    seen.name = span.any_text(&["gen_ai.tool.name"]).unwrap_or_else(|| span.name.clone());
    seen.call_id = span.any_text(&["gen_ai.tool.call.id"]);
    seen.input = value(span, &["gen_ai.tool.call.arguments", "tool_arguments"]);
    seen.output = value(span, &["gen_ai.tool.call.result", "tool_response"]);
}
