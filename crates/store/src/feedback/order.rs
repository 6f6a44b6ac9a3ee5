//! In which order feedback is listed.

use std::{fmt, str::FromStr};

/// In which order feedback is listed; what was given at the same time, or has the same score, has one
/// place in it all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeedbackOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The lowest score first, what has none last.
    LowestScore,
}

/// No order that feedback is listed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be -given_at for the newest first, or score for the lowest first")]
pub struct UnknownFeedbackOrder;

impl FeedbackOrder {
    /// What feedback is sorted by before its time decides: a number, and for what has none the one that
    /// comes last. 0 where the time is all.
    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::Newest => "toFloat64(0)",
            Self::LowestScore => "ifNotFinite(ifNull(score, inf), inf)",
        }
    }
}

impl fmt::Display for FeedbackOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Newest => "-given_at",
            Self::LowestScore => "score",
        })
    }
}

impl FromStr for FeedbackOrder {
    type Err = UnknownFeedbackOrder;

    fn from_str(text: &str) -> Result<Self, UnknownFeedbackOrder> {
        [Self::Newest, Self::LowestScore]
            .into_iter()
            .find(|order| order.to_string() == text)
            .ok_or(UnknownFeedbackOrder)
    }
}
