//! What a workflow knows to be personal about this customer. Every occurrence goes: in any case,
//! with or without accents, with other separators between the words (`mia_li`, `Mia+Li`,
//! `Mia%20Li`), a name also in part and with initials, and a date also in the other ways to write it.
//!
//! Each way to write a value is a pattern, and each pattern is noticed by the first three bytes of
//! its *first* word, in the same pass that notices everything else; it is compared from there.
//!
//! Invariant: a pattern begins at an edge of the text, and [`Known::at`] finds nothing elsewhere. An
//! edge is the start of the text, a letter that follows no letter, a digit that follows no digit, and
//! the byte behind an escape (`\n`). Whether a letter beyond ASCII that stands before goes on as a word
//! is for `at` to tell (`éMia` is no edge, `王Mia` is one), so it is asked there too.
//!
//! A pattern that begins with a letter beyond ASCII, and every pattern in a text that writes letters
//! otherwise than as themselves, is found by [`Known::in_folded`]: whoever asks `at` may leave out
//! positions that are no ASCII letter or digit.

mod case;
mod east_asian;
mod edge;
mod ending;
mod notice;
mod pattern;
mod person;
mod second;
mod tail;
mod user_name;
mod variants;
mod words;

use std::{fmt, ops::Range};

use edge::is_edge;
use second::{Behind, Second, Seconds};

use pattern::{Key, Pattern, Reading, When, four};

use crate::{
    error::Unwalkable,
    filter::{Bits, three},
    fold::{self, Alphabet, Folded, Places},
};

/// Values taken at most; a customer has some tens.
const VALUES: usize = 1024;
/// Bytes of all values together.
const BYTES: usize = 64 * 1024;

/// Patterns that are compared one after the other.
const FEW: usize = 32;

/// A customer's known values, ready to be found.
#[derive(Default)]
pub struct Known {
    /// In the order of their keys.
    patterns: Vec<Pattern>,
    keys: Vec<Key>,
    /// What the second word of each begins with.
    second_words: Vec<Option<Second>>,
    /// Where the keys that begin with each byte begin.
    firsts: Vec<u32>,
    seconds: Seconds,
    /// Bytes of folded text around a letter in which a value with that letter stands.
    reach: usize,
    alphabet: Alphabet,
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
            variants::of(value, &mut |words, when| known.add(words, when));
        }
        known.sort();
        Ok(known)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn add(&mut self, words: &[&str], when: When) {
        let Some(pattern) = Pattern::new(words, when) else { return };
        pattern.mark(self.bits.get_or_insert_with(Bits::new));
        self.reach = self.reach.max(pattern.reach());
        self.seconds.add(&pattern);
        if pattern.has_letters_beyond_ascii() {
            self.alphabet = Alphabet::Any;
        }
        self.patterns.push(pattern);
    }

    fn sort(&mut self) {
        self.patterns.sort_by_cached_key(Pattern::key);
        self.keys = self.patterns.iter().map(Pattern::key).collect();
        self.second_words = self.patterns.iter().map(Second::of).collect();
        let first = |byte: u32| self.keys.partition_point(|key| u32::from(key.first()) < byte);
        self.firsts =
            (0..=256).map(|byte| u32::try_from(first(byte)).unwrap_or(u32::MAX)).collect();
    }

    /// The longest value that begins at `at`.
    pub(crate) fn at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
        self.longest(&Reading::new(bytes, &upper), at, |pattern, _| !pattern.when.wide)
    }

    /// The longest value that begins at `at` and `counts`.
    fn longest(
        &self,
        text: &Reading<'_>,
        at: usize,
        counts: impl Fn(&Pattern, &Range<usize>) -> bool,
    ) -> Option<Range<usize>> {
        let bytes = text.bytes();
        let noticed = self.bits.as_ref()?.has(three(bytes, at)) && is_edge(bytes, at);
        if !noticed || !self.seconds.may_follow(bytes, at) {
            return None;
        }
        let mut longest: Option<Range<usize>> = None;
        let letters = four(&bytes[at..]);
        let mut behind = Behind::default();
        for range in self.beginning_with(letters) {
            for index in range {
                let goes_on = |second| behind.fits(second, bytes, at);
                if !self.keys[index].fits(letters) || !self.second_words[index].is_none_or(goes_on)
                {
                    continue;
                }
                let pattern = &self.patterns[index];
                let found = pattern.at(text, at).filter(|range| counts(pattern, range));
                if let Some(found) = found
                    && longest.as_ref().is_none_or(|longest| longest.len() <= found.len())
                {
                    longest = Some(found);
                }
            }
        }
        longest
    }

    /// Where the patterns stand that may begin where these four bytes do.
    fn beginning_with(&self, four: u32) -> impl Iterator<Item = Range<usize>> {
        let first = usize::from(four.to_be_bytes()[0]);
        let mut from = self.firsts[first] as usize;
        let mut to = self.firsts[first + 1] as usize;
        let keys = &self.keys;
        // One customer's begin with this letter a few times; many are looked up, by one letter to four.
        let lengths = if to - from > FEW { 4 } else { 1 };
        (1..=lengths).map(move |length: u32| {
            if lengths > 1 {
                let key = four & u32::MAX << (32 - 8 * length);
                from = keys.partition_point(|other| other.letters() < key);
                to = from + keys[from..].partition_point(|other| other.letters() == key);
            }
            from..to
        })
    }

    /// Whether `text` is one of the values and nothing else.
    pub(crate) fn is_whole(&self, text: &str) -> bool {
        self.at(text.as_bytes(), 0).is_some_and(|range| range.end == text.len())
    }

    /// Every occurrence in `text`, read through folding: for text with letters beyond ASCII.
    pub(crate) fn in_folded(&self, text: &str, found: &mut dyn FnMut(usize, usize)) {
        let Some(bits) = &self.bits else { return };
        for (start, end) in Places::new(text, self.reach, self.alphabet) {
            self.in_part(text, &fold::fold_part(text, start, end), bits, found);
        }
    }

    fn in_part(
        &self,
        text: &str,
        folded: &Folded,
        bits: &Bits,
        found: &mut dyn FnMut(usize, usize),
    ) {
        let bytes = folded.text.as_bytes();
        // Folding takes the case away.
        let upper = |at: usize| {
            let at = folded.start_of(at);
            let ascii = text.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
            ascii || fold::letter_at(text, at).is_some_and(|(letter, _)| letter.is_uppercase())
        };
        let reading = Reading::new(bytes, &upper);
        let counts = |pattern: &Pattern, range: &Range<usize>| {
            let (start, end) = folded.origin(range.start, range.end);
            !pattern.when.wide || end - start != range.len() || !text[start..end].is_ascii()
        };
        let mut at = 0;
        let mut hits = bits.hits(bytes);
        while let Some(hit) = hits.next(at) {
            at = hit + 1;
            if let Some(range) = self.longest(&reading, hit, counts) {
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
