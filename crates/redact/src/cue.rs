//! The words before a number that say what kind of number it is.

use crate::lex::byte;

/// How far back a cue ("phone", "born") may stand.
const CUE_REACH: usize = 40;

/// The words shortly before a number, in lower case, back to the last digit or bracket: what belongs
/// to another number, or to something that was replaced, is no cue for this one.
pub(crate) struct Cue {
    window: [u8; CUE_REACH],
    from: usize,
    /// One bit for each place where a word begins.
    words: u64,
}

impl Cue {
    pub(crate) fn before(bytes: &[u8], at: usize) -> Self {
        let mut cue = Self { window: [b' '; CUE_REACH], from: CUE_REACH, words: 0 };
        // From the back: a word began behind a place if no letter stands there.
        let mut in_word = false;
        for &byte in bytes[..at].iter().rev().take(CUE_REACH) {
            if byte.is_ascii_digit() || matches!(byte, b'[' | b']' | b'{' | b'}' | b';') {
                break;
            }
            if in_word && !byte.is_ascii_alphabetic() {
                cue.words |= 1 << cue.from;
            }
            // The letter of an escape (`\n`) is none of the word behind it.
            if byte == b'\\' && matches!(cue.window.get(cue.from), Some(b'n' | b't' | b'r')) {
                cue.words |= 2 << cue.from;
            }
            cue.from -= 1;
            cue.window[cue.from] = byte.to_ascii_lowercase();
            in_word = byte.is_ascii_alphabetic() || !byte.is_ascii();
        }
        cue.words |= u64::from(in_word) << cue.from;
        cue
    }

    /// Whether one of `words` (lower-case) stands there as a word.
    pub(crate) fn says(&self, words: &[&str]) -> bool {
        let mut left = self.words;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let text = &self.window[at..];
            let says = words.iter().any(|word| {
                // The first letter alone settles most.
                word.as_bytes().first() == text.first()
                    && text.starts_with(word.as_bytes())
                    && !byte(text, word.len()).is_ascii_alphabetic()
            });
            if says {
                return true;
            }
        }
        false
    }
}
