//! Where a text says a known value: its words from the longest on, with what may stand between them.

use std::ops::Range;

use super::variants::Case;
use crate::{
    filter::Bits,
    lex::{byte, is_word, run_of},
};

/// One way to write a value: words of folded letters and digits.
pub(super) struct Pattern {
    /// The words' bytes, one after the other.
    letters: Vec<u8>,
    /// Where in `letters` each word begins.
    words: Vec<usize>,
    /// Where in `letters` the word begins that the pattern is noticed by.
    anchor: usize,
    pub(super) case: Case,
    /// Digits only: separators may stand anywhere.
    digits: bool,
}

impl Pattern {
    pub(super) fn new(words: &[&str], case: Case) -> Option<Self> {
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
    pub(super) fn three(&self) -> (u8, u8, Option<u8>) {
        let word_end = self.words.iter().find(|start| **start > self.anchor).copied();
        let end = word_end.unwrap_or(self.letters.len());
        let third = (self.anchor + 2 < end).then(|| self.letters[self.anchor + 2]);
        (self.letters[self.anchor], self.letters[self.anchor + 1], third)
    }

    pub(super) fn mark(&self, bits: &mut Bits) {
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
    pub(super) fn at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
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
