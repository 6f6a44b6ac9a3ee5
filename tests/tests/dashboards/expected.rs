//! The answers, in `expected/*.txt`: `## dashboard: panel (type)[, state][, who]`, then a row a line.

const FILES: [&str; 6] = [
    include_str!("expected/feedback.txt"),
    include_str!("expected/overview.txt"),
    include_str!("expected/ticket.txt"),
    include_str!("expected/tickets.txt"),
    include_str!("expected/value.txt"),
    include_str!("expected/views.txt"),
];

fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    let sections = FILES.iter().flat_map(|file| file.split("## ").skip(1));
    sections.map(|section| section.split_once('\n').unwrap_or((section, "")))
}

/// What is known of a query; nothing where nobody has thought about it.
pub fn of(name: &str) -> Option<Vec<String>> {
    let (_, rows) = sections().find(|(found, _)| *found == name)?;
    Some(rows.trim_end_matches('\n').lines().map(str::to_owned).collect())
}

/// Everything that something is known of.
pub fn names() -> Vec<String> {
    sections().map(|(name, _)| name.to_owned()).collect()
}
