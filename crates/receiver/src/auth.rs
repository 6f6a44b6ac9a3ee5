//! Who is calling: a key in a header, checked against a snapshot in memory.
//!
//! Every two seconds a cheap question tells whether a key or a tenant has changed, and only then the
//! snapshot is read anew: a revoked key works that much longer at most, on every receiver.
//! A key the snapshot does not know may have just been made: it waits a moment for a reading that
//! began after it came. Readings are few however many strangers knock, and few strangers wait.
//! Where none began in time, or the database is away, the last snapshot stays in force; a key it
//! does not know is then *not* refused for good but told to come again.
//!
//! A wrong secret takes the same way as an unknown id: how long an answer takes tells nobody which
//! ids there are.

use std::{
    sync::{
        Arc, Mutex as StdMutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use http::{HeaderMap, header::AUTHORIZATION};
use ticketlens_store::{
    EndingKey, KeyDigest, KeyId, KeyRefused, KeyRing, Principal, Scope, Store, TenantName,
    TenantSettings,
};
use ticketlens_ticket::Timestamp;
use tokio::{
    sync::{Mutex, Semaphore, watch},
    time::{Instant, sleep_until, timeout},
};

use tracing::{Span, field::display};

use crate::{key_failures::KeyFailures, key_uses::KeyUses, reply::Refusal, request_id::RequestId};

/// At most one reading forced by an unknown key in so long.
const FORCED_EVERY: Duration = Duration::from_millis(250);
/// Between two readings at least, whatever is configured.
const SHORTEST_PERIOD: Duration = Duration::from_millis(10);
/// How long an unknown key waits for a reading; a database that stands still answers much later.
const KNOWN_WITHIN: Duration = Duration::from_millis(500);
/// Unknown keys that wait at a time. Each holds a request, and has shown nothing for it.
const STRANGERS: usize = 64;

/// A snapshot of all keys.
pub trait Ring: std::fmt::Debug + Send + Sync + 'static {
    /// Whose key this is.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, presented: &str, now: Timestamp) -> Result<Principal, KeyRefused>;

    /// Whose key that is, where all of it is right: also one that may do nothing any more.
    fn holder(&self, _presented: &str) -> Option<(KeyId, Option<&TenantName>)> {
        None
    }

    /// The keys that work now and stop within that time.
    fn ending(&self, _now: Timestamp, _within: Duration) -> Vec<EndingKey> {
        Vec::new()
    }
}

impl Ring for KeyRing {
    fn check(&self, presented: &str, now: Timestamp) -> Result<Principal, KeyRefused> {
        Self::check(self, presented, now)
    }

    fn holder(&self, presented: &str) -> Option<(KeyId, Option<&TenantName>)> {
        Self::holder(self, presented)
    }

    fn ending(&self, now: Timestamp, within: Duration) -> Vec<EndingKey> {
        Self::ending(self, now, within)
    }
}

/// The keys could not be read; what the source said, without text of anyone's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys cannot be read: {0}")]
pub struct KeysUnreadable(pub String);

/// Where snapshots come from.
pub trait KeySource: Send + Sync + 'static {
    /// What a reading gives.
    type Ring: Ring;

    /// Reads all keys.
    fn load(&self) -> impl Future<Output = Result<Self::Ring, KeysUnreadable>> + Send;

    /// A number that differs once a reading would give something else. `None` where only a reading
    /// tells.
    fn mark(&self) -> impl Future<Output = Result<Option<u64>, KeysUnreadable>> + Send {
        async { Ok(None) }
    }
}

/// The store's keys and the admin keys of the configuration.
#[derive(Debug)]
pub struct StoredKeys {
    /// Where keys are kept.
    pub store: Store,
    /// Digests of admin keys that need no row: the first way in.
    pub bootstrap: Vec<KeyDigest>,
}

impl KeySource for StoredKeys {
    type Ring = KeyRing;

    async fn load(&self) -> Result<KeyRing, KeysUnreadable> {
        self.store
            .load_keyring(&self.bootstrap)
            .await
            .map_err(|error| KeysUnreadable(error.to_string()))
    }

    async fn mark(&self) -> Result<Option<u64>, KeysUnreadable> {
        let mark = self.store.keys_mark().await;
        mark.map(Some).map_err(|fault| KeysUnreadable(fault.to_string()))
    }
}

/// Who may send tickets: the key's tenant is theirs.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The key's public part, for logs.
    pub key_id: KeyId,
    /// Whose tickets these are.
    pub tenant: Arc<TenantSettings>,
    /// What the request is known by.
    pub(crate) request_id: RequestId,
}

/// Checks keys.
#[derive(Debug)]
pub struct Keys<S: KeySource> {
    source: S,
    ring: watch::Sender<Arc<S::Ring>>,
    /// One reading at a time, and the source's mark before the last; `None` where it is not known.
    reading: Mutex<Option<u64>>,
    /// Readings that have begun. One that began after a request came knows every key that was
    /// there before it.
    begun: AtomicU64,
    began_at: StdMutex<Instant>,
    last: watch::Sender<Reading>,
    /// The reading that somebody waits for.
    wanted: watch::Sender<u64>,
    strangers: Semaphore,
    uses: KeyUses,
    failures: Arc<KeyFailures>,
}

/// One reading of the source that has ended.
#[derive(Clone, Debug)]
struct Reading {
    number: u64,
    outcome: Result<(), KeysUnreadable>,
}

impl<S: KeySource> Keys<S> {
    /// Reads the first snapshot.
    ///
    /// # Errors
    /// When the source does not answer.
    pub async fn open(source: S) -> Result<Self, KeysUnreadable> {
        let began_at = StdMutex::new(Instant::now());
        let ring = watch::Sender::new(Arc::new(source.load().await?));
        Ok(Self {
            source,
            ring,
            reading: Mutex::default(),
            begun: AtomicU64::new(1),
            began_at,
            last: watch::Sender::new(Reading { number: 1, outcome: Ok(()) }),
            wanted: watch::Sender::new(0),
            strangers: Semaphore::new(STRANGERS),
            uses: KeyUses::default(),
            failures: Arc::default(),
        })
    }

    /// Looks every `period` whether something has changed and reads a snapshot then, or sooner where
    /// somebody waits for one. Never ends.
    pub async fn refresh(&self, period: Duration) {
        let mut wanted = self.wanted.subscribe();
        let mut failures = 0_u32;
        loop {
            let began = *self.began_at.lock().unwrap_or_else(PoisonError::into_inner);
            let is_wanted = async {
                let is_missing = |wanted: &u64| *wanted > self.last.borrow().number;
                // Its sender is ours.
                let _ = wanted.wait_for(is_missing).await.map(drop);
                sleep_until(began + FORCED_EVERY).await;
            };
            let outcome = tokio::select! {
                // A period of nothing would be a loop without a pause.
                () = sleep_until(began + period.max(SHORTEST_PERIOD)) => self.look().await,
                () = is_wanted => self.reread().await,
            };
            // Once per change, not once per reading; one that fails alone is a restart, or bad luck.
            match &outcome {
                Ok(()) if failures >= 2 => {
                    tracing::info!(name: "keys.read_again", "keys are read again")
                }
                Err(error) if failures == 1 => {
                    tracing::warn!(
                        name: "keys.read_failed", %error,
                        "keys cannot be read; the last known ones remain valid"
                    );
                }
                _ => {}
            }
            failures = if outcome.is_err() { failures.saturating_add(1) } else { 0 };
        }
    }

    /// Reads a snapshot now.
    ///
    /// # Errors
    /// When the source does not answer; the last snapshot stays in force.
    pub async fn reread(&self) -> Result<(), KeysUnreadable> {
        let mut mark = self.reading.lock().await;
        self.read(&mut mark, None).await
    }

    /// Reads a snapshot if the source has changed since the last.
    async fn look(&self) -> Result<(), KeysUnreadable> {
        let mut mark = self.reading.lock().await;
        self.begins();
        // Before the reading: what changes meanwhile is seen by the next look.
        let found = self.source.mark().await?;
        if found.is_some() && found == *mark {
            return Ok(());
        }
        self.read(&mut mark, found).await
    }

    /// Reads a snapshot of what the source holds, which has this mark or a later one.
    async fn read(&self, mark: &mut Option<u64>, found: Option<u64>) -> Result<(), KeysUnreadable> {
        let number = self.begun.fetch_add(1, SeqCst) + 1;
        self.begins();
        // Where it fails or is broken off, the next look reads again.
        *mark = None;
        // Broken off here (its caller hung up), it is never taken for one that has ended.
        let outcome = self.source.load().await.map(|ring| {
            self.ring.send_replace(Arc::new(ring));
            *mark = found;
        });
        self.last.send_replace(Reading { number, outcome: outcome.clone() });
        outcome
    }

    fn begins(&self) {
        *self.began_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// What keys were last used for.
    pub(crate) fn uses(&self) -> &KeyUses {
        &self.uses
    }

    /// How often a key did not open what it was shown for.
    pub(crate) fn failures(&self) -> &Arc<KeyFailures> {
        &self.failures
    }

    /// The keys that are in use here and stop within that time.
    pub(crate) fn ending_in_use(&self, now: Timestamp, within: Duration) -> Vec<EndingKey> {
        let mut ending = Arc::clone(&self.ring.borrow()).ending(now, within);
        ending.retain(|key| self.uses.is_in_use(key.id, now));
        ending
    }

    /// Whose key the headers hold.
    ///
    /// # Errors
    /// A [`Refusal`] about the key, which is counted.
    pub async fn principal(&self, headers: &HeaderMap) -> Result<Principal, Refusal> {
        self.known(headers).await.inspect_err(|refusal| self.failures.add(refusal))
    }

    async fn known(&self, headers: &HeaderMap) -> Result<Principal, Refusal> {
        let presented = presented(headers)?;
        let begun = self.begun.load(SeqCst);
        match self.check(presented) {
            Err(KeyRefused::Unknown | KeyRefused::WrongSecret) => {}
            known => return known.map_err(refusal),
        }
        let Ok(_place) = self.strangers.try_acquire() else { return Err(Refusal::KeysUnavailable) };
        match timeout(KNOWN_WITHIN, self.read_after(begun)).await {
            Ok(Ok(())) => self.check(presented).map_err(refusal),
            _ => Err(Refusal::KeysUnavailable),
        }
    }

    /// A reading that began later than that one. [`Keys::refresh`] reads for all who wait: what one
    /// of them does is nothing to the others.
    async fn read_after(&self, begun: u64) -> Result<(), KeysUnreadable> {
        let mut last = self.last.subscribe();
        self.wanted.send_if_modified(|wanted| {
            let is_news = *wanted <= begun;
            *wanted = begun.saturating_add(1).max(*wanted);
            is_news
        });
        let reading = last.wait_for(|reading| reading.number > begun).await;
        reading.map_or_else(|_| Err(KeysUnreadable("nobody reads".into())), |r| r.outcome.clone())
    }

    fn check(&self, presented: &str) -> Result<Principal, KeyRefused> {
        let ring = Arc::clone(&self.ring.borrow());
        let now = Timestamp::now();
        let checked = ring.check(presented, now);
        let (key_id, tenant) = match &checked {
            Ok(principal) => {
                self.uses.used(principal.key_id, now);
                (principal.key_id, principal.tenant.as_ref().map(|tenant| &tenant.name))
            }
            // Whoever looks for the sender of a key that has ended has nothing else to go by.
            Err(_) => match ring.holder(presented) {
                Some(holder) => holder,
                None => return checked,
            },
        };
        let span = Span::current();
        span.record("key_id", display(key_id));
        if let Some(tenant) = tenant {
            span.record("tenant", tenant.as_str());
        }
        checked
    }

    /// Who sends tickets with these headers.
    ///
    /// # Errors
    /// A [`Refusal`] about the key, or [`Refusal::WrongScope`].
    pub async fn sender(&self, headers: &HeaderMap) -> Result<Sender, Refusal> {
        self.with_scope(headers, &[Scope::Ingest], "ingest").await
    }

    /// Who gives feedback with these headers. Who may send tickets may, too.
    ///
    /// # Errors
    /// A [`Refusal`] about the key, or [`Refusal::WrongScope`].
    pub async fn giver(&self, headers: &HeaderMap) -> Result<Sender, Refusal> {
        self.with_scope(headers, &[Scope::Feedback, Scope::Ingest], "feedback or ingest").await
    }

    async fn with_scope(
        &self,
        headers: &HeaderMap,
        scopes: &[Scope],
        needed: &'static str,
    ) -> Result<Sender, Refusal> {
        let Principal { key_id, tenant, scope } = self.principal(headers).await?;
        match tenant {
            Some(tenant) if scopes.contains(&scope) => {
                let request_id = RequestId::current().unwrap_or_else(RequestId::fresh);
                Ok(Sender { key_id, tenant, request_id })
            }
            _ => Err(self.wrong_scope(needed, scope)),
        }
    }

    /// A right key may not do what it was shown for, which is counted.
    pub(crate) fn wrong_scope(&self, needed: &'static str, has: Scope) -> Refusal {
        let refusal = Refusal::WrongScope { needed, has: has.as_str() };
        self.failures.add(&refusal);
        refusal
    }
}

/// The key in `authorization: Bearer …` or `x-api-key: …`.
pub(crate) fn presented(headers: &HeaderMap) -> Result<&str, Refusal> {
    let header = match (headers.get(AUTHORIZATION), headers.get("x-api-key")) {
        (Some(bearer), _) => {
            let (scheme, key) =
                bearer.as_bytes().split_at_checked(b"bearer ".len()).ok_or(Refusal::NoKey)?;
            // The scheme's case does not matter (RFC 9110, 11.1).
            scheme.eq_ignore_ascii_case(b"bearer ").then_some(key).ok_or(Refusal::NoKey)?
        }
        (None, Some(key)) => key.as_bytes(),
        (None, None) => return Err(Refusal::NoKey),
    };
    std::str::from_utf8(header.trim_ascii()).map_err(|_| Refusal::MalformedKey)
}

fn refusal(refused: KeyRefused) -> Refusal {
    match refused {
        KeyRefused::Malformed => Refusal::MalformedKey,
        KeyRefused::Revoked => Refusal::RevokedKey,
        KeyRefused::Expired => Refusal::ExpiredKey,
        KeyRefused::TenantRemoved => Refusal::TenantRemoved,
        // Unknown, wrong, and whatever else there will be: no hint which.
        _ => Refusal::WrongKey,
    }
}

#[cfg(test)]
mod tests;
