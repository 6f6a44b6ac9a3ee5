//! What is done with a ticket's subject line.

use std::{fmt, str::FromStr};

/// What becomes of the value of a key `subject`. Ordered as capture levels are: the stricter is the
/// smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// It is personal: a keyed hash takes its place.
    #[default]
    Hash,
    /// It is a text as any other: what is found in it is removed, the rest stays readable.
    InPlace,
}

impl Subject {
    /// Its name in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "HASH",
            Self::InPlace => "IN_PLACE",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is the name of neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be HASH or IN_PLACE")]
pub struct UnknownSubject;

impl FromStr for Subject {
    type Err = UnknownSubject;

    /// In any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let both = [Self::Hash, Self::InPlace];
        let named = both.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text));
        named.ok_or(UnknownSubject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reads_back_as_itself_and_the_stricter_is_the_smaller() {
        for one in [Subject::Hash, Subject::InPlace] {
            assert_eq!(one.as_str().parse(), Ok(one));
        }
        assert_eq!("in_place".parse::<Subject>(), Ok(Subject::InPlace));
        assert_eq!("".parse::<Subject>(), Err(UnknownSubject));
        assert_eq!(Subject::InPlace.min(Subject::Hash), Subject::Hash);
    }
}
