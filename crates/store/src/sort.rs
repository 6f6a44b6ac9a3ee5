//! In which order tickets are listed. Every order is a total one: ties are broken by the sorting key
//! of the table, so that each ticket has one place, whatever is stored meanwhile.

use std::{fmt, str::FromStr};

/// By what, and in which direction. As text `duration`, or `-duration` for the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// The greatest first.
    pub descending: bool,
}

/// What tickets are sorted by. Those without the value are last in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// When the execution finished.
    ExecutedAt,
    /// Execution time.
    Duration,
    /// Input and output tokens.
    Tokens,
    /// What it cost, in whichever currency.
    Cost,
    /// `overall_confidence`.
    Confidence,
}

/// No order that tickets are listed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be executed_at, duration, tokens, cost or confidence, with a - before it for the greatest first"
)]
pub struct UnknownSort;

impl SortBy {
    const ALL: [Self; 5] =
        [Self::ExecutedAt, Self::Duration, Self::Tokens, Self::Cost, Self::Confidence];

    const fn name(self) -> &'static str {
        match self {
            Self::ExecutedAt => "executed_at",
            Self::Duration => "duration",
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::Confidence => "confidence",
        }
    }
}

impl Sort {
    /// Newest first.
    pub const NEWEST: Self = Self { by: SortBy::ExecutedAt, descending: true };
    /// Oldest first.
    pub const OLDEST: Self = Self { by: SortBy::ExecutedAt, descending: false };

    /// What a ticket is sorted by before its place in the table decides: a number, and for those
    /// without it the one that comes last. 0 where the place in the table is all.
    pub(crate) fn value(self) -> String {
        let column = match self.by {
            SortBy::ExecutedAt => return "toFloat64(0)".to_owned(),
            SortBy::Duration => "duration_seconds",
            SortBy::Tokens => "total_tokens",
            SortBy::Cost => "cost",
            SortBy::Confidence => "overall_confidence",
        };
        let last = if self.descending { "-inf" } else { "inf" };
        format!("ifNotFinite(ifNull(toFloat64({column}), {last}), {last})")
    }

    /// The whole order.
    pub(crate) fn order_by(self) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        let place = ["executed_at", "execution_id", "tenant"];
        let value = (self.by != SortBy::ExecutedAt).then_some("sort_value");
        let terms: Vec<_> =
            value.into_iter().chain(place).map(|term| format!("{term} {direction}")).collect();
        format!(" ORDER BY {}", terms.join(", "))
    }
}

impl Default for Sort {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.descending {
            f.write_str("-")?;
        }
        f.write_str(self.by.name())
    }
}

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(text: &str) -> Result<Self, UnknownSort> {
        let (descending, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text),
        };
        let by = SortBy::ALL.into_iter().find(|by| by.name() == name).ok_or(UnknownSort)?;
        Ok(Self { by, descending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_reads_back_as_itself_and_nothing_else_is_one() {
        for by in SortBy::ALL {
            for descending in [true, false] {
                let sort = Sort { by, descending };
                assert_eq!(sort.to_string().parse(), Ok(sort));
            }
        }
        for text in ["", "-", "--duration", "Duration", "duration ", "status", "1; DROP"] {
            assert_eq!(text.parse::<Sort>(), Err(UnknownSort), "{text:?}");
        }
    }
}
