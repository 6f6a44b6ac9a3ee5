//! What went into a step and came out of it. Compared where the recording has all of it, and as the
//! values that JSON texts say.

use serde_json::Value;

use crate::{
    evidence,
    got::Got,
    scenario::{Happened, Scenario},
    tally::none,
};

/// One text or value of a step that should be so and so.
pub struct Asked {
    pub name: &'static str,
    pub right: bool,
    pub expected: String,
    pub got: String,
}

/// What is asked of a step that was found.
pub fn asked(scenario: &Scenario, happened: &Happened, got: &Got<'_>) -> Vec<Asked> {
    let (input, output) = (got.step.input.as_ref(), got.step.output.as_ref());
    let mut list = Vec::new();
    let mut ask = |name, right, expected: &Value, got: Option<&Value>| {
        let got = got.map_or_else(none, ToString::to_string);
        list.push(Asked { name, right, expected: expected.to_string(), got });
    };
    let of = |key: &str| Some(&happened.value[key]).filter(|value| !value.is_null());
    let is = |expected: &Value, got: Option<&Value>| got.is_some_and(|got| same(expected, got));
    if let Some(expected) = of("arguments") {
        let empty = expected.as_object().is_some_and(serde_json::Map::is_empty);
        ask("arguments", is(expected, input) || (empty && input.is_none()), expected, input);
    }
    if let Some(expected) = of("result") {
        ask("result", is(expected, output), expected, output);
    }
    if let Some(expected) = of("query") {
        ask("query", is(expected, input), expected, input);
    }
    if let Some(expected) = of("documents") {
        let right = output.is_some_and(|output| same_documents(expected, output));
        ask("documents", right, expected, output);
    }
    if let Some(expected) = of("output_text") {
        ask("output text", says(output, expected), expected, output);
    }
    if let Some(expected) = of("text") {
        let right = says(output, expected) || says(input, expected);
        ask("text", right, expected, output.or(input));
    }
    if let Some(expected) = of("agent").filter(|agent| scenario.evidence.says(text(agent))) {
        let agent = got.step.attributes.get("gen_ai.agent.name");
        ask("agent", agent == Some(expected), expected, agent);
    }
    if happened.kind == "handoff" {
        let name = Value::from(got.step.name.as_str());
        ask("name", got.step.name == happened.name, &happened.value["name"], Some(&name));
    }
    // What a model server said is not how a library tells it: only the tools' own errors.
    if let Some(expected) = of("error").filter(|_| happened.kind == "tool") {
        let (right, error) = error(scenario, expected, got);
        ask("error", right, expected, Some(&error));
    }
    list
}

/// Whether the error is of that class and says that message. A class that the recording never
/// says is not asked for.
fn error(scenario: &Scenario, expected: &Value, got: &Got<'_>) -> (bool, Value) {
    let Some(error) = &got.step.error else { return (false, Value::Null) };
    let class = text(&expected["class"]);
    let kind = error.kind.as_deref().unwrap_or_default();
    let message = error.message.as_deref().unwrap_or_default();
    let right = message.contains(text(&expected["message"]))
        && (!scenario.evidence.holds(class) || bare(kind) == class);
    (right, serde_json::json!({ "type": kind, "message": message }))
}

/// A class without its module.
pub fn bare(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

/// Whether they are the same values, where a text that is JSON is what it says.
fn same(expected: &Value, got: &Value) -> bool {
    match (&parsed(expected), &parsed(got)) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys = a.iter();
            a.len() == b.len() && keys.all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

fn parsed(value: &Value) -> Value {
    let json = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    json.unwrap_or_else(|| value.clone())
}

/// Whether the documents are those, in that order. Instrumentations leave out the text or the id:
/// one of them must be there, and what is there must be right.
fn same_documents(expected: &Value, got: &Value) -> bool {
    let (Value::Array(expected), Value::Array(got)) = (expected, &parsed(got)) else {
        return false;
    };
    expected.len() == got.len()
        && expected.iter().zip(got).all(|(expected, got)| {
            let right = |key: &&str| got[*key].is_null() || same(&expected[*key], &got[*key]);
            ["id", "text", "title"].iter().all(right)
                && same(&expected["score"], &got["score"])
                && !(got["id"].is_null() && got["text"].is_null())
        })
}

/// Whether a step's value is that text or has it as one of its texts.
fn says(value: Option<&Value>, expected: &Value) -> bool {
    let mut found = false;
    if let Some(value) = value {
        evidence::leaves(&parsed(value), &mut |leaf| found |= leaf == text(expected));
    }
    found
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
