//! How often a key did not open what it was shown for, and why: for whoever measures it. No key, tenant
//! or address is kept; the audit has those.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::reply::Refusal;

const REASONS: [&str; 8] = [
    "missing",
    "malformed",
    "wrong",
    "revoked",
    "expired",
    "tenant_removed",
    "wrong_scope",
    "unavailable",
];

/// Requests that were refused over their key since the start, by reason.
#[derive(Debug, Default)]
pub(crate) struct KeyFailures([AtomicU64; REASONS.len()]);

impl KeyFailures {
    /// Counts a refusal, if it is about a key.
    pub(crate) fn add(&self, refusal: &Refusal) {
        let reason = match refusal {
            Refusal::NoKey => 0,
            Refusal::MalformedKey => 1,
            Refusal::WrongKey => 2,
            Refusal::RevokedKey => 3,
            Refusal::ExpiredKey => 4,
            Refusal::TenantRemoved => 5,
            Refusal::WrongScope { .. } => 6,
            Refusal::KeysUnavailable => 7,
            _ => return,
        };
        self.0[reason].fetch_add(1, Relaxed);
    }

    /// Every reason, also those that did not occur.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        REASONS.into_iter().zip(&self.0).map(|(reason, count)| (reason, count.load(Relaxed)))
    }
}
