//! One timeline for every ticket: `react`, `tool_calls` and `retrieval` given apart become steps.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    Step, StepKind, StepStatus, Trace,
    parse::{take, take_number},
};

/// The keys of a body that are folded into `steps`.
pub(crate) const APART: [&str; 3] = ["react", "retrieval", "tool_calls"];

impl Trace {
    /// Folds `react`, `retrieval` and `tool_calls` into [`Trace::steps`]. Entries keep their own
    /// times where they have them; the others follow each other. A tool call or a search with an
    /// iteration hangs below the ReACT step of that iteration. Folding twice changes nothing.
    pub fn fold(&mut self) {
        if !APART.iter().any(|key| self.other.contains_key(*key)) {
            return;
        }
        let mut timeline = Timeline::new(std::mem::take(&mut self.steps));
        for key in APART {
            match take(&mut self.other, key) {
                Some(Value::Array(entries)) => {
                    entries.into_iter().for_each(|entry| timeline.fold(key, entry));
                }
                Some(single) => timeline.fold(key, single),
                None => {}
            }
        }
        self.steps = timeline.steps;
    }
}

impl Trace {
    /// How many entries [`Trace::fold`] makes steps of.
    pub(crate) fn entries_apart(&self) -> usize {
        let entries = |key: &str| match self.other.get(key) {
            Some(Value::Array(entries)) => entries.len(),
            Some(_) => 1,
            None => 0,
        };
        APART.iter().map(|key| entries(key)).sum()
    }
}

/// The steps so far, with what placing the next one needs to know of them: one look each, however
/// many there are.
struct Timeline {
    steps: Vec<Step>,
    /// When the last of them ended.
    end_ms: f64,
    /// How many there are of each kind.
    count: HashMap<StepKind, usize>,
    /// Where the ReACT step of an iteration stands.
    iterations: HashMap<u32, usize>,
}

impl Timeline {
    fn new(steps: Vec<Step>) -> Self {
        let mut timeline = Self {
            steps: Vec::with_capacity(steps.len()),
            end_ms: 0.0,
            count: HashMap::new(),
            iterations: HashMap::new(),
        };
        steps.into_iter().for_each(|step| timeline.push(step));
        timeline
    }

    fn push(&mut self, step: Step) {
        self.end_ms = self.end_ms.max(step.start_ms + step.duration_ms);
        *self.count.entry(step.kind).or_default() += 1;
        if let (StepKind::React, Some(iteration)) = (step.kind, step.iteration) {
            self.iterations.entry(iteration).or_insert(self.steps.len());
        }
        self.steps.push(step);
    }

    fn fold(&mut self, key: &str, entry: Value) {
        let mut map = match entry {
            Value::Object(map) => map,
            Value::Null => return,
            other => [("output".to_owned(), other)].into_iter().collect(),
        };
        let own_start = has_number(&map, "start_ms");
        let kind = match key {
            "react" => {
                normalise_react(&mut map);
                StepKind::React
            }
            "retrieval" => {
                normalise_retrieval(&mut map);
                StepKind::Retrieval
            }
            _ => {
                normalise_tool_call(&mut map);
                StepKind::Tool
            }
        };
        let mut step = Step::from(Value::Object(map));
        step.kind = kind;
        if step.name.is_empty() {
            kind.as_str().clone_into(&mut step.name);
        }
        self.place(step, own_start);
    }

    /// Gives a folded step what it lacks: an id, an iteration, a parent, a start.
    fn place(&mut self, mut step: Step, own_start: bool) {
        let number = self.count.get(&step.kind).copied().unwrap_or_default() + 1;
        if step.id.is_empty() {
            step.id = format!("{}-{number}", step.kind.as_str());
        }
        let mut start_ms = self.end_ms;
        if step.kind == StepKind::React {
            step.iteration = step.iteration.or(u32::try_from(number).ok());
        } else if let Some(parent) =
            step.iteration.and_then(|n| self.iterations.get(&n)).and_then(|at| self.steps.get(*at))
        {
            start_ms = parent.start_ms;
            step.parent_id.get_or_insert_with(|| parent.id.clone());
        }
        if !own_start {
            step.start_ms = start_ms;
        }
        self.push(step);
    }
}

/// `thought` → output; `observation` stays beside it.
fn normalise_react(map: &mut Map<String, Value>) {
    rename(map, "output", &["thought", "reasoning"]);
    rename(map, "action_input", &["input", "arguments"]);
    duration(map);
}

fn normalise_tool_call(map: &mut Map<String, Value>) {
    // The shape of the model providers: {"function": {"name", "arguments"}}.
    if let Some(Value::Object(function)) = take(map, "function") {
        for (key, value) in function {
            map.entry(key).or_insert(value);
        }
    }
    rename(map, "name", &["tool", "tool_name"]);
    rename(map, "input", &["arguments", "args", "parameters", "action_input"]);
    rename(map, "output", &["result", "response", "observation"]);
    duration(map);
    success(map);
}

fn normalise_retrieval(map: &mut Map<String, Value>) {
    rename(map, "name", &["source", "index"]);
    rename(map, "input", &["query"]);
    rename(map, "output", &["results", "hits", "documents", "chunks", "matches"]);
    duration(map);
}

/// The first of the names that is there becomes `to`, unless `to` is there.
fn rename(map: &mut Map<String, Value>, to: &str, names: &[&str]) {
    if map.get(to).is_some_and(|value| !value.is_null()) {
        return;
    }
    if let Some(value) = names.iter().find_map(|name| take(map, name)) {
        map.insert(to.to_owned(), value);
    }
}

/// Durations under their other names, in milliseconds or seconds.
fn duration(map: &mut Map<String, Value>) {
    if has_number(map, "duration_ms") {
        return;
    }
    let milliseconds = take_number(map, "latency_ms").or_else(|| take_number(map, "elapsed_ms"));
    let seconds = || {
        let names = ["duration_seconds", "duration_s", "duration"];
        names.iter().find_map(|name| take_number(map, name)).map(|s| s * 1000.0)
    };
    if let Some(number) = milliseconds.or_else(seconds) {
        map.insert("duration_ms".into(), number.into());
    }
}

/// `"success": false` → ERROR.
fn success(map: &mut Map<String, Value>) {
    let status = map.get("status").filter(|status| !status.is_null());
    if let (None, Some(Value::Bool(success))) = (status, map.get("success")) {
        let status = if *success { StepStatus::Ok } else { StepStatus::Error };
        map.insert("status".into(), status.as_str().into());
    }
}

fn has_number(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key).is_some_and(Value::is_number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn folded(value: Value) -> Trace {
        let mut trace = Trace::from(value);
        trace.fold();
        trace
    }

    #[test]
    fn parts_given_apart_become_one_timeline() {
        let trace = folded(json!({
            "react": [
                {"thought": "look it up", "action": "order", "action_input": {"id": 1}, "duration_ms": 100},
                {"thought": "answer", "duration": 0.2}
            ],
            "tool_calls": [
                {"function": {"name": "order", "arguments": "{}"}, "result": "found", "iteration": 1, "latency_ms": 30},
                {"tool": "mail", "success": false, "start_ms": 250}
            ],
            "retrieval": {"query": "refund", "hits": [{"score": 0.9}]}
        }));
        let lines: Vec<_> = trace
            .steps
            .iter()
            .map(|s| {
                (s.id.as_str(), s.parent_id.as_deref(), s.name.as_str(), s.start_ms, s.duration_ms)
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("react-1", None, "react", 0.0, 100.0),
                ("react-2", None, "react", 100.0, 200.0),
                ("retrieval-1", None, "retrieval", 300.0, 0.0),
                ("tool-1", Some("react-1"), "order", 0.0, 30.0),
                ("tool-2", None, "mail", 250.0, 0.0),
            ]
        );
        assert_eq!(trace.steps[0].output, Some(json!("look it up")));
        assert_eq!(trace.steps[2].output, Some(json!([{"score": 0.9}])));
        assert_eq!(trace.steps[4].status, StepStatus::Error);
        assert!(trace.other.is_empty());
    }

    #[test]
    fn folding_twice_changes_nothing() {
        let once = folded(json!({"tool_calls": [{"name": "a"}], "steps": [{"id": "s1"}]}));
        let mut twice = once.clone();
        twice.fold();
        assert!(once == twice);
    }
}
