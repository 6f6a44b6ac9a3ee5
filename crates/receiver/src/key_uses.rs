//! When keys were last used here, and which were denied: kept in memory, written together every few
//! minutes. No request waits for it, and none is a write.
//!
//! Only keys that were presented whole are in here, so it is bounded by the number of keys there are.

use std::{
    collections::HashMap,
    mem,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use ticketlens_store::{Act, Actor, AuditEntry, Key, KeyId, Store, TenantName};
use ticketlens_ticket::Timestamp;
use tokio::time::{Instant, interval_at};

/// Between two writes.
const WRITE_EVERY: Duration = Duration::from_secs(180);
/// A key is in use for so long after it was used.
const IN_USE_FOR: Duration = Duration::from_secs(24 * 3600);

/// What keys did here.
#[derive(Debug, Default)]
pub(crate) struct KeyUses {
    used: RwLock<HashMap<KeyId, Use>>,
    denied: Mutex<HashMap<KeyId, Denied>>,
}

/// Nanoseconds since the epoch.
#[derive(Debug, Default)]
struct Use {
    last: AtomicU64,
    written: AtomicU64,
}

/// Calls of administration with a key that may not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Denied {
    tenant: Option<TenantName>,
    /// Of the last of them.
    origin: String,
    calls: u64,
}

impl KeyUses {
    /// A key was presented, and is right.
    pub(crate) fn used(&self, id: KeyId, now: Timestamp) {
        let nanos = now.as_unix_nanos();
        if let Some(known) = self.used.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            known.last.fetch_max(nanos, Relaxed);
            return;
        }
        let mut used = self.used.write().unwrap_or_else(PoisonError::into_inner);
        used.entry(id).or_default().last.fetch_max(nanos, Relaxed);
    }

    /// A key asked for something that is an admin's.
    pub(crate) fn denied(&self, id: KeyId, tenant: Option<TenantName>, origin: String) {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = denied.get(&id).map_or(0, |denied| denied.calls).saturating_add(1);
        denied.insert(id, Denied { tenant, origin, calls });
    }

    /// Whether it was used here within a day.
    pub(crate) fn is_in_use(&self, id: KeyId, now: Timestamp) -> bool {
        let since = now.as_unix_nanos().saturating_sub(IN_USE_FOR.as_nanos() as u64);
        self.last(id).is_some_and(|last| last.as_unix_nanos() >= since)
    }

    /// A listed key, with its last use, of which this receiver may know before the store does.
    pub(crate) fn known(&self, key: Key) -> Key {
        let used_at = key.used_at.max(self.last(key.id));
        Key { used_at, ..key }
    }

    fn last(&self, id: KeyId) -> Option<Timestamp> {
        let used = self.used.read().unwrap_or_else(PoisonError::into_inner);
        used.get(&id).map(|known| Timestamp::from_unix_nanos(known.last.load(Relaxed)))
    }

    /// Writes every few minutes. Never ends.
    pub(crate) async fn keep(&self, store: &Store) {
        let mut ticks = interval_at(Instant::now() + WRITE_EVERY, WRITE_EVERY);
        let mut is_failing = false;
        loop {
            ticks.tick().await;
            let written = self.write(store).await;
            if !written && !is_failing {
                tracing::warn!(
                    name: "key_uses.write_failed",
                    "the last uses of keys cannot be written; retrying"
                );
            }
            is_failing = !written;
        }
    }

    /// Writes what has changed since the last write; whether nothing is left.
    pub(crate) async fn write(&self, store: &Store) -> bool {
        let due = self.due();
        let used = store.record_key_uses(&due).await.is_ok();
        if used {
            self.is_written(&due);
        }
        used & self.write_denied(store).await
    }

    async fn write_denied(&self, store: &Store) -> bool {
        let denied = mem::take(&mut *self.denied.lock().unwrap_or_else(PoisonError::into_inner));
        let entries =
            denied.iter().map(|(id, denied)| (entry(*id, denied), denied.calls)).collect();
        if store.record_denials(entries).await.is_ok() {
            return true;
        }
        let mut again = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, before) in denied {
            let calls = again.get(&id).map_or(0, |denied| denied.calls);
            again.entry(id).or_insert(before.clone()).calls = before.calls.saturating_add(calls);
        }
        false
    }

    /// Keys that were used since their last use was written.
    fn due(&self) -> Vec<(KeyId, Timestamp)> {
        let used = self.used.read().unwrap_or_else(PoisonError::into_inner);
        let due = |(id, known): (&KeyId, &Use)| {
            let last = known.last.load(Relaxed);
            (last > known.written.load(Relaxed)).then(|| (*id, Timestamp::from_unix_nanos(last)))
        };
        used.iter().filter_map(due).collect()
    }

    fn is_written(&self, written: &[(KeyId, Timestamp)]) {
        let used = self.used.read().unwrap_or_else(PoisonError::into_inner);
        for (id, at) in written {
            if let Some(known) = used.get(id) {
                known.written.fetch_max(at.as_unix_nanos(), Relaxed);
            }
        }
    }
}

fn entry(id: KeyId, denied: &Denied) -> AuditEntry {
    let actor = Actor::Key { id, origin: denied.origin.clone() };
    let entry = AuditEntry::new(Act::AdminCall, actor);
    match &denied.tenant {
        Some(tenant) => entry.of(tenant.clone()),
        None => entry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> KeyId {
        text.parse().unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_use_is_due_until_it_is_written_and_many_are_one() {
        let uses = KeyUses::default();
        for seconds in [3, 9, 7] {
            uses.used(id("aaaaaaaa"), at(seconds));
        }
        let due = uses.due();
        assert_eq!(due, [(id("aaaaaaaa"), at(9))]);
        // Used again while it was being written.
        uses.used(id("aaaaaaaa"), at(10));
        uses.is_written(&due);
        assert_eq!(uses.due(), [(id("aaaaaaaa"), at(10))]);
        uses.is_written(&uses.due());
        assert_eq!(uses.due(), []);
    }

    #[test]
    fn a_key_is_in_use_for_a_day() {
        let uses = KeyUses::default();
        uses.used(id("aaaaaaaa"), at(1));
        assert!(uses.is_in_use(id("aaaaaaaa"), at(86_400)));
        assert!(!uses.is_in_use(id("aaaaaaaa"), at(86_402)));
        assert!(!uses.is_in_use(id("bbbbbbbb"), at(1)));
    }

    #[test]
    fn a_flood_of_denied_calls_is_one_entry_a_key() {
        let uses = KeyUses::default();
        for _ in 0..10_000 {
            uses.denied(id("aaaaaaaa"), "acme".parse().ok(), "192.0.2.1".into());
        }
        uses.denied(id("bbbbbbbb"), None, String::new());
        let denied = uses.denied.lock().unwrap();
        assert_eq!((denied.len(), denied[&id("aaaaaaaa")].calls), (2, 10_000));
    }
}
