//! The words before a number that say what kind of number it is.

use crate::lex::byte;

/// How far back a cue ("phone", "born") may stand.
const CUE_REACH: usize = 40;

/// The words shortly before a number, in lower case, back to the last digit or bracket: what belongs
/// to another number, or to something that was replaced, is no cue for this one.
pub(crate) struct Cue {
    window: [u8; CUE_REACH],
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

/// Whether the letter of an escape (`\n`) stands before: it is none of the word behind it.
fn is_behind_escape(window: &[u8; CUE_REACH], at: usize) -> bool {
    at >= 2 && window[at - 2] == b'\\' && matches!(window[at - 1], b'n' | b't' | b'r')
}

/// What words before a number don't reach over.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        stops[byte] = matches!(byte as u8, b'0'..=b'9' | b'[' | b']' | b'{' | b'}' | b';');
        byte += 1;
    }
    stops
};

/// Five bits of a letter, as one of 32.
const fn letter(byte: u8) -> u32 {
    1 << (byte & 31)
}

impl Cue {
    pub(crate) fn before(bytes: &[u8], at: usize) -> Self {
        let part = &bytes[at.saturating_sub(CUE_REACH)..at];
        let stop = part.iter().rposition(|b| STOPS[usize::from(*b)]);
        let part = &part[stop.map_or(0, |stop| stop + 1)..];
        let mut window = [b' '; CUE_REACH];
        let from = CUE_REACH - part.len();
        window[from..].copy_from_slice(part);
        window.make_ascii_lowercase();
        let mut cue = Self { window, words: 0, letters: 0 };
        let mut in_word = false;
        for at in from..CUE_REACH {
            let is_letter = window[at].is_ascii_lowercase();
            if is_letter && (!in_word || is_behind_escape(&window, at)) {
                cue.words |= 1 << at;
                cue.letters |= letter(window[at]);
            }
            in_word = is_letter;
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
