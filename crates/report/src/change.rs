//! A figure beside that of the month before. Few tickets change by chance alone, and a month that is
//! not over has fewer of everything: of these nothing is said.

use ticketlens_api::v1::ValueFigures;

use crate::{
    money::Sum,
    number::{count, hundredths, mean, per_mille, share, tenth},
};

/// A month of fewer tickets is compared with none.
pub const FEWEST: u64 = 20;

/// What figures are compared with.
#[derive(Clone, Copy)]
pub(crate) struct Before<'a> {
    /// Of the month before.
    pub figures: &'a ValueFigures,
    /// Its name.
    pub month: &'a str,
    /// Whether the month itself is over, so that sums compare.
    pub is_whole: bool,
}

impl<'a> Before<'a> {
    /// None where there is nothing to compare with, or too little.
    pub(crate) fn of(
        figures: Option<&'a ValueFigures>,
        month: &'a str,
        is_whole: bool,
    ) -> Option<Self> {
        let figures = figures.filter(|before| before.tickets >= FEWEST)?;
        Some(Self { figures, month, is_whole })
    }

    /// Of a count: `12.3 % more than in October (1,336)`.
    pub(crate) fn count(self, now: u64, before: u64) -> Option<String> {
        self.amount(now.into(), before.into(), &count(before))
    }

    /// Of money, in the same currency.
    pub(crate) fn money(self, now: &Sum, before: &Sum) -> Option<String> {
        if now.currency != before.currency {
            return None;
        }
        self.amount(now.nanos, before.nanos, &before.shown())
    }

    /// Of a mean of a money: it compares in a month that is not over, too.
    pub(crate) fn mean_money(self, now: &Sum, before: &Sum) -> Option<String> {
        Self { is_whole: true, ..self }.money(now, before)
    }

    fn amount(self, now: i128, before: i128, shown: &str) -> Option<String> {
        if !self.is_whole {
            return None;
        }
        let by = now.checked_sub(before)?.checked_mul(1000)?;
        let size = by.unsigned_abs();
        let before = u128::try_from(before).ok()?;
        let tenths = (size + before / 2).checked_div(before)?;
        let than = |by: &str| self.than(&format!("{} % {by}", tenth(tenths)), shown);
        Some(match (tenths, by > 0) {
            (0, _) => self.same(shown),
            (_, true) => than("more"),
            (_, false) => than("less"),
        })
    }

    /// Of a share of the tickets: `2.1 points more than in October (80.2 %)`.
    pub(crate) fn share(self, (part, whole): (u64, u64), before: u64) -> Option<String> {
        if whole < FEWEST {
            return None;
        }
        let then = self.figures.tickets;
        let (a, b) = (per_mille(part, whole)?, per_mille(before, then)?);
        let points = format!("{} points", tenth(a.abs_diff(b).into()));
        let shown = share(before, then)?;
        Some(match a.cmp(&b) {
            std::cmp::Ordering::Equal => self.same(&shown),
            std::cmp::Ordering::Greater => self.than(&format!("{points} more"), &shown),
            std::cmp::Ordering::Less => self.than(&format!("{points} less"), &shown),
        })
    }

    /// Of a mean of ratings: `0.20 higher than in October (4.12)`.
    pub(crate) fn rating(self, now: f64) -> Option<String> {
        let before = self.figures.csat?;
        let (a, b) = (hundredths(now)?, hundredths(before)?);
        let by = a.abs_diff(b);
        let by = format!("{}.{:02}", by / 100, by % 100);
        let shown = mean(before)?;
        Some(match a.cmp(&b) {
            std::cmp::Ordering::Equal => self.same(&shown),
            std::cmp::Ordering::Greater => self.than(&format!("{by} higher"), &shown),
            std::cmp::Ordering::Less => self.than(&format!("{by} lower"), &shown),
        })
    }

    fn same(self, shown: &str) -> String {
        format!("as in {} ({shown})", self.month)
    }

    fn than(self, by: &str, shown: &str) -> String {
        format!("{by} than in {} ({shown})", self.month)
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_api::v1::Money;

    use super::*;

    fn before(tickets: u64) -> ValueFigures {
        ValueFigures { tickets, csat: Some(4.12), ..ValueFigures::default() }
    }

    fn usd(amount: &str) -> Sum {
        Sum::read(&Money { currency: "USD".into(), amount: amount.into() }).unwrap()
    }

    #[test]
    fn a_change_is_told_with_what_it_is_from() {
        let figures = before(1336);
        let before = Before::of(Some(&figures), "October", true).unwrap();
        // 1500 / 1336 = 1.1228
        let more = before.count(1500, 1336);
        assert_eq!(more.as_deref(), Some("12.3 % more than in October (1,336)"));
        assert_eq!(before.count(1336, 1336).as_deref(), Some("as in October (1,336)"));
        assert_eq!(before.count(5, 0), None, "nothing is no measure");
        // 1234 / 1500 = 82.3 %, 1072 / 1336 = 80.2 %
        let points = before.share((1234, 1500), 1072);
        assert_eq!(points.as_deref(), Some("2.1 points more than in October (80.2 %)"));
        assert_eq!(before.rating(4.32).as_deref(), Some("0.20 higher than in October (4.12)"));
        let cost = before.money(&usd("90"), &usd("120"));
        assert_eq!(cost.as_deref(), Some("25.0 % less than in October (USD 120.00)"));
    }

    #[test]
    fn few_tickets_are_no_measure() {
        assert!(Before::of(Some(&before(19)), "October", true).is_none());
        assert!(Before::of(None, "October", true).is_none());
        let figures = before(20);
        let before = Before::of(Some(&figures), "October", true).unwrap();
        assert_eq!(before.share((19, 19), 10), None);
        assert!(before.share((20, 20), 10).is_some());
    }

    #[test]
    fn what_a_month_has_so_far_is_not_held_against_a_whole_one() {
        let figures = before(100);
        let before = Before::of(Some(&figures), "October", false).unwrap();
        assert_eq!(before.count(50, 100), None);
        assert_eq!(before.money(&usd("1"), &usd("2")), None);
        assert!(before.mean_money(&usd("1"), &usd("2")).is_some());
        assert!(before.share((40, 50), 70).is_some());
    }
}
