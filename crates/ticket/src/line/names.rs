//! Names that are nearly ours: what a field of a line was probably meant to be.

/// Fields of a line.
const FIELDS: [&str; 18] = [
    "ticket_id",
    "executed_at",
    "execution_time_seconds",
    "status",
    "execution_id",
    "workflow",
    "workflow_version",
    "environment",
    "category",
    "customer",
    "model",
    "input_tokens",
    "output_tokens",
    "metrics",
    "known_pii",
    "capture",
    "error_type",
    "trace",
];

/// What stands inside `trace`.
const IN_TRACE: [&str; 9] = [
    "steps",
    "react",
    "tool_calls",
    "retrieval",
    "planning",
    "errors",
    "output",
    "messages",
    "ticket",
];

/// What else people call the fields that every line needs.
const NEEDED: [(&str, &[&str]); 4] = [
    ("ticket_id", &["id", "ticket", "ticket_number", "number", "key"]),
    ("executed_at", &["timestamp", "time", "date", "created_at", "finished_at", "completed_at"]),
    ("execution_time_seconds", &["duration", "duration_seconds", "execution_time", "duration_ms"]),
    ("status", &["state", "result", "outcome"]),
];

/// Names with fewer letters have no slips.
const SHORT: usize = 6;
/// Longer names than any of ours are not compared.
const LONGEST: usize = 40;

/// What a field of a line, that is none of ours, was probably meant to be.
pub(super) fn meant_field(name: &str) -> Option<&'static str> {
    nearest(name, &FIELDS)
}

/// Whether a field was probably meant to be one that every line needs.
pub(super) fn is_meant(name: &str, needed: &str) -> bool {
    let others = NEEDED.iter().find(|(ours, _)| *ours == needed).map_or(&[][..], |(_, o)| o);
    meant_field(name) == Some(needed)
        || name.len() <= LONGEST && others.iter().any(|other| plain(other) == plain(name))
}

/// What a field of a line was probably meant to be inside `trace`.
pub(super) fn meant_in_trace(name: &str) -> Option<&'static str> {
    nearest(name, &IN_TRACE)
}

/// What a key of `trace` was probably meant to be; nothing for one that is read as it is.
pub(super) fn misspelt_in_trace(name: &str) -> Option<&'static str> {
    let is_ours = IN_TRACE.contains(&name) || name == "message";
    nearest(name, &IN_TRACE).filter(|_| !is_ours)
}

/// The same name in another spelling, or with a slip in it.
fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    let plain = plain(name);
    let slips = |ours: &str| strsim::damerau_levenshtein(&plain, &self::plain(ours));
    let (ours, slips) = known.iter().map(|ours| (*ours, slips(ours))).min_by_key(|(_, n)| *n)?;
    // One letter of a short name may make it another word.
    let allowed = if ours.len() < SHORT { 0 } else { 1 };
    (slips <= allowed).then_some(ours)
}

/// Without what tells spellings apart: `ticketId`, `ticket-id` and `Ticket ID` are one.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_and_a_slip_are_understood() {
        for (name, ours) in [
            ("ticketId", "ticket_id"),
            ("Ticket ID", "ticket_id"),
            ("executedAt", "executed_at"),
            ("executed_att", "executed_at"),
            ("stauts", "status"),
            ("enviroment", "environment"),
        ] {
            assert_eq!(meant_field(name), Some(ours), "{name}");
        }
        for (name, ours) in [("steps", "steps"), ("Steps", "steps"), ("toolCalls", "tool_calls")] {
            assert_eq!(meant_in_trace(name), Some(ours), "{name}");
        }
        for (name, ours) in
            [("Steps", Some("steps")), ("plannin", Some("planning")), ("steps", None)]
        {
            assert_eq!(misspelt_in_trace(name), ours, "{name}");
        }
    }

    #[test]
    fn another_word_is_understood_where_something_is_missing() {
        for (name, ours) in [
            ("id", "ticket_id"),
            ("timestamp", "executed_at"),
            ("finishedAt", "executed_at"),
            ("duration", "execution_time_seconds"),
            ("outcome", "status"),
            ("Status", "status"),
        ] {
            assert!(is_meant(name, ours), "{name}");
            assert!(!is_meant(name, "workflow"), "{name}");
        }
    }

    #[test]
    fn a_field_of_ones_own_is_left_alone() {
        let long = "x".repeat(1 << 20);
        for name in ["region", "queue", "channel", "user", "score", "", "ü", &long, "mode", "step"]
        {
            assert_eq!(meant_field(name), None, "{name}");
            assert_eq!(meant_in_trace(name), None, "{name}");
        }
        for name in ["message", "messages", "notes", "mood", "tickets_seen"] {
            assert_eq!(misspelt_in_trace(name), None, "{name}");
        }
    }
}
