//! The classes of bytes by the processor's vector unit: both halves of every byte are looked up in tables of
//! sixteen, and what both have in common are the byte's kinds.

use std::sync::LazyLock;

use fearless_simd::{Level, dispatch, prelude::*, u8x64};

use super::{
    found::{Found, Tests},
    look::{TOGETHER, look_at_one_with, look_with},
};
use crate::classes::{BLOCK, COLON, Classes};

static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// Makes what is made once ([`tables`](crate::tables)).
pub(super) fn make_tables() {
    LazyLock::force(&LEVEL);
}

// Each of these is every byte whose high half is one of some and whose low half is one of others:
// more than the kinds, which are put together from them. There are eight in each of two pairs of
// tables.
const LETTERS_4_6: u8 = 1;
const LETTERS_5_7: u8 = 2;
const DIGITS: u8 = 4;
const QUOTES: u8 = 8;
const BACKSLASH: u8 = 16;
const SIGNS_2: u8 = 32;
const SIGNS_3: u8 = 64;
const SEPARATORS: u8 = 128;

const BREAKS: u8 = 1;
const LESS: u8 = 2;
const TILDE: u8 = 4;
const BACKTICK: u8 = 8;
const WIDE: u8 = 16;
const BASE64: u8 = 32;
const DASH: u8 = 64;
const AT: u8 = 128;

/// The kinds of each half: the low halves' and the high ones'.
type Tables = ([u8; 16], [u8; 16]);

const KINDS: Tables = tables(&[
    (LETTERS_4_6, &[4, 6], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf]),
    (LETTERS_5_7, &[5, 7], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa]),
    (DIGITS, &[3], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (QUOTES, &[2], &[2, 7]),
    (BACKSLASH, &[5], &[0xc]),
    // `! % & +`
    (SIGNS_2, &[2], &[1, 5, 6, 0xb]),
    // `: = >`
    (SIGNS_3, &[3], &[0xa, 0xd, 0xe]),
    (SEPARATORS, &[2], &[0, 8, 9, 0xd, 0xe, 0xf]),
]);
const OTHERS: Tables = tables(&[
    (BREAKS, &[0], &[0xa, 0xd]),
    (LESS, &[3], &[0xc]),
    (TILDE, &[7], &[0xe]),
    (BACKTICK, &[6], &[0]),
    (WIDE, &[COLON >> 4], &[COLON & 15]),
    (BASE64, &[2], &[0xb, 0xf]),
    (DASH, &[2], &[0xd]),
    (AT, &[4], &[0]),
]);

/// Of kinds, with their high and low halves.
const fn tables(kinds: &[(u8, &[u8], &[u8])]) -> Tables {
    let (mut lows, mut highs) = ([0; 16], [0; 16]);
    let mut at = 0;
    while at < kinds.len() {
        let (kind, high, low) = kinds[at];
        highs = with(highs, kind, high);
        lows = with(lows, kind, low);
        at += 1;
    }
    (lows, highs)
}

const fn with(mut table: [u8; 16], kind: u8, halves: &[u8]) -> [u8; 16] {
    let mut at = 0;
    while at < halves.len() {
        table[halves[at] as usize] |= kind;
        at += 1;
    }
    table
}

const fn four_times(table: [u8; 16]) -> [u8; BLOCK] {
    let mut out = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        out[at] = table[at % 16];
        at += 1;
    }
    out
}

const LOWS: [u8; BLOCK] = four_times(KINDS.0);
const HIGHS: [u8; BLOCK] = four_times(KINDS.1);
const OTHER_LOWS: [u8; BLOCK] = four_times(OTHERS.0);
const OTHER_HIGHS: [u8; BLOCK] = four_times(OTHERS.1);

/// The places of the blocks from `first` on.
pub(super) fn look(bytes: &[u8], first: usize, tests: &Tests<'_>, found: &mut [Found; TOGETHER]) {
    let level = *LEVEL;
    if is_plain(level) {
        return look_with(bytes, first, tests, found, Classes::plain);
    }
    dispatch!(level, simd => with_vectors(simd, bytes, first, tests, found));
}

/// The places of a text of no more than one block.
pub(super) fn look_at_one(bytes: &[u8], tests: &Tests<'_>) -> Found {
    let level = *LEVEL;
    if is_plain(level) {
        return look_at_one_with(bytes, tests, Classes::plain);
    }
    dispatch!(level, simd => one_with_vectors(simd, bytes, tests))
}

/// Whether the processor can't look bytes up among others in one step: then it is no faster.
fn is_plain(level: Level) -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return level.as_sse4_2().is_none();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    level.is_fallback()
}

#[inline(always)]
fn with_vectors<S: Simd>(
    simd: S,
    bytes: &[u8],
    first: usize,
    tests: &Tests<'_>,
    found: &mut [Found; TOGETHER],
) {
    look_with(
        bytes,
        first,
        tests,
        found,
        #[inline(always)]
        |block| of(simd, block),
    );
}

#[inline(always)]
fn one_with_vectors<S: Simd>(simd: S, bytes: &[u8], tests: &Tests<'_>) -> Found {
    look_at_one_with(
        bytes,
        tests,
        #[inline(always)]
        |block| of(simd, block),
    )
}

#[inline(always)]
fn of<S: Simd>(simd: S, block: &[u8; BLOCK]) -> Classes {
    let bytes = u8x64::from_slice(simd, block);
    let (low, high) = (bytes & 15, bytes >> 4);
    let look_up = |lows: &[u8; BLOCK], highs: &[u8; BLOCK]| {
        let lows = u8x64::from_slice(simd, lows).swizzle_dyn_within_blocks(low);
        lows & u8x64::from_slice(simd, highs).swizzle_dyn_within_blocks(high)
    };
    let (kinds, others) = (look_up(&LOWS, &HIGHS), look_up(&OTHER_LOWS, &OTHER_HIGHS));
    let none = u8x64::splat(simd, 0);
    let has = |kinds: u8x64<S>, of: u8| !(kinds & of).simd_eq(none).to_bitmask();
    let blanks = bytes.simd_le(u8x64::splat(simd, b' ')).to_bitmask();
    let backslashes = has(kinds, BACKSLASH);
    Classes {
        letters: has(kinds, LETTERS_4_6 | LETTERS_5_7),
        digits: has(kinds, DIGITS),
        quotes: has(kinds, QUOTES),
        backslashes,
        signs: has(kinds, SIGNS_2 | SIGNS_3) | has(others, BREAKS | LESS | TILDE | BACKTICK | WIDE),
        separators: has(kinds, SEPARATORS),
        follows: has(kinds, SIGNS_3) | blanks | backslashes,
        base64: has(others, BASE64),
        dashes: has(others, DASH),
        special: has(others, AT) | bytes.simd_ge(u8x64::splat(simd, 0x80)).to_bitmask(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Gate, GateConfig};

    fn by_vectors(block: &[u8; BLOCK]) -> Classes {
        #[inline(always)]
        fn one<S: Simd>(simd: S, block: &[u8; BLOCK]) -> Classes {
            of(simd, block)
        }
        dispatch!(*LEVEL, simd => one(simd, block))
    }

    #[test]
    fn every_byte_at_every_place_is_what_the_plain_way_says() {
        for byte in 0..=255 {
            for at in 0..BLOCK {
                for around in [0, b'a', 0xff] {
                    let mut block = [around; BLOCK];
                    block[at] = byte;
                    assert_eq!(by_vectors(&block), Classes::plain(&block), "{byte} at {at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_has_the_places_that_the_plain_way_finds(
            parts in prop::collection::vec("[ -~\\n]{0,9}|\\PC{0,4}|[0-9 ().-]{1,18}|[a-z]{2,9}[\"'=:]", 0..160),
            with_edges: bool,
        ) {
            let text = parts.concat();
            let gate = Gate::new(GateConfig::default()).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let filter = gate.filter();
            let keys = gate.key_endings();
            let tests = Tests { starts: filter.starts(), ends: filter.ends(), keys, with_edges };
            for first in (0..=text.len()).step_by(TOGETHER * BLOCK) {
                let (mut fast, mut plain) = ([Found::default(); TOGETHER], [Found::default(); TOGETHER]);
                look(text.as_bytes(), first, &tests, &mut fast);
                look_with(text.as_bytes(), first, &tests, &mut plain, Classes::plain);
                prop_assert_eq!(fast, plain);
            }
            let start = &text[..text.floor_char_boundary(BLOCK)];
            let mut plain = [Found::default(); TOGETHER];
            look_with(start.as_bytes(), 0, &tests, &mut plain, Classes::plain);
            prop_assert_eq!(look_at_one(start.as_bytes(), &tests), plain[0]);
        }

        #[test]
        fn any_block_is_what_the_plain_way_says(block in any::<[[u8; 32]; 2]>()) {
            let block: [u8; BLOCK] = std::array::from_fn(|at| block[at / 32][at % 32]);
            prop_assert_eq!(by_vectors(&block), Classes::plain(&block));
        }
    }
}
