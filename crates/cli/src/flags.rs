//! What the receiver calls by the names of its messages' fields, by the names it has on the command
//! line; and the command line that shows the next page.

use ticketlens_show::safe;

/// Names of the messages' fields, and the arguments that they come from.
const NAMES: [(&str, &str); 28] = [
    ("page_token", "--cursor"),
    ("page_size", "--limit"),
    ("query", "WORDS"),
    ("sort", "--sort"),
    ("by", "--by"),
    ("every", "--every"),
    ("since", "--since"),
    ("until", "--until"),
    ("status", "--status"),
    ("execution_id", "--execution"),
    ("ticket_id_prefix", "--id-prefix"),
    ("workflow_version", "--workflow-version"),
    ("min_duration", "--min-duration"),
    ("max_duration", "--max-duration"),
    ("min_confidence", "--min-confidence"),
    ("max_confidence", "--max-confidence"),
    ("source", "--source"),
    ("min_score", "--min-score"),
    ("max_score", "--max-score"),
    ("executed_before", "--older-than"),
    ("expires_at", "--expires"),
    ("overlap", "--overlap"),
    ("scope", "--scope"),
    ("act", "--act"),
    ("deny_keys", "--deny-keys"),
    ("month", "--month"),
    ("hourly", "--hourly"),
    ("currency", "--currency"),
];

/// What the receiver said, about what was typed: `--cursor: …`, "needs --since".
pub fn named_here(message: &str) -> String {
    let mut said = message.to_owned();
    for (theirs, ours) in NAMES {
        if let Some(what) = said.strip_prefix(theirs).and_then(|rest| rest.strip_prefix(": ")) {
            said = format!("{ours}: {what}");
        }
        said = said.replace(&format!("`{theirs}`"), ours);
    }
    said
}

/// This command line with another cursor, to be pasted. A key on it is not told.
pub fn with_cursor(cursor: &str) -> String {
    with_cursor_of(std::env::args().skip(1), cursor)
}

fn with_cursor_of(arguments: impl Iterator<Item = String>, cursor: &str) -> String {
    let mut line = vec!["ticketlens".to_owned()];
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        match argument.split_once('=').map_or(&*argument, |(name, _)| name) {
            name @ ("--cursor" | "--key") => {
                let is_key = name == "--key";
                if argument == name {
                    arguments.next();
                }
                if is_key {
                    line.push("--key \"$KEY\"".to_owned());
                }
            }
            _ => line.push(quoted(&argument)),
        }
    }
    line.push(format!("--cursor {}", quoted(cursor)));
    safe::line(&line.join(" ")).into_owned()
}

/// As a shell takes it for one argument.
pub fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    match !argument.is_empty() && argument.chars().all(is_plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_names_of_flags() {
        assert_eq!(named_here("page_token: is cut off"), "--cursor: is cut off");
        assert_eq!(named_here("every: needs `since`"), "--every: needs --since");
        assert_eq!(named_here("everything: is lost"), "everything: is lost");
        assert_eq!(
            named_here("shorter with `since` and `until`"),
            "shorter with --since and --until"
        );
    }

    #[test]
    fn the_next_page_can_be_pasted_and_tells_no_key() {
        let next = |arguments: &[&str]| {
            with_cursor_of(arguments.iter().map(|argument| (*argument).to_owned()), "c1")
        };
        assert_eq!(
            next(&["tickets", "search", "it's late", "--cursor", "old", "--limit=2"]),
            r"ticketlens tickets search 'it'\''s late' --limit=2 --cursor c1"
        );
        for key in [&["--key", "tl_acme_secret"][..], &["--key=tl_acme_secret"]] {
            let line = next(&[&["tickets", "list"], key, &["--cursor=old", "--json"]].concat());
            assert_eq!(line, "ticketlens tickets list --key \"$KEY\" --json --cursor c1");
        }
    }
}
