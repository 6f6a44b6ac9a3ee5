//! What a workflow knows to be personal about this customer. Every occurrence goes: in any case,
//! with or without accents, with other separators between the words (`mia_li`, `Mia+Li`,
//! `Mia%20Li`), a name also by its parts and a date also in the other ways to write it.
//!
//! Each value is noticed by the first three bytes of its longest word, in the same pass that
//! notices everything else, and compared from there: building this takes a few microseconds, and
//! no second pass over the text is needed.

use std::{fmt, ops::Range};

use crate::{
    Unwalkable,
    filter::{Bits, three},
    fold, known_forms,
    look::{byte, is_word, run_of},
};

/// Values taken at most; a customer has some tens.
const VALUES: usize = 1024;
/// Bytes of all values together.
const BYTES: usize = 64 * 1024;

/// A customer's known values, ready to be found.
#[derive(Default)]
pub struct Known {
    patterns: Vec<Pattern>,
    /// The two bytes each pattern is noticed by first, in lower case; in order.
    anchors: Vec<([u8; 2], u16)>,
    pub(crate) bits: Option<Bits>,
}

/// One way to write a value: words of folded letters and digits.
pub(crate) struct Pattern {
    /// The words' bytes, one after the other.
    letters: Vec<u8>,
    /// Where in `letters` each word begins.
    words: Vec<usize>,
    /// Where in `letters` the word begins that the pattern is noticed by.
    anchor: usize,
    case: Case,
    /// Digits only: separators may stand anywhere.
    digits: bool,
}

/// How a word is written, or must be written at least to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    Any,
    /// With a capital: it is an everyday word too.
    Capital,
    /// As a name, with one capital: so short, it is an abbreviation too (MIA, an airport).
    Name,
}

impl Case {
    fn of(first_upper: bool, second_upper: bool) -> Self {
        match (first_upper, second_upper) {
            (false, _) => Self::Any,
            (true, true) => Self::Capital,
            (true, false) => Self::Name,
        }
    }
}

impl Known {
    /// Takes the values a workflow knows. Values of one letter or digit, and empty ones, say
    /// nothing and are left out.
    ///
    /// # Errors
    /// [`Unwalkable::TooLarge`] for more than 1024 values, or more than 64 KiB of them.
    pub fn new(values: &[String]) -> Result<Self, Unwalkable> {
        if values.len() > VALUES || values.iter().map(String::len).sum::<usize>() > BYTES {
            return Err(Unwalkable::TooLarge);
        }
        let mut known = Self::default();
        for value in values {
            known_forms::of(value, &mut |words, case| known.add(words, case));
        }
        known.anchors.sort_unstable();
        Ok(known)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn add(&mut self, words: &[&str], case: Case) {
        let Some(pattern) = Pattern::new(words, case) else { return };
        let bits = self.bits.get_or_insert_with(Bits::new);
        pattern.mark(bits);
        let (first, second, _) = pattern.three();
        // 1024 values give far fewer than 65536 patterns each of their own; the last ones share.
        self.anchors
            .push(([first, second], u16::try_from(self.patterns.len()).unwrap_or(u16::MAX)));
        self.patterns.push(pattern);
    }

    /// The longest value that has its anchor at `at`.
    pub(crate) fn at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        self.longest(bytes, at, |start| {
            let upper = |at| byte(bytes, at).is_ascii_uppercase();
            Case::of(upper(start), upper(start + 1))
        })
    }

    /// As [`at`](Self::at); `case` says how the word that starts at a position is written.
    fn longest(
        &self,
        bytes: &[u8],
        at: usize,
        case: impl Fn(usize) -> Case,
    ) -> Option<Range<usize>> {
        if !self.bits.as_ref()?.has(three(bytes, at)) {
            return None;
        }
        let two = [bytes[at].to_ascii_lowercase(), bytes.get(at + 1)?.to_ascii_lowercase()];
        let from = self.anchors.partition_point(|(anchor, _)| *anchor < two);
        let candidates = self.anchors[from..].iter().take_while(|(anchor, _)| *anchor == two);
        let patterns = candidates.filter_map(|(_, index)| self.patterns.get(usize::from(*index)));
        let found = patterns.filter_map(|pattern| {
            let range = pattern.at(bytes, at)?;
            (pattern.case <= case(range.start)).then_some(range)
        });
        found.max_by_key(Range::len)
    }

    /// Whether `text` is one of the values and nothing else.
    pub(crate) fn is_whole(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        (0..bytes.len()).any(|at| self.at(bytes, at).is_some_and(|range| range == (0..bytes.len())))
    }

    /// Every occurrence in `text`, read through folding: for text with letters beyond ASCII.
    pub(crate) fn in_folded(&self, text: &str, found: &mut dyn FnMut(usize, usize)) {
        let Some(bits) = &self.bits else { return };
        let folded = fold::fold(text);
        let bytes = folded.text.as_bytes();
        let mut at = 0;
        let mut hits = bits.hits(bytes);
        while let Some(hit) = hits.next(at) {
            at = hit + 1;
            // Folding takes the case away.
            let case = |start| {
                let (start, _) = folded.origin(start, start + 1);
                let mut letters = text.get(start..).unwrap_or_default().chars();
                let mut upper = || letters.next().is_some_and(char::is_uppercase);
                Case::of(upper(), upper())
            };
            if let Some(range) = self.longest(bytes, hit, case) {
                at = range.end.max(at);
                let (start, end) = folded.origin(range.start, range.end);
                found(start, end);
            }
        }
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("patterns", &self.patterns.len()).finish_non_exhaustive()
    }
}

impl Pattern {
    fn new(words: &[&str], case: Case) -> Option<Self> {
        let mut pattern =
            Self { letters: Vec::new(), words: Vec::new(), anchor: 0, case, digits: false };
        let mut longest = 0;
        for word in words {
            let start = pattern.letters.len();
            pattern.words.push(start);
            pattern.letters.extend_from_slice(word.as_bytes());
            if word.len() > longest {
                (longest, pattern.anchor) = (word.len(), start);
            }
        }
        pattern.digits =
            pattern.letters.len() >= 7 && pattern.letters.iter().all(u8::is_ascii_digit);
        (longest >= 2).then_some(pattern)
    }

    /// The three bytes the pattern is noticed by; the third is missing when no word has three.
    fn three(&self) -> (u8, u8, Option<u8>) {
        let word_end = self.words.iter().find(|start| **start > self.anchor).copied();
        let end = word_end.unwrap_or(self.letters.len());
        let third = (self.anchor + 2 < end).then(|| self.letters[self.anchor + 2]);
        (self.letters[self.anchor], self.letters[self.anchor + 1], third)
    }

    fn mark(&self, bits: &mut Bits) {
        let (first, second, third) = self.three();
        let cases = |byte: u8| [byte, byte.to_ascii_uppercase()];
        let mut set = |third: u8| {
            for a in cases(first) {
                for b in cases(second) {
                    bits.set([a, b, third]);
                }
            }
        };
        match third {
            Some(third) => cases(third).into_iter().for_each(set),
            // Two letters: anything that ends a word may follow, or the next word.
            None => {
                (0..=0xff_u8).filter(|byte| !byte.is_ascii_lowercase()).for_each(&mut set);
                (b'a'..=b'z').for_each(set);
            }
        }
    }

    /// The occurrence whose anchor stands at `at`.
    fn at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        if !self.letters[self.anchor..].starts_with(&[bytes.get(at)?.to_ascii_lowercase()]) {
            return None;
        }
        let end = self.forward(bytes, at)?;
        let start = self.backward(bytes, at)?;
        let edges = is_edge(bytes, start) && is_edge(bytes, end);
        let end = if self.is_of_letters() { past_number(bytes, end) } else { end };
        edges.then_some(start..end)
    }

    /// Compares from the anchor on; where the last word ends.
    fn forward(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        for index in self.anchor..self.letters.len() {
            if index > self.anchor && self.may_part(index) {
                at = gap_after(bytes, at);
            }
            if bytes.get(at)?.to_ascii_lowercase() != self.letters[index] {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// Compares what stands before the anchor; where the first word starts.
    fn backward(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        for index in (0..self.anchor).rev() {
            if self.may_part(index + 1) {
                at = gap_before(bytes, at);
            }
            at = at.checked_sub(1)?;
            if bytes[at].to_ascii_lowercase() != self.letters[index] {
                return None;
            }
        }
        Some(at)
    }

    fn is_of_letters(&self) -> bool {
        !self.letters.iter().any(u8::is_ascii_digit)
    }

    /// Whether separators may stand before the letter at `index`.
    fn may_part(&self, index: usize) -> bool {
        self.digits || self.words.contains(&index)
    }
}

/// Separators between two words of a value that are passed over, at most.
const GAP: usize = 4;

/// Past what may stand between two words. Quotes and brackets may not: they belong to the
/// structure around, which stays.
fn gap_after(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut blank, mut sign) = (from, false, false);
    for _ in 0..GAP {
        let rest = &bytes[at.min(bytes.len())..];
        let width = match *rest {
            [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => 3,
            [b'\\', b'n' | b't' | b'r' | b'_', ..] => 2,
            [0xc2, 0xa0, ..] => 2,
            [0xe2, 0x80, _, ..] => 3,
            [b'\'', ..] if at == from => return at + 1,
            [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
            // "Li, Mia", not "Li , Mia": a sign after a blank begins something else, but emphasis.
            [b'*', ..] if !sign => 1,
            [other, ..] if is_separator(other) && !blank => 1,
            _ => break,
        };
        blank |= rest[0].is_ascii_whitespace();
        sign |= !rest[0].is_ascii_whitespace() && rest[0] != b'*';
        at += width;
    }
    at
}

fn gap_before(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut emphasis, mut sign) = (from, false, false);
    for _ in 0..GAP {
        let width = match bytes[..at] {
            [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => 3,
            [.., b'\\', b'n' | b't' | b'r' | b'_'] => 2,
            [.., 0xc2, 0xa0] => 2,
            [.., 0xe2, 0x80, _] => 3,
            [.., b'\''] if at == from => return at - 1,
            [.., b' ' | b'\t' | b'\r' | b'\n'] if !sign => 1,
            [.., b'*'] if !sign => 1,
            [.., other] if is_separator(other) && !emphasis => 1,
            _ => break,
        };
        emphasis |= bytes[at - 1] == b'*';
        sign |= !bytes[at - 1].is_ascii_whitespace() && bytes[at - 1] != b'*';
        at -= width;
    }
    at
}

/// Past the number that makes a name a user name (`mia_li_3668`): it tells people apart as the
/// name does.
fn past_number(bytes: &[u8], from: usize) -> usize {
    let escape = from + usize::from(byte(bytes, from) == b'\\' && byte(bytes, from + 1) == b'_');
    let digits = escape + usize::from(byte(bytes, escape) == b'_');
    let end = run_of(bytes, digits, 8, |b| b.is_ascii_digit());
    if end == digits || is_word(byte(bytes, end)) { from } else { end }
}

fn is_separator(byte: u8) -> bool {
    b"_-.,+/@()*|#&".contains(&byte)
}

/// Whether a word may begin or end at `at`: letters don't go on as letters, nor digits as digits.
fn is_edge(bytes: &[u8], at: usize) -> bool {
    let (Some(left), Some(right)) = (at.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(at))
    else {
        return true;
    };
    let escape = at >= 2 && bytes[at - 2] == b'\\' && matches!(left, b'n' | b't' | b'r');
    let letters = is_letter(bytes, at, *left, true) && is_letter(bytes, at, *right, false);
    escape || !(letters || (left.is_ascii_digit() && right.is_ascii_digit()))
}

/// Whether the byte beside `at` belongs to a letter of a script that writes words apart.
fn is_letter(bytes: &[u8], at: usize, byte: u8, left: bool) -> bool {
    if byte < 0x80 {
        return byte.is_ascii_alphabetic();
    }
    let side =
        if left { &bytes[at.saturating_sub(4)..at] } else { &bytes[at..bytes.len().min(at + 4)] };
    let letters = side.utf8_chunks().map(|chunk| chunk.valid());
    let letter = match left {
        true => letters.last().and_then(|text| text.chars().next_back()),
        false => letters.take(1).last().and_then(|text| text.chars().next()),
    };
    // Chinese, Japanese and Thai write words without spaces.
    letter.is_none_or(|c| {
        c.is_alphabetic() && !matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{2e80}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
    })
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
