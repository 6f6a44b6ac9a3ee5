//! The identity of one execution: what makes a resend safe.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::Timestamp;

/// One execution of a ticket, a UUID. A record sent again carries the same one, and is stored once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionId(Uuid);

impl ExecutionId {
    /// Stands in until the real one is known.
    pub(crate) const NIL: Self = Self(Uuid::nil());

    /// A fresh one (UUIDv7, RFC 9562 §5.7): ordered by time, random otherwise.
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }

    /// The one that follows from what an execution is: the same parts give the same id, so a
    /// record without an id of its own can be sent twice and stored once. Shaped as a UUIDv7 of
    /// `executed_at`; the random bits are a SHA-256 of the parts.
    pub fn derived<'a>(executed_at: Timestamp, parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let mut random = [0; 10];
        random.copy_from_slice(&digest[..10]);
        let millis = executed_at.as_unix_nanos() / 1_000_000;
        Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The sixteen bytes, big-endian (RFC 9562 §4).
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// As two 64-bit halves, high and low.
    pub const fn as_u64_pair(&self) -> (u64, u64) {
        self.0.as_u64_pair()
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ExecutionId {
    type Err = uuid::Error;

    /// Any UUID, of whatever version.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_id_and_no_others_do() {
        let at = Timestamp::from_unix_nanos(1_700_000_000_000_000_000);
        let id = |parts: [&str; 2]| ExecutionId::derived(at, parts.map(str::as_bytes));
        assert_eq!(id(["ab", "c"]), id(["ab", "c"]));
        assert_ne!(id(["ab", "c"]), id(["a", "bc"]));
        assert_eq!(id(["ab", "c"]).to_string().parse::<ExecutionId>().unwrap(), id(["ab", "c"]));
        assert_eq!(id(["ab", "c"]).0.get_version_num(), 7);
    }
}
