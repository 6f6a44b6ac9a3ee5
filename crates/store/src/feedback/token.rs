//! The token between two pages of feedback.

use std::{fmt, str::FromStr};

use ticketlens_ticket::Timestamp;

use crate::page::check_of;

/// Where a page of feedback ended. As text it is opaque and checked, like the token of a list of
/// tickets, and is none of those.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeedbackToken {
    /// What the list is sorted by; 0 where the time is all.
    pub(super) value: f64,
    pub(super) given_at: Timestamp,
    place: u128,
}

/// The text is no token of a list of feedback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a page token that a list of feedback returned; start again without it")]
pub struct InvalidFeedbackToken;

impl FeedbackToken {
    /// Behind feedback at this place, 32 hex digits; `None` where those are none.
    pub(super) fn new(value: f64, given_at: Timestamp, place: &str) -> Option<Self> {
        Some(Self { value, given_at, place: u128::from_str_radix(place, 16).ok()? })
    }

    /// The place as the database has it.
    pub(super) fn place(self) -> String {
        format!("{:032x}", self.place)
    }
}

impl fmt::Display for FeedbackToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, at) = (self.value.to_bits(), self.given_at.as_unix_nanos());
        let body = format!("f{value:016x}{at:016x}{:032x}", self.place);
        write!(f, "{body}.{}", check_of(&body))
    }
}

impl FromStr for FeedbackToken {
    type Err = InvalidFeedbackToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or(InvalidFeedbackToken)
    }
}

fn read(text: &str) -> Option<FeedbackToken> {
    let (body, check) = text.rsplit_once('.')?;
    if check_of(body) != check {
        return None;
    }
    let (value, rest) = body.strip_prefix('f')?.split_at_checked(16)?;
    let (at, place) = rest.split_at_checked(16)?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let given_at = Timestamp::from_unix_nanos(number(at)?);
    FeedbackToken::new(f64::from_bits(number(value)?), given_at, place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_token_reads_back_as_itself(value: i32, nanos: u64, place: u128) {
            let given_at = Timestamp::from_unix_nanos(nanos);
            let token = FeedbackToken { value: f64::from(value) / 8.0, given_at, place };
            prop_assert_eq!(token.to_string().parse(), Ok(token));
            prop_assert!(token.to_string().parse::<crate::PageToken>().is_err());
        }

        #[test]
        fn a_changed_token_is_refused(at in 0usize..65, to in "[0-9a-f]") {
            let token = FeedbackToken::new(2.5, Timestamp::from_unix_nanos(7), "8").unwrap();
            let good = token.to_string();
            let mut bad = good.clone();
            bad.replace_range(at..=at, &to);
            prop_assume!(bad != good);
            prop_assert_eq!(bad.parse::<FeedbackToken>(), Err(InvalidFeedbackToken));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<FeedbackToken>();
        }
    }
}
