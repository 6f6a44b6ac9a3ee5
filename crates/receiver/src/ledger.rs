//! What tenants sent, and what of it was rejected and why, on its way to the store's counts: added up
//! here and written every few seconds, never one insert per request.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ticketlens_store::{Counts, Store, TenantLife, TenantSettings, Usage};
use ticketlens_ticket::{Rejections, Timestamp};
use tokio::time::{Instant, interval_at};
use uuid::Uuid;

use crate::throttle::Throttle;

/// Between two writes.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Counts that are not written yet. Bounded by the number of tenants.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    counts: Mutex<HashMap<TenantLife, Counts>>,
    /// Being written: a retry has the same counts and the same token.
    writing: tokio::sync::Mutex<Option<Page>>,
    /// Who may send, which follows from it.
    pub(crate) throttle: Throttle,
}

/// Counts of a few seconds.
#[derive(Clone, Debug)]
struct Page {
    at: Timestamp,
    counts: Vec<(TenantLife, Counts)>,
    token: Uuid,
}

impl Ledger {
    /// Counts what was sent with one request, and what of it was rejected.
    pub(crate) fn add(&self, tenant: &TenantSettings, usage: Usage, rejections: &Rejections) {
        if usage.is_empty() && rejections.total() == 0 {
            return;
        }
        // Counters stay counters when a thread dies in between.
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = counts.entry(tenant.life()).or_default();
        sum.usage.add(usage);
        for (reason, count) in rejections.iter() {
            sum.rejections.add_all(reason, count);
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
                tracing::warn!(
                    name: "ledger.write_failed",
                    "the counts of what tenants sent cannot be written; retrying"
                );
            }
            is_failing = !written;
            self.throttle.refresh(store).await;
        }
    }

    /// Writes what there is; whether nothing is left.
    pub(crate) async fn write(&self, store: &Store) -> bool {
        let mut writing = self.writing.lock().await;
        loop {
            let Some(page) = writing.clone().or_else(|| self.turn_page()) else { return true };
            *writing = Some(page.clone());
            match store.record_counts(page.at, &page.counts, page.token).await {
                Err(error) if error.is_retryable() => return false,
                Err(error) => {
                    tracing::error!(
                        name: "ledger.lost", %error, "counts of what tenants sent are lost"
                    );
                }
                Ok(()) => {
                    for (life, counts) in &page.counts {
                        self.throttle.written(life, page.at, counts.usage.records);
                    }
                }
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
        let tenant = TenantSettings::new("acme".parse().unwrap());
        let mut rejections = Rejections::default();
        rejections.add(Reject::MissingStatus);
        ledger.add(&tenant, Usage::default(), &Rejections::default());
        assert!(ledger.turn_page().is_none());
        let usage = Usage { records: 3, bytes: 100, throttled: 0 };
        ledger.add(&tenant, usage, &rejections);
        rejections.add(Reject::Malformed);
        ledger.add(&tenant, Usage { throttled: 1, ..Usage::default() }, &rejections);
        let page = ledger.turn_page().unwrap();
        let [(life, counts)] = &page.counts[..] else { panic!("{page:?}") };
        assert_eq!((life, counts.usage), (&tenant.life(), Usage { throttled: 1, ..usage }));
        let reasons: Vec<_> = counts.rejections.iter().collect();
        assert_eq!(reasons, [(Reject::Malformed, 1), (Reject::MissingStatus, 2)]);
        assert!(ledger.turn_page().is_none());
    }
}
