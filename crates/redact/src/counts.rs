//! How much was found, by detector: what travels with a ticket instead of the values.

use crate::detector::{self, COUNT, Detector};

/// Findings by detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts([u32; COUNT]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; COUNT])
    }
}

impl Counts {
    /// Detectors that found something, with how often, in the detectors' own order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        let found = self.0.iter().enumerate().filter(|(_, count)| **count > 0);
        found.map(|(index, count)| (detector::name(index), *count))
    }

    /// All findings together.
    pub fn total(&self) -> u32 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Adds what another pass found.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = mine.saturating_add(theirs);
        }
    }

    pub(crate) fn count(&mut self, detector: Detector) {
        let count = &mut self.0[detector as usize];
        *count = count.saturating_add(1);
    }
}
