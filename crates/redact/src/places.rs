//! Where it is worth looking: positions at which something that a detector knows may start or end.
//! A word or a number starts, a key closes, a sign leads: that is told for 64 bytes at once from the
//! kinds of the bytes, and three bytes of each are looked up. Between them nothing starts, and most
//! of a clean text is between them.

mod found;
mod label;
mod look;
mod vector;

use crate::classes::BLOCK;

use self::{found::Found, look::TOGETHER};

pub(crate) use self::{found::Tests, label::is_plain as is_plain_label};

/// Makes what is made once ([`tables`](crate::tables)).
pub(crate) fn make_tables() {
    vector::make_tables();
}

/// The positions of a text that are worth a look, asked for in rising order.
pub(crate) struct Places<'t> {
    bytes: &'t [u8],
    tests: Tests<'t>,
    /// Those of the blocks from `first` on.
    found: [Found; TOGETHER],
    first: usize,
    /// The block that is looked at: where it starts, and its positions that were not asked for yet.
    base: usize,
    left: u64,
}

impl<'t> Places<'t> {
    pub(crate) fn new(bytes: &'t [u8], tests: Tests<'t>) -> Self {
        let found = [Found::default(); TOGETHER];
        let mut places = Self { bytes, tests, found, first: 0, base: 0, left: 0 };
        if bytes.len() <= BLOCK {
            places.found[0] = vector::look_at_one(bytes, &places.tests);
        } else {
            vector::look(bytes, 0, &places.tests, &mut places.found);
        }
        places.left = places.found[0].places;
        places
    }

    /// Whether there is no position, and no other reason to look at the text. Long texts are looked
    /// at.
    pub(crate) fn is_plain(&self) -> bool {
        let is_short = self.bytes.len() <= TOGETHER * BLOCK;
        is_short && self.found.iter().all(|found| found.places == 0 && !found.is_special)
    }

    /// The first position at or after `from`.
    #[inline]
    pub(crate) fn next(&mut self, from: usize) -> Option<usize> {
        if from >= self.base + BLOCK {
            self.go_to(from / BLOCK * BLOCK);
        }
        self.left &= u64::MAX << from.saturating_sub(self.base);
        while self.left == 0 {
            let next = self.base + BLOCK;
            if next >= self.bytes.len() {
                return None;
            }
            self.go_to(next);
        }
        Some(self.base + self.left.trailing_zeros() as usize)
    }

    /// Whether what starts at `at`, the position that was asked for last, is long enough to be base64
    /// of something.
    pub(crate) fn is_long(&self, at: usize) -> bool {
        self.found[(self.base - self.first) / BLOCK].long >> (at - self.base) & 1 == 1
    }

    /// Whether a number starts at `at`, the position that was asked for last.
    pub(crate) fn is_number(&self, at: usize) -> bool {
        self.found[(self.base - self.first) / BLOCK].numbers >> (at - self.base) & 1 == 1
    }

    fn go_to(&mut self, base: usize) {
        self.base = base;
        if base >= self.first + TOGETHER * BLOCK {
            self.first = base;
            vector::look(self.bytes, base, &self.tests, &mut self.found);
        }
        self.left = self.found[(base - self.first) / BLOCK].places;
    }
}
