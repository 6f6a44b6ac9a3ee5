//! What a stored trace says of each step, read leniently: workflows in any language wrote it.
//!
//! `steps` is canonical; `react`, `tool_calls` and `retrieval` given apart are read as steps too.
//! Names that are common elsewhere (`thought`, `observation`, `arguments`, `result`, `documents`)
//! are understood, so that a ticket reads the same whoever sent it. What is not understood is kept
//! beside it.

use serde_json::{Map, Value};
use ticketlens_ticket::{StepKind, is_no_error};

use crate::parts::{Part, Parts};

/// Where a trace has steps, and what they are there.
const LISTS: [(&str, &str); 4] =
    [("steps", ""), ("react", "react"), ("tool_calls", "tool"), ("retrieval", "retrieval")];

/// One step with its texts, borrowed from the trace.
#[derive(Debug, Default)]
pub struct Moment<'t> {
    /// Unique within the ticket, or empty.
    pub id: &'t str,
    /// The step it belongs to, or empty.
    pub parent: &'t str,
    /// node, react, llm, tool, retrieval, message, other; or whatever was sent.
    pub kind: &'t str,
    /// The node, tool, model or speaker.
    pub name: &'t str,
    /// The ReACT iteration.
    pub iteration: Option<u64>,
    /// Milliseconds after the ticket's start, if told.
    pub start_ms: Option<f64>,
    /// Milliseconds it took, if told.
    pub duration_ms: Option<f64>,
    /// OK, ERROR or SKIPPED.
    pub status: &'t str,
    /// The agent's reasoning.
    pub thought: Option<&'t Value>,
    /// The tool it chose.
    pub action: Option<&'t Value>,
    /// What it gave that tool.
    pub action_input: Option<&'t Value>,
    /// What went in.
    pub input: Option<&'t Value>,
    /// What came out.
    pub output: Option<&'t Value>,
    /// What went wrong.
    pub error: Option<&'t Value>,
    /// Tokens, scores, model parameters.
    pub attributes: Option<&'t Value>,
    /// What was sent under other names, or is none of the above.
    pub rest: Vec<Part<'t>>,
}

/// Takes every step of a trace, in the order they were written: `steps`, then what was given apart.
pub fn moments<'t>(trace: &mut Parts<'t>) -> Vec<Moment<'t>> {
    let mut moments = Vec::new();
    for (key, kind) in LISTS {
        match trace.any(&[key]) {
            Some(Value::Array(items)) => {
                moments.extend(items.iter().filter_map(|v| moment(v, kind)))
            }
            Some(one) => moments.extend(moment(one, kind)),
            None => {}
        }
    }
    moments
}

/// A step. One that is no object is what came out of it; null is none.
fn moment<'t>(value: &'t Value, kind: &'static str) -> Option<Moment<'t>> {
    match value {
        Value::Object(step) => Some(read(step, kind)),
        Value::Null => None,
        other => Some(Moment { kind, output: Some(other), ..Moment::default() }),
    }
}

fn read<'t>(step: &'t Map<String, Value>, given_as: &'static str) -> Moment<'t> {
    let mut parts = Parts::of(step);
    // A library that knows no id or name may send it empty: that says nothing.
    for key in ["id", "name", "parent_id"] {
        parts.take(&[key], |value| value.as_str() == Some(""));
    }
    let kind = parts.text(&["kind"]).map_or(given_as, known);
    let is_message = kind == "message";
    let name = parts.text(&["name", "tool", "tool_name", "model", "source"]);
    let name =
        name.or_else(|| parts.text(if is_message { &["role", "speaker", "from"] } else { &[] }));
    let thought = parts.any(&["thought", "reasoning", "thinking"]);
    let out = ["output", "observation", "result", "response", "documents", "results", "hits"];
    // An iteration's output is what it thought, unless it says which is which.
    let (thought, output) = match (kind, thought) {
        ("react", None) => (parts.any(&["output"]), parts.any(&["observation", "result"])),
        (_, thought) => (thought, parts.any(&out)),
    };
    let input = parts.any(&["input", "arguments", "args", "parameters", "query"]);
    let said: &[&str] = if is_message { &["content", "text", "message"] } else { &[] };
    Moment {
        id: parts.text(&["id"]).unwrap_or_default(),
        parent: parts.text(&["parent_id"]).unwrap_or_default(),
        kind,
        name: name.unwrap_or_default(),
        iteration: parts.take(&["iteration"], Value::is_u64).and_then(Value::as_u64),
        start_ms: parts.number(&["start_ms"]),
        duration_ms: parts.number(&["duration_ms"]),
        status: parts.text(&["status"]).unwrap_or_default(),
        thought,
        action: parts.any(&["action"]),
        action_input: parts.any(&["action_input"]),
        input: input.or_else(|| parts.any(said)),
        output,
        error: parts.take(&["error"], |error| !is_no_error(error)),
        attributes: parts.take(&["attributes"], Value::is_object),
        rest: parts.rest(),
    }
}

/// The kind in the contract's words, or as it was sent.
fn known(kind: &str) -> &str {
    match StepKind::from_name(kind) {
        StepKind::Other => kind,
        known => known.as_str(),
    }
}

impl Moment<'_> {
    /// Whether it failed.
    pub fn is_error(&self) -> bool {
        self.status == "ERROR" || self.error.is_some()
    }

    /// Whether it is something that somebody said, with the text of it.
    pub fn is_said(&self) -> bool {
        let texts = [self.thought, self.input, self.output, self.action_input];
        self.kind == "message" && texts.iter().any(Option::is_some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(trace: &Value) -> Vec<Moment<'_>> {
        moments(&mut Parts::of(trace.as_object().unwrap()))
    }

    #[test]
    fn lists_given_apart_are_steps_too() {
        let trace = json!({
            "steps": [{ "id": "s1", "kind": "message", "name": "customer", "input": "hi" }],
            "react": [{ "iteration": 2, "thought": "look", "action": "find", "observation": "none" }],
            "tool_calls": [{ "tool": "find", "arguments": { "q": 1 }, "result": [] }, 7, null],
            "retrieval": { "query": "q", "documents": [{ "title": "T", "score": 0.5 }] },
        });
        let moments = of(&trace);
        let kinds: Vec<_> = moments.iter().map(|m| (m.kind, m.name)).collect();
        assert_eq!(
            kinds,
            [
                ("message", "customer"),
                ("react", ""),
                ("tool", "find"),
                ("tool", ""),
                ("retrieval", ""),
            ]
        );
        assert_eq!(moments[1].thought, Some(&json!("look")));
        assert_eq!(moments[1].output, Some(&json!("none")));
        assert_eq!(moments[2].input, Some(&json!({ "q": 1 })));
        assert_eq!(moments[3].output, Some(&json!(7)));
        assert_eq!(moments[4].output, Some(&json!([{ "title": "T", "score": 0.5 }])));
        assert!(moments.iter().all(|m| m.rest.is_empty()));
    }

    #[test]
    fn an_iterations_output_is_its_thought() {
        let trace = json!({ "steps": [
            { "kind": "react", "output": "hm" },
            { "kind": "React", "output": "hm", "observation": "17" },
        ]});
        let moments = of(&trace);
        assert_eq!((moments[0].thought, moments[0].output), (Some(&json!("hm")), None));
        assert_eq!(moments[1].output, Some(&json!("17")));
    }

    #[test]
    fn what_is_not_understood_of_a_step_is_kept() {
        let trace = json!({ "steps": [{
            "id": 7, "kind": "tool", "iteration": "two", "duration_ms": -1, "name": "t", "tool": "u",
            "error": false, "temperature": 0.2, "attributes": ["a"], "input": null,
        }]});
        let moments = of(&trace);
        let mut left: Vec<_> = moments[0].rest.iter().map(|part| part.key).collect();
        left.sort_unstable();
        let all = ["attributes", "duration_ms", "error", "id", "iteration", "temperature", "tool"];
        assert_eq!(left, all);
        assert!(!moments[0].is_error());
    }

    #[test]
    fn steps_of_another_shape_are_what_came_out() {
        for (trace, steps) in [
            (json!({}), 0),
            (json!({ "steps": null }), 0),
            (json!({ "steps": "none" }), 1),
            (json!({ "steps": [1, "x", null] }), 2),
        ] {
            let moments = of(&trace);
            assert_eq!(moments.len(), steps, "{trace}");
            assert!(moments.iter().all(|m| m.output.is_some()), "{trace}");
        }
    }
}
