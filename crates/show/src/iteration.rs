//! What the agent did, step by step: thought, action, observation; calls with arguments and
//! results; what searches found.

use std::collections::HashMap;

use anstyle::Style;
use serde_json::Value;
use ticketlens_api::Step;

use crate::{
    failure::failure,
    hit::{documents, found},
    moment::Moment,
    nest::nest,
    paint::{BOLD, DIM, RED, of_status, paint},
    quantity::{finite, millis},
    text::{Block, List, View, heading, joined, labelled, list, more},
    timeline::of_kind,
    value::{as_text, details},
};

/// Steps shown unless the view is full.
const STEPS: usize = 200;
/// Levels of nesting that are indented.
const LEVELS: usize = 4;
/// Lines of a text shown unless the view is full: what the agent thought and said is the point,
/// what tools gave back is long.
const SPEECH_LINES: usize = 12;
const DATA_LINES: usize = 6;
/// What is not understood of a step is named, and not the point.
const REST: List<'_> = List { texts: &[], lines: 3, entries: 12 };

/// Appends every step with its texts. `steps` lends the times a step given apart has not.
pub fn iterations(out: &mut String, view: View, moments: &[Moment<'_>], steps: &[Step]) {
    if moments.is_empty() {
        return;
    }
    heading(out, view, "What the agent did");
    let ids: Vec<_> = moments.iter().map(|m| (m.id, m.parent)).collect();
    let places = nest(&ids);
    // Of two with one id, the first counts; without an id nobody is meant.
    let mut by_id: HashMap<_, _> = moments.iter().rev().map(|m| (m.id, m)).collect();
    let mut stored: HashMap<_, _> = steps.iter().rev().map(|s| (s.id.as_str(), s)).collect();
    by_id.remove("");
    stored.remove("");
    let shown = places.len().min(view.limit(STEPS));
    for place in &places[..shown] {
        let moment = &moments[place.index];
        let parent = by_id.get(moment.parent).copied();
        let stored = stored.get(moment.id).copied();
        let indent = place.depth.min(LEVELS) * 2;
        title(out, view, indent, moment, stored);
        texts(out, view, indent + 2, moment, parent);
    }
    if shown < places.len() {
        out.push('\n');
        more(out, view, 0, places.len() - shown, "steps");
    }
}

fn title(out: &mut String, view: View, indent: usize, moment: &Moment<'_>, stored: Option<&Step>) {
    let style = if moment.is_error() { RED } else { of_kind(moment.kind) };
    let what = match (moment.kind, moment.iteration) {
        ("", None) => "other".to_owned(),
        ("", Some(n)) => format!("other #{n}"),
        ("react", Some(n)) => format!("Iteration {n}"),
        ("react", None) => "Iteration".to_owned(),
        (kind, _) => kind.to_owned(),
    };
    let took = moment.duration_ms.or_else(|| stored.map(|s| s.duration_ms)).map(finite);
    let took = took.filter(|ms| *ms > 0.0).map(millis).unwrap_or_default();
    // The timeline shows when a step began, if it has the step.
    let start = moment.start_ms.filter(|ms| stored.is_none() && *ms > 0.0);
    let start = start.map(|ms| format!("at {}", millis(ms))).unwrap_or_default();
    let status = if moment.status == "OK" { "" } else { moment.status };
    if indent == 0 {
        out.push('\n');
    }
    out.push_str(&format!("{:indent$}{} ", "", paint(style, "●")));
    // A turn that is called by its number says it once.
    let name = if moment.name.eq_ignore_ascii_case(&what) { "" } else { moment.name };
    let texts = [
        (BOLD, what.as_str()),
        (Style::new(), name),
        (DIM, took.as_str()),
        (DIM, start.as_str()),
        (of_status(status), status),
    ];
    joined(out, view, indent + 2, " · ", &texts);
}

fn texts(
    out: &mut String,
    view: View,
    indent: usize,
    moment: &Moment<'_>,
    parent: Option<&Moment<'_>>,
) {
    if view.full {
        labelled(out, view, indent, Block::new("id", moment.id, 1));
        labelled(out, view, indent, Block::new("parent", moment.parent, 1));
    }
    let speech = matches!(moment.kind, "message" | "llm" | "react");
    let lines = if speech { SPEECH_LINES } else { DATA_LINES };
    let mut block = |label: &str, value: Option<&Value>, lines: usize| {
        if let Some(value) = value {
            labelled(out, view, indent, Block::new(label, &as_text(value, view), lines));
        }
    };
    // What an agent that acts on nothing puts out is said to somebody.
    let speaks = moment.kind == "react" && moment.action.is_none() && moment.output.is_none();
    block(if speaks { "said" } else { "thought" }, moment.thought, SPEECH_LINES);
    block("action", moment.action, 2);
    block("with", moment.action_input, DATA_LINES);
    // A call's arguments are what the iteration above it has just shown.
    let is_repeated =
        parent.is_some_and(|p| p.action_input.is_some() && p.action_input == moment.input);
    block(names(moment.kind).0, moment.input.filter(|_| !is_repeated), lines);
    let found = moment.output.filter(|_| moment.kind == "retrieval").and_then(found);
    if found.is_none() {
        block(names(moment.kind).1, moment.output, lines);
    }
    let is_some = |value: &&Value| value.as_object().is_some_and(|map| !map.is_empty());
    block("details", moment.attributes.filter(is_some), DATA_LINES);
    if let Some(found) = found {
        documents(out, view, indent, &found);
        list(out, view, indent, List { texts: &details(&found.rest, view), ..REST });
    }
    if let Some(error) = moment.error {
        failure(out, view, indent, error);
    }
    list(out, view, indent, List { texts: &details(&moment.rest, view), ..REST });
}

/// What goes into a step of that kind, and what comes out, are called.
fn names(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "tool" => ("arguments", "observation"),
        "react" => ("input", "observation"),
        "retrieval" => ("query", "output"),
        "message" => ("said", "said"),
        _ => ("input", "output"),
    }
}

#[cfg(test)]
mod tests;
