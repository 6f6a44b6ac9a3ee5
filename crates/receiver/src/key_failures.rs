//! How often a key did not open what it was shown for, and why: for whoever measures it. No key, tenant
//! or address is kept; the audit has those.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::reply::Refusal;

/// As [`Refusal::name`] has them: a series leads to its lines.
const CODES: [&str; 8] = [
    "no_key",
    "malformed_key",
    "wrong_key",
    "revoked_key",
    "expired_key",
    "tenant_removed",
    "wrong_scope",
    "keys_unavailable",
];

/// Requests that were refused over their key since the start, by code.
#[derive(Debug, Default)]
pub(crate) struct KeyFailures([AtomicU64; CODES.len()]);

impl KeyFailures {
    /// Counts a refusal, if it is about a key.
    pub(crate) fn add(&self, refusal: &Refusal) {
        let code = refusal.name();
        if let Some(index) = CODES.iter().position(|known| *known == code) {
            self.0[index].fetch_add(1, Relaxed);
        }
    }

    /// Every code, also those that did not occur.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CODES.into_iter().zip(&self.0).map(|(code, count)| (code, count.load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_over_a_key_is_counted_and_no_other() {
        let failures = KeyFailures::default();
        for refusal in [
            Refusal::NoKey,
            Refusal::MalformedKey,
            Refusal::WrongKey,
            Refusal::RevokedKey,
            Refusal::ExpiredKey,
            Refusal::TenantRemoved,
            Refusal::WrongScope { needed: "ingest", has: "read" },
            Refusal::KeysUnavailable,
            Refusal::Overloaded,
        ] {
            failures.add(&refusal);
        }
        assert_eq!(failures.iter().map(|(_, count)| count).collect::<Vec<_>>(), [1; 8]);
    }
}
