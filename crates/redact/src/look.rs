//! How detectors look at a text: bytes with nothing before the start and after the end.

use crate::{detector::Detector, finding::Finding};

/// What came of looking at one position.
#[derive(Debug)]
pub(crate) enum Outcome {
    Found(Finding),
    /// Nothing, and nothing starts before this position either.
    Skip(usize),
    Nothing,
}

impl Outcome {
    pub(crate) fn mark(start: usize, end: usize, detector: Detector) -> Self {
        Self::Found(Finding::mark(start, end, detector))
    }
}

/// The byte at `at`; 0 after the end.
#[inline]
pub(crate) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The byte before `at`; 0 before the start. The letter of an escape (`\n`) is a line break.
#[inline]
pub(crate) fn before(bytes: &[u8], at: usize) -> u8 {
    let byte = at.checked_sub(1).map_or(0, |at| byte(bytes, at));
    if matches!(byte, b'n' | b't' | b'r') && at >= 2 && bytes[at - 2] == b'\\' {
        return b'\n';
    }
    byte
}

/// Whether a word goes on here: letters of any script, digits, underscore.
#[inline]
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether a token could go on here: ASCII letters and digits.
#[inline]
pub(crate) fn is_alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Where the run of bytes that `fit` ends.
#[inline]
pub(crate) fn run(bytes: &[u8], from: usize, fit: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| !fit(*b)).unwrap_or(rest.len())
}

/// As [`run`], at most `most` bytes.
pub(crate) fn run_of(bytes: &[u8], from: usize, most: usize, fit: impl Fn(u8) -> bool) -> usize {
    let end = bytes.len().min(from.saturating_add(most));
    run(&bytes[..end], from.min(end), fit)
}

/// Whether `word` stands at `at`, in any case. `word` is lower-case.
pub(crate) fn is_at(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    bytes.get(at..at + word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word))
}

/// Skips blanks and tabs.
pub(crate) fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    run_of(bytes, from, 16, |b| matches!(b, b' ' | b'\t'))
}

/// How far back a cue ("phone", "born") may stand.
const CUE_REACH: usize = 40;

/// The words shortly before `at`, in lower case, back to the last digit or bracket: what belongs
/// to another number, or to something that was replaced, is no cue for this one.
pub(crate) struct Cue {
    window: [u8; CUE_REACH],
    from: usize,
}

impl Cue {
    pub(crate) fn before(bytes: &[u8], at: usize) -> Self {
        let mut cue = Self { window: [b' '; CUE_REACH], from: CUE_REACH };
        for &byte in bytes[..at].iter().rev().take(CUE_REACH) {
            if byte.is_ascii_digit() || matches!(byte, b'[' | b']' | b'{' | b'}' | b';') {
                break;
            }
            cue.from -= 1;
            cue.window[cue.from] = byte.to_ascii_lowercase();
        }
        cue
    }

    /// Whether one of `words` (lower-case) stands there as a word.
    pub(crate) fn says(&self, words: &[&str]) -> bool {
        let text = &self.window[self.from..];
        let starts = (0..text.len()).filter(|at| {
            let begins = !before(text, *at).is_ascii_alphabetic();
            begins && !text[*at].is_ascii_whitespace()
        });
        starts.into_iter().any(|at| {
            words.iter().any(|word| {
                // The first letter alone settles most.
                word.as_bytes().first() == Some(&text[at])
                    && text[at..].starts_with(word.as_bytes())
                    && !byte(text, at + word.len()).is_ascii_alphabetic()
            })
        })
    }
}
