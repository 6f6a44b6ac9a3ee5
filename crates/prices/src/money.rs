//! Money: a price of one token, an amount of a call, and their currency. Integers all of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::decimal::{self, DecimalError};

/// What one token costs, in 10^-12 units of a currency; which is 10^-6 of what a million costs,
/// and so it is written: as the decimal text of the price of a million tokens.
///
/// ```
/// use ticketlens_prices::Price;
///
/// let price: Price = "0.075".parse()?; // of a million tokens
/// assert_eq!(price.picos(), 75_000); // of one token
/// assert_eq!(price.to_string(), "0.075");
/// assert!("0.0000001".parse::<Price>().is_err(), "six digits behind the point at most");
/// # Ok::<(), ticketlens_prices::DecimalError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

impl Price {
    /// Digits behind the point of the price of a million tokens.
    pub const DIGITS: u32 = 6;
    /// The most: a thousand million units for a million tokens.
    pub const MOST: Self = Self(1_000_000_000 * 1_000_000);

    /// From 10^-12 units a token; `None` above [`MOST`](Self::MOST).
    #[must_use]
    pub const fn from_picos(picos: u64) -> Option<Self> {
        if picos <= Self::MOST.0 { Some(Self(picos)) } else { None }
    }

    /// 10^-12 units a token.
    #[must_use]
    pub const fn picos(self) -> u64 {
        self.0
    }
}

impl FromStr for Price {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let picos = decimal::parse(text, Self::DIGITS)?;
        Self::from_picos(picos).ok_or(DecimalError::TooLarge)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(self.0, Self::DIGITS, out)
    }
}

/// What a call costs, in 10^-9 units of a currency: what a `Decimal(18, 9)` of ClickHouse holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// Digits behind the point.
    pub const DIGITS: u32 = 9;
    /// The most that `Decimal(18, 9)` holds: 999 999 999.999 999 999.
    pub const MOST: Self = Self(10u64.pow(18) - 1);

    /// From 10^-9 units; `None` above [`MOST`](Self::MOST).
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Option<Self> {
        if nanos <= Self::MOST.0 { Some(Self(nanos)) } else { None }
    }

    /// From 10^-12 units, rounded half up; `None` above [`MOST`](Self::MOST).
    #[must_use]
    pub(crate) fn round(picos: u128) -> Option<Self> {
        let nanos = picos.checked_add(500)? / 1000;
        u64::try_from(nanos).ok().and_then(Self::from_nanos)
    }

    /// 10^-9 units. It fits an `i64`, as the store's column has it.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Both together; `None` above [`MOST`](Self::MOST).
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::from_nanos)
    }
}

impl FromStr for Amount {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let nanos = decimal::parse(text, Self::DIGITS)?;
        Self::from_nanos(nanos).ok_or(DecimalError::TooLarge)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(self.0, Self::DIGITS, out)
    }
}

/// A currency's code of ISO 4217: three capitals, and a currency that there is.
///
/// ```
/// use ticketlens_prices::Currency;
///
/// assert_eq!("EUR".parse::<Currency>().unwrap().as_str(), "EUR");
/// assert!("euro".parse::<Currency>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// US dollars, in which most lists are written.
    pub const USD: Self = Self(*b"USD");

    /// Its three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Capitals of ASCII alone, by construction.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// No currency's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capitals of ISO 4217, such as `USD`")]
pub struct InvalidCurrency;

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        iso_currency::Currency::from_code(text).map(|_| Self(code)).ok_or(InvalidCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// As text, both ways.
macro_rules! text_in_json {
    ($($type:ty: $what:literal),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $type;

                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        out.write_str($what)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }
    )+};
}

text_in_json! {
    Price: "the price of a million tokens as a string, such as \"2.5\"",
    Amount: "an amount as a string, such as \"0.0125\"",
    Currency: "a currency as three capitals, such as \"USD\""
}
