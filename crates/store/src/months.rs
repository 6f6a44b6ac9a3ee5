//! Months of stored tickets: the pieces in which long work on them is done. A month is a partition of
//! the table, named by its number, e.g. 202611; the first and the last hold what claims to be of another
//! age (see the table's migration).

use std::{fmt, str::FromStr};

use ticketlens_ticket::Timestamp;

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

    /// That of a partition, as ClickHouse names it; they are named by the months we know.
    pub(crate) fn of_partition(id: &str) -> Option<Self> {
        id.parse().ok().and_then(|number| Self::new(number).ok())
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The month before; none before 1970.
    pub(crate) fn before(self) -> Option<Self> {
        let number = if self.0 % 100 == 1 { self.0 - 100 + 11 } else { self.0 - 1 };
        Self::new(number).ok()
    }

    /// Its first moment.
    pub(crate) fn start(self) -> Timestamp {
        self.before().map_or_else(Timestamp::default, Self::end)
    }

    /// The first moment after it.
    pub(crate) fn end(self) -> Timestamp {
        let (year, month) = (u64::from(self.0 / 100), u64::from(self.0 % 100));
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        // Days before the first of March of a year, which leap days end: a year's months count from
        // there.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5;
        const TO_1970: u64 = 719_468;
        Timestamp::from_unix_nanos((days - TO_1970) * 86_400 * 1_000_000_000)
    }

    /// Restricts a statement that changes rows to this month. A number needs no parameter.
    pub(crate) fn partition(self) -> String {
        format!("IN PARTITION {}", self.0)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

/// As people write it.
impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (year, month) = text.split_once('-').ok_or(InvalidMonth)?;
        let is_written = [(year, 4), (month, 2)].into_iter().all(|(part, digits)| {
            part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
        });
        let number = format!("{year}{month}").parse().ok().filter(|_| is_written);
        Self::new(number.ok_or(InvalidMonth)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        for (month, seconds) in [
            (197_001, 2_678_400),
            (202_401, 1_706_745_600),
            (202_402, 1_709_251_200),
            (202_502, 1_740_787_200),
            (202_611, 1_796_083_200),
            (202_612, 1_798_761_600),
            (210_002, 4_107_542_400),
        ] {
            let end = Month::new(month).unwrap().end();
            assert_eq!(end.as_unix_nanos() / 1_000_000_000, seconds, "{month}");
        }
    }

    #[test]
    fn a_month_begins_where_the_one_before_ends() {
        let month = |number| Month::new(number).unwrap();
        assert_eq!(month(202_611).before(), Some(month(202_610)));
        assert_eq!(month(202_601).before(), Some(month(202_512)));
        assert_eq!(month(202_601).start(), month(202_512).end());
        assert_eq!((month(197_001).before(), month(197_001).start().as_unix_nanos()), (None, 0));
    }

    #[test]
    fn only_months_are_taken() {
        for good in [197_001, 202_611, 206_001, 229_912] {
            assert_eq!(Month::new(good).map(Month::number), Ok(good));
        }
        for bad in [0, 202_600, 202_613, 1, 2026, 999_901] {
            assert_eq!(Month::new(bad), Err(InvalidMonth), "{bad}");
        }
    }

    #[test]
    fn a_month_is_read_as_it_is_written() {
        assert_eq!("2026-11".parse(), Month::new(202_611));
        assert_eq!(Month::new(202_601).unwrap().to_string(), "2026-01");
        for text in
            ["", "202611", "2026-13", "2026-00", "2026-1", "+026-11", "2026-11-01", "0000-01"]
        {
            assert_eq!(text.parse::<Month>(), Err(InvalidMonth), "{text}");
        }
    }
}
