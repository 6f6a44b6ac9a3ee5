//! A number of JSON, as it is written.

/// A number as it is written: nothing of it is lost before somebody says what it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    /// Digits, with a sign, a fraction and an exponent where there are any; or one of Python's
    /// three words.
    pub(super) const fn new(written: &'a str) -> Self {
        Self(written)
    }

    /// What stands in the text that holds a number and nothing else, as protobuf's JSON mapping
    /// writes those of 64 bits.
    pub fn in_text(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        (!bytes.is_empty() && length(bytes).ok()? == bytes.len()).then_some(Self(text))
    }

    /// As it is written.
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// Whether it is written as an integer is: without a fraction and without an exponent.
    pub fn is_integer(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    }

    /// Whether it is one of the three words.
    pub fn is_word(&self) -> bool {
        self.0.ends_with(['N', 'y'])
    }

    /// The nearest double: infinite beyond its range.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// The integer it is, however it is written (`3`, `3.0`, `1e3`), to the last digit; `None` for
    /// one that is none, or that takes more than 38 digits.
    pub fn as_integer(&self) -> Option<i128> {
        let (negative, rest) = match self.0.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, self.0),
        };
        if self.is_word() {
            return None;
        }
        let (digits, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut value = 0_i128;
        let mut push = |digit: u8| {
            value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
            Some(())
        };
        let digits = || whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0');
        let Some(last) = digits().rposition_nonzero() else { return Some(0) };
        // An exponent of more digits than these leaves no integer that fits.
        let exponent: i64 = exponent.parse().ok()?;
        // Places between the last digit that counts and the point.
        let places = i64::try_from(whole.len()).ok()? + exponent - i64::try_from(last).ok()? - 1;
        if !(0..=38).contains(&places) {
            return None;
        }
        digits().take(last + 1).try_for_each(&mut push)?;
        (0..places).try_for_each(|_| push(0))?;
        Some(if negative { -value } else { value })
    }
}

trait LastOf {
    fn rposition_nonzero(self) -> Option<usize>;
}

impl<I: Iterator<Item = u8>> LastOf for I {
    fn rposition_nonzero(self) -> Option<usize> {
        self.enumerate().filter(|(_, digit)| *digit != 0).map(|(at, _)| at).last()
    }
}

/// Bytes of the number that `bytes` begin with, or how far it is one.
pub(super) fn length(bytes: &[u8]) -> Result<usize, usize> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    for (word, may_be_negative) in [("NaN", false), ("Infinity", true)] {
        if bytes[sign..].starts_with(word.as_bytes()) && (sign == 0 || may_be_negative) {
            return Ok(sign + word.len());
        }
    }
    let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(sign);
    let mut at = sign + whole;
    // RFC 8259 §6: no leading zeros.
    if whole == 0 || whole > 1 && bytes[sign] == b'0' {
        return Err(sign);
    }
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        at += 1 + fraction;
        if fraction == 0 {
            return Err(at);
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        at += exponent;
        if exponent == 0 {
            return Err(at);
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_one_however_it_is_written() {
        for (text, value) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0.0", Some(0)),
            ("0e99999999999999999999", Some(0)),
            ("3.0", Some(3)),
            ("1e3", Some(1000)),
            ("1E+3", Some(1000)),
            ("-1.5e1", Some(-15)),
            ("1500e-2", Some(15)),
            ("1500e-3", None),
            ("1.5", None),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("18446744073709551615", Some(u64::MAX.into())),
            ("-9.223372036854775808e18", Some(i64::MIN.into())),
            ("1e38", Some(10_i128.pow(38))),
            ("1e39", None),
            ("1e-400", None),
            ("1e99999999999999999999", None),
            ("NaN", None),
            ("-Infinity", None),
        ] {
            assert_eq!(Number::in_text(text).unwrap().as_integer(), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_of_json_is_none() {
        for text in
            ["", "-", "+1", "01", ".5", "5.", "1e", "1e+", "0x10", " 1", "1 ", "-NaN", "nan", "inf"]
        {
            assert_eq!(Number::in_text(text), None, "{text}");
        }
        assert!(Number::in_text("1e999").unwrap().as_f64().is_infinite());
        assert!(Number::in_text("-Infinity").unwrap().as_f64() < 0.0);
        assert!(Number::in_text("NaN").unwrap().as_f64().is_nan());
    }

    proptest::proptest! {
        #[test]
        fn every_integer_of_64_bits_reads_back(value: i64, zeros in 0_usize..5) {
            let plain = value.to_string();
            let forms = [format!("{plain}.{}", "0".repeat(zeros + 1)), format!("{plain}e0"), plain];
            for form in forms {
                let read = Number::in_text(&form).unwrap().as_integer();
                proptest::prop_assert_eq!(read, Some(value.into()));
            }
        }
    }
}
