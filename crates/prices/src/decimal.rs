//! Decimal text ⇄ an integer of its smallest parts: no float ever holds money.

/// `text` in units of 10^-`digits`, or what is wrong with it.
pub(crate) fn parse(text: &str, digits: u32) -> Result<u64, DecimalError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return Err(DecimalError::NotDecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    let Some(missing) = digits.checked_sub(places) else {
        return Err(DecimalError::TooFine(digits));
    };
    let mut units: u64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        let grown = units.checked_mul(10).and_then(|u| u.checked_add(u64::from(digit - b'0')));
        units = grown.ok_or(DecimalError::TooLarge)?;
    }
    units.checked_mul(10u64.pow(missing)).ok_or(DecimalError::TooLarge)
}

/// Writes `units` of 10^-`digits` in the shortest form: `2.5`, `0`.
pub(crate) fn write(
    units: u64,
    digits: u32,
    out: &mut std::fmt::Formatter<'_>,
) -> std::fmt::Result {
    let one = 10u64.pow(digits);
    let (whole, fraction) = (units / one, units % one);
    if fraction == 0 {
        return write!(out, "{whole}");
    }
    let fraction = format!("{fraction:0width$}", width = digits as usize);
    write!(out, "{whole}.{}", fraction.trim_end_matches('0'))
}

/// Why a text is no amount of money. It never shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// Not digits, with a point and more digits behind it if at all: no sign, no exponent.
    #[error("not a decimal number such as `2.5`")]
    NotDecimal,
    /// More digits behind the point than are kept.
    #[error("more than {0} digits behind the point")]
    TooFine(u32),
    /// Larger than what is kept.
    #[error("too large an amount")]
    TooLarge,
}
