//! Conversations, in every shape that instrumentations record them: OpenTelemetry's parts, the
//! providers' own (chat completions, responses, Anthropic's and Bedrock's blocks), LangChain's
//! serialised messages, the AI SDK's.

use serde_json::{Map, Value};

use crate::{
    content::{MARKS, is_mark, parsed, structured},
    seen::{Call, Message},
};

/// The messages that a value is: a list of them, one, or a text that is either.
pub(crate) fn messages(value: &Value, role: &str) -> Vec<Message> {
    let value = match value {
        Value::String(text) => parsed(text).unwrap_or_else(|| value.clone()),
        other => other.clone(),
    };
    let read = match value {
        Value::Null => Vec::new(),
        mark if is_mark(&mark) => Vec::new(),
        Value::Array(items) if is_parts(&items) => vec![of_parts(role, items)],
        // LangChain batches conversations: a list of lists.
        Value::Array(items) => items
            .into_iter()
            .flat_map(|item| match item {
                Value::Array(batch) => batch,
                single => vec![single],
            })
            .map(|item| message(item, role))
            .collect(),
        Value::Object(mut map) => match map.remove("messages") {
            Some(list) => messages(&list, role),
            None => vec![message(Value::Object(map), role)],
        },
        text => vec![Message { role: role.into(), text: text_of(&text), ..Message::default() }],
    };
    read.into_iter().filter(|message| !message.is_empty()).collect()
}

/// Whether a list is one message's parts rather than messages.
fn is_parts(items: &[Value]) -> bool {
    const KINDS: [&str; 6] = ["text", "tool_call", "tool-call", "tool_use", "image", "image_url"];
    items.first().and_then(Value::as_object).is_some_and(|first| {
        let has = |key: &str| first.contains_key(key);
        let kind = first.get("type").and_then(Value::as_str);
        !has("role")
            && !has("data")
            && (kind.is_some_and(|kind| KINDS.contains(&kind))
                || has("toolUse")
                || has("toolResult")
                || has("function_call")
                || has("function_response")
                || (first.len() == 1 && has("text")))
    })
}

fn message(item: Value, role: &str) -> Message {
    let mut map = match item {
        Value::Object(map) => unwrapped(map),
        other => {
            return Message { role: role.into(), text: text_of(&other), ..Message::default() };
        }
    };
    let kind = text(&map, "type").unwrap_or_default();
    match kind.as_str() {
        // OpenAI's responses: calls and their outputs are items of their own.
        "function_call" | "custom_tool_call" | "function_call_output" | "reasoning" => {
            return of_parts(role, vec![Value::Object(map)]);
        }
        _ => {}
    }
    let role = text(&map, "role").unwrap_or_else(|| match kind.as_str() {
        "human" => "user".into(),
        "ai" | "AIMessageChunk" => "assistant".into(),
        "system" | "tool" | "user" | "assistant" => kind.clone(),
        _ => role.to_owned(),
    });
    // What Gemini, newer models of OpenAI's and AutoGen call them.
    let role = match role.as_str() {
        "model" => "assistant".to_owned(),
        "developer" => "system".to_owned(),
        "function" => "tool".to_owned(),
        _ => role,
    };
    let answers = text_any(&map, &["tool_call_id", "toolCallId", "id"])
        .filter(|_| role == "tool" && !map.contains_key("parts"));
    let content = ["parts", "content", "contents", "message"]
        .iter()
        .find_map(|key| map.remove(*key).filter(|value| !value.is_null()));
    let mut message = match content {
        Some(Value::Array(parts)) => of_parts(&role, parts),
        Some(Value::String(text)) => match parsed(&text) {
            Some(Value::Array(parts)) if is_parts(&parts) => of_parts(&role, parts),
            _ if MARKS.contains(&text.as_str()) => Message::default(),
            _ => Message { role: role.clone(), text, ..Message::default() },
        },
        Some(Value::Object(inner)) => self::message(Value::Object(inner), &role),
        Some(other) => Message { role: role.clone(), text: text_of(&other), ..Message::default() },
        None => Message { role: role.clone(), ..Message::default() },
    };
    message.role.clone_from(&role);
    if role == "tool" && message.results.is_empty() && !message.text.is_empty() {
        let result = Value::String(std::mem::take(&mut message.text));
        message.results.push((answers, structured(&result).unwrap_or_default()));
    }
    for key in ["tool_calls", "toolCalls"] {
        if let Some(Value::Array(calls)) = map.remove(key) {
            // Some say a call in both places.
            let calls = calls.into_iter().filter_map(|item| call(unwrapped(as_map(item)?)));
            let new: Vec<_> = calls.filter(|call| !message.calls.contains(call)).collect();
            message.calls.extend(new);
        }
    }
    message
}

/// What is inside of a serialiser's wrapping: LangChain's `{"type": "human", "data": {…}}` and
/// `{"lc": 1, "id": […, "HumanMessage"], "kwargs": {…}}`, OpenInference's `{"message": {…}}`.
fn unwrapped(mut map: Map<String, Value>) -> Map<String, Value> {
    if map.contains_key("lc")
        && let Some(Value::Object(mut inner)) = map.remove("kwargs")
    {
        let class = map.get("id").and_then(Value::as_array).and_then(|path| path.last());
        let kind = match class.and_then(Value::as_str).unwrap_or_default() {
            "HumanMessage" => "human",
            "AIMessage" | "AIMessageChunk" => "ai",
            "SystemMessage" => "system",
            "ToolMessage" => "tool",
            _ => return inner,
        };
        inner.insert("type".into(), kind.into());
        return inner;
    }
    if let (Some(kind), Some(Value::Object(inner))) =
        (map.get("type").cloned(), map.get_mut("data"))
    {
        let mut inner = std::mem::take(inner);
        inner.insert("type".into(), kind);
        return inner;
    }
    for wrap in ["message", "message_content", "tool_call"] {
        if let (1, Some(Value::Object(inner))) = (map.len(), map.get_mut(wrap)) {
            return std::mem::take(inner);
        }
    }
    map
}

fn of_parts(role: &str, parts: Vec<Value>) -> Message {
    let mut message = Message { role: role.to_owned(), ..Message::default() };
    for part in parts {
        match part {
            Value::Object(map) => add(&mut message, unwrapped(map)),
            Value::String(text) => say(&mut message.text, &text),
            _ => {}
        }
    }
    message
}

fn add(message: &mut Message, mut map: Map<String, Value>) {
    // Bedrock's and Gemini's blocks have their kind as their only key.
    const BLOCKS: [(&str, &str); 4] = [
        ("toolUse", "tool_use"),
        ("toolResult", "tool_result"),
        ("function_call", "tool_use"),
        ("function_response", "tool_result"),
    ];
    for (key, kind) in BLOCKS {
        if let Some(Value::Object(mut inner)) = map.remove(key) {
            inner.insert("type".into(), kind.into());
            return add(message, inner);
        }
    }
    match text(&map, "type").unwrap_or_default().as_str() {
        "tool_call" | "tool-call" | "tool_use" | "function_call" | "custom_tool_call" => {
            message.calls.extend(call(map));
        }
        "tool_call_response" | "tool-result" | "tool_result" | "function_call_output" => {
            let id = text_any(&map, &["toolCallId", "toolUseId", "tool_use_id", "call_id", "id"]);
            let keys = ["response", "result", "output", "content"];
            let result = keys.iter().find_map(|key| map.remove(*key)).unwrap_or_default();
            message.results.push((id, result_of(result)));
        }
        "reasoning" | "thinking" | "redacted_thinking" => {
            let keys = ["content", "text", "thinking", "reasoning", "summary"];
            let text = keys.iter().find_map(|key| map.get(*key)).map(text_of).unwrap_or_default();
            say(&mut message.reasoning, &text);
        }
        _ => {
            let keys = ["text", "content", "output_text"];
            match keys.iter().find_map(|key| map.get(*key).filter(|value| value.is_string())) {
                Some(text) if !is_mark(text) => say(&mut message.text, &text_of(text)),
                _ => {}
            }
        }
    }
}

/// A tool's result without the wrapping of blocks and typed values.
fn result_of(value: Value) -> Value {
    match value {
        Value::Array(mut items) if items.len() == 1 && items[0].is_object() => {
            let Some(map) = items[0].as_object_mut() else { return Value::Null };
            match map.remove("json").or_else(|| map.remove("text")) {
                Some(inner) => structured(&inner).unwrap_or_default(),
                None => items.into(),
            }
        }
        // The AI SDK: {"type": "json", "value": …}.
        Value::Object(mut map) if map.len() == 2 && map.contains_key("type") => {
            map.remove("value").unwrap_or(Value::Object(map))
        }
        other => structured(&other).unwrap_or_default(),
    }
}

/// A tool call in any of the providers' shapes.
pub(crate) fn call(mut map: Map<String, Value>) -> Option<Call> {
    // `call_id` first: a response's item has an `id` of its own.
    let id = text_any(&map, &["call_id", "toolCallId", "toolUseId", "id"]);
    let mut function = match map.remove("function") {
        Some(Value::Object(function)) => function,
        _ => map,
    };
    let name = text_any(&function, &["name", "toolName"])?;
    let keys = ["arguments", "args", "input", "parameters"];
    let arguments = keys.iter().find_map(|key| function.remove(*key)).unwrap_or_default();
    Some(Call { id, name, arguments: structured(&arguments).unwrap_or_default() })
}

fn as_map(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn text_any(map: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text(map, key))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Several texts of one message are its paragraphs.
fn say(so_far: &mut String, text: &str) {
    if !so_far.is_empty() && !text.is_empty() {
        so_far.push('\n');
    }
    so_far.push_str(text);
}

/// A message as a step shows it.
pub(crate) fn shown(message: &Message) -> Value {
    let mut map = Map::new();
    map.insert("role".into(), message.role.clone().into());
    map.extend(contents(message));
    map.into()
}

/// What a message holds, beside its role.
pub(crate) fn contents(message: &Message) -> Map<String, Value> {
    let mut map = Map::new();
    if !message.text.is_empty() {
        map.insert("content".into(), message.text.clone().into());
    }
    if !message.reasoning.is_empty() {
        map.insert("reasoning".into(), message.reasoning.clone().into());
    }
    if !message.calls.is_empty() {
        map.insert("tool_calls".into(), message.calls.iter().map(shown_call).collect());
    }
    if !message.results.is_empty() {
        map.insert("tool_results".into(), message.results.iter().map(shown_result).collect());
    }
    map
}

fn shown_call(call: &Call) -> Value {
    let mut map = Map::new();
    if let Some(id) = &call.id {
        map.insert("id".into(), id.clone().into());
    }
    map.insert("name".into(), call.name.clone().into());
    if !call.arguments.is_null() {
        map.insert("arguments".into(), call.arguments.clone());
    }
    map.into()
}

fn shown_result((id, result): &(Option<String>, Value)) -> Value {
    let mut map = Map::new();
    if let Some(id) = id {
        map.insert("id".into(), id.clone().into());
    }
    map.insert("result".into(), result.clone());
    map.into()
}
