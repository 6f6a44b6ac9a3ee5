//! How one state writes its numbers, and whether a number is written so.

use crate::{
    cue::{Cue, Words},
    digit_groups::DigitGroups,
};

/// One state's form.
pub(super) struct Form {
    /// Widths of its groups, as it is written.
    pub(super) widths: &'static [usize],
    /// The separator between its first groups.
    pub(super) separator: &'static [u8],
    /// Words that announce it when it is written without separators; none: it needs no word.
    pub(super) cues: Option<Words>,
    pub(super) check: fn(&[u8]) -> bool,
}

impl Form {
    /// How many digits it has.
    pub(super) fn digits(&self) -> usize {
        self.widths.iter().sum()
    }

    /// How many groups of `number`, of which some have as many digits, are this form.
    pub(super) fn count(&self, number: &DigitGroups<'_>, cue: &Cue) -> Option<usize> {
        let groups = self.widths.len();
        let is_written = groups > 1
            && number.width(0) == self.widths[0]
            && number.groups().len() >= groups
            && (1..groups).all(|index| number.width(index) == self.widths[index])
            && number.separator(0) == self.separator
            && !self.is_amid(number);
        let count = match &self.cues {
            _ if is_written => groups,
            None => (number.width(0) == self.digits()).then_some(1)?,
            // After its name it may be grouped in any way.
            Some(cues) if cue.says(cues) => number.within(self.digits()),
            Some(_) => return None,
        };
        (self.check)(&number.digits(count)).then_some(count)
    }

    /// Whether more groups like these stand before or after them, as in an account's number.
    fn is_amid(&self, number: &DigitGroups<'_>) -> bool {
        let (first, groups) = (self.widths[0], self.widths.len());
        let alike = self.widths.iter().all(|width| *width == first);
        let separators = self.separator.len();
        let back = number.start().checked_sub(separators + 1);
        let before_it = back.is_some_and(|at| {
            number.bytes[at].is_ascii_digit() && number.bytes[at + 1..].starts_with(self.separator)
        });
        let after_it = number.separator(groups - 1) == self.separator;
        alike && (before_it || (after_it && number.width(groups) > 0))
    }
}
