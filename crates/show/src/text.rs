//! Blocks of text on a page: wrapped to the width, indented, cut with a hint.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::{
    paint::{BOLD, DIM, paint},
    quantity::count,
    safe,
    width::{fit, wrap},
};

/// Columns of the labels ("thought", "arguments", …) with the space after them.
pub const LABEL: usize = 13;
/// Columns a text has beside its label at least; with fewer it stands below it.
const BESIDE: usize = 20;
/// Columns that what continues a line, or stands below a label, is further in.
const BELOW: usize = 2;

/// How a page is to look.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether long texts are shown whole.
    pub full: bool,
    /// The present, for "5 minutes ago".
    pub now: jiff::Timestamp,
}

impl View {
    /// How many of a list are shown.
    pub fn limit(self, usual: usize) -> usize {
        if self.full { usize::MAX } else { usual }
    }
}

/// What is written under a label, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What the text is: "thought", "result". Made safe here.
    pub label: &'a str,
    /// Anyone's text; made safe here.
    pub text: &'a str,
    /// Lines shown unless the view is full.
    pub lines: usize,
    /// Whether those are its last ones.
    pub is_told_last: bool,
    /// How the label looks.
    pub style: Style,
}

impl<'a> Block<'a> {
    /// A block with a label like any other.
    pub fn new(label: &'a str, text: &'a str, lines: usize) -> Self {
        Self { label, text, lines, is_told_last: false, style: DIM }
    }
}

/// Appends a labelled block, `indent` columns in. Nothing for an empty text.
pub fn labelled(out: &mut String, view: View, indent: usize, block: Block<'_>) {
    beside(out, view, indent, LABEL, block);
}

/// Appends text without a label, on the whole width.
pub fn paragraph(out: &mut String, view: View, text: &str, lines: usize) {
    beside(out, view, 2, 0, Block::new("", text, lines));
}

/// Labelled texts, and how much of them is shown unless the view is full.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Labels and texts.
    pub texts: &'a [(String, String)],
    /// Lines of each text.
    pub lines: usize,
    /// How many.
    pub entries: usize,
}

/// Appends labelled texts, the labels in a column as wide as the widest needs.
pub fn list(out: &mut String, view: View, indent: usize, list: List<'_>) {
    let shown = &list.texts[..list.texts.len().min(view.limit(list.entries))];
    let most = (view.width / 3).min(28);
    let widest = shown.iter().map(|(label, _)| label.width()).max().unwrap_or(0).min(most);
    for (label, text) in shown {
        beside(out, view, indent, (widest + 1).max(LABEL), Block::new(label, text, list.lines));
    }
    more(out, view, indent, list.texts.len() - shown.len(), "entries");
}

/// Says how many of something are not shown: "… 50 more steps; --full shows them".
pub fn more(out: &mut String, view: View, indent: usize, left: usize, what: &str) {
    if left > 0 {
        let what = match (left, what) {
            (1, "entries") => "entry",
            (1, what) => what.trim_end_matches('s'),
            (_, what) => what,
        };
        let says = format!("… {} more {what}; --full shows them", count(left as u64));
        note(out, view, indent, DIM, &says);
    }
}

/// Appends words of ours, wrapped. Names that others gave may be in them.
pub fn note(out: &mut String, view: View, indent: usize, style: Style, text: &str) {
    for line in wrap(&safe::line(text), view.width.saturating_sub(indent)) {
        out.push_str(&format!("{:indent$}{}\n", "", paint(style, line)));
    }
}

/// Appends texts that share a line, on which `at` columns are taken; one that does not fit goes to
/// the next line. A text wider than a line is wrapped where all is shown, and cut where not.
pub fn joined(
    out: &mut String,
    view: View,
    at: usize,
    between: &str,
    texts: &[(Style, impl AsRef<str>)],
) {
    let below = at + BELOW;
    let mut taken = at;
    let mut is_first = true;
    for (style, text) in texts {
        let text = safe::line(text.as_ref());
        if text.is_empty() {
            continue;
        }
        if !is_first && taken + between.width() + text.width() <= view.width {
            out.push_str(between);
            taken += between.width();
        } else if !is_first {
            out.push_str(&format!("\n{:below$}", ""));
            taken = below;
        }
        is_first = false;
        let room = view.width.saturating_sub(taken);
        let lines = match view.full && text.width() > room {
            true => wrap(&text, view.width.saturating_sub(below)),
            false => vec![fit(&text, room)],
        };
        let lines: Vec<_> =
            lines.into_iter().map(|line| (line.width(), paint(*style, line))).collect();
        taken =
            if lines.len() == 1 { taken } else { below } + lines.last().map_or(0, |line| line.0);
        let lines: Vec<_> = lines.into_iter().map(|line| line.1).collect();
        out.push_str(&lines.join(&format!("\n{:below$}", "")));
    }
    out.push('\n');
}

/// Appends a block whose label takes so many columns, with the blanks after it.
pub fn beside(out: &mut String, view: View, indent: usize, labels: usize, block: Block<'_>) {
    let label = safe::line(block.label);
    let has_label = !label.is_empty();
    let is_beside = label.width() < labels.max(1) && view.width >= indent + labels + BESIDE;
    let at = indent + if is_beside { labels } else { BELOW };
    let width = view.width.saturating_sub(at).max(1);
    let limit = view.limit(block.lines);
    // A line on the page takes at least one character: no need to wrap more than can be shown.
    let enough = width.saturating_mul(limit.saturating_add(1));
    let enough = match block.is_told_last {
        false => first(block.text, enough),
        true => last(block.text.trim_end(), enough),
    };
    let shown = safe::block(enough);
    let shown = shown.trim_end();
    if shown.trim_start().is_empty() {
        return;
    }
    let mut lines: Vec<_> = shown.lines().flat_map(|line| wrap(line.trim_end(), width)).collect();
    let is_cut = lines.len() > limit || enough.len() < block.text.trim_end().len();
    if is_cut && block.is_told_last {
        lines.drain(..lines.len().saturating_sub(limit.saturating_sub(1)));
        lines.insert(0, "…".into());
    }
    lines.truncate(limit);
    if !is_beside && has_label {
        joined_label(out, view, indent, label.trim_start(), block.style);
    }
    for (n, line) in lines.iter().enumerate() {
        if n == 0 && is_beside && has_label {
            let gap = labels.saturating_sub(label.width());
            out.push_str(&format!(
                "{:indent$}{}{:gap$}{line}\n",
                "",
                paint(block.style, &label),
                ""
            ));
        } else if line.is_empty() {
            out.push('\n');
        } else {
            out.push_str(&format!("{:at$}{line}\n", ""));
        }
    }
    if is_cut {
        let characters = count(block.text.chars().count() as u64);
        note(out, view, at, DIM, &format!("… {characters} characters in all; --full shows them"));
    }
}

/// A label that stands above its text.
fn joined_label(out: &mut String, view: View, indent: usize, label: &str, style: Style) {
    out.push_str(&" ".repeat(indent));
    joined(out, view, indent, "", &[(style, label)]);
}

/// A heading with a rule to the right edge.
pub fn heading(out: &mut String, view: View, title: &str) {
    let rule = view.width.saturating_sub(title.width() + 1);
    let title = paint(BOLD, title);
    out.push_str(&format!("\n{title} {}\n", paint(DIM, "─".repeat(rule))));
}

/// At most so many characters from the start.
fn first(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
}

/// At most so many characters from the end.
fn last(text: &str, characters: usize) -> &str {
    let start = characters.checked_sub(1).and_then(|before| text.char_indices().nth_back(before));
    start.map_or(text, |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(view: View, text: &str) -> String {
        let mut out = String::new();
        labelled(&mut out, view, 2, Block::new("result", text, 2));
        anstream::adapter::strip_str(&out).to_string()
    }

    const NARROW: View = View { width: 40, full: false, now: jiff::Timestamp::UNIX_EPOCH };

    #[test]
    fn text_is_wrapped_and_cut_with_a_hint() {
        let text = "one two three four five six seven eight nine ten eleven twelve";
        insta::assert_snapshot!(shown(NARROW, text), @"
        result       one two three four five
                     six seven eight nine ten
                     … 62 characters in all;
                     --full shows them
        ");
        let whole = shown(View { full: true, ..NARROW }, text);
        assert!(whole.contains("eleven twelve") && !whole.contains("--full"), "{whole}");
    }

    #[test]
    fn of_what_is_told_last_the_end_is_shown() {
        let shown = |view, text: &str| {
            let mut out = String::new();
            let block = Block { is_told_last: true, ..Block::new("stack", text, 3) };
            labelled(&mut out, view, 2, block);
            anstream::adapter::strip_str(&out).to_string()
        };
        let text = "one\ntwo\nthree\nfour\nfive\n";
        insta::assert_snapshot!(shown(NARROW, text), @"
        stack        …
                     four
                     five
                     … 24 characters in all;
                     --full shows them
        ");
        assert_eq!(shown(NARROW, &"é ".repeat(100_000)).lines().count(), 5);
        assert!(!shown(NARROW, "three\nfour\nfive").contains('…'));
        assert!(!shown(View { full: true, ..NARROW }, text).contains('…'));
    }

    #[test]
    fn a_word_wider_than_the_page_is_broken() {
        let whole = shown(View { full: true, ..NARROW }, &"x".repeat(100));
        assert!(whole.lines().all(|line| line.chars().count() <= 40), "{whole}");
        assert_eq!(whole.matches('x').count(), 100);
    }

    #[test]
    fn a_label_without_room_beside_it_stands_above() {
        let mut out = String::new();
        labelled(&mut out, NARROW, 12, Block::new("result", "one two three four five six", 2));
        labelled(&mut out, NARROW, 2, Block::new("a.label.that.is.long", "1", 2));
        let text = anstream::adapter::strip_str(&out).to_string();
        insta::assert_snapshot!(text, @"
                  result
                    one two three four five
                    six
        a.label.that.is.long
          1
        ");
    }

    #[test]
    fn texts_share_a_line_while_they_fit() {
        let texts =
            [(DIM, "first text"), (DIM, ""), (DIM, "second text"), (DIM, "third, a long text")];
        let mut out = String::new();
        joined(&mut out, NARROW, 0, " · ", &texts);
        joined(&mut out, View { width: 12, full: true, ..NARROW }, 0, " · ", &texts);
        let text = anstream::adapter::strip_str(&out).to_string();
        insta::assert_snapshot!(text, @"
        first text · second text
          third, a long text
        first text
          second
          text
          third, a
          long text
        ");
    }

    #[test]
    fn no_text_leaves_no_line() {
        assert_eq!(shown(NARROW, " \n "), "");
    }
}
