//! What cleaning one text may hold: asked for before it is made, so that a few bytes of hostile text
//! can't become many in memory unseen.

use crate::finding::Finding;

/// Findings in one text; one with more is removed whole.
pub(crate) const FINDINGS: usize = 1 << 16;
/// Findings asked for at once.
const STEP: usize = 256;
/// Held for each, at most: in a list that grows by doubling, is sorted, and holds a hash.
const FINDING: usize = 4 * size_of::<Finding>();
/// No more copies of a text are there at one time: what was cleaned, and what it is cleaned to.
const COPIES: usize = 2;

/// Asks whoever wants a text cleaned for the bytes that it takes.
pub(crate) struct Allowance<'m> {
    /// Whether so many bytes more may be held.
    more: &'m mut dyn FnMut(usize) -> bool,
    findings: usize,
    copies: usize,
    /// Something was refused: what came out is not the text, cleaned.
    was_refused: bool,
}

impl<'m> Allowance<'m> {
    pub(crate) fn new(more: &'m mut dyn FnMut(usize) -> bool) -> Self {
        Self { more, findings: 0, copies: 0, was_refused: false }
    }

    /// Whether everything that was asked for was granted.
    pub(crate) const fn was_enough(&self) -> bool {
        !self.was_refused
    }

    /// Whether one more finding may be kept beside so many.
    pub(crate) fn finding(&mut self, there: usize) -> bool {
        if there < self.findings {
            return true;
        }
        if there >= FINDINGS {
            return false;
        }
        let more = STEP.max(self.findings);
        self.findings += more;
        self.bytes(more * FINDING)
    }

    /// Whether a text of so many bytes may be written anew, after those before.
    pub(crate) fn copy(&mut self, bytes: usize) -> bool {
        self.copies += 1;
        self.copies > COPIES || self.bytes(bytes)
    }

    /// Whether so many bytes may be held beside.
    pub(crate) fn bytes(&mut self, bytes: usize) -> bool {
        self.was_refused |= !(self.more)(bytes);
        !self.was_refused
    }
}
