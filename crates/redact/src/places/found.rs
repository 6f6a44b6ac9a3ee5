//! The places of one block, from the kinds of its bytes.

use crate::{
    classes::{BLOCK, Classes},
    filter::Bits,
    key_endings::{self, Endings},
};

/// Letters, digits, `+` and `/` in a row that may be base64 of something: it is looked at from
/// sixteen on.
const LONG_STEPS: [u32; 4] = [1, 2, 4, 8];
/// Digits of the shortest number that anything knows.
const DIGITS: u32 = 6;

/// What the three bytes at a place must be.
#[derive(Clone, Copy)]
pub(crate) struct Tests<'b> {
    /// What a word or a sign that starts something starts with.
    pub(crate) starts: &'b Bits,
    /// What a key's last letters and the sign behind it are.
    pub(crate) ends: &'b Bits,
    pub(crate) keys: &'b Endings,
    /// Whether letters behind digits count: what a workflow knows may start there.
    pub(crate) with_edges: bool,
}

/// A block's places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) places: u64,
    /// Those of them at which something long starts.
    pub(crate) long: u64,
    /// Those of them at which a number starts.
    pub(crate) numbers: u64,
    /// Whether it has escapes, at signs or letters beyond ASCII, which are looked at by themselves.
    pub(crate) is_special: bool,
}

/// A block, what stands around it, and the kinds of their bytes.
pub(crate) struct Context<'b> {
    /// The block with what a key before it may end in, and a few bytes after it.
    pub(crate) window: &'b [u8; WINDOW],
    pub(crate) before: &'b Classes,
    pub(crate) now: &'b Classes,
    pub(crate) after: &'b Classes,
}

/// Bytes of a window before its block.
pub(crate) const LEAD: usize = key_endings::BYTES;
/// Bytes of a window.
pub(crate) const WINDOW: usize = LEAD + BLOCK + 4;

/// The places of a block.
#[inline(always)]
pub(crate) fn found(context: &Context<'_>, tests: &Tests<'_>) -> Found {
    let starts = Starts::of(context);
    let edges = if tests.with_edges { context.edges() } else { 0 };
    let (leads, ends) = context.signs(tests, starts.signs);
    let words = each(starts.words | edges, |at| tests.starts.has_packed(context.leading(at)));
    let numbers = each(starts.numbers, |at| starts.is_number(context, at));
    let keys = each(ends & !leads, |at| context.ends_key(tests, at));
    let places = starts.long | words | numbers | leads | keys;
    let is_special = context.now.backslashes | context.now.special != 0;
    Found { places, long: starts.long, numbers, is_special }
}

/// Of the bits of `of`, those for which `is` is true.
#[inline(always)]
fn each(of: u64, is: impl Fn(u32) -> bool) -> u64 {
    let (mut left, mut all) = (of, 0);
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        all |= u64::from(is(at)) << at;
    }
    all
}

/// Where six bytes of a kind or more stand in a row, or may where the block ends: those are few, and each
/// is asked whether it is a number anyway.
#[inline(always)]
const fn may_go_on(of: u64) -> u64 {
    let others = !of | !of >> 1 | !of >> 2;
    !(others | others >> 3)
}

/// Where words, numbers and signs start.
struct Starts {
    words: u64,
    /// The first digits of words, if nothing but letters stands before them.
    numbers: u64,
    /// Of those, the ones that two letters stand before, and another digit after.
    accounts: u64,
    signs: u64,
    long: u64,
}

impl Starts {
    #[inline(always)]
    fn of(context: &Context<'_>) -> Self {
        let Context { before, now, after, .. } = context;
        let alnum = now.alnum();
        let after_one = |of: fn(&Classes) -> u64| of(now) << 1 | of(before) >> 63;
        let after_two = |of: fn(&Classes) -> u64| of(now) << 2 | of(before) >> 62;
        // The letter of an escape (`\n`) is no letter of the word behind it.
        let escaped = after_two(|classes| classes.backslashes);
        let words = alnum & (!after_one(Classes::alnum) | escaped);
        // Adding a word's start to its letters carries to what follows the first of them.
        let sum = now.letters.wrapping_add(words & now.letters);
        let sum = sum.wrapping_add(u64::from(before.ends_in_first_letters()));
        let behind_letters = sum & !now.letters & now.digits;
        let two_letters = words << 2 | before.word_starts() >> 62;
        let accounts = behind_letters & two_letters & (now.digits >> 1 | after.digits << 63);
        let long = may_go_on(now.alnum()) | may_go_on(now.grouped());
        let numbers = now.digits & (words | behind_letters) & long | accounts;

        // Behind a quote these belong to it, and it was looked at.
        let behind_quote = after_one(|classes| classes.quotes);
        // A key closes behind a letter or digit, a literal opens behind a word and a sign.
        let in_key = after_one(|classes| classes.alnum() | classes.special);
        let behind_word =
            after_one(|classes| classes.separators) & after_two(|classes| classes.letters);
        let quotes = now.quotes & (in_key | behind_word);
        let signs = now.signs & !(behind_quote & now.follows)
            | quotes
            | now.backslashes
            | context.options();

        let run = |classes: &Classes| u128::from(classes.alnum() | classes.base64);
        let mut long = run(now) | run(after) << 64;
        for step in LONG_STEPS {
            long &= long >> step;
        }
        Self { words, numbers, accounts, signs, long: long as u64 & words }
    }

    /// Whether a number starts at `at` that is long enough for anything.
    #[inline(always)]
    fn is_number(&self, context: &Context<'_>, at: u32) -> bool {
        let Context { now, after, .. } = context;
        let ahead = |of: fn(&Classes) -> u64| (of(now) >> at) | (of(after) << 1) << (63 - at);
        let digits = ahead(|classes| classes.digits);
        let in_groups = (digits | ahead(|classes| classes.separators)).trailing_ones();
        let in_word = ahead(Classes::alnum).trailing_ones();
        let run = in_groups.max(in_word).min(63);
        let enough = run >= DIGITS && (digits & ((1 << run) - 1)).count_ones() >= DIGITS;
        enough || self.accounts >> at & 1 == 1
    }
}

impl Context<'_> {
    /// The first dashes of a command's options: `--token`, `-p`.
    #[inline(always)]
    fn options(&self) -> u64 {
        let Self { before, now, after, .. } = self;
        let lead = |classes: &Classes| classes.follows | classes.quotes | classes.signs;
        let led = lead(now) << 1 | lead(before) >> 63;
        let first = now.dashes & !(now.dashes << 1 | before.dashes >> 63) & led;
        let dash_next = now.dashes >> 1 | after.dashes << 63;
        let letter_next = now.letters >> 1 | after.letters << 63;
        let letter_then = now.letters >> 2 | after.letters << 62;
        first & (letter_next | dash_next & letter_then)
    }

    /// Where letters follow digits.
    #[inline(always)]
    fn edges(&self) -> u64 {
        let letters = self.now.letters;
        letters & !(letters << 1 | self.before.letters >> 63)
    }

    /// The three bytes from `at` on.
    #[inline(always)]
    fn leading(&self, at: u32) -> u32 {
        self.four((at % 64) as usize + LEAD) & 0xff_ffff
    }

    /// Which signs lead something, and which may end a key by its last two letters.
    #[inline(always)]
    fn signs(&self, tests: &Tests<'_>, signs: u64) -> (u64, u64) {
        // What stands before an option's dash counts.
        let lead = |at: u32| (at as usize % 64) + LEAD - (self.now.dashes >> at & 1) as usize;
        // Nothing starts with a quote.
        let leads = each(signs & !self.now.quotes, |at| {
            tests.starts.has_packed(self.four(lead(at)) & 0xff_ffff)
        });
        let ends = each(signs, |at| {
            tests.ends.has_packed(self.four((at as usize % 64) + LEAD - 2) & 0xff_ffff)
        });
        (leads, ends)
    }

    /// Whether the sign at `at` opens or closes something, or ends what may be a key.
    #[inline(always)]
    fn ends_key(&self, tests: &Tests<'_>, at: u32) -> bool {
        let at = (at % 64) as usize + LEAD;
        let sign = self.window[at];
        let opens = matches!(sign, b'"' | b'\'') && matches!(self.window[at - 1], b' ' | b'(');
        opens || matches!(sign, b'~' | b'>') || tests.keys.may_end(&self.window[..at])
    }

    #[inline(always)]
    fn four(&self, from: usize) -> u32 {
        let four = self.window[from..from + 4].try_into();
        four.map_or(0, u32::from_le_bytes)
    }
}
