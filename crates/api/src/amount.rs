//! Amounts of money: decimal text in a message, whole billionths where they are reckoned with.

/// Billionths in one.
const UNIT: u128 = 1_000_000_000;
/// Digits before the point: more than any money has, and sums of a million of them fit.
const DIGITS: usize = 18;

/// An amount's billionths; none of what is no decimal number of at most nine digits behind the point.
#[must_use]
pub fn nanos(amount: &str) -> Option<i128> {
    let (sign, size) = match amount.strip_prefix('-') {
        Some(size) => (-1, size),
        None => (1, amount),
    };
    let (whole, rest) = size.split_once('.').unwrap_or((size, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(rest) || whole.len() > DIGITS || rest.len() > 9 {
        return None;
    }
    format!("{whole}{rest:0<9}").parse::<i128>().ok().map(|size| sign * size)
}

/// Billionths as an amount, with no digits that say nothing.
#[must_use]
pub fn text(nanos: i128) -> String {
    let size = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:09}", size / UNIT, size % UNIT);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whether it is a currency's code (ISO 4217).
#[must_use]
pub fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_alike() {
        for amount in ["0", "1", "-1", "0.000000001", "-0.5", "1234567.894", "999999999999999999"] {
            assert_eq!(nanos(amount).map(text).as_deref(), Some(amount));
        }
        assert_eq!(text(nanos("1.50").unwrap()), "1.5");
        assert!(text(i128::MIN).starts_with("-1701"));
    }

    #[test]
    fn what_is_no_amount_is_none() {
        let none = ["", ".", "1.", ".5", "1e3", "NaN", "+1", "--1", "1,000", "1.0000000001", "１"];
        assert!(none.iter().all(|amount| nanos(amount).is_none()));
        assert!(["", "usd", "US", "USDT", "ÜSD", "<b>"].iter().all(|code| !is_currency(code)));
    }
}
