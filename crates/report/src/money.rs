//! Money: decimal text in, integers between, a currency and sensible digits out. Nothing is rounded
//! before it is shown, but for what is divided.

use ticketlens_api::{amount, v1};

use crate::number;

/// 10^-9 units.
const UNIT: u128 = 1_000_000_000;

/// An amount in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Its code of ISO 4217.
    pub currency: String,
    /// In 10^-9 units.
    pub nanos: i128,
}

/// One amount for each currency, in the order of the message; none where an amount is no decimal
/// number, as then nothing may be said of the sum.
pub(crate) fn sums(money: &[v1::Money]) -> Option<Vec<Sum>> {
    let mut sums: Vec<Sum> = Vec::new();
    for one in money.iter().map(Sum::read) {
        let one = one?;
        match sums.iter_mut().find(|sum| sum.currency == one.currency) {
            Some(sum) => sum.nanos = sum.nanos.checked_add(one.nanos)?,
            None => sums.push(one),
        }
    }
    Some(sums)
}

impl Sum {
    /// None of what is no decimal number of at most nine digits behind the point, or in no currency.
    pub(crate) fn read(money: &v1::Money) -> Option<Self> {
        let v1::Money { currency, amount } = money;
        let sum = Self { currency: currency.clone(), nanos: amount::nanos(amount)? };
        amount::is_currency(currency).then_some(sum)
    }

    /// Divided, rounded half away from zero; none by nothing.
    pub(crate) fn per(&self, n: u64) -> Option<Self> {
        let (size, n) = (self.nanos.unsigned_abs(), u128::from(n));
        let size = i128::try_from((size + n / 2).checked_div(n)?).ok()?;
        Some(Self { currency: self.currency.clone(), nanos: size * self.nanos.signum() })
    }

    /// `USD 1,234.56`: two digits of 1 and more, of less as many as it takes for four that count.
    pub(crate) fn shown(&self) -> String {
        let size = self.nanos.unsigned_abs();
        let sign = if self.nanos < 0 { "\u{2212}" } else { "" };
        format!("{} {sign}{}", self.currency, digits(size))
    }
}

fn digits(nanos: u128) -> String {
    let rounded = if nanos >= UNIT { nanos } else { significant(nanos, 4) };
    if rounded == 0 || rounded >= UNIT {
        let cents = (rounded + UNIT / 200) / (UNIT / 100);
        return format!("{}.{:02}", number::count(cents / 100), cents % 100);
    }
    let text = format!("{rounded:09}");
    format!("0.{:0<2}", text.trim_end_matches('0'))
}

/// Rounded half up to so many digits that count.
fn significant(n: u128, digits: u32) -> u128 {
    let has = n.checked_ilog10().map_or(1, |log| log + 1);
    let scale = 10u128.pow(has.saturating_sub(digits));
    (n + scale / 2) / scale * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(amount: &str) -> v1::Money {
        v1::Money { currency: "USD".to_owned(), amount: amount.to_owned() }
    }

    fn shown(amount: &str) -> String {
        Sum::read(&usd(amount)).map_or_else(|| "unreadable".to_owned(), |sum| sum.shown())
    }

    #[test]
    fn digits_are_as_many_as_make_sense() {
        let cases = [
            ("0", "USD 0.00"),
            ("0.000000001", "USD 0.000000001"),
            ("0.000123456", "USD 0.0001235"),
            ("0.0125", "USD 0.0125"),
            ("0.5", "USD 0.50"),
            ("0.123456", "USD 0.1235"),
            ("0.99999", "USD 1.00"),
            ("1.005", "USD 1.01"),
            ("1234567.894", "USD 1,234,567.89"),
            ("999999999999999999.999999999", "USD 1,000,000,000,000,000,000.00"),
            ("-12.5", "USD \u{2212}12.50"),
        ];
        for (amount, text) in cases {
            assert_eq!(shown(amount), text, "{amount}");
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for amount in
            ["", ".", "1.", ".5", "1e3", "NaN", "+1", "--1", "1,000", "1.0000000001", "１"]
        {
            assert_eq!(shown(amount), "unreadable", "{amount:?}");
        }
        assert_eq!(sums(&[usd("1"), usd("?")]), None);
    }

    #[test]
    fn a_currency_is_a_code() {
        for currency in ["", "usd", "US", "USDT", "ÜSD", "<b>"] {
            let money = v1::Money { currency: currency.into(), amount: "1".into() };
            assert_eq!(Sum::read(&money), None, "{currency}");
        }
    }

    #[test]
    fn sums_are_exact() {
        // 0.1 + 0.2 = 0.3, which no binary fraction says.
        let sum = sums(&[usd("0.1"), usd("0.2")]).unwrap();
        assert_eq!(sum, [Sum { currency: "USD".into(), nanos: 300_000_000 }]);
        let eur = v1::Money { currency: "EUR".into(), amount: "1".into() };
        assert_eq!(sums(&[usd("1"), eur]).unwrap().len(), 2, "each currency for itself");
    }

    #[test]
    fn a_share_is_rounded_half_up() {
        let per = |amount, n| Sum::read(&usd(amount)).and_then(|sum| sum.per(n)).map(|s| s.nanos);
        assert_eq!(per("10", 3), Some(3_333_333_333));
        assert_eq!(per("20", 3), Some(6_666_666_667));
        assert_eq!(per("-20", 3), Some(-6_666_666_667));
        assert_eq!(per("10", 0), None);
    }
}
