//! The token between two pages: where the last one ended, so that the next begins there whatever
//! was stored meanwhile.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use ticketlens_ticket::{ExecutionId, Timestamp};

/// Where a page ended: the sorting key of its last ticket. As text it is opaque and checked: a
/// token that was cut or changed is an error, not another place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken {
    pub(crate) executed_at: Timestamp,
    pub(crate) execution_id: ExecutionId,
    /// Two tenants may have sent the same execution at the same time.
    pub(crate) tenant: String,
}

/// The text is no page token of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a page token that a list returned; start again without it")]
pub struct InvalidPageToken;

const CHECK_CHARS: usize = 8;

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (high, low) = self.execution_id.as_u64_pair();
        let time = self.executed_at.as_unix_nanos();
        let body = format!("1{time:016x}{high:016x}{low:016x}{}", self.tenant);
        write!(f, "{body}.{}", check_of(&body))
    }
}

impl FromStr for PageToken {
    type Err = InvalidPageToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (body, check) = text.rsplit_once('.').ok_or(InvalidPageToken)?;
        if check_of(body) != check {
            return Err(InvalidPageToken);
        }
        let version_1 = body.strip_prefix('1').ok_or(InvalidPageToken)?;
        let (time, rest) = version_1.split_at_checked(16).ok_or(InvalidPageToken)?;
        let (id, tenant) = rest.split_at_checked(32).ok_or(InvalidPageToken)?;
        let time = u64::from_str_radix(time, 16).map_err(|_| InvalidPageToken)?;
        Ok(Self {
            executed_at: Timestamp::from_unix_nanos(time),
            execution_id: id.parse().map_err(|_| InvalidPageToken)?,
            tenant: tenant.to_owned(),
        })
    }
}

fn check_of(body: &str) -> String {
    let mut check = HEXLOWER.encode(&Sha256::digest(body));
    check.truncate(CHECK_CHARS);
    check
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(nanos: u64, bits: u128, tenant: &str) -> PageToken {
        let id = uuid::Uuid::from_u128(bits).to_string();
        PageToken {
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
