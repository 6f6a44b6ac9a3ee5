//! The places of some blocks at once, and what each is looked at with: the blocks beside it.

use super::found::{Context, Found, LEAD, Tests, WINDOW, found};
use crate::classes::{BLOCK, Classes};

/// Blocks that are looked at in one go.
pub(crate) const TOGETHER: usize = 8;

/// The places of the blocks from `first` on, as `classify` tells what their bytes are.
#[inline(always)]
pub(super) fn look_with(
    bytes: &[u8],
    first: usize,
    tests: &Tests<'_>,
    all: &mut [Found; TOGETHER],
    classify: impl Fn(&[u8; BLOCK]) -> Classes,
) {
    let at = |block: usize| classes_at(bytes, block, &classify);
    let (mut before, mut now) = match first.checked_sub(BLOCK) {
        Some(earlier) => (at(earlier), at(first)),
        None => (Classes::default(), at(first)),
    };
    for (index, places) in all.iter_mut().enumerate() {
        let base = first + index * BLOCK;
        if base >= bytes.len() {
            *places = Found::default();
            continue;
        }
        let after = at(base + BLOCK);
        let mut short = [0; WINDOW];
        let window = window(bytes, base, &mut short);
        let context = Context { window, before: &before, now: &now, after: &after };
        *places = found(&context, tests);
        (before, now) = (now, after);
    }
}

/// The places of a text of no more than one block.
#[inline(always)]
pub(super) fn look_at_one_with(
    bytes: &[u8],
    tests: &Tests<'_>,
    classify: impl Fn(&[u8; BLOCK]) -> Classes,
) -> Found {
    let mut window = [0; WINDOW];
    window[LEAD..LEAD + bytes.len()].copy_from_slice(bytes);
    let block = window[LEAD..].first_chunk::<BLOCK>();
    let now = block.map_or_else(Classes::default, classify);
    let (before, after) = (&Classes::default(), &Classes::default());
    found(&Context { window: &window, before, now: &now, after }, tests)
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
