//! One ticket, before and after, on a terminal.

use anstyle::Style;

use super::{
    Field, Outcome, Preview,
    columns::{Side, sides},
    lost,
    parts::{Part, parts, shortened},
};
use crate::{
    paint::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, paint},
    quantity::count,
    safe,
};

/// Lines of a text that changed, unless everything is shown.
const CHANGED_LINES: usize = 12;
/// Lines of a text that leaves as it is, or not at all.
const OTHER_LINES: usize = 2;

/// How much is shown.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns of the terminal.
    pub width: usize,
    /// Fields that leave as they are, too.
    pub all: bool,
    /// Long texts whole.
    pub full: bool,
}

/// The ticket's page; nothing for one that leaves as it is, unless everything is asked for.
pub fn page(preview: &Preview, layout: Layout) -> String {
    let mut out = String::new();
    if !layout.all && !preview.is_changed() {
        return out;
    }
    heading(&mut out, preview, layout.width);
    for field in preview.fields.iter().filter(|field| layout.all || field.outcome != Outcome::Same)
    {
        self::field(&mut out, field, layout);
    }
    out.push('\n');
    out
}

fn heading(out: &mut String, preview: &Preview, width: usize) {
    let id = safe::line(preview.attribute("ticket.id")).into_owned();
    let title = format!("ticket {id}, line {}", preview.line);
    let rule = width.saturating_sub(textwrap::core::display_width(&title) + 1).min(120);
    out.push_str(&format!("{} {}\n", paint(BOLD, title), paint(DIM, "─".repeat(rule))));
    let found: Vec<_> =
        preview.found.iter().map(|(name, n)| format!("{} {name}", count(n.into()))).collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    let about = format!("{} · {found}", preview.capture);
    for line in textwrap::wrap(&about, width.saturating_sub(2)) {
        out.push_str(&format!("  {}\n", paint(DIM, line)));
    }
    if preview.gate_failed {
        let says = "the gate could not read all of it: what it could not read does not leave";
        warn(out, RED, says, width);
    }
    if let Some(what) = lost(preview.fit) {
        warn(out, YELLOW, &format!("too large for one record: {what} would be cut"), width);
    }
}

fn warn(out: &mut String, style: Style, says: &str, width: usize) {
    for line in textwrap::wrap(says, width.saturating_sub(2)) {
        out.push_str(&format!("  {}\n", paint(style, line)));
    }
}

fn field(out: &mut String, field: &Field, layout: Layout) {
    let what = if field.is_key { ", its key" } else { "" };
    let path = safe::line(&field.path);
    let mut lines = textwrap::wrap(&path, layout.width.saturating_sub(2 + what.len())).into_iter();
    let last = lines.next_back().unwrap_or_default();
    lines.for_each(|line| out.push_str(&format!("  {}\n", paint(CYAN, line))));
    out.push_str(&format!("  {}{}\n", paint(CYAN, last), paint(DIM, what)));
    let most = |lines| if layout.full { usize::MAX } else { lines };
    let (before, after, lines) = match field.outcome {
        Outcome::Changed => {
            let (before, after) = parts(&field.before, &field.after);
            (before, after, CHANGED_LINES)
        }
        Outcome::Same => {
            (vec![Part::Same(&field.before)], vec![Part::Same(&field.after)], OTHER_LINES)
        }
        Outcome::LeftOut => {
            (vec![Part::Changed(&field.before)], vec![Part::Changed("left out")], OTHER_LINES)
        }
    };
    let cut = |parts| if layout.full { parts } else { shortened(parts) };
    let (before, after) = (cut(before), cut(after));
    let new = if field.outcome == Outcome::LeftOut { DIM } else { GREEN };
    let lines = most(lines);
    let before = Side { parts: &before, changed: RED, lines };
    let after = Side { parts: &after, changed: new, lines };
    sides(out, layout.width, &before, &after);
}
