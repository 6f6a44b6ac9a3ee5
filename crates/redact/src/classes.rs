//! What kinds of bytes a text is made of: one bit a byte for each kind, 64 bytes at a time. With
//! them words, numbers and signs are told apart for all 64 at once, and only where something could
//! start is looked at more closely.

mod vector;

use crate::places::{self, Context, Found, LEAD, Tests, WINDOW};

/// Bytes that are classified together.
pub(crate) const BLOCK: usize = 64;
/// Blocks that are looked at in one go.
pub(crate) const TOGETHER: usize = 8;

/// The kinds of the bytes of a block; the first byte is the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Classes {
    /// ASCII letters.
    pub(crate) letters: u64,
    /// ASCII digits.
    pub(crate) digits: u64,
    /// `"` and `'`.
    pub(crate) quotes: u64,
    pub(crate) backslashes: u64,
    /// Other signs that something starts or ends with: `! % & + : < = > ~`, a backtick, line breaks, and
    /// the first byte of a colon of typesetting.
    pub(crate) signs: u64,
    /// What may stand between two groups of digits: a blank and `( ) - . /`.
    pub(crate) separators: u64,
    /// What may follow the quote that closes a key: `: = >`, backslashes, blanks and control characters.
    pub(crate) follows: u64,
    /// `+` and `/`, which base64 has beside letters and digits.
    pub(crate) base64: u64,
    pub(crate) dashes: u64,
    /// What a text is looked through again for: `@`, and what is not ASCII.
    pub(crate) special: u64,
}

const LETTER: u16 = 1;
const DIGIT: u16 = 2;
const QUOTE: u16 = 4;
const BACKSLASH: u16 = 8;
const SIGN: u16 = 16;
const SEPARATOR: u16 = 32;
const FOLLOWS: u16 = 64;
const BASE64: u16 = 128;

const SPECIAL: u16 = 256;
const DASH: u16 = 512;

/// The first byte of `：` and `＝`.
const COLON: u8 = 0xef;

const KINDS: [u16; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        kinds[at] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b'"' | b'\'' => QUOTE,
            b'\\' => BACKSLASH | FOLLOWS,
            b'!' | b'%' | b'&' | b'<' | b'`' | b'~' => SIGN,
            COLON => SIGN | SPECIAL,
            b'\n' | b'\r' => SIGN | FOLLOWS,
            b':' | b'=' | b'>' => SIGN | FOLLOWS,
            b'+' => SIGN | BASE64,
            b'/' => SEPARATOR | BASE64,
            b'-' => SEPARATOR | DASH,
            b'(' | b')' | b'.' => SEPARATOR,
            b' ' => SEPARATOR | FOLLOWS,
            0..b' ' => FOLLOWS,
            b'@' | 0x80.. => SPECIAL,
            _ => 0,
        };
        at += 1;
    }
    kinds
};

impl Classes {
    /// Of one block, byte by byte: what [`vector`] does where there is no vector unit that it knows,
    /// and what it must agree with.
    fn plain(block: &[u8; BLOCK]) -> Self {
        let mut classes = Self::default();
        for (at, byte) in block.iter().enumerate() {
            let kind = KINDS[usize::from(*byte)];
            let bit = |of: u16| u64::from(kind & of != 0) << at;
            classes.letters |= bit(LETTER);
            classes.digits |= bit(DIGIT);
            classes.quotes |= bit(QUOTE);
            classes.backslashes |= bit(BACKSLASH);
            classes.signs |= bit(SIGN);
            classes.separators |= bit(SEPARATOR);
            classes.follows |= bit(FOLLOWS);
            classes.base64 |= bit(BASE64);
            classes.special |= bit(SPECIAL);
            classes.dashes |= bit(DASH);
        }
        classes
    }

    /// Letters and digits.
    pub(crate) const fn alnum(&self) -> u64 {
        self.letters | self.digits
    }

    /// Digits, and what may stand between two groups of them.
    pub(crate) const fn grouped(&self) -> u64 {
        self.digits | self.separators
    }

    /// Where letters and digits follow something else.
    pub(crate) const fn word_starts(&self) -> u64 {
        self.alnum() & !(self.alnum() << 1)
    }

    /// Whether it ends in letters that are the first of a word.
    pub(crate) const fn ends_in_first_letters(&self) -> bool {
        let letters = self.letters.leading_ones();
        letters > 0 && (self.digits << (letters % 64)) >> 63 == 0
    }
}

/// What the vector unit, or else the plain way, is asked for: the places of the blocks from `first` on.
pub(crate) fn look(bytes: &[u8], first: usize, tests: &Tests<'_>, found: &mut [Found; TOGETHER]) {
    vector::look(bytes, first, tests, found);
}

/// The places of the blocks from `first` on, as `classify` tells what their bytes are.
#[inline(always)]
fn look_with(
    bytes: &[u8],
    first: usize,
    tests: &Tests<'_>,
    found: &mut [Found; TOGETHER],
    classify: impl Fn(&[u8; BLOCK]) -> Classes,
) {
    let at = |block: usize| classes_at(bytes, block, &classify);
    let (mut before, mut now) = match first.checked_sub(BLOCK) {
        Some(earlier) => (at(earlier), at(first)),
        None => (Classes::default(), at(first)),
    };
    for (index, found) in found.iter_mut().enumerate() {
        let base = first + index * BLOCK;
        if base >= bytes.len() {
            *found = Found::default();
            continue;
        }
        let after = at(base + BLOCK);
        let mut short = [0; WINDOW];
        let window = window(bytes, base, &mut short);
        let context = Context { window, before: &before, now: &now, after: &after };
        *found = places::found(&context, tests);
        (before, now) = (now, after);
    }
}

/// The classes of the block that starts at `base`; what is missing of it is zeros.
#[inline(always)]
fn classes_at(bytes: &[u8], base: usize, classify: &impl Fn(&[u8; BLOCK]) -> Classes) -> Classes {
    let rest = bytes.get(base..).unwrap_or_default();
    match rest.first_chunk::<BLOCK>() {
        Some(block) => classify(block),
        None if rest.is_empty() => Classes::default(),
        None => {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            classify(&block)
        }
    }
}

/// The bytes around the block that starts at `base`, with zeros where there are none.
#[inline(always)]
fn window<'b>(bytes: &'b [u8], base: usize, short: &'b mut [u8; WINDOW]) -> &'b [u8; WINDOW] {
    let lead = LEAD.min(base);
    let from = &bytes[base - lead..];
    match from.first_chunk::<WINDOW>() {
        Some(window) if lead == LEAD => window,
        _ => {
            let length = from.len().min(WINDOW - LEAD + lead);
            short[LEAD - lead..][..length].copy_from_slice(&from[..length]);
            short
        }
    }
}
