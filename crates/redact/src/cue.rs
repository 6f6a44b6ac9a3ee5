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
    /// One bit for each letter that words begin with.
    letters: u32,
}

/// Words to look for, all in lower case and in the order of their first letters, with one bit for
/// each of these.
pub(crate) struct Words {
    list: &'static [&'static str],
    letters: u32,
    /// Where the words of each letter start; those of the next letter start where they end.
    starts: [u8; 33],
}

impl Words {
    pub(crate) const fn new(list: &'static [&'static str]) -> Self {
        let (mut letters, mut starts, mut at) = (0, [0; 33], 0);
        let mut first = 0;
        while first < 32 {
            starts[first] = at as u8;
            while at < list.len() && list[at].as_bytes()[0] as usize & 31 == first {
                letters |= 1 << first;
                at += 1;
            }
            first += 1;
        }
        assert!(at == list.len(), "words are in the order of their first letters");
        starts[32] = at as u8;
        Self { list, letters, starts }
    }

    /// Those that begin with this letter.
    fn of(&self, letter: u8) -> &'static [&'static str] {
        let at = usize::from(letter & 31);
        &self.list[usize::from(self.starts[at])..usize::from(self.starts[at + 1])]
    }

    /// Whether `word` is one of them, in any case.
    pub(crate) fn has(&self, word: &[u8]) -> bool {
        self.list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
    }
}

/// Five bits of a letter, as one of 32.
const fn letter(byte: u8) -> u32 {
    1 << (byte & 31)
}

impl Cue {
    pub(crate) fn before(bytes: &[u8], at: usize) -> Self {
        let mut cue = Self { window: [b' '; CUE_REACH], from: CUE_REACH, words: 0, letters: 0 };
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
            if byte == b'\\'
                && let [b'n' | b't' | b'r', _, ..] = cue.window[cue.from..]
            {
                cue.words |= 2 << cue.from;
            }
            cue.from -= 1;
            cue.window[cue.from] = byte.to_ascii_lowercase();
            in_word = byte.is_ascii_alphabetic() || !byte.is_ascii();
        }
        cue.words |= u64::from(in_word) << cue.from;
        let mut left = cue.words;
        while left != 0 {
            let first = cue.window[left.trailing_zeros() as usize];
            cue.letters |= letter(first);
            left &= left - 1;
        }
        cue
    }

    /// Whether no word stands there at all.
    pub(crate) const fn says_nothing(&self) -> bool {
        self.letters == 0
    }

    /// Whether one of `words` stands there as a word.
    #[inline]
    pub(crate) fn says(&self, words: &Words) -> bool {
        self.letters & words.letters != 0 && self.finds(words)
    }

    fn finds(&self, words: &Words) -> bool {
        let mut left = self.words;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let text = &self.window[at..];
            let says = words.of(text[0]).iter().any(|word| {
                text.starts_with(word.as_bytes()) && !byte(text, word.len()).is_ascii_alphabetic()
            });
            if says {
                return true;
            }
        }
        false
    }
}
