//! What a tenant may send, where it has a limit: records and bytes a second, and records a day.
//!
//! A request is let in while its tenant owes nothing, and counted when it is known what it holds: it
//! may be larger than what is allowed in a second, and then the tenant waits for as long as that
//! takes. So a request is refused before its body is read. Seconds are counted by each receiver for
//! itself; days by all of them together, through the store's `usage`, a few seconds late.

use std::{
    collections::HashMap,
    num::NonZeroU64,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ticketlens_store::{Store, TenantLife, TenantLimits, TenantSettings};
use ticketlens_ticket::Timestamp;
use tokio::time::Instant;

use crate::reply::{Limit, Refusal};

/// What may be sent at once after a pause.
const BURST: Duration = Duration::from_secs(1);
/// A sender that is over its day comes again after this at most: the limit may have been raised.
const LONGEST: Duration = Duration::from_secs(3600);
const DAY: u64 = 86_400;

/// What tenants with limits have sent. Bounded by their number.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    tenants: Mutex<HashMap<TenantLife, Sent>>,
}

/// What one tenant has.
#[derive(Debug)]
struct Sent {
    records: Bucket,
    bytes: Bucket,
    today: Today,
}

/// What is owed, and since when it is paid off.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    owed: f64,
    at: Instant,
}

/// Records stored on one day (UTC).
#[derive(Clone, Copy, Debug, Default)]
struct Today {
    day: u64,
    /// By this receiver, and how many of these are in the store's counts.
    here: u64,
    written: u64,
    /// By others, and by this one before it was started.
    elsewhere: u64,
}

impl Throttle {
    /// Whether the tenant may send now.
    ///
    /// # Errors
    /// [`Refusal::OverLimit`].
    pub(crate) fn admit(&self, tenant: &TenantSettings) -> Result<(), Refusal> {
        if tenant.limits == TenantLimits::default() {
            return Ok(());
        }
        let now = Instant::now();
        let mut tenants = self.lock();
        let sent = tenants.entry(tenant.life()).or_insert_with(|| Sent::new(now));
        match sent.over(&tenant.limits, now, seconds_now()) {
            None => Ok(()),
            Some((limit, wait)) => {
                // Whole seconds, as HTTP has it, and never none.
                let after = wait.as_secs().saturating_add(1);
                Err(Refusal::OverLimit { limit, after: Duration::from_secs(after).min(LONGEST) })
            }
        }
    }

    /// A request of the tenant held so many records and bytes.
    pub(crate) fn sent(&self, tenant: &TenantSettings, records: u64, bytes: usize) {
        if let Some(sent) = self.lock().get_mut(&tenant.life()) {
            let now = Instant::now();
            let limits = &tenant.limits;
            let records_a_second = limits.records_per_second.map(NonZeroU64::from);
            sent.records.add(records_a_second, records, now);
            sent.bytes.add(limits.bytes_per_second, bytes as u64, now);
        }
    }

    /// So many of its records were stored.
    pub(crate) fn stored(&self, tenant: &TenantSettings, records: u64) {
        if let Some(sent) = self.lock().get_mut(&tenant.life()) {
            sent.today.of(seconds_now()).here += records;
        }
    }

    /// So many of a tenant's stored records are in the store's counts now.
    pub(crate) fn written(&self, life: &TenantLife, at: Timestamp, records: u64) {
        if let Some(sent) = self.lock().get_mut(life) {
            let today = sent.today.of(seconds_now());
            if day_of(at.as_unix_nanos() / 1_000_000_000) == today.day {
                today.written += records;
            }
        }
    }

    /// Asks the store what was stored today, here and elsewhere.
    pub(crate) async fn refresh(&self, store: &Store) {
        let lives: Vec<_> = self.lock().keys().cloned().collect();
        if lives.is_empty() {
            return;
        }
        let now = Timestamp::now();
        // Where it does not answer, what was known stays; the next time is soon.
        let Ok(counts) = store.records_today(now, &lives).await else { return };
        let mut tenants = self.lock();
        for (life, count) in lives.iter().zip(counts) {
            if let Some(sent) = tenants.get_mut(life) {
                let today = sent.today.of(now.as_unix_nanos() / 1_000_000_000);
                today.elsewhere = count.saturating_sub(today.written);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantLife, Sent>> {
        // Counters stay counters when a thread dies in between.
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sent {
    const fn new(now: Instant) -> Self {
        let bucket = Bucket { owed: 0.0, at: now };
        let today = Today { day: 0, here: 0, written: 0, elsewhere: 0 };
        Self { records: bucket, bytes: bucket, today }
    }

    /// The limit that is reached, and for how long.
    fn over(
        &mut self,
        limits: &TenantLimits,
        now: Instant,
        seconds: u64,
    ) -> Option<(Limit, Duration)> {
        let today = self.today.of(seconds);
        if limits.records_per_day.is_some_and(|most| today.here + today.elsewhere >= most.get()) {
            return Some((Limit::RecordsPerDay, Duration::from_secs(DAY - seconds % DAY)));
        }
        let records = limits.records_per_second.map(NonZeroU64::from);
        let waits = [
            (Limit::RecordsPerSecond, self.records.wait(records, now)),
            (Limit::BytesPerSecond, self.bytes.wait(limits.bytes_per_second, now)),
        ];
        let longest = waits.into_iter().max_by_key(|(_, wait)| *wait);
        longest.filter(|(_, wait)| !wait.is_zero())
    }
}

impl Bucket {
    /// How long until nothing is owed that goes beyond a burst.
    fn wait(&mut self, rate: Option<NonZeroU64>, now: Instant) -> Duration {
        let Some(rate) = self.pay(rate, now) else { return Duration::ZERO };
        let beyond = self.owed - rate * BURST.as_secs_f64();
        Duration::try_from_secs_f64(beyond / rate).unwrap_or_default()
    }

    fn add(&mut self, rate: Option<NonZeroU64>, amount: u64, now: Instant) {
        if self.pay(rate, now).is_some() {
            #[expect(clippy::cast_precision_loss, reason = "a count of what one request holds")]
            let amount = amount as f64;
            self.owed += amount;
        }
    }

    /// Pays off what time has; the rate. Without one nothing is owed.
    fn pay(&mut self, rate: Option<NonZeroU64>, now: Instant) -> Option<f64> {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        #[expect(clippy::cast_precision_loss, reason = "a rate that is configured")]
        let rate = rate.map(|rate| rate.get() as f64);
        self.owed = rate.map_or(0.0, |rate| (self.owed - elapsed * rate).max(0.0));
        rate
    }
}

impl Today {
    /// The counts of the day that holds this second.
    fn of(&mut self, seconds: u64) -> &mut Self {
        let day = day_of(seconds);
        if self.day != day {
            *self = Self { day, ..Self::default() };
        }
        self
    }
}

const fn day_of(seconds: u64) -> u64 {
    seconds / DAY
}

fn seconds_now() -> u64 {
    Timestamp::now().as_unix_nanos() / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn tenant(limits: TenantLimits) -> TenantSettings {
        TenantSettings { limits, ..TenantSettings::new("acme".parse().unwrap()) }
    }

    fn over(limit: Limit, seconds: u64) -> Result<(), Refusal> {
        Err(Refusal::OverLimit { limit, after: Duration::from_secs(seconds) })
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_no_limit_is_not_counted() {
        let throttle = Throttle::default();
        let tenant = tenant(TenantLimits::default());
        throttle.admit(&tenant).unwrap();
        throttle.sent(&tenant, u64::MAX, usize::MAX);
        throttle.admit(&tenant).unwrap();
        assert!(throttle.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_over_waits_until_it_is_paid_off() {
        let throttle = Throttle::default();
        let records_per_second = NonZeroU32::new(100);
        let tenant = tenant(TenantLimits { records_per_second, ..TenantLimits::default() });
        for _ in 0..10 {
            throttle.admit(&tenant).unwrap();
            throttle.sent(&tenant, 10, 1 << 30);
        }
        throttle.admit(&tenant).unwrap();
        // More than a second's worth in one request.
        throttle.sent(&tenant, 1000, 0);
        assert_eq!(throttle.admit(&tenant), over(Limit::RecordsPerSecond, 11));
        tokio::time::advance(Duration::from_millis(9_900)).await;
        assert_eq!(throttle.admit(&tenant), over(Limit::RecordsPerSecond, 1));
        tokio::time::advance(Duration::from_millis(100)).await;
        throttle.admit(&tenant).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_are_a_limit_of_their_own_and_another_tenant_has_its_own() {
        let throttle = Throttle::default();
        let bytes_per_second = NonZeroU64::new(1000);
        let limits = TenantLimits { bytes_per_second, ..TenantLimits::default() };
        let (one, other) = (tenant(limits), TenantSettings::new("other".parse().unwrap()));
        let other = TenantSettings { limits, ..other };
        throttle.admit(&one).unwrap();
        throttle.admit(&other).unwrap();
        throttle.sent(&one, 1, 5_500);
        assert_eq!(throttle.admit(&one), over(Limit::BytesPerSecond, 5));
        throttle.admit(&other).unwrap();
        // Taken away, it is no limit any more.
        throttle.admit(&tenant(TenantLimits::default())).unwrap();
    }

    #[test]
    fn a_day_counts_what_is_stored_here_and_elsewhere_and_ends() {
        let most = NonZeroU64::new(100);
        let limits = TenantLimits { records_per_day: most, ..TenantLimits::default() };
        let mut sent = Sent::new(Instant::now());
        let noon = 10 * DAY + DAY / 2;
        let mut over = |here, elsewhere, seconds| {
            let today = sent.today.of(seconds);
            (today.here, today.elsewhere) = (here, elsewhere);
            sent.over(&limits, Instant::now(), seconds)
        };
        assert_eq!(over(60, 39, noon), None);
        let rest = Duration::from_secs(DAY / 2);
        assert_eq!(over(60, 40, noon), Some((Limit::RecordsPerDay, rest)));
        assert_eq!(sent.over(&limits, Instant::now(), 11 * DAY), None);
    }
}
