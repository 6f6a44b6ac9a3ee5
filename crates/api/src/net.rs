//! What is left of what tickets were worth after what they cost. One rule for everyone who tells it:
//! it is reckoned only where worth and cost are all in one currency. Set against each other in one of
//! several, all of a cost would stand against a part of the worth.

use std::{collections::BTreeSet, fmt};

use crate::{
    amount,
    v1::{Money, ValueFigures},
};

/// A net value, in billionths of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    /// What all of it is in (ISO 4217).
    pub currency: String,
    /// What minutes saved are worth.
    pub worth: i128,
    /// What executions cost.
    pub cost: i128,
    /// What is left; below zero where it cost more.
    pub left: i128,
}

/// Why there is none, in one sentence, with what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoNet {
    /// The tenant has no rates.
    NoRates,
    /// No ticket with a rate was resolved.
    NothingSaved,
    /// No execution has a cost.
    NoCost,
    /// More than one currency.
    Currencies {
        /// Those of the rates.
        worth: String,
        /// Those of the cost.
        cost: String,
    },
    /// An amount is none.
    Unreadable,
}

impl fmt::Display for NoNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no net value is reckoned: ")?;
        match self {
            Self::NoRates => f.write_str(
                "no rate says what a resolved ticket saves; it takes a rate of the tenant's",
            ),
            Self::NothingSaved => f.write_str(
                "no ticket was resolved that has a rate; it takes a rate of its category, or one for all",
            ),
            Self::NoCost => f.write_str(
                "the cost is not known; it takes prices of the models, or costs that are sent",
            ),
            Self::Currencies { worth, cost } => write!(
                f,
                "the minutes are worth {worth}, the cost is in {cost}, and no rate of exchange is \
                 assumed; it takes rates in the prices' currency, or prices in the rates'"
            ),
            Self::Unreadable => {
                f.write_str("an amount is not readable; it takes a receiver of this version")
            }
        }
    }
}

impl std::error::Error for NoNet {}

impl Net {
    /// Of some tickets.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(figures: &ValueFigures) -> Result<Self, NoNet> {
        let (worth, cost) = (currencies(&figures.worth), currencies(&figures.costs));
        if worth.is_empty() {
            let has_rates = figures.minutes_saved.is_some();
            return Err(if has_rates { NoNet::NothingSaved } else { NoNet::NoRates });
        }
        if cost.is_empty() {
            return Err(NoNet::NoCost);
        }
        if worth.union(&cost).any(|code| !amount::is_currency(code)) {
            return Err(NoNet::Unreadable);
        }
        let mut all = worth.union(&cost);
        let (Some(currency), None) = (all.next(), all.next()) else {
            return Err(NoNet::Currencies { worth: named(&worth), cost: named(&cost) });
        };
        let currency = (*currency).to_owned();
        let (worth, cost) = (sum(&figures.worth)?, sum(&figures.costs)?);
        let left = worth.checked_sub(cost).ok_or(NoNet::Unreadable)?;
        Ok(Self { currency, worth, cost, left })
    }

    /// What is left, as an amount.
    #[must_use]
    pub fn money(&self) -> Money {
        Money { currency: self.currency.clone(), amount: amount::text(self.left) }
    }
}

fn currencies(amounts: &[Money]) -> BTreeSet<&str> {
    amounts.iter().map(|money| money.currency.as_str()).collect()
}

fn named(codes: &BTreeSet<&str>) -> String {
    codes.iter().copied().collect::<Vec<_>>().join(" and ")
}

fn sum(amounts: &[Money]) -> Result<i128, NoNet> {
    let mut nanos = amounts.iter().map(|money| amount::nanos(&money.amount));
    let sum = nanos.try_fold(0i128, |sum, nanos| sum.checked_add(nanos?));
    sum.ok_or(NoNet::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(worth: &[(&str, &str)], costs: &[(&str, &str)]) -> Result<String, NoNet> {
        let money = |amounts: &[(&str, &str)]| -> Vec<Money> {
            let money = |(currency, amount): &(&str, &str)| Money {
                currency: (*currency).to_owned(),
                amount: (*amount).to_owned(),
            };
            amounts.iter().map(money).collect()
        };
        let (worth, costs) = (money(worth), money(costs));
        let figures = ValueFigures { worth, costs, minutes_saved: Some(1.0), ..Default::default() };
        Net::of(&figures).map(|net| format!("{} {}", net.money().amount, net.currency))
    }

    #[test]
    fn one_currency_has_a_net_value() {
        assert_eq!(of(&[("EUR", "800")], &[("EUR", "30.000000001")]).unwrap(), "769.999999999 EUR");
        assert_eq!(of(&[("EUR", "0.25")], &[("EUR", "1")]).unwrap(), "-0.75 EUR");
    }

    #[test]
    fn several_have_none_and_say_what_it_takes() {
        let (eur, usd) = (("EUR", "48.0833"), ("USD", "3.75"));
        for (worth, costs, says) in [
            (&[eur][..], &[usd][..], "worth EUR, the cost is in USD"),
            // All of the cost is in a currency that the worth has too, and yet it is no net value.
            (&[eur, usd], &[usd], "worth EUR and USD, the cost is in USD"),
            (&[eur], &[eur, usd], "worth EUR, the cost is in EUR and USD"),
        ] {
            let why = of(worth, costs).unwrap_err().to_string();
            assert!(why.contains(says) && why.contains("it takes rates in the prices'"), "{why}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_nothing() {
        assert_eq!(of(&[], &[("EUR", "1")]), Err(NoNet::NothingSaved));
        assert_eq!(Net::of(&ValueFigures::default()), Err(NoNet::NoRates));
        assert_eq!(of(&[("EUR", "1")], &[]), Err(NoNet::NoCost));
        assert_eq!(of(&[("EUR", "1")], &[("EUR", "a lot")]), Err(NoNet::Unreadable));
        assert_eq!(of(&[("\u{1b}[2", "1")], &[("EUR", "1")]), Err(NoNet::Unreadable));
    }
}
