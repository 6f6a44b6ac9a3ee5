//! Strands Agents: OpenTelemetry's names, content in the span's *events*, a cycle for each turn, and a
//! tool's arguments and result in the events of its span.

use serde_json::Value;

use super::genai;
use crate::{
    content::structured,
    messages::messages,
    seen::{Role, Seen},
    span::Span,
};

pub(super) fn read(span: &Span) -> Option<Seen> {
    if !span.source.scope.starts_with("strands") {
        return None;
    }
    let mut seen = genai::read(span)?;
    match seen.role {
        // A cycle repeats what its model call and its tools say.
        Role::Turn => {
            (seen.heard, seen.said) = (Vec::new(), Vec::new());
            seen.tokens = Default::default();
        }
        Role::Tool => tool(span, &mut seen),
        Role::Agent => seen.said.iter_mut().for_each(|said| {
            // The SDK prints its answer with the line's end.
            let end = said.text.trim_end().len();
            said.text.truncate(end);
        }),
        _ => {}
    }
    Some(seen)
}

fn tool(span: &Span, seen: &mut Seen) {
    for event in &span.events {
        let attributes = &event.attributes;
        match event.name.as_str() {
            "gen_ai.tool.message" if seen.input.is_none() => {
                seen.input = attributes.get("content").and_then(structured);
            }
            "gen_ai.choice" => {
                if let Some(said) = attributes.get("message") {
                    result(said, seen);
                }
            }
            "gen_ai.client.inference.operation.details" => {
                if let Some(said) = attributes.get("gen_ai.output.messages") {
                    result(said, seen);
                }
                if let (None, Some(asked)) = (&seen.input, attributes.get("gen_ai.input.messages"))
                {
                    let asked = messages(asked, "tool");
                    let call = asked.into_iter().flat_map(|message| message.calls).next();
                    seen.input = call.map(|call| call.arguments);
                }
            }
            _ => {}
        }
    }
}

/// A tool's answer: blocks, or a message that holds the response.
fn result(said: &Value, seen: &mut Seen) {
    let said = messages(said, "tool");
    let text = said.iter().map(|message| message.text.as_str()).find(|text| !text.is_empty());
    let text = text.map(|text| Value::String(text.to_owned()));
    let response =
        said.iter().flat_map(|message| &message.results).map(|(_, result)| result).next();
    let result = response.cloned().or(text);
    seen.output = result.as_ref().and_then(structured).or_else(|| seen.output.take());
}
