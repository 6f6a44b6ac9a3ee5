//! What was rejected, by tenant and reason, on its way to the store's ledger: added up here and
//! written every few seconds, never one insert per request.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ticketlens_store::{Store, TenantName};
use ticketlens_ticket::{Rejections, Timestamp};
use tokio::time::{Instant, interval_at};
use uuid::Uuid;

/// Between two writes.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Rejections that are not written yet. Bounded by the number of tenants.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    counts: Mutex<HashMap<TenantName, Rejections>>,
    /// Being written: a retry has the same counts and the same token.
    writing: tokio::sync::Mutex<Option<Page>>,
}

/// Counts of a few seconds.
#[derive(Clone, Debug)]
struct Page {
    at: Timestamp,
    counts: Vec<(TenantName, Rejections)>,
    token: Uuid,
}

impl Ledger {
    /// Counts what was rejected of one request.
    pub(crate) fn add(&self, tenant: &TenantName, rejections: &Rejections) {
        if rejections.total() == 0 {
            return;
        }
        // Counters stay counters when a thread dies in between.
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = counts.entry(tenant.clone()).or_default();
        for (reason, count) in rejections.iter() {
            (0..count).for_each(|_| sum.add(reason));
        }
    }

    /// Writes every few seconds. Never ends.
    pub(crate) async fn keep(&self, store: &Store) {
        let mut ticks = interval_at(Instant::now() + WRITE_EVERY, WRITE_EVERY);
        let mut is_failing = false;
        loop {
            ticks.tick().await;
            let written = self.write(store).await;
            if !written && !is_failing {
                tracing::warn!("the counts of rejected records cannot be written; trying on");
            }
            is_failing = !written;
        }
    }

    /// Writes what there is; whether nothing is left.
    pub(crate) async fn write(&self, store: &Store) -> bool {
        let mut writing = self.writing.lock().await;
        loop {
            let Some(page) = writing.clone().or_else(|| self.turn_page()) else { return true };
            *writing = Some(page.clone());
            match store.record_rejections(page.at, &page.counts, page.token).await {
                Err(error) if error.is_retryable() => return false,
                Err(error) => {
                    tracing::error!(%error, "counts of rejected records are lost");
                }
                Ok(()) => {}
            }
            *writing = None;
        }
    }

    fn turn_page(&self) -> Option<Page> {
        let counts = mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        let counts: Vec<_> = counts.into_iter().collect();
        (!counts.is_empty()).then(|| Page { at: Timestamp::now(), counts, token: Uuid::new_v4() })
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_ticket::Reject;

    use super::*;

    #[test]
    fn requests_add_up_to_one_page() {
        let ledger = Ledger::default();
        let tenant: TenantName = "acme".parse().unwrap();
        let mut rejections = Rejections::default();
        rejections.add(Reject::MissingStatus);
        ledger.add(&tenant, &Rejections::default());
        assert!(ledger.turn_page().is_none());
        ledger.add(&tenant, &rejections);
        rejections.add(Reject::Malformed);
        ledger.add(&tenant, &rejections);
        let page = ledger.turn_page().unwrap();
        let counts: Vec<_> = page.counts[0].1.iter().collect();
        assert_eq!(counts, [(Reject::Malformed, 1), (Reject::MissingStatus, 2)]);
        assert!(ledger.turn_page().is_none());
    }
}
