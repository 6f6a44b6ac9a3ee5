//! Where a text says a known value: its words in order, with what may stand between and behind them.

use std::{cell::Cell, ops::Range};

use super::{
    case::Case,
    edge::{gap_after, is_edge, letter_after, past_number},
    notice::{self, Gap},
    tail::Tail,
    user_name,
};
use crate::{filter::Bits, lex::byte};

/// What stands in a pattern between two words, and between an initial and a word.
const WORDS: u8 = 0;
const INITIAL: u8 = 1;

/// What holds the words of a pattern together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// Separators or nothing.
    Loose,
    /// Separators: without them the short numbers of a date are any number.
    Apart,
    /// One of the words is an initial: "J. Roe", `jane_r`.
    Initial,
    /// Nothing, and only where user names are written: `jroe`.
    UserName,
}

/// When a pattern counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub(super) case: Case,
    pub(super) joint: Joint,
    pub(super) tail: Tail,
    /// Only where a letter is written beyond ASCII, or as an escape.
    pub(super) wide: bool,
}

impl When {
    pub(super) const ALWAYS: Self =
        Self { case: Case::Any, joint: Joint::Loose, tail: Tail::Edge, wide: false };
}

/// A text to compare with: its bytes, and where its letters are capitals.
pub(super) struct Reading<'t> {
    bytes: &'t [u8],
    upper: &'t dyn Fn(usize) -> bool,
    /// From where to where the gap goes that was looked up last, and whether in a number: patterns
    /// that begin alike ask for the same one.
    gap: Cell<(usize, usize, bool)>,
}

impl<'t> Reading<'t> {
    pub(super) fn new(bytes: &'t [u8], upper: &'t dyn Fn(usize) -> bool) -> Self {
        Self { bytes, upper, gap: Cell::new((usize::MAX, 0, false)) }
    }

    pub(super) fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    fn gap_after(&self, from: usize, numbers: bool) -> usize {
        let last = self.gap.get();
        if (last.0, last.2) != (from, numbers) {
            self.gap.set((from, gap_after(self.bytes, from, numbers), numbers));
        }
        self.gap.get().1
    }

    fn case(&self, at: usize) -> Case {
        let first = letter_after(self.bytes, at).map_or(1, char::len_utf8);
        match ((self.upper)(at), (self.upper)(at + first)) {
            (false, _) => Case::Any,
            (true, true) => Case::Capital,
            (true, false) => Case::Name,
        }
    }
}

/// One way to write a value: words of folded letters and digits.
pub(super) struct Pattern {
    /// The words, and between each two what they are.
    words: Box<[u8]>,
    pub(super) when: When,
    /// Digits only: separators may stand anywhere.
    digits: bool,
}

impl Pattern {
    /// A word that ends in a dot is an initial.
    pub(super) fn new(words: &[&str], when: When) -> Option<Self> {
        let long = words.iter().any(|word| word.len() >= 2);
        let mut joined = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| words[before]);
            joined.extend(before.map(|before| Self::between(before, word)));
            joined.extend_from_slice(word.trim_end_matches('.').as_bytes());
        }
        let joined = joined.into_boxed_slice();
        let number = joined.iter().filter(|b| b.is_ascii_digit()).count();
        let digits = number >= 7 && joined.iter().all(|b| b.is_ascii_digit() || *b == WORDS);
        long.then_some(Self { words: joined, when, digits: digits && when.joint == Joint::Loose })
    }

    fn between(word: &str, next: &str) -> u8 {
        if word.ends_with('.') || next.ends_with('.') { INITIAL } else { WORDS }
    }

    /// What the pattern is sorted and looked up by: the first letters of its first word.
    pub(super) fn key(&self) -> Key {
        Key::new(self.first())
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it is of another alphabet; a date with a few signs of one is written in that script.
    pub(super) fn has_letters_beyond_ascii(&self) -> bool {
        !self.words.is_ascii() && !self.words.first().is_some_and(u8::is_ascii_digit)
    }

    /// Bytes of a folded text from the first to the last of one that this finds.
    pub(super) fn reach(&self) -> usize {
        // What may stand between two words is no longer than this; between two digits it is shorter.
        const BETWEEN: usize = 12;
        const BETWEEN_DIGITS: usize = 4;
        let gaps = self.words.iter().filter(|b| is_between(**b)).count();
        let digits = if self.digits { BETWEEN_DIGITS * self.len() } else { 0 };
        self.len() + BETWEEN * (2 + gaps) + digits
    }

    /// Its words, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = &[u8]> {
        self.words.split(|b| is_between(*b))
    }

    /// Whether it is a number, within which separators may stand anywhere.
    pub(super) const fn is_number(&self) -> bool {
        self.digits
    }

    fn first(&self) -> &[u8] {
        self.words().next().unwrap_or_default()
    }

    /// Marks the three bytes at which it may begin.
    pub(super) fn mark(&self, bits: &mut Bits) {
        let second = self.words().nth(1);
        let joint = match self.when.joint {
            Joint::Initial => Gap::OfInitial,
            Joint::Apart => Gap::Apart,
            _ if self.digits => Gap::Anywhere,
            _ => Gap::OfWords,
        };
        notice::mark(bits, self.first(), second, joint);
    }

    /// The occurrence that begins at `at`.
    pub(super) fn at(&self, text: &Reading<'_>, at: usize) -> Option<Range<usize>> {
        let bytes = text.bytes;
        let end = self.compare(text, at)?;
        let case = text.case(at);
        let after = self.when.tail.after(bytes, end, case)?;
        let initial = self.when.joint == Joint::Initial && is_one_letter(self.first());
        if !initial && self.when.case > case || !is_edge(bytes, at) {
            return None;
        }
        if self.when.case == Case::Capital && is_in_code(bytes, at, end) {
            return None;
        }
        if self.when.joint == Joint::UserName && !user_name::is_meant(bytes, at, end) {
            return None;
        }
        let of_letters = !self.words.iter().any(u8::is_ascii_digit);
        Some(at..if after == end && of_letters { past_number(bytes, end) } else { after })
    }

    /// Where the last word ends.
    fn compare(&self, text: &Reading<'_>, from: usize) -> Option<usize> {
        let (mut at, mut word) = (from, from);
        for (index, letter) in self.words.iter().enumerate() {
            if is_between(*letter) {
                let next = match *letter {
                    INITIAL => self.gap_of_initial(text, word, at, &self.words[index + 1..])?,
                    _ => self.gap(text, at)?,
                };
                (at, word) = (next, next);
                continue;
            }
            if self.digits && index > 0 && !is_between(self.words[index - 1]) {
                at = gap_after(text.bytes, at, true);
            }
            if text.bytes.get(at)?.to_ascii_lowercase() != *letter {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// Past what stands behind the word that ends at `end`.
    fn gap(&self, text: &Reading<'_>, end: usize) -> Option<usize> {
        let next = text.gap_after(end, self.digits);
        (self.when.joint != Joint::Apart || next > end).then_some(next)
    }

    /// Past what stands between an initial and the word beside it, from `end` to the word that `rest`
    /// begins with; one of both is the initial.
    fn gap_of_initial(
        &self,
        text: &Reading<'_>,
        word: usize,
        end: usize,
        rest: &[u8],
    ) -> Option<usize> {
        let bytes = text.bytes;
        let next = text.gap_after(end, false);
        let between = &bytes[end..next];
        let leads = is_one_letter(&bytes[word..end]);
        if between.is_empty() || between.len() > GAP_OF_INITIAL {
            return None;
        }
        let joined = between.iter().all(|b| matches!(b, b'.' | b'_' | b'-'));
        let dot = between.contains(&b'.');
        if !leads {
            // "Roe, J." and `roe_j`, not "Mark a page".
            let letter = letter_after(bytes, next).map_or(1, char::len_utf8);
            let stops = bytes.get(next + letter) == Some(&b'.');
            let written = joined || (text.upper)(next) && (stops || between.contains(&b','));
            return written.then_some(next);
        }
        // "I will" and "a long" are no people, as "I. Will" is; and `p.price` is none.
        let last = !rest.iter().any(|b| is_between(*b));
        let capital = (text.upper)(next);
        let written = match joined {
            true => !last || capital || self.when.case != Case::Capital,
            false => {
                (text.upper)(word) && (capital || !last) && (dot || !is_word_alone(bytes[word]))
            }
        };
        written.then_some(next)
    }
}

/// Whether an everyday word is part of a name in code: `LONGEST_MARK`, `Replacement::Mark`.
fn is_in_code(bytes: &[u8], at: usize, end: usize) -> bool {
    let underscores = byte(bytes, at.wrapping_sub(1)) == b'_' || byte(bytes, end) == b'_';
    underscores || bytes[..at].ends_with(b"::")
}

fn is_between(byte: u8) -> bool {
    byte <= INITIAL
}

/// Bytes between an initial and a name at most.
const GAP_OF_INITIAL: usize = 4;

fn is_one_letter(word: &[u8]) -> bool {
    letter_after(word, 0).is_some_and(|letter| letter.len_utf8() == word.len())
}

/// Whether a letter is a word of some language too.
fn is_word_alone(letter: u8) -> bool {
    matches!(letter.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// The first letters of a word of a pattern, zeros behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    letters: u32,
    /// The bits that it has letters in.
    mask: u32,
}

impl Key {
    /// Letters of a word that it holds at most.
    pub(super) const LETTERS: usize = 4;

    pub(super) fn new(word: &[u8]) -> Self {
        let letters = four(word);
        let mask = u32::MAX.checked_shl(letters.trailing_zeros() / 8 * 8).unwrap_or(0);
        Self { letters, mask }
    }

    pub(super) fn letters(self) -> u32 {
        self.letters
    }

    pub(super) fn first(self) -> u8 {
        self.letters.to_be_bytes()[0]
    }

    /// Whether it is that of a pattern that may begin where these four bytes stand.
    pub(super) fn fits(self, four: u32) -> bool {
        four & self.mask == self.letters
    }
}

/// The first four bytes in lower case, as one number in whose order they are.
pub(super) fn four(bytes: &[u8]) -> u32 {
    let letter = |at: usize| bytes.get(at).map_or(0, u8::to_ascii_lowercase);
    u32::from_be_bytes([letter(0), letter(1), letter(2), letter(3)])
}
