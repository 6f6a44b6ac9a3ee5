//! What kinds of bytes a text is made of: one bit a byte for each kind, 64 bytes at a time. With
//! them words, numbers and signs are told apart for all 64 at once, and only where something could
//! start is looked at more closely.

/// Bytes that are classified together.
pub(crate) const BLOCK: usize = 64;

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
pub(crate) const COLON: u8 = 0xef;

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
    /// Of one block, byte by byte: what a vector unit does for all of them at once, and must agree with.
    pub(crate) fn plain(block: &[u8; BLOCK]) -> Self {
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
