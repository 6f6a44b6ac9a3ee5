//! What one scan has found so far, and what of it stays as it is: numbers of JSON, and marks.

use memchr::memchr;

use crate::{
    detector::{Detector, mark_at},
    finding::{Finding, Replacement},
    key_value::Around,
    lex::{byte, is_alnum, run, run_of},
    literal::Literals,
};

/// What kind of text it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The whole text is JSON, or was.
    Json,
    Prose,
}

impl Shape {
    /// By how it begins and ends: `[INFO] …` and `{"a": 1} and more` are no JSON.
    fn of(bytes: &[u8]) -> Self {
        let text = bytes.trim_ascii();
        let next = byte(text, run(text, 1, |b| b.is_ascii_whitespace()));
        let is_json = match text {
            [b'{', .., b'}'] => matches!(next, b'"' | b'}'),
            [b'[', .., b']'] => {
                matches!(next, b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
                    && mark_at(text, 0).is_none()
            }
            [b'"', inside @ .., b'"'] => is_literal(inside),
            _ => false,
        };
        if is_json { Self::Json } else { Self::Prose }
    }
}

/// Whether it is the inside of a literal: no quote without a backslash before it. Looks at all of it, as
/// that is done for many bytes at once.
fn is_literal(inside: &[u8]) -> bool {
    let two = inside.iter().zip(inside.get(1..).unwrap_or_default());
    let bare = two.fold(false, |bare, (before, b)| bare | ((*b == b'"') & (*before != b'\\')));
    inside.first() != Some(&b'"') && !bare
}

/// Where literals end. The end that was looked up last is kept: looked up at every position, a text
/// with few quotes would take the square of its length.
pub(crate) struct Ends {
    shape: Shape,
    /// There is no quote between these positions.
    between: (usize, usize),
}

impl Ends {
    /// The text up to the end of the literal that goes on at `at`: what starts inside one must end
    /// there. In prose a quote is only a quote.
    pub(crate) fn up_to_end<'t>(&mut self, text: &'t str, at: usize) -> &'t str {
        let bytes = text.as_bytes();
        // A key's own closing quote stands at `at`: then the value is a literal of its own.
        if self.shape == Shape::Prose || byte(bytes, run(bytes, at, |b| b == b'\\')) == b'"' {
            return text;
        }
        let (from, to) = self.between;
        if !(from..to).contains(&at) {
            let end = memchr(b'"', &bytes[at..]).map_or(text.len(), |end| at + end);
            self.between = (at, end);
        }
        text.get(..self.between.1).unwrap_or(text)
    }
}

/// The findings of one scan of a text.
pub(crate) struct Findings<'t> {
    bytes: &'t [u8],
    shape: Shape,
    literals: Literals,
    pub(crate) ends: Ends,
    /// The object around the key that was met last.
    pub(crate) around: Around,
    pub(crate) list: Vec<Finding>,
}

impl<'t> Findings<'t> {
    pub(crate) fn new(bytes: &'t [u8], list: Vec<Finding>) -> Self {
        Self::of_shape(Shape::of(bytes), bytes, list)
    }

    /// For a part of the text that these are the findings of.
    pub(crate) fn in_part<'p>(&self, bytes: &'p [u8]) -> Findings<'p> {
        Findings::of_shape(self.shape, bytes, Vec::new())
    }

    fn of_shape(shape: Shape, bytes: &'t [u8], list: Vec<Finding>) -> Self {
        let ends = Ends { shape, between: (0, 0) };
        Self { bytes, shape, literals: Literals::default(), ends, around: Around::default(), list }
    }

    /// Keeps `finding`, unless it is a JSON number: numbers stay numbers, but for what a key, a
    /// cue or the workflow says is personal.
    pub(crate) fn push(&mut self, finding: Finding) {
        let Some((start, end)) = self.json_number(finding.start) else {
            self.list.push(finding);
            return;
        };
        if matches!(finding.detector, Detector::Secret | Detector::BirthDate | Detector::Known) {
            self.list.push(Finding { start, end, replacement: Replacement::Quoted, ..finding });
        }
    }

    pub(crate) fn push_known(&mut self, start: usize, end: usize) {
        let bytes = self.bytes;
        // A mark's own word is no value.
        let from = start.saturating_sub(24);
        let marked = bytes[from..start].iter().rposition(|b| *b == b'[').is_some_and(|open| {
            mark_at(bytes, from + open).is_some_and(|length| from + open + length > start)
        });
        let hashed =
            byte(bytes, start.wrapping_sub(5)) == b'h' && mark_at(bytes, start - 5).is_some();
        if !marked && !hashed {
            self.push(Finding::mark(start, end, Detector::Known));
        }
    }

    /// Whether a JSON number goes on at `at`: what has the form of a card there is kept.
    pub(crate) fn is_json_number(&mut self, at: usize) -> bool {
        self.shape == Shape::Json
            && matches!(self.bytes[..at], [.., b'"', b':'] | [.., b'"', b':', b' '])
            && self.json_number(at).is_some()
    }

    /// The JSON number around `at`, if there is one.
    fn json_number(&mut self, at: usize) -> Option<(usize, usize)> {
        let bytes = self.bytes;
        if !byte(bytes, at).is_ascii_digit() {
            return None;
        }
        let part = |b: u8| is_alnum(b) || matches!(b, b'-' | b'+' | b'.');
        let start = at - bytes[..at].iter().rev().take(32).take_while(|b| part(**b)).count();
        let end = run_of(bytes, at, 64, part);
        let before = bytes[..start].iter().rposition(|b| !b.is_ascii_whitespace())?;
        let after = byte(bytes, run(bytes, end, |b| b.is_ascii_whitespace()));
        let closes = matches!(after, b',' | b'}' | b']' | 0);
        let opens = match bytes[before] {
            b':' => {
                self.shape == Shape::Json
                    && before > 0
                    && bytes[..before].trim_ascii_end().ends_with(b"\"")
            }
            b',' | b'[' => self.shape == Shape::Json,
            _ => false,
        };
        if !opens || !closes {
            return None;
        }
        let number = bytes[start..end].iter().all(|b| b.is_ascii_digit() || b"-+.eE".contains(b));
        // "cards on file, 4111111111111111, and a phone": between commas, and in a string, where no
        // quote would stand before a colon.
        let in_literal = bytes[before] != b':' && self.literals.hold(bytes, at);
        (number && !in_literal).then_some((start, end))
    }
}
