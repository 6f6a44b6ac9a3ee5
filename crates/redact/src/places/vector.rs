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

// Each of these is every byte whose high half is one of some and whose low half is one of others:
// more than the kinds, which are put together from them.
const LETTERS_4_6: u8 = 1;
const LETTERS_5_7: u8 = 2;
const DIGITS: u8 = 4;
const QUOTES: u8 = 8;
const BACKSLASH: u8 = 16;
const SIGNS_2: u8 = 32;
const SIGNS_3: u8 = 64;
const SEPARATORS: u8 = 128;

const HIGH: [u8; 16] = {
    let mut table = [0; 16];
    table[2] = QUOTES | SIGNS_2 | SEPARATORS;
    table[3] = DIGITS | SIGNS_3;
    table[4] = LETTERS_4_6;
    table[5] = LETTERS_5_7 | BACKSLASH;
    table[6] = LETTERS_4_6;
    table[7] = LETTERS_5_7;
    table
};

const LOW: [u8; 16] = {
    let mut table = [0; 16];
    let mut low = 0;
    while low < 16 {
        if low >= 1 {
            table[low] |= LETTERS_4_6;
        }
        if low <= 10 {
            table[low] |= LETTERS_5_7;
        }
        if low <= 9 {
            table[low] |= DIGITS;
        }
        table[low] |= match low {
            0x2 | 0x7 => QUOTES,
            0xc => BACKSLASH,
            _ => 0,
        };
        table[low] |= match low {
            0x1 | 0x5 | 0x6 | 0xb => SIGNS_2,
            _ => 0,
        };
        table[low] |= match low {
            0xa | 0xd | 0xe => SIGNS_3,
            _ => 0,
        };
        table[low] |= match low {
            0x0 | 0x8 | 0x9 | 0xd | 0xe | 0xf => SEPARATORS,
            _ => 0,
        };
        low += 1;
    }
    table
};

const fn four_times(table: [u8; 16]) -> [u8; BLOCK] {
    let mut out = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        out[at] = table[at % 16];
        at += 1;
    }
    out
}

const HIGHS: [u8; BLOCK] = four_times(HIGH);
const LOWS: [u8; BLOCK] = four_times(LOW);

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
    let highs = u8x64::from_slice(simd, &HIGHS);
    let lows = u8x64::from_slice(simd, &LOWS);
    look_with(
        bytes,
        first,
        tests,
        found,
        #[inline(always)]
        |block| of(simd, highs, lows, block),
    );
}

#[inline(always)]
fn one_with_vectors<S: Simd>(simd: S, bytes: &[u8], tests: &Tests<'_>) -> Found {
    let highs = u8x64::from_slice(simd, &HIGHS);
    let lows = u8x64::from_slice(simd, &LOWS);
    look_at_one_with(
        bytes,
        tests,
        #[inline(always)]
        |block| of(simd, highs, lows, block),
    )
}

#[inline(always)]
fn of<S: Simd>(simd: S, highs: u8x64<S>, lows: u8x64<S>, block: &[u8; BLOCK]) -> Classes {
    let bytes = u8x64::from_slice(simd, block);
    let high = highs.swizzle_dyn_within_blocks(bytes >> 4);
    let low = lows.swizzle_dyn_within_blocks(bytes & 15);
    let kinds = high & low;
    let none = u8x64::splat(simd, 0);
    let has = |of: u8| !(kinds & of).simd_eq(none).to_bitmask();
    let is = |byte: u8| bytes.simd_eq(u8x64::splat(simd, byte)).to_bitmask();
    let signs_3 = has(SIGNS_3);
    let blanks = bytes.simd_le(u8x64::splat(simd, b' ')).to_bitmask();
    let backslashes = has(BACKSLASH);
    Classes {
        letters: has(LETTERS_4_6 | LETTERS_5_7),
        digits: has(DIGITS),
        quotes: has(QUOTES),
        backslashes,
        signs: has(SIGNS_2 | SIGNS_3)
            | is(b'~')
            | is(b'<')
            | is(b'`')
            | is(b'\n')
            | is(b'\r')
            | is(COLON),
        separators: has(SEPARATORS),
        follows: signs_3 | blanks | backslashes,
        base64: is(b'+') | is(b'/'),
        dashes: is(b'-'),
        special: is(b'@') | bytes.simd_ge(u8x64::splat(simd, 0x80)).to_bitmask(),
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
            let tables = [HIGHS, LOWS].map(|table| u8x64::from_slice(simd, &table));
            of(simd, tables[0], tables[1], block)
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
