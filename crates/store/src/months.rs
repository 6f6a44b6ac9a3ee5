//! Months of stored tickets: the pieces in which long work on them is done. A month is a partition of
//! the table, named by its number, e.g. 202611; the first and the last hold what claims to be of another
//! age (see the table's migration).

/// A month of executions, as the number YYYYMM that names its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

/// The number is no month's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is its year and number, e.g. 202611")]
pub struct InvalidMonth;

impl Month {
    /// Checks a number.
    ///
    /// # Errors
    /// When its last two digits are no month.
    pub fn new(number: u32) -> Result<Self, InvalidMonth> {
        let is_one = (1..=12).contains(&(number % 100)) && (197_001..=229_912).contains(&number);
        if is_one { Ok(Self(number)) } else { Err(InvalidMonth) }
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Restricts a statement that changes rows to this month. A number needs no parameter.
    pub(crate) fn partition(self) -> String {
        format!("IN PARTITION {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_months_are_taken() {
        for good in [197_001, 202_611, 206_001, 229_912] {
            assert_eq!(Month::new(good).map(Month::number), Ok(good));
        }
        for bad in [0, 202_600, 202_613, 1, 2026, 999_901] {
            assert_eq!(Month::new(bad), Err(InvalidMonth), "{bad}");
        }
    }
}
