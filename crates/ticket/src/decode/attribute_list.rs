//! The attributes of a record or a resource as they stand, of each key the last.

use crate::wire::{Malformed, key_value};

/// Attributes as they stand, as many of them as are read.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    /// Key and value's bytes.
    pub(super) pairs: Vec<(&'a [u8], &'a [u8])>,
    /// How many there are besides.
    pub(super) unread: u64,
}

impl<'a> Attributes<'a> {
    pub(super) fn push(&mut self, pair: &'a [u8], most: usize) -> Result<(), Malformed> {
        let pair = key_value(pair)?;
        if self.pairs.len() < most {
            self.pairs.push(pair);
        } else {
            self.unread += 1;
        }
        Ok(())
    }

    /// Which there are, and of each key the last.
    pub(super) fn of_each_key(&self) -> OfEachKey<'a> {
        let mut keys: Vec<_> = self.pairs.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        let has_doubles = keys.windows(2).any(|pair| pair[0] == pair[1]);
        let last = has_doubles.then(|| self.last_of_each_key().collect());
        OfEachKey { keys, last }
    }

    /// In the order they stand, and of those with the same key the last.
    pub(super) fn last_of_each_key(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut order: Vec<usize> = (0..self.pairs.len()).collect();
        order.sort_by_key(|&at| self.pairs[at].0);
        let mut is_last = vec![true; self.pairs.len()];
        for pair in order.windows(2) {
            is_last[pair[0]] = self.pairs[pair[0]].0 != self.pairs[pair[1]].0;
        }
        self.pairs.iter().zip(is_last).filter(|(_, is_last)| *is_last).map(|(pair, _)| *pair)
    }
}

/// Attributes by key.
pub(super) struct OfEachKey<'a> {
    /// Sorted.
    keys: Vec<&'a [u8]>,
    /// Where a key stands twice: the pairs without the first of the two.
    last: Option<Vec<(&'a [u8], &'a [u8])>>,
}

impl<'a> OfEachKey<'a> {
    pub(super) fn has(&self, key: &[u8]) -> bool {
        self.keys.binary_search(&key).is_ok()
    }

    /// The pairs that count, of these attributes.
    pub(super) fn pairs<'s>(&'s self, of: &'s Attributes<'a>) -> &'s [(&'a [u8], &'a [u8])] {
        self.last.as_deref().unwrap_or(&of.pairs)
    }

    /// How many do not count.
    pub(super) fn doubles(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| (self.keys.len() - last.len()) as u64)
    }
}
