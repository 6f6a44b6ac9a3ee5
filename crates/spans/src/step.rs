//! What stands in a step, of what was seen.

use serde_json::Value;
use ticketlens_ticket::{Step, StepKind, StepStatus};

use crate::{
    messages::{contents, shown},
    seen::{Message, Role, Seen, Went},
};

pub(crate) const fn kind(role: Role) -> StepKind {
    match role {
        Role::Node => StepKind::Node,
        Role::Turn => StepKind::React,
        Role::Model => StepKind::Llm,
        Role::Tool => StepKind::Tool,
        Role::Retrieval => StepKind::Retrieval,
        _ => StepKind::Other,
    }
}

pub(crate) fn status(seen: &Seen) -> StepStatus {
    match seen.went {
        Went::Well => StepStatus::Ok,
        Went::Failed(_) => StepStatus::Error,
        Went::Interrupted | Went::Cancelled(_) => StepStatus::Skipped,
    }
}

/// A model call: what is new in what it was told, what it said, and what both cost.
pub(crate) fn model(step: &mut Step, seen: &Seen, before: Option<&Seen>) {
    let model = &seen.model;
    let name = model.requested.as_ref().or(model.answered.as_ref());
    if let Some(name) = name {
        step.name.clone_from(name);
    }
    // A conversation is told whole each time: what the call before was told and said is not told again.
    let before = before.into_iter().flat_map(|before| before.heard.iter().chain(&before.said));
    let known = before.zip(&seen.heard).take_while(|(a, b)| a == b).count();
    if known > 0 {
        step.attributes.insert("ticketlens.messages_before".into(), known.into());
    }
    let new: Vec<_> = seen.heard[known..].iter().map(shown).collect();
    step.input = Some(new.into()).filter(|new: &Value| new != &Value::Array(Vec::new()));
    let said: Vec<_> = seen.said.iter().map(contents).collect();
    step.output = match said.as_slice() {
        [] => None,
        [one] if one.len() == 1 && one.contains_key("content") => one.get("content").cloned(),
        [one] => Some(one.clone().into()),
        several => Some(several.iter().cloned().map(Value::from).collect()),
    };
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            step.attributes.insert(key.to_owned(), value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(Value::from);
    add("gen_ai.request.model", text(&model.requested));
    add("gen_ai.response.model", text(&model.answered));
    add("gen_ai.provider.name", text(&model.provider));
    add("gen_ai.response.id", text(&model.response_id));
    let reasons = Some(&model.finish_reasons).filter(|reasons| !reasons.is_empty());
    add("gen_ai.response.finish_reasons", reasons.map(|reasons| reasons.clone().into()));
    add("gen_ai.usage.input_tokens", seen.tokens.input.map(Value::from));
    add("gen_ai.usage.output_tokens", seen.tokens.output.map(Value::from));
    add("gen_ai.usage.cache_read.input_tokens", seen.tokens.cached.map(Value::from));
    add("gen_ai.usage.reasoning.output_tokens", seen.tokens.reasoning.map(Value::from));
}

pub(crate) fn handoff(step: &mut Step, seen: &Seen) {
    step.attributes.insert("gen_ai.handoff.to".into(), seen.handoff_to.clone().into());
    step.input.clone_from(&seen.input);
}

/// Milliseconds to the microsecond.
#[expect(clippy::cast_precision_loss, reason = "times beyond 2^53 µs are 285 years")]
pub(crate) fn milliseconds(nanos: u64) -> f64 {
    (nanos / 1000) as f64 / 1000.0
}

/// What an agent thought in a turn, and what it chose to do. What came of it, its tools' steps say.
pub(crate) fn thought(step: &mut Step, seen: &Seen) {
    let thought = seen.said.iter().find(|said| !said.reasoning.is_empty());
    let thought = seen.said_text().or(thought.map(|said| said.reasoning.as_str()));
    step.output = thought.map(|thought| thought.to_owned().into());
    let calls: Vec<_> = seen.calls().collect();
    match calls.as_slice() {
        [] => {}
        [one] => {
            step.action = Some(one.name.clone());
            step.action_input = Some(one.arguments.clone()).filter(|input| !input.is_null());
        }
        several => {
            let names: Vec<_> = several.iter().map(|call| call.name.as_str()).collect();
            step.action = Some(names.join(", "));
            let inputs = several.iter().map(|call| call.arguments.clone());
            step.action_input = Some(inputs.collect());
        }
    }
}

/// The name of a turn.
pub(crate) fn turn_name(iteration: Option<u32>) -> String {
    iteration.map_or_else(|| "turn".to_owned(), |count| format!("iteration {count}"))
}

/// Something that was asked or answered.
pub(crate) fn spoken(number: usize, start_ms: f64, message: &Message) -> Step {
    let text = Some(Value::from(message.text.clone()));
    let is_asked = message.role == "user";
    Step {
        id: format!("message-{}", number + 1),
        kind: StepKind::Message,
        name: message.role.clone(),
        start_ms,
        input: text.clone().filter(|_| is_asked),
        output: text.filter(|_| !is_asked),
        ..Step::default()
    }
}
