//! Names that are nearly ours. What stands under them is shown, and not understood: one letter, or
//! another product's word, keeps a timeline from being one.

use strsim::damerau_levenshtein;

use crate::{
    paint::YELLOW,
    text::{View, more, note},
};

/// Hints given in one place unless the view is full.
const HINTS: usize = 8;

/// A name of the contract.
struct Name {
    name: &'static str,
    /// What it is read as.
    is: &'static str,
    /// What others call it.
    others: &'static [&'static str],
}

const fn name(name: &'static str, is: &'static str, others: &'static [&'static str]) -> Name {
    Name { name, is, others }
}

/// The keys of a trace.
const TRACE: [Name; 8] = [
    name("steps", "the timeline", &["timeline", "trace", "spans", "nodes", "events", "actions"]),
    name("tool_calls", "calls of tools", &["tools", "calls", "functioncalls", "toolresults"]),
    name("retrieval", "searches", &["documents", "searches", "search", "rag", "retrieved"]),
    name("react", "the agent's iterations", &["iterations", "thoughts", "reasoning", "reactsteps"]),
    name("planning", "the plan", &["plan"]),
    name("errors", "the errors", &["exception", "exceptions", "failure"]),
    name(
        "output",
        "the answer",
        &["answer", "response", "finalresponse", "finalanswer", "reply", "result"],
    ),
    name("ticket", "the request", &["request", "question", "input", "query", "issue"]),
];

/// The keys of a step.
const STEP: [Name; 10] = [
    name("kind", "its kind", &["type", "steptype", "spankind"]),
    name("name", "its name", &["title", "node", "toolname", "operation"]),
    name("parent_id", "its parent", &["parent", "parentspanid"]),
    name("iteration", "its iteration", &["iter", "turn", "round"]),
    name("start_ms", "its start in milliseconds", &["start", "starttime", "startedat", "offsetms"]),
    name(
        "duration_ms",
        "its duration in milliseconds",
        &["duration", "durations", "latency", "latencyms", "elapsed", "elapsedms", "tookms"],
    ),
    name("action_input", "the tool's input", &["toolinput", "actionarguments"]),
    name("attributes", "its attributes", &["metadata", "meta"]),
    name("error", "its error", &["exception", "errormessage"]),
    name("status", "its status", &["state", "outcome"]),
];

/// What to say of a key of a trace that is not understood.
pub fn of_trace(key: &str) -> Option<String> {
    let near = nearest(key, &TRACE)?;
    Some(format!("{key} is not read as {}: name it {}", near.is, near.name))
}

/// What to say of one of a step.
pub fn of_step(key: &str) -> Option<String> {
    let near = nearest(key, &STEP)?;
    Some(format!("{key} in a step is not read as {}: name it {}", near.is, near.name))
}

/// What to say of a part of a trace that was sent as an attribute.
pub fn of_attribute(key: &str) -> Option<String> {
    let sent = plain(key);
    if sent == "trace" {
        return Some(format!("{key} is an attribute here: the trace is the record's body"));
    }
    let part = TRACE[..4].iter().find(|name| plain(name.name) == sent)?;
    Some(format!("{key} is an attribute here: in the trace, as {}, it is {}", part.name, part.is))
}

/// Appends hints below what they are about.
pub fn hints(out: &mut String, view: View, hints: impl Iterator<Item = String>) {
    let hints: Vec<_> = hints.collect();
    let shown = hints.len().min(view.limit(HINTS));
    for (n, hint) in hints[..shown].iter().enumerate() {
        if n == 0 {
            out.push('\n');
        }
        note(out, view, 2, YELLOW, &format!("Hint: {hint}"));
    }
    more(out, view, 2, hints.len() - shown, "hints");
}

/// The name that was meant; none where the key is the very name.
fn nearest<'n>(key: &str, names: &'n [Name]) -> Option<&'n Name> {
    // Nobody's typing mistake is longer.
    if key.len() > 32 || names.iter().any(|name| name.name == key) {
        return None;
    }
    let sent = plain(key);
    let is_same = |name: &&Name| singular(&plain(name.name)) == singular(&sent);
    let is_other =
        |name: &&Name| name.others.iter().any(|other| singular(other) == singular(&sent));
    let is_near = |name: &&Name| {
        let name = plain(name.name);
        let mistakes = match name.len() {
            0..5 => 0,
            5..8 => 1,
            _ => 2,
        };
        damerau_levenshtein(&name, &sent) <= mistakes
    };
    names
        .iter()
        .find(is_same)
        .or_else(|| names.iter().find(is_other))
        .or_else(|| names.iter().find(is_near))
}

/// Lower case, without what separates words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn singular(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nearly_ours_are_told() {
        let meant = |key| nearest(key, &TRACE).map_or("", |name| name.name);
        for (key, name) in [
            ("Steps", "steps"),
            ("step", "steps"),
            ("setps", "steps"),
            ("timeline", "steps"),
            ("toolCalls", "tool_calls"),
            ("tools", "tool_calls"),
            ("tool-call", "tool_calls"),
            ("retreival", "retrieval"),
            ("plan", "planning"),
            ("final_response", "output"),
            ("Ticket", "ticket"),
        ] {
            assert_eq!(meant(key), name, "{key}");
        }
        for key in ["notes", "message", "steps", "cost", "", "s", "ステップ"] {
            assert_eq!(meant(key), "", "{key}");
        }
        assert_eq!(
            of_trace("Steps").as_deref(),
            Some("Steps is not read as the timeline: name it steps")
        );
    }

    #[test]
    fn a_steps_names_and_attributes_have_hints_of_their_own() {
        let says = of_step("type").unwrap();
        assert_eq!(says, "type in a step is not read as its kind: name it kind");
        assert_eq!(of_step("temperature"), None);
        let says = of_attribute("Steps").unwrap();
        assert_eq!(says, "Steps is an attribute here: in the trace, as steps, it is the timeline");
        let says = of_attribute("Trace").unwrap();
        assert_eq!(says, "Trace is an attribute here: the trace is the record's body");
        assert_eq!(of_attribute("queue"), None);
    }
}
