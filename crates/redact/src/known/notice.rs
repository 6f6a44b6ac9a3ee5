//! The three bytes by which a pattern is noticed: its first word's, or that word's and those of what may
//! stand behind it. Each costs a place in the filter, so there are no more than people write.

use super::edge::{gap_pairs, gap_signs};
use crate::filter::Bits;

/// What may stand behind the first word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Perhaps nothing.
    OfWords,
    /// Something.
    Apart,
    OfInitial,
    /// Within it, too.
    Anywhere,
}

/// Marks where a pattern of these first two words may begin.
pub(super) fn mark(bits: &mut Bits, first: &[u8], second: Option<&[u8]>, gap: Gap) {
    match (first, second) {
        (&[a, b, c, ..], _) => {
            set(bits, [a, b, c]);
            if gap == Gap::Anywhere {
                gap_signs().for_each(|sign| set(bits, [a, b, sign]));
            }
        }
        (&[a, b], next) => mark_two(bits, a, b, next, gap),
        (&[a], Some(next)) if gap == Gap::OfInitial => mark_initial(bits, a, next),
        (&[a], Some(next)) => mark_one(bits, a, next, gap),
        _ => {}
    }
}

/// Two letters: anything that ends a word may follow, or the next word.
fn mark_two(bits: &mut Bits, a: u8, b: u8, next: Option<&[u8]>, gap: Gap) {
    match next.and_then(<[u8]>::first) {
        Some(next) => {
            let signs = signs_after(b).chain([b'%', b'\\', 0xc2, 0xe2]);
            signs.for_each(|third| set(bits, [a, b, third]));
            if gap != Gap::Apart {
                set(bits, [a, b, *next]);
            }
        }
        None => {
            let ends = (0..=0xff_u8).filter(|third| !third.is_ascii_alphabetic());
            ends.for_each(|third| set(bits, [a, b, third]));
        }
    }
}

/// Sets the three bytes in either case.
fn set(bits: &mut Bits, [a, b, c]: [u8; 3]) {
    let cases = |byte: u8| {
        let upper = byte.to_ascii_uppercase();
        std::iter::once(byte).chain((upper != byte).then_some(upper))
    };
    for a in cases(a) {
        for b in cases(b) {
            cases(c).for_each(|c| bits.set([a, b, c]));
        }
    }
}

/// What may stand behind a word that ends in `last`: the numbers of dates and houses are the commonest
/// words of all, and few signs stand behind them.
fn signs_after(last: u8) -> impl Iterator<Item = u8> {
    gap_signs().filter(move |sign| !last.is_ascii_digit() || b"-/. ,_(\n".contains(sign))
}

/// One letter or digit, and the word that follows at once or after any separators.
fn mark_one(bits: &mut Bits, a: u8, next: &[u8], gap: Gap) {
    let first = next.first().copied().unwrap_or(0);
    match next.get(1) {
        _ if gap == Gap::Apart => {}
        Some(second) => set(bits, [a, first, *second]),
        None => signs_after(first).for_each(|sign| set(bits, [a, first, sign])),
    }
    signs_after(a).for_each(|sign| set(bits, [a, sign, first]));
    gap_pairs().for_each(|(one, two)| set(bits, [a, one, two]));
}

/// An initial: "J. R", "J.R", "J R", `j_r`, `j-r`.
fn mark_initial(bits: &mut Bits, a: u8, next: &[u8]) {
    let first = next.first().copied().unwrap_or(0);
    for sign in *b". _-+" {
        set(bits, [a, sign, first]);
    }
    for (one, two) in
        [(b'.', b' '), (b'.', b'_'), (b'.', b'-'), (b'.', 0xc2), (0xc2, 0xa0), (b'%', b'2')]
    {
        set(bits, [a, one, two]);
    }
}
