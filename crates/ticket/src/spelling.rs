//! Names of the contract, and those that are nearly one: another spelling, a slip, another product's
//! word. What stands under such a name is kept, and not understood; whoever sent it wants to know.

use strsim::damerau_levenshtein;

/// No slip of anybody's is longer, in bytes.
const LONGEST: usize = 40;
/// A name with fewer letters has no slips: one letter makes another word of it.
const SHORT: usize = 6;

/// A name of the contract.
#[non_exhaustive]
#[derive(Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: &'static str,
    /// What it is read as.
    pub is: &'static str,
    /// What others call it, in lower case and without what separates words.
    others: &'static [&'static str],
}

const fn name(name: &'static str, is: &'static str, others: &'static [&'static str]) -> Name {
    Name { name, is, others }
}

/// The fields of a ticket log's line.
pub const LINE: &[Name] = &[
    name("ticket_id", "the ticket's number", &["id", "ticket", "ticketnumber", "number", "key"]),
    name(
        "executed_at",
        "the time it finished",
        &["timestamp", "time", "date", "createdat", "finishedat", "completedat"],
    ),
    name(
        "execution_time_seconds",
        "its duration in seconds",
        &["duration", "durationseconds", "executiontime", "durationms"],
    ),
    name("status", "its status", &["state", "result", "outcome"]),
    name("execution_id", "its execution", &[]),
    name("workflow", "the workflow", &[]),
    name("workflow_version", "the workflow's version", &[]),
    name("environment", "the environment", &[]),
    name("category", "its category", &[]),
    name("customer", "the customer", &[]),
    name("model", "the model", &[]),
    name("input_tokens", "the tokens read", &[]),
    name("output_tokens", "the tokens written", &[]),
    name("metrics", "its metrics", &[]),
    name("known_pii", "the known personal values", &[]),
    name("capture", "the capture level", &[]),
    name("error_type", "the kind of error", &[]),
    name("trace", "the trace", &[]),
];

/// The fields of feedback on a line.
pub const FEEDBACK: &[Name] = &[
    name("ticket_id", "the ticket's number", &["ticket", "ticketnumber", "number"]),
    name("execution_id", "its execution", &["execution"]),
    name("name", "what is evaluated", &["evaluation", "evaluationname", "metric"]),
    name("score", "the score", &["value", "scorevalue", "rating", "csat", "stars"]),
    name("label", "the score as a word", &["scorelabel"]),
    name("comment", "what was written", &["explanation", "text", "message", "reason"]),
    name("source", "who gives it", &["by", "author"]),
    name("id", "its own id", &["feedbackid"]),
    name(
        "given_at",
        "the time it was given",
        &["timestamp", "time", "date", "at", "createdat", "ratedat"],
    ),
    name("customer", "the customer", &[]),
    name("known_pii", "the known personal values", &[]),
];

/// The keys of a trace.
pub const TRACE: &[Name] = &[
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
    name("messages", "the conversation", &[]),
    name("message", "what was said", &[]),
];

/// The keys of a step.
pub const STEP: &[Name] = &[
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

/// Which of `names` it is, in whatever spelling, or with a slip in it.
pub fn spelled<'n>(key: &str, names: &'n [Name]) -> Option<&'n Name> {
    if key.len() > LONGEST {
        return None;
    }
    let sent = plain(key);
    let is_same = |name: &&Name| one(&plain(name.name)) == one(&sent);
    let is_slip = |name: &&Name| {
        let name = plain(name.name);
        name.len() >= SHORT && sent.len() >= SHORT && damerau_levenshtein(&name, &sent) <= 1
    };
    names.iter().find(is_same).or_else(|| names.iter().find(is_slip))
}

/// Which of `names` is spelled almost so; none where it is the very name.
pub fn misspelt<'n>(key: &str, names: &'n [Name]) -> Option<&'n Name> {
    spelled(key, names).filter(|_| !is_known(key, names))
}

/// Which of `names` was meant, in whatever words; none where it is the very name.
pub fn meant<'n>(key: &str, names: &'n [Name]) -> Option<&'n Name> {
    if key.len() > LONGEST || is_known(key, names) {
        return None;
    }
    let sent = plain(key);
    let is_called = |name: &&Name| name.others.iter().any(|other| one(other) == one(&sent));
    spelled(key, names).or_else(|| names.iter().find(is_called))
}

fn is_known(key: &str, names: &[Name]) -> bool {
    names.iter().any(|name| name.name == key)
}

/// Without what tells spellings apart: `ticketId`, `ticket-id` and `Ticket ID` are one.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Of several and of one, the one.
fn one(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: Option<&Name>) -> &str {
        name.map_or("", |name| name.name)
    }

    #[test]
    fn another_spelling_and_a_slip_are_understood() {
        for (key, names, ours) in [
            ("ticketId", LINE, "ticket_id"),
            ("Ticket ID", LINE, "ticket_id"),
            ("executed_att", LINE, "executed_at"),
            ("stauts", LINE, "status"),
            ("enviroment", LINE, "environment"),
            ("Steps", TRACE, "steps"),
            ("step", TRACE, "steps"),
            ("toolCalls", TRACE, "tool_calls"),
            ("tool-call", TRACE, "tool_calls"),
            ("retreival", TRACE, "retrieval"),
            ("startMs", STEP, "start_ms"),
        ] {
            assert_eq!(found(misspelt(key, names)), ours, "{key}");
            assert_eq!(found(meant(key, names)), ours, "{key}");
        }
        assert_eq!(found(spelled("steps", TRACE)), "steps");
        assert_eq!(misspelt("steps", TRACE), None);
    }

    #[test]
    fn another_word_is_meant_and_not_misspelt() {
        for (key, names, ours) in [
            ("id", LINE, "ticket_id"),
            ("finishedAt", LINE, "executed_at"),
            ("outcome", LINE, "status"),
            ("timeline", TRACE, "steps"),
            ("tools", TRACE, "tool_calls"),
            ("plan", TRACE, "planning"),
            ("final_response", TRACE, "output"),
            ("type", STEP, "kind"),
        ] {
            assert_eq!(found(meant(key, names)), ours, "{key}");
            assert_eq!(misspelt(key, names), None, "{key}");
        }
    }

    #[test]
    fn a_key_of_ones_own_is_left_alone() {
        let long = "x".repeat(1 << 20);
        for key in [
            "region", "queue", "channel", "user", "score", "", "s", "ü", &long, "mode", "reach",
            "modes", "trade", "stops",
        ] {
            assert_eq!(misspelt(key, LINE), None, "{key}");
            assert_eq!(misspelt(key, TRACE), None, "{key}");
        }
        for key in ["notes", "message", "messages", "mood", "cost", "ステップ", &long] {
            assert_eq!(meant(key, TRACE), None, "{key}");
        }
        assert_eq!(meant("temperature", STEP), None);
    }
}
