//! Money that a sender says itself.

use std::fmt;

/// The most: what a `Decimal(18, 9)` of ClickHouse holds.
const MOST_NANOS: u64 = 999_999_999_999_999_999;
/// Digits behind the point that are kept.
const DIGITS: usize = 9;

/// A code of ISO 4217: three capitals, and a currency that there is. What is summed up by currency is
/// bounded by it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CurrencyCode([u8; 3]);

impl CurrencyCode {
    /// Where a sender names none.
    pub const USD: Self = Self(*b"USD");

    /// The code of that text; `None` where it is none.
    pub fn of(text: &str) -> Option<Self> {
        let code: [u8; 3] = text.as_bytes().try_into().ok()?;
        iso_currency::Currency::from_code(text).map(|_| Self(code))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        // Capitals only.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount of money in billionths, of a text with decimals, rounded half up. `None` for what is none, is
/// negative, or is more than is kept.
pub fn nanos_of_text(text: &str) -> Option<u64> {
    let text = text.trim();
    let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && behind.is_empty()) || !is_digits(whole) || !is_digits(behind) {
        // 1e-5, say, as some write small numbers.
        return nanos_of_number(text.parse().ok()?);
    }
    let units: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let kept = &behind[..behind.len().min(DIGITS)];
    let scale = 10_u64.pow(u32::try_from(DIGITS - kept.len()).ok()?);
    let part: u64 = if kept.is_empty() { 0 } else { kept.parse::<u64>().ok()? * scale };
    let up = u64::from(behind.as_bytes().get(DIGITS).is_some_and(|digit| *digit >= b'5'));
    let nanos = units.checked_mul(1_000_000_000)?.checked_add(part)?.checked_add(up)?;
    (nanos <= MOST_NANOS).then_some(nanos)
}

/// The same of a number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked here")]
pub(crate) fn nanos_of_number(amount: f64) -> Option<u64> {
    let nanos = (amount * 1e9).round();
    (0.0..=1e18 - 1e3).contains(&nanos).then_some(nanos as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_to_its_ninth_digit_or_none() {
        for (text, nanos) in [
            ("0.0123", Some(12_300_000)),
            ("12", Some(12_000_000_000)),
            (".5", Some(500_000_000)),
            ("0.0000000015", Some(2)),
            ("0.0000000014", Some(1)),
            ("1e-5", Some(10_000)),
            ("999999999.999999999", Some(MOST_NANOS)),
            ("999999999.9999999999", None),
            ("1000000000", None),
            ("-1", None),
            ("", None),
            (".", None),
            ("NaN", None),
            ("inf", None),
            ("1,5", None),
            ("18446744073709551616", None),
        ] {
            assert_eq!(nanos_of_text(text), nanos, "{text}");
        }
        assert_eq!(nanos_of_number(0.1 + 0.2), Some(300_000_000));
        assert_eq!([-0.1, f64::NAN, f64::INFINITY, 1e10].map(nanos_of_number), [None; 4]);
    }

    #[test]
    fn a_currency_is_three_capitals() {
        assert_eq!(
            CurrencyCode::of("EUR").map(|code| code.as_str().to_owned()).as_deref(),
            Some("EUR")
        );
        assert_eq!(["eur", "EURO", "EU", "", "€", "AAA"].map(CurrencyCode::of), [None; 6]);
    }
}
