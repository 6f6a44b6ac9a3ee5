//! What the agent did, step by step: thought, action, observation; calls with arguments and
//! results; what searches found.

use std::io;

use serde::Serialize;
use serde_json::{Value, ser::Formatter};
use ticketlens_api::Step;

use crate::{
    moment::{Hit, Moment, hits, moments},
    nest::nest,
    paint::{BOLD, DIM, RED, of_status, paint},
    quantity::{count, finite, measure, millis},
    safe,
    text::{Block, View, heading, labelled},
    timeline::{fit, of_kind},
};

/// Steps shown unless the view is full.
const STEPS: usize = 200;
/// Levels of nesting that are indented.
const LEVELS: usize = 4;
/// Lines of a text shown unless the view is full: what the agent thought and said is the point,
/// what tools gave back is long.
const SPEECH_LINES: usize = 12;
const DATA_LINES: usize = 6;
const STACK_LINES: usize = 8;
/// Documents of a search shown unless the view is full.
const HITS: usize = 5;

/// Appends every step with its texts. `steps` lends the times a step given apart has not.
pub fn iterations(out: &mut String, view: View, trace: &Value, steps: &[Step]) {
    let moments = moments(trace);
    if moments.is_empty() {
        return;
    }
    heading(out, view, "What the agent did");
    let ids: Vec<_> = moments.iter().map(|m| (m.id, m.parent)).collect();
    let places = nest(&ids);
    let limit = if view.full { usize::MAX } else { STEPS };
    for place in places.iter().take(limit) {
        let moment = &moments[place.index];
        let parent = moments.iter().find(|m| !moment.parent.is_empty() && m.id == moment.parent);
        let indent = place.depth.min(LEVELS) * 2;
        title(out, view, indent, moment, steps);
        texts(out, view, indent + 2, moment, parent);
    }
    if places.len() > limit {
        let left = count((places.len() - limit) as u64);
        out.push_str(&format!(
            "\n{}\n",
            paint(DIM, format!("… {left} more steps; --full shows them"))
        ));
    }
}

fn title(out: &mut String, view: View, indent: usize, moment: &Moment<'_>, steps: &[Step]) {
    let style = if moment.is_error() { RED } else { of_kind(moment.kind) };
    let kind = if moment.kind.is_empty() { "other" } else { moment.kind };
    let what = match (kind, moment.iteration) {
        ("react", Some(n)) => format!("Iteration {n}"),
        ("react", None) => "Iteration".to_owned(),
        _ => safe::line(kind).into_owned(),
    };
    let name = fit(&safe::line(moment.name), view.width.saturating_sub(indent + 40).max(12));
    if indent == 0 {
        out.push('\n');
    }
    out.push_str(&format!("{:indent$}{} {}", "", paint(style, "●"), paint(BOLD, what)));
    if !name.is_empty() {
        out.push_str(&format!(" · {name}"));
    }
    let stored = steps.iter().find(|s| !moment.id.is_empty() && s.id == moment.id);
    let took = moment.duration_ms.or_else(|| stored.map(|s| finite(s.duration_ms)));
    if let Some(ms) = took.filter(|ms| *ms > 0.0) {
        out.push_str(&paint(DIM, format!(" · {}", millis(ms))));
    }
    if !matches!(moment.status, "" | "OK") {
        out.push_str(&format!(" · {}", paint(of_status(moment.status), safe::line(moment.status))));
    }
    out.push('\n');
}

fn texts(
    out: &mut String,
    view: View,
    indent: usize,
    moment: &Moment<'_>,
    parent: Option<&Moment<'_>>,
) {
    let speech = matches!(moment.kind, "message" | "llm" | "react");
    let lines = if speech { SPEECH_LINES } else { DATA_LINES };
    let mut block = |label: &str, value: Option<&Value>, lines: usize| {
        if let Some(value) = value {
            let text = as_text(value, view);
            labelled(out, view, indent, Block::new(label, &text, lines));
        }
    };
    // What an agent that acts on nothing puts out is said to somebody.
    let speaks = moment.kind == "react" && moment.action.is_empty() && moment.output.is_none();
    block(if speaks { "said" } else { "thought" }, moment.thought, SPEECH_LINES);
    if !moment.action.is_empty() {
        block("action", Some(&Value::from(moment.action)), 1);
    }
    block("with", moment.action_input, DATA_LINES);
    // A call's arguments are what the iteration above it has just shown.
    let is_repeated =
        parent.is_some_and(|p| p.action_input.is_some() && p.action_input == moment.input);
    let label = match moment.kind {
        "tool" => "arguments",
        "retrieval" => "query",
        "message" => "said",
        _ => "input",
    };
    block(label, moment.input.filter(|_| !is_repeated), lines);
    let found = moment.output.filter(|_| moment.kind == "retrieval").and_then(hits);
    if found.is_none() {
        let label = match moment.kind {
            "tool" | "react" => "observation",
            "message" => "said",
            _ => "output",
        };
        block(label, moment.output, lines);
    }
    if let Some(attributes) = moment.attributes.filter(|a| !a.is_empty()) {
        block("details", Some(&Value::from(attributes.clone())), DATA_LINES);
    }
    if let Some(found) = found {
        documents(out, view, indent, &found);
    }
    if let Some(error) = moment.error {
        failure(out, view, indent, error);
    }
}

fn documents(out: &mut String, view: View, indent: usize, found: &[Hit<'_>]) {
    let limit = if view.full { usize::MAX } else { HITS };
    if found.is_empty() {
        labelled(out, view, indent, Block::new("found", "nothing", 1));
    }
    for (n, hit) in found.iter().take(limit).enumerate() {
        let score = hit.score.map_or_else(|| "-".to_owned(), measure);
        let text = match (hit.title, hit.text) {
            ("", text) | (text, "") => format!("{score:<6} {text}"),
            (title, text) => format!("{score:<6} {title}\n{:<6} {text}", ""),
        };
        let label = if n == 0 { "found" } else { "" };
        labelled(out, view, indent, Block::new(label, &text, 3));
    }
    if found.len() > limit {
        let text = format!("and {} more; --full shows them", found.len() - limit);
        labelled(out, view, indent, Block::new("", &text, 1));
    }
}

/// An error: its type and message, then its stack. Any other shape as it is.
pub fn failure(out: &mut String, view: View, indent: usize, error: &Value) {
    let part = |key| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let says = match (part("type"), part("message")) {
        ("", "") => as_text(error, view),
        ("", message) => message.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    };
    let error = Block { style: RED, ..Block::new("error", &says, SPEECH_LINES) };
    labelled(out, view, indent, error);
    labelled(out, view, indent, Block::new("stack", part("stack"), STACK_LINES));
}

/// A value as text. JSON stays JSON: on one line, or laid out where all is shown; so does JSON that
/// travelled in a string, as results of tools often do.
pub fn as_text(value: &Value, view: View) -> String {
    match value {
        Value::String(text) if view.full && text.starts_with(['{', '[']) => {
            serde_json::from_str(text)
                .map_or_else(|_| text.clone(), |inner: Value| format!("{inner:#}"))
        }
        Value::String(text) => text.clone(),
        other if view.full => format!("{other:#}"),
        other => one_line(other),
    }
}

/// JSON on one line, with spaces to wrap at.
fn one_line(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, Spaced);
    match value.serialize(&mut writer) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => value.to_string(),
    }
}

/// `{"a": 1, "b": [2, 3]}`
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(trace: &Value, full: bool) -> String {
        let mut out = String::new();
        let view = View { width: 72, full, now: jiff::Timestamp::UNIX_EPOCH };
        iterations(&mut out, view, trace, &[]);
        anstream::adapter::strip_str(&out).to_string()
    }

    #[test]
    fn an_iteration_shows_thought_action_and_observation() {
        let trace = json!({ "steps": [
            { "id": "a", "kind": "react", "name": "agent", "iteration": 1, "duration_ms": 1081,
              "status": "OK", "thought": "I need the order.", "action": "lookup_order",
              "action_input": { "order": "A-17" } },
            { "id": "b", "parent_id": "a", "kind": "tool", "name": "lookup_order", "iteration": 1,
              "duration_ms": 222, "status": "ERROR", "input": { "order": "A-17" },
              "error": { "type": "Timeout", "message": "no answer in 200 ms", "stack": "at a\nat b" } },
            { "id": "c", "kind": "retrieval", "name": "kb", "input": "returns", "status": "OK",
              "output": [ { "score": 0.91, "title": "Returns", "text": "30 days" }, { "score": 0.4, "id": "kb-2" } ] },
        ]});
        insta::assert_snapshot!(shown(&trace, false));
    }

    #[test]
    fn json_in_a_string_is_laid_out_when_all_is_shown() {
        let trace =
            json!({ "steps": [{ "kind": "tool", "name": "t", "output": "{\"a\":{\"b\":1}}" }] });
        assert!(shown(&trace, true).contains("\"b\": 1\n"), "{}", shown(&trace, true));
    }

    #[test]
    fn a_hostile_trace_moves_nothing_on_the_terminal() {
        let evil = "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}1A\r";
        let trace = json!({ "steps": [
            { "id": evil, "kind": evil, "name": evil, "status": evil, "action": evil,
              "action_input": { evil: evil }, "input": evil, "output": evil, "thought": evil,
              "error": { "type": evil, "message": evil, "stack": evil }, "attributes": { evil: evil } },
            { "kind": "retrieval", "output": [{ "title": evil, "text": evil }] },
            { "kind": "tool", "error": evil },
        ]});
        for full in [false, true] {
            let text = shown(&trace, full);
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
            assert!(text.contains("\\u{1b}[2J"), "{text}");
        }
    }
}
