//! Two texts side by side, or one below the other where the terminal is narrow.

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::parts::Part;
use crate::{
    paint::{DIM, paint},
    safe,
};

/// Columns of a terminal below which one text stands below the other.
const NARROW: usize = 80;
/// Columns before a field's texts.
const INDENT: usize = 4;
/// Between the two columns.
const RULE: &str = " │ ";
/// Columns of "before" and "after", with what follows them.
const LABEL: usize = 8;

/// One side of a field: its parts, how the changed ones look, and lines at most.
pub(super) struct Side<'t> {
    pub(super) parts: &'t [Part<'t>],
    pub(super) changed: Style,
    pub(super) lines: usize,
}

/// Appends both sides.
pub(super) fn sides(out: &mut String, width: usize, before: &Side<'_>, after: &Side<'_>) {
    if width < NARROW {
        below(out, width, "before", before);
        below(out, width, "after", after);
        return;
    }
    let column = (width - INDENT - RULE.width()) / 2;
    let (left, right) = (lines(before, column), lines(after, column));
    let none = String::new();
    for at in 0..left.len().max(right.len()) {
        let (left, right) = (left.get(at).unwrap_or(&none), right.get(at).unwrap_or(&none));
        let gap = " ".repeat(column.saturating_sub(shown_width(left)));
        let rule = paint(DIM, if right.is_empty() { RULE.trim_end() } else { RULE });
        out.push_str(&format!("{:INDENT$}{left}{gap}{rule}{right}\n", ""));
    }
}

fn below(out: &mut String, width: usize, label: &str, side: &Side<'_>) {
    let lines = lines(side, width.saturating_sub(INDENT + LABEL));
    for (at, line) in lines.iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let gap = " ".repeat(LABEL - label.len());
        out.push_str(format!("{:INDENT$}{}{gap}{line}", "", paint(DIM, label)).trim_end());
        out.push('\n');
    }
}

/// The side's text, made safe, painted and wrapped.
fn lines(side: &Side<'_>, width: usize) -> Vec<String> {
    let last = side.parts.len().saturating_sub(1);
    let painted = side.parts.iter().enumerate().map(|(at, part)| match part {
        Part::Same(text) => safe::block(text).into_owned(),
        Part::Changed(text) => paint(side.changed, safe::block(text)),
        Part::Hidden(count) => {
            let (before, after) =
                (if at == 0 { "" } else { " " }, if at == last { "" } else { " " });
            paint(DIM, format!("{before}… {count} characters …{after}"))
        }
    });
    let painted: String = painted.collect();
    let wrapped = painted.split('\n').flat_map(|line| textwrap::wrap(line, width));
    let mut lines = closed(wrapped);
    let more = lines.len().saturating_sub(side.lines);
    // Saying that one line is left out takes a line.
    if more > 1 {
        lines.truncate(side.lines);
        lines.push(paint(DIM, format!("… {more} more lines; --full shows them")));
    }
    lines
}

/// A colour that goes on over a line's end would run into the other column: it is ended there and
/// taken up again. Nobody else's escapes are in the text any more.
fn closed<'l>(wrapped: impl Iterator<Item = std::borrow::Cow<'l, str>>) -> Vec<String> {
    let mut open = String::new();
    let mut lines = Vec::new();
    for line in wrapped {
        let mut whole = format!("{open}{line}");
        for (at, _) in line.match_indices('\u{1b}') {
            let end = line[at..].find('m').map_or(line.len(), |end| at + end + 1);
            match &line[at..end] {
                "\u{1b}[0m" => open.clear(),
                style => open.push_str(style),
            }
        }
        if !open.is_empty() {
            whole.push_str("\u{1b}[0m");
        }
        lines.push(whole);
    }
    lines
}

fn shown_width(line: &str) -> usize {
    textwrap::core::display_width(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::{GREEN, RED};

    fn side<'t>(parts: &'t [Part<'t>], changed: Style) -> Side<'t> {
        Side { parts, changed, lines: 4 }
    }

    #[test]
    fn a_colour_ends_with_its_line_and_goes_on_in_the_next() {
        let value = "one two three four five six seven eight nine ten".repeat(2);
        let parts = [Part::Same("is "), Part::Changed(&value), Part::Same(" here")];
        let mut out = String::new();
        sides(&mut out, 80, &side(&parts, RED), &side(&[Part::Changed("[known-value]")], GREEN));
        let (red, green, end) = ("\u{1b}[31m", "\u{1b}[32m", "\u{1b}[0m");
        for line in out.lines() {
            let left = line.split('│').next().unwrap();
            assert_eq!(left.matches(red).count(), 1, "{left:?}");
            assert!(left.rfind(end) > left.rfind(red), "{left:?}");
            assert!(shown_width(line) <= 80, "{line:?}");
        }
        assert!(
            out.lines().next().unwrap().ends_with(&format!("{green}[known-value]{end}")),
            "{out:?}"
        );
        assert!(out.lines().count() >= 3);
    }

    #[test]
    fn wide_characters_keep_the_columns_straight() {
        let text = "日本語のテキスト".repeat(9);
        let parts = [Part::Changed(text.as_str())];
        let mut out = String::new();
        sides(&mut out, 81, &side(&parts, RED), &side(&parts, GREEN));
        let plain = anstream::adapter::strip_str(&out).to_string();
        let places: Vec<_> = plain.lines().map(|l| l.split('│').next().unwrap().width()).collect();
        assert!(places.iter().all(|place| *place == places[0]), "{plain}");
        assert!(plain.lines().all(|line| line.width() <= 81), "{plain}");
    }

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        let parts = [Part::Same("a\u{1b}[2J"), Part::Changed("b\u{9b}31m\tc\u{202e}")];
        let mut out = String::new();
        sides(&mut out, 100, &side(&parts, RED), &side(&parts, GREEN));
        let plain = anstream::adapter::strip_str(&out).to_string();
        assert!(plain.contains(r"a\u{1b}[2Jb\u{9b}31m    c\u{202e}"), "{plain}");
    }
}
