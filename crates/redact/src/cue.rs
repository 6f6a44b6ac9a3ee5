//! The words before a number that say what kind of number it is.

use crate::lex::{before, byte};

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
