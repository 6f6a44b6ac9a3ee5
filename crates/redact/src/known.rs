//! What a workflow knows to be personal about this customer. Every occurrence goes: in any case,
//! with or without accents, with other separators between the words (`mia_li`, `Mia+Li`,
//! `Mia%20Li`), a name also by its parts and a date also in the other ways to write it.
//!
//! Each value is noticed by the first three bytes of its longest word, in the same pass that
//! notices everything else, and compared from there: building this takes a few microseconds, and
//! no second pass over the text is needed.

mod pattern;
mod variants;

use std::{fmt, ops::Range};

use pattern::Pattern;
use variants::Case;

use crate::{
    error::Unwalkable,
    filter::{Bits, three},
    fold,
    lex::byte,
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
            variants::of(value, &mut |words, case| known.add(words, case));
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

#[cfg(test)]
mod tests;
