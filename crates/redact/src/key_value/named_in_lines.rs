//! Values that are named on the line beside theirs: lists of variables as YAML and HCL write them.
//!
//! ```yaml
//! - name: DB_PASSWORD
//!   value: hunter2
//! ```

use super::keyed_text::KeyedText;
use crate::{finding::Finding, key_class::KeyClass, placeholder, siblings::Siblings};

/// Bytes of a line, and lines on either side, that are looked at.
const LINE: usize = 256;
const LINES: usize = 4;

/// The findings in values that are named on the line that ends at `end`.
pub(crate) fn named_in_lines(keyed: KeyedText<'_>, end: usize, found: &mut Vec<Finding>) {
    let KeyedText { gate, text } = keyed;
    let Some(line) = Line::before(text, end) else { return };
    let Some(entry) = line.entry(text) else { return };
    if !Siblings::may_name(entry.key) {
        return;
    }
    let class = gate.classify(entry.text(text));
    if class == KeyClass::Plain {
        return;
    }
    // A dash begins another entry of the list, and less of a blank ends this one.
    let goes_on = |other: &Line| other.indent >= line.indent;
    let mut at = line;
    for _ in 0..LINES {
        let next = Line::behind(text, at.end).filter(|next| goes_on(next) && !next.is_item);
        let Some(next) = next else { break };
        next.told(keyed, class, line.indent, found);
        at = next;
    }
    let mut at = line;
    for _ in 0..LINES {
        let before = (!at.is_item).then(|| Line::before(text, at.start.checked_sub(1)?)).flatten();
        let Some(before) = before.filter(goes_on) else { break };
        before.told(keyed, class, line.indent, found);
        at = before;
    }
}

#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    /// Where what it says starts in it, behind the dash of an item.
    indent: usize,
    is_item: bool,
}

struct Entry<'t> {
    key: &'t str,
    from: usize,
    to: usize,
}

impl Entry<'_> {
    fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.from..self.to).unwrap_or_default()
    }
}

impl Line {
    fn before(text: &str, end: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let from = end.saturating_sub(LINE);
        let start = bytes.get(from..end)?.iter().rposition(|b| *b == b'\n').map(|at| from + at + 1);
        Self::at(bytes, start.or((from == 0).then_some(0))?, end)
    }

    fn behind(text: &str, end: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let start = end + 1 + usize::from(bytes.get(end..end + 2)? == b"\r\n");
        let rest = bytes.get(start..bytes.len().min(start + LINE))?;
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        (length < LINE).then(|| Self::at(bytes, start, start + length)).flatten()
    }

    fn at(bytes: &[u8], start: usize, end: usize) -> Option<Self> {
        let line = bytes.get(start..end)?;
        let is_blank = |b: &u8| matches!(b, b' ' | b'\t');
        let blanks = line.iter().take_while(|b| is_blank(b)).count();
        let is_item = line[blanks..].starts_with(b"- ");
        let rest = &line[blanks + usize::from(is_item)..];
        let more = if is_item { 1 + rest.iter().take_while(|b| is_blank(b)).count() } else { 0 };
        Some(Self { start, end, indent: blanks + more, is_item })
    }

    /// `key: text` or `key = "text"`.
    fn entry(self, text: &str) -> Option<Entry<'_>> {
        let start = self.start + self.indent;
        let said = text.get(start..self.end)?;
        let sign = said.find([':', '='])?;
        // In quotes it is JSON's.
        let key = Some(said[..sign].trim()).filter(|key| !key.starts_with(['"', '\'']))?;
        let rest = &said[sign + 1..];
        let value = rest.trim();
        let from = start + sign + 1 + (rest.len() - rest.trim_start().len());
        let quoted = value.len() > 1
            && ['"', '\''].iter().any(|quote| value.starts_with(*quote) && value.ends_with(*quote));
        let quote = usize::from(quoted);
        Some(Entry { key, from: from + quote, to: from + value.len() - quote })
    }

    /// The finding in its value, if it is one that is named beside it.
    fn told(self, keyed: KeyedText<'_>, class: KeyClass, indent: usize, found: &mut Vec<Finding>) {
        let Some(entry) = self.entry(keyed.text).filter(|_| self.indent == indent) else { return };
        let is_value = Siblings::is_value(entry.key) && entry.from < entry.to;
        // `|` and `>` begin a text of several lines.
        let is_block = matches!(entry.text(keyed.text).as_bytes(), [b'|' | b'>', ..]);
        if is_value && !is_block && !placeholder::stands_at(keyed.text.as_bytes(), entry.from) {
            found.extend(keyed.replaced(entry.from, entry.to, class));
        }
    }
}
