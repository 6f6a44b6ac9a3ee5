//! The month: its name, its days, and whether it is over.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// How far a month had come at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It had not begun.
    ToCome,
    /// It was not over: what it has is what it has so far.
    SoFar,
    /// It was over, and is whole.
    Over,
}

/// A month of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    first: Date,
}

impl Month {
    /// Of `2026-11`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_plain = year.len() == 4 && month.len() == 2;
        let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
        is_plain.then_some(Self { first })
    }

    /// `November 2026`.
    pub(crate) fn name(self) -> String {
        self.first.strftime("%B %Y").to_string()
    }

    /// The one before, as `October`.
    pub(crate) fn before(self) -> Option<String> {
        Some(self.first.yesterday().ok()?.strftime("%B").to_string())
    }

    /// How many days it has.
    pub(crate) fn days(self) -> u8 {
        self.first.days_in_month().unsigned_abs()
    }

    /// Which of its days a date is, from 1; none of other months'.
    pub(crate) fn day(self, date: Date) -> Option<u8> {
        (date.first_of_month() == self.first).then(|| date.day().unsigned_abs())
    }

    /// How far it had come at a time.
    pub(crate) fn progress(self, at: Timestamp) -> Progress {
        match at.to_zoned(TimeZone::UTC).date() {
            day if day > self.first.last_of_month() => Progress::Over,
            day if day < self.first => Progress::ToCome,
            _ => Progress::SoFar,
        }
    }
}

/// `3 November` of `2026-11-03`.
pub(crate) fn day(date: Date) -> String {
    date.strftime("%-d %B").to_string()
}

/// `1 December 2026, 08:30 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_told_in_words() {
        let month = Month::read("2026-01").unwrap();
        assert_eq!(month.name(), "January 2026");
        assert_eq!(month.before().as_deref(), Some("December"));
        assert_eq!(Month::read("2024-02").unwrap().days(), 29);
        for text in ["", "2026", "2026-13", "2026-1", "26-01", "2026-01-01", "-026-01"] {
            assert_eq!(Month::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_begins_and_ends_at_midnight() {
        let month = Month::read("2026-11").unwrap();
        for (at, progress) in [
            ("2026-10-31T23:59:59Z", Progress::ToCome),
            ("2026-11-01T00:00:00Z", Progress::SoFar),
            ("2026-11-30T23:59:59Z", Progress::SoFar),
            ("2026-12-01T00:00:00Z", Progress::Over),
        ] {
            assert_eq!(month.progress(at.parse().unwrap()), progress, "{at}");
        }
    }

    #[test]
    fn days_are_of_their_month() {
        let month = Month::read("2026-11").unwrap();
        assert_eq!(month.day("2026-11-03".parse().unwrap()), Some(3));
        assert_eq!(month.day("2026-10-03".parse().unwrap()), None);
        assert_eq!(day("2026-11-03".parse().unwrap()), "3 November");
    }
}
