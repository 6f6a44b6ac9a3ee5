//! What stands behind a short first word: "1. " and "5 " begin dates and houses, and much else. One
//! look at what the next word begins with is less than a comparison with each of them.

use super::{
    edge::gap_after,
    pattern::{Key, Pattern, four},
};
use crate::lex::{byte, is_alnum};

/// Bytes of a word that is short.
const SHORT: usize = 2;

/// The first bytes of second words, behind first words that are short.
#[derive(Default)]
pub(super) struct Seconds {
    bytes: Bytes,
    /// The first bytes of short words that are patterns by themselves.
    alone: Bytes,
}

/// A set of bytes, in lower case.
#[derive(Default)]
struct Bytes([u64; 4]);

impl Bytes {
    fn insert(&mut self, byte: u8) {
        let byte = usize::from(byte.to_ascii_lowercase());
        self.0[byte / 64] |= 1 << (byte % 64);
    }

    fn has(&self, byte: u8) -> bool {
        let byte = usize::from(byte.to_ascii_lowercase());
        self.0[byte / 64] >> (byte % 64) & 1 == 1
    }
}

impl Seconds {
    pub(super) fn add(&mut self, pattern: &Pattern) {
        let mut words = pattern.words();
        let first = words.next().unwrap_or_default();
        match words.next().and_then(<[u8]>::first) {
            Some(second) => self.bytes.insert(*second),
            None if first.len() <= SHORT => self.alone.insert(byte(first, 0)),
            None => {}
        }
        // Separators may stand within a number.
        if pattern.is_number() {
            first.iter().for_each(|digit| self.bytes.insert(*digit));
        }
    }

    /// Whether a pattern may begin at `at`, by what stands behind a short word there.
    pub(super) fn may_follow(&self, text: &[u8], at: usize) -> bool {
        let ends =
            |length: usize| text.get(at + length).is_some_and(|b| b.is_ascii() && !is_alnum(*b));
        let Some(length) = (1..=SHORT).find(|length| ends(*length)) else { return true };
        let next = byte(text, gap_after(text, at + length, true));
        !next.is_ascii() || self.bytes.has(next) || self.alone.has(text[at])
    }
}

/// What a pattern's second word begins with, behind a first one of so many bytes.
#[derive(Clone, Copy)]
pub(super) struct Second {
    after: usize,
    key: Key,
}

impl Second {
    /// Of a pattern whose first word its [key](Pattern::key) holds whole. Within a number separators may
    /// stand anywhere.
    pub(super) fn of(pattern: &Pattern) -> Option<Self> {
        let mut words = pattern.words();
        let after = words.next()?.len();
        let key = Key::new(words.next()?);
        (after <= Key::LETTERS && !pattern.is_number()).then_some(Self { after, key })
    }
}

/// The letters behind the first words that may stand somewhere, read when they are asked for: many
/// patterns begin alike.
#[derive(Default)]
pub(super) struct Behind([Option<u32>; Key::LETTERS + 1]);

impl Behind {
    /// Whether a pattern may go on with that word in the text, if its first word stands at `at`.
    pub(super) fn fits(&mut self, second: Second, text: &[u8], at: usize) -> bool {
        let read = || {
            let next = gap_after(text, at + second.after, false);
            four(text.get(next..).unwrap_or_default())
        };
        second.key.fits(*self.0[second.after].get_or_insert_with(read))
    }
}
