//! Where a text has to be folded: around its letters that folding changes.

use memchr::{memchr, memchr3};
use unicode_normalization::char::is_combining_mark;

use super::{escape, letter::is_hidden, letter_at};

/// Which letters can matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// Those that fold to ASCII: nothing that is looked for has others.
    #[default]
    Latin,
    Any,
}

/// Whether folding `text` might change what is found in it: it has letters beyond ASCII, or something
/// that begins an escape. A first look, before [`Places`] looks closely.
pub(crate) fn matters(text: &str) -> bool {
    let [a, b, c, d] = escape::BEGINNINGS;
    !text.is_ascii()
        || memchr3(a, b, c, text.as_bytes()).is_some()
        || memchr(d, text.as_bytes()).is_some()
}

/// The parts of a text to fold, in order and apart: what stands `reach` bytes around each letter
/// that matters.
pub(crate) struct Places<'t> {
    text: &'t str,
    reach: usize,
    alphabet: Alphabet,
    /// The next letter that matters, and its end.
    letter: Option<(usize, usize)>,
}

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str, reach: usize, alphabet: Alphabet) -> Self {
        Self { text, reach, alphabet, letter: next(text, 0, alphabet) }
    }
}

impl Iterator for Places<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let (first, mut end) = self.letter?;
        loop {
            self.letter = next(self.text, end, self.alphabet);
            match self.letter {
                // What stands around both would overlap.
                Some((at, to)) if at <= end + 2 * self.reach + 8 => end = to,
                _ => break,
            }
        }
        let from = self.text.floor_char_boundary(first.saturating_sub(self.reach));
        Some((from, self.text.ceil_char_boundary((end + self.reach).min(self.text.len()))))
    }
}

/// The first letter from `from` on that matters: its start and its end.
fn next(text: &str, from: usize, alphabet: Alphabet) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        if bytes.get(at).is_none_or(u8::is_ascii) {
            at = candidate(bytes, at)?;
        }
        let width = match bytes[at] {
            // Chinese and Korean letters are themselves.
            0xe4..=0xe9 | 0xeb..=0xec if alphabet == Alphabet::Latin => 3,
            lead if lead.is_ascii() && !escape::may_begin(bytes, at) => 1,
            _ => match letter_at(text, at) {
                Some((letter, width)) if is_changed(bytes, at, width, letter, alphabet) => {
                    return Some((at, at + width));
                }
                letter => letter.map_or(1, |(_, width)| width),
            },
        };
        at += width;
    }
}

/// The first byte from `from` on that is beyond ASCII or begins escapes. Eight are looked at at once.
fn candidate(bytes: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let mut at = from;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let eight = u64::from_le_bytes(*eight);
        // The lowest byte marked is one; those above may only look so.
        let same = |byte: u8| {
            let other = eight ^ (ONES * u64::from(byte));
            other.wrapping_sub(ONES) & !other
        };
        let [a, b, c, d] = escape::BEGINNINGS;
        let marked = (eight | same(a) | same(b) | same(c) | same(d)) & HIGH;
        if marked != 0 {
            return Some(at + marked.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|b| !b.is_ascii() || escape::begins(*b)).map(|next| at + next)
}

fn is_changed(bytes: &[u8], at: usize, width: usize, letter: char, alphabet: Alphabet) -> bool {
    match (alphabet, letter) {
        _ if bytes[at].is_ascii() || is_other(letter) => true,
        (Alphabet::Any, _) => is_of_word(letter) || letter == '\u{30fb}',
        // These may only be taken for others.
        (_, '\u{370}'..='\u{52f}') => super::beside_latin(bytes, at, width),
        // These are themselves.
        (_, '\u{2e80}'..='\u{3098}' | '\u{309b}'..='\u{d7ff}' | '\u{20000}'..='\u{3ffff}') => false,
        (_, '\u{530}'..='\u{65f}' | '\u{671}'..='\u{6ef}' | '\u{900}'..='\u{dff}') => {
            is_hidden(letter) || super::digit::ascii(letter).is_some()
        }
        _ => is_of_word(letter),
    }
}

fn is_of_word(letter: char) -> bool {
    match letter {
        // The common ones, without the tables: letters, and signs.
        '\u{c0}'..='\u{24f}' | '\u{386}'..='\u{481}' => true,
        '\u{3041}'..='\u{3096}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3004}' => false,
        '\u{3008}'..='\u{3020}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' => false,
        _ => letter.is_alphanumeric() || is_combining_mark(letter) || is_hidden(letter),
    }
}

/// Signs of other widths, and between the words of a name.
fn is_other(letter: char) -> bool {
    #[rustfmt::skip]
    let is = matches!(letter, '\u{3000}' | '\u{ff07}' | '\u{ff0d}' | '\u{ff0e}' | '\u{ff3f}' | '\u{ff65}'
        | '\u{b4}' | '\u{b7}' | '\u{2027}' | '\u{2032}');
    is
}
