//! Blocks of text on a page: wrapped to the width, indented, cut with a hint.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::{
    paint::{BOLD, DIM, paint},
    safe,
};

/// Columns of the labels ("thought", "arguments", …) with the space after them.
const LABEL: usize = 13;

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

/// What is written under a label, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What the text is: "thought", "result".
    pub label: &'a str,
    /// Anyone's text; made safe here.
    pub text: &'a str,
    /// Lines shown unless the view is full.
    pub lines: usize,
    /// How the label looks.
    pub style: Style,
}

impl<'a> Block<'a> {
    /// A block with a label like any other.
    pub fn new(label: &'a str, text: &'a str, lines: usize) -> Self {
        Self { label, text, lines, style: DIM }
    }
}

/// Appends a labelled block, `indent` columns in. Nothing for an empty text.
pub fn labelled(out: &mut String, view: View, indent: usize, block: Block<'_>) {
    columns(out, view, indent, LABEL, block);
}

/// Appends text without a label, on the whole width.
pub fn paragraph(out: &mut String, view: View, text: &str, lines: usize) {
    columns(out, view, 2, 0, Block::new("", text, lines));
}

/// Appends labelled texts, the labels in a column as wide as the widest needs.
pub fn list(out: &mut String, view: View, lines: usize, texts: &[(String, String)]) {
    let widest = texts.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
    for (label, text) in texts {
        columns(out, view, 2, (widest + 1).max(LABEL), Block::new(label, text, lines));
    }
}

fn columns(out: &mut String, view: View, indent: usize, labels: usize, block: Block<'_>) {
    let text = block.text.trim_end();
    if text.trim_start().is_empty() {
        return;
    }
    let width = view.width.saturating_sub(indent + labels).max(20);
    let limit = if view.full { usize::MAX } else { block.lines };
    // A line on the page takes at least one character: no need to wrap more than can be shown.
    let enough = if view.full { text } else { first(text, width.saturating_mul(limit + 1)) };
    let shown = safe::block(enough);
    let mut lines = Vec::new();
    for line in shown.lines() {
        let line = line.trim_end();
        lines.extend(textwrap::wrap(line, width));
        if lines.len() > limit {
            break;
        }
    }
    let is_cut = lines.len() > limit || enough.len() < text.len();
    lines.truncate(limit);
    for (n, line) in lines.iter().enumerate() {
        let label = if n == 0 { block.label } else { "" };
        let gap = " ".repeat(labels.saturating_sub(label.width()));
        if line.is_empty() && label.is_empty() {
            out.push('\n');
            continue;
        }
        let label = if label.is_empty() { String::new() } else { paint(block.style, label) };
        out.push_str(&format!("{:indent$}{label}{gap}{line}\n", ""));
    }
    if is_cut {
        let hint = format!("… {} characters in all; --full shows them", text.chars().count());
        out.push_str(&format!("{:at$}{}\n", "", paint(DIM, hint), at = indent + labels));
    }
}

/// A heading with a rule to the right edge.
pub fn heading(out: &mut String, view: View, title: &str) {
    let rule = view.width.saturating_sub(title.chars().count() + 1).min(120);
    let title = paint(BOLD, title);
    out.push_str(&format!("\n{title} {}\n", paint(DIM, "─".repeat(rule))));
}

/// At most so many characters from the start.
fn first(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
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
        insta::assert_snapshot!(shown(NARROW, text), @r"
          result       one two three four five
                       six seven eight nine ten
                       … 62 characters in all; --full shows them
        ");
        let whole = shown(View { full: true, ..NARROW }, text);
        assert!(whole.contains("eleven twelve") && !whole.contains("--full"), "{whole}");
    }

    #[test]
    fn a_word_wider_than_the_page_is_broken() {
        let whole = shown(View { full: true, ..NARROW }, &"x".repeat(100));
        assert!(whole.lines().all(|line| line.chars().count() <= 40), "{whole}");
        assert_eq!(whole.matches('x').count(), 100);
    }

    #[test]
    fn no_text_leaves_no_line() {
        assert_eq!(shown(NARROW, " \n "), "");
    }
}
