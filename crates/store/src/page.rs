//! The token between two pages: where the last one ended, so that the next begins there whatever
//! was stored meanwhile.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use ticketlens_ticket::{ExecutionId, Timestamp};

use crate::Sort;

/// Where a page of a list begins.
#[derive(Clone, Debug, PartialEq)]
pub enum PageStart {
    /// At the first ticket of an order.
    First(Sort),
    /// After the page that ended here, in its order.
    After(PageToken),
}

impl Default for PageStart {
    fn default() -> Self {
        Self::First(Sort::default())
    }
}

impl PageStart {
    /// The order of the list.
    pub fn sort(&self) -> Sort {
        match self {
            Self::First(sort) => *sort,
            Self::After(token) => token.sort,
        }
    }
}

/// Where a page ended: the place of its last ticket in the list's order. As text it is opaque and
/// checked: a token that was cut or changed is an error, not another place in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct PageToken {
    pub(crate) sort: Sort,
    /// What the list is sorted by; 0 where it is the time.
    pub(crate) value: f64,
    pub(crate) executed_at: Timestamp,
    pub(crate) execution_id: ExecutionId,
    /// Two tenants may have sent the same execution at the same time.
    pub(crate) tenant: String,
}

/// The text is no page token of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a page token that a list returned; start again without it")]
pub struct InvalidPageToken;

impl PageToken {
    pub(crate) fn executed_at(&self) -> Timestamp {
        self.executed_at
    }

    /// The order of the list it is of.
    pub fn sort(&self) -> Sort {
        self.sort
    }
}

const CHECK_CHARS: usize = 8;

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (high, low) = self.execution_id.as_u64_pair();
        let time = self.executed_at.as_unix_nanos();
        let order = if self.sort == Sort::NEWEST {
            "1".to_owned()
        } else {
            format!("2{}:{:016x}", self.sort, self.value.to_bits())
        };
        let body = format!("{order}{time:016x}{high:016x}{low:016x}{}", self.tenant);
        write!(f, "{body}.{}", check_of(&body))
    }
}

impl FromStr for PageToken {
    type Err = InvalidPageToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).ok_or(InvalidPageToken)
    }
}

impl PageToken {
    fn read(text: &str) -> Option<Self> {
        let (body, check) = text.rsplit_once('.')?;
        if check_of(body) != check {
            return None;
        }
        let number = |text| u64::from_str_radix(text, 16).ok();
        let (sort, value, place) = match body.strip_prefix('1') {
            Some(place) => (Sort::NEWEST, 0.0, place),
            None => {
                let (sort, rest) = body.strip_prefix('2')?.split_once(':')?;
                let (bits, place) = rest.split_at_checked(16)?;
                (sort.parse().ok()?, f64::from_bits(number(bits)?), place)
            }
        };
        let (time, rest) = place.split_at_checked(16)?;
        let (id, tenant) = rest.split_at_checked(32)?;
        let executed_at = Timestamp::from_unix_nanos(number(time)?);
        let execution_id = id.parse().ok()?;
        Some(Self { sort, value, executed_at, execution_id, tenant: tenant.to_owned() })
    }
}

/// Digits by which a token that was cut or changed is known.
pub(crate) fn check_of(body: &str) -> String {
    let mut check = HEXLOWER.encode(&Sha256::digest(body));
    check.truncate(CHECK_CHARS);
    check
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SortBy;

    fn token(nanos: u64, bits: u128, tenant: &str) -> PageToken {
        let id = uuid::Uuid::from_u128(bits).to_string();
        PageToken {
            sort: Sort::NEWEST,
            value: 0.0,
            executed_at: Timestamp::from_unix_nanos(nanos),
            execution_id: id.parse().unwrap(),
            tenant: tenant.to_owned(),
        }
    }

    proptest! {
        #[test]
        fn every_token_reads_back_as_itself(nanos: u64, bits: u128, tenant in "[a-z][a-z0-9-]{0,30}") {
            let token = token(nanos, bits, &tenant);
            prop_assert_eq!(token.to_string().parse(), Ok(token));
        }

        #[test]
        fn a_token_of_any_order_reads_back_as_itself(value: i32, descending: bool) {
            let by = SortBy::Duration;
            let sort = Sort { by, descending };
            let token = PageToken { sort, value: f64::from(value) / 8.0, ..token(5, 6, "acme") };
            prop_assert_eq!(token.to_string().parse(), Ok(token));
        }

        #[test]
        fn a_changed_token_is_refused(at in 0usize..56, to in "[0-9a-f]") {
            let good = token(7, 8, "acme").to_string();
            let mut bad = good.clone();
            bad.replace_range(at..=at, &to);
            prop_assume!(bad != good);
            prop_assert_eq!(bad.parse::<PageToken>(), Err(InvalidPageToken));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<PageToken>();
        }
    }
}
