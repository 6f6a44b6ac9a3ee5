//! Numbers as people read them: thousands apart, shares of a hundred, never a power of ten.

/// What stands where there is no number.
pub(crate) const NONE: &str = "–";

/// `1,234,567`.
pub(crate) fn count(n: impl Into<u128>) -> String {
    let digits = n.into().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 ticket`, `1,234 tickets`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A part of a whole, in tenths of a hundredth; none of nothing.
pub(crate) fn per_mille(part: u64, whole: u64) -> Option<u64> {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (part * 1000 + whole / 2).checked_div(whole)?;
    u64::try_from(rounded).ok()
}

/// The same as text: `82.3 %`. What is not quite all is never told as all, nor what is not quite
/// nothing as nothing.
pub(crate) fn share(part: u64, whole: u64) -> Option<String> {
    Some(match per_mille(part, whole)? {
        0 if part > 0 => "< 0.1 %".to_owned(),
        1000 if part < whole => "> 99.9 %".to_owned(),
        tenths => format!("{} %", tenth(tenths.into())),
    })
}

/// What a share of the tokens that is priced says, and what it does not.
pub(crate) fn priced(share: &str) -> String {
    format!(
        "{share} of the tokens are of calls that have a price; an execution of which one call has no \
         price has no cost, and is in no sum."
    )
}

/// `12.3` of 123 tenths.
pub(crate) fn tenth(tenths: u128) -> String {
    format!("{}.{}", count(tenths / 10), tenths % 10)
}

/// With at most two digits behind the point, and none where these are zeros; none of what is no
/// number, or more than any report has a use for.
pub(crate) fn decimal(x: f64) -> Option<String> {
    let hundredths = hundredths(x)?;
    let (whole, rest) = (count(hundredths / 100), hundredths % 100);
    Some(match (rest / 10, rest % 10) {
        (0, 0) => whole,
        (tens, 0) => format!("{whole}.{tens}"),
        (tens, ones) => format!("{whole}.{tens}{ones}"),
    })
}

/// `4.32`, of a mean.
pub(crate) fn mean(x: f64) -> Option<String> {
    let hundredths = hundredths(x)?;
    Some(format!("{}.{:02}", count(hundredths / 100), hundredths % 100))
}

/// Rounded; none of what is negative, no number, or 10^15 and more.
pub(crate) fn hundredths(x: f64) -> Option<u128> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in bounds")]
    (0.0..1e15).contains(&x).then(|| (x * 100.0).round() as u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([count(0u64), count(999u64), count(1_234_567u64)], ["0", "999", "1,234,567"]);
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(counted(1, "ticket", "tickets"), "1 ticket");
        assert_eq!(counted(2000, "ticket", "tickets"), "2,000 tickets");
    }

    #[test]
    fn a_share_is_of_a_hundred() {
        let share = |part, whole| share(part, whole).unwrap_or_else(|| NONE.to_owned());
        assert_eq!([share(1234, 1500), share(1, 3), share(2, 3)], ["82.3 %", "33.3 %", "66.7 %"]);
        assert_eq!([share(0, 5), share(5, 5), share(1, 0)], ["0.0 %", "100.0 %", NONE]);
        assert_eq!([share(1, 100_000), share(99_999, 100_000)], ["< 0.1 %", "> 99.9 %"]);
        assert_eq!(share(u64::MAX, u64::MAX), "100.0 %");
    }

    #[test]
    fn a_number_has_no_exponent_and_no_idle_digits() {
        let decimal = |x| decimal(x).unwrap_or_else(|| NONE.to_owned());
        assert_eq!([decimal(6.0), decimal(7.5), decimal(0.126)], ["6", "7.5", "0.13"]);
        assert_eq!(decimal(123_456_789.0), "123,456,789");
        assert_eq!([decimal(f64::NAN), decimal(f64::INFINITY), decimal(-1.0)], [NONE; 3]);
        assert_eq!([decimal(1e300), decimal(1e-300)], [NONE, "0"]);
        assert_eq!(mean(4.3).as_deref(), Some("4.30"));
    }
}
