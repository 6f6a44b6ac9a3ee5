//! Google's Agent Development Kit: spans of its own names, a model call around the tools and agents that
//! it leads to, and content as the model's request and response.

use serde_json::Value;

use super::{attribute::value, genai};
use crate::{
    exception,
    messages::messages,
    seen::{Role, Seen},
    span::Span,
};

pub(super) fn read(span: &Span) -> Option<Seen> {
    if span.source.scope != "gcp.vertex.agent" {
        return None;
    }
    let mut seen = genai::read(span).unwrap_or_else(|| Seen::of(Role::Hidden, span.name.clone()));
    seen.went = exception::went(span);
    match span.name.as_str() {
        "invocation" => seen.role = Role::Workflow,
        "call_llm" => model(span, &mut seen),
        name => {
            let agent = name.strip_prefix("agent_run [").and_then(|rest| rest.strip_suffix(']'));
            if let Some(agent) = agent {
                (seen.role, seen.name) = (Role::Agent, agent.to_owned());
                seen.agent = Some(agent.to_owned());
            }
        }
    }
    if seen.role == Role::Tool {
        seen.input = value(span, &["gcp.vertex.agent.tool_call_args"]);
        seen.output = value(span, &["gcp.vertex.agent.tool_response"]);
    }
    Some(seen)
}

fn model(span: &Span, seen: &mut Seen) {
    seen.role = Role::Model;
    let request = value(span, &["gcp.vertex.agent.llm_request"]).unwrap_or_default();
    let response = value(span, &["gcp.vertex.agent.llm_response"]).unwrap_or_default();
    let instructions = request.pointer("/config/system_instruction").unwrap_or(&Value::Null);
    seen.heard = messages(instructions, "system");
    seen.heard.extend(messages(request.get("contents").unwrap_or(&Value::Null), "user"));
    seen.said = messages(response.get("content").unwrap_or(&Value::Null), "assistant");
}
