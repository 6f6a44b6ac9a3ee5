//! What a stored trace says of each step, read leniently: workflows in any language wrote it.
//!
//! `steps` is canonical; `react`, `tool_calls` and `retrieval` given apart are read as steps too.
//! Names that are common elsewhere (`thought`, `observation`, `arguments`, `result`, `documents`)
//! are understood, so that a ticket reads the same whoever sent it.

use serde_json::{Map, Value};

use crate::quantity::finite;

/// One step with its texts, borrowed from the trace.
#[derive(Debug, Default)]
pub struct Moment<'t> {
    /// Unique within the ticket, or empty.
    pub id: &'t str,
    /// The step it belongs to, or empty.
    pub parent: &'t str,
    /// node, react, llm, tool, retrieval, message, other.
    pub kind: &'t str,
    /// The node, tool, model or speaker.
    pub name: &'t str,
    /// The ReACT iteration.
    pub iteration: Option<u64>,
    /// Milliseconds it took, if told.
    pub duration_ms: Option<f64>,
    /// OK, ERROR or SKIPPED.
    pub status: &'t str,
    /// The agent's reasoning.
    pub thought: Option<&'t Value>,
    /// The tool it chose.
    pub action: &'t str,
    /// What it gave that tool.
    pub action_input: Option<&'t Value>,
    /// What went in.
    pub input: Option<&'t Value>,
    /// What came out.
    pub output: Option<&'t Value>,
    /// What went wrong.
    pub error: Option<&'t Value>,
    /// Anything else: tokens, model parameters.
    pub attributes: Option<&'t Map<String, Value>>,
}

/// Every step of a trace, in the order they were written: `steps`, then what was given apart.
pub fn moments(trace: &Value) -> Vec<Moment<'_>> {
    let lists =
        [("steps", ""), ("react", "react"), ("tool_calls", "tool"), ("retrieval", "retrieval")];
    let mut moments = Vec::new();
    for (key, kind) in lists {
        match trace.get(key) {
            Some(Value::Array(items)) => {
                moments.extend(items.iter().filter_map(|v| moment(v, kind)))
            }
            Some(one @ Value::Object(_)) => moments.extend(moment(one, kind)),
            _ => {}
        }
    }
    moments
}

fn moment<'t>(value: &'t Value, kind: &'t str) -> Option<Moment<'t>> {
    let step = value.as_object()?;
    let kind = text(step, &["kind"]).unwrap_or(kind);
    let output =
        any(step, &["output", "observation", "result", "response", "documents", "results", "hits"]);
    // An iteration's output is what it thought, unless it says which is which.
    let (thought, output) = match (kind, any(step, &["thought", "reasoning"])) {
        ("react", None) => (any(step, &["output"]), any(step, &["observation", "result"])),
        (_, thought) => (thought, output),
    };
    Some(Moment {
        id: text(step, &["id"]).unwrap_or_default(),
        parent: text(step, &["parent_id"]).unwrap_or_default(),
        kind,
        name: text(step, &["name", "tool", "tool_name", "model", "source"]).unwrap_or_default(),
        iteration: any(step, &["iteration"]).and_then(Value::as_u64),
        duration_ms: any(step, &["duration_ms"]).and_then(Value::as_f64).map(finite),
        status: text(step, &["status"]).unwrap_or_default(),
        thought,
        action: text(step, &["action"]).unwrap_or_default(),
        action_input: any(step, &["action_input"]),
        input: any(step, &["input", "arguments", "args", "parameters", "query"]),
        output,
        error: any(step, &["error"]),
        attributes: step.get("attributes").and_then(Value::as_object),
    })
}

impl Moment<'_> {
    /// Whether it failed.
    pub fn is_error(&self) -> bool {
        self.status == "ERROR" || self.error.is_some()
    }
}

/// One document a search found.
#[derive(Debug, PartialEq)]
pub struct Hit<'t> {
    /// How well it matched, if told.
    pub score: Option<f64>,
    /// What it is called.
    pub title: &'t str,
    /// What it says.
    pub text: &'t str,
}

/// The documents in a search's output: a list, or a list under a usual key.
pub fn hits(output: &Value) -> Option<Vec<Hit<'_>>> {
    let list = match output {
        Value::Array(list) => list,
        Value::Object(map) => any(map, &["hits", "documents", "results", "matches"])?.as_array()?,
        _ => return None,
    };
    list.iter().map(hit).collect()
}

fn hit(value: &Value) -> Option<Hit<'_>> {
    if let Value::String(text) = value {
        return Some(Hit { score: None, title: "", text });
    }
    let hit = value.as_object()?;
    Some(Hit {
        score: any(hit, &["score", "similarity", "relevance"]).and_then(Value::as_f64),
        title: text(hit, &["title", "name", "source", "url", "id"]).unwrap_or_default(),
        text: text(hit, &["text", "content", "snippet", "chunk"]).unwrap_or_default(),
    })
}

/// The first of these keys that is there and not null.
pub fn any<'t>(map: &'t Map<String, Value>, keys: &[&str]) -> Option<&'t Value> {
    keys.iter().find_map(|key| map.get(*key).filter(|value| !value.is_null()))
}

fn text<'t>(map: &'t Map<String, Value>, keys: &[&str]) -> Option<&'t str> {
    keys.iter().find_map(|key| map.get(*key).and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_given_apart_are_steps_too() {
        let trace = json!({
            "steps": [{ "id": "s1", "kind": "message", "name": "customer", "input": "hi" }],
            "react": [{ "iteration": 2, "thought": "look", "action": "find", "observation": "none" }],
            "tool_calls": [{ "tool": "find", "arguments": { "q": 1 }, "result": [] }, 7],
            "retrieval": { "query": "q", "documents": [{ "title": "T", "score": 0.5 }] },
        });
        let moments = moments(&trace);
        let kinds: Vec<_> = moments.iter().map(|m| (m.kind, m.name)).collect();
        assert_eq!(
            kinds,
            [("message", "customer"), ("react", ""), ("tool", "find"), ("retrieval", "")]
        );
        assert_eq!(moments[1].thought, Some(&json!("look")));
        assert_eq!(moments[1].output, Some(&json!("none")));
        assert_eq!(moments[2].input, Some(&json!({ "q": 1 })));
        let found = hits(moments[3].output.unwrap()).unwrap();
        assert_eq!(found, [Hit { score: Some(0.5), title: "T", text: "" }]);
    }

    #[test]
    fn an_iterations_output_is_its_thought() {
        let trace = json!({ "steps": [
            { "kind": "react", "output": "hm" },
            { "kind": "react", "output": "hm", "observation": "17" },
        ]});
        let moments = moments(&trace);
        assert_eq!((moments[0].thought, moments[0].output), (Some(&json!("hm")), None));
        assert_eq!(moments[1].output, Some(&json!("17")));
    }

    #[test]
    fn a_trace_of_another_shape_has_no_steps() {
        for trace in [
            json!(null),
            json!([1]),
            json!({ "steps": "none" }),
            json!({ "steps": [1, "x", null] }),
        ] {
            assert!(moments(&trace).is_empty(), "{trace}");
        }
        assert_eq!(hits(&json!({ "documents": [1] })), None);
    }
}
