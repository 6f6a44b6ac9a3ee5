//! Who is calling: a key in a header, checked against a snapshot in memory.
//!
//! The snapshot is read anew every few seconds, so a revoked key works that much longer at most.
//! A key the snapshot does not know may have just been made: it waits for a reading that began
//! after it came, at most one a second however many strangers knock. While the database is away
//! the last snapshot stays in force; a key it does not know is then *not* refused for good but told
//! to come again.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, header::AUTHORIZATION};
use ticketlens_store::{
    KeyDigest, KeyId, KeyRefused, KeyRing, Principal, Scope, Store, TenantSettings,
};
use ticketlens_ticket::Timestamp;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, interval_at, sleep_until, timeout},
};

use crate::reply::Refusal;

/// At most one reading forced by an unknown key in so long.
const FORCED_EVERY: Duration = Duration::from_secs(1);
/// How long an unknown key waits for a reading; a database that stands still answers much later.
const KNOWN_WITHIN: Duration = Duration::from_secs(5);

/// A snapshot of all keys.
pub trait Ring: std::fmt::Debug + Send + Sync + 'static {
    /// Whose key this is.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, presented: &str, now: Timestamp) -> Result<Principal, KeyRefused>;
}

impl Ring for KeyRing {
    fn check(&self, presented: &str, now: Timestamp) -> Result<Principal, KeyRefused> {
        Self::check(self, presented, now)
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
}

/// Who may send tickets: the key's tenant is theirs.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The key's public part, for logs.
    pub key_id: KeyId,
    /// Whose tickets these are.
    pub tenant: Arc<TenantSettings>,
}

/// Checks keys.
#[derive(Debug)]
pub struct Keys<S: KeySource> {
    source: S,
    ring: watch::Sender<Arc<S::Ring>>,
    last: Mutex<Reading>,
}

/// One reading of the source.
#[derive(Debug)]
struct Reading {
    began: Instant,
    outcome: Result<(), KeysUnreadable>,
}

impl<S: KeySource> Keys<S> {
    /// Reads the first snapshot.
    ///
    /// # Errors
    /// When the source does not answer.
    pub async fn open(source: S) -> Result<Self, KeysUnreadable> {
        let began = Instant::now();
        let ring = watch::Sender::new(Arc::new(source.load().await?));
        Ok(Self { source, ring, last: Mutex::new(Reading { began, outcome: Ok(()) }) })
    }

    /// Reads a snapshot every `period`. Never ends.
    pub async fn refresh(&self, period: Duration) {
        let mut ticks = interval_at(Instant::now() + period, period);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let outcome = self.reread().await;
            // Once per change, not once per reading.
            match &outcome {
                Ok(()) if failing => tracing::info!("keys are read again"),
                Err(error) if !failing => {
                    tracing::warn!(%error, "keys cannot be read; the last ones stay in force");
                }
                _ => {}
            }
            failing = outcome.is_err();
        }
    }

    /// Reads a snapshot now.
    ///
    /// # Errors
    /// When the source does not answer; the last snapshot stays in force.
    pub async fn reread(&self) -> Result<(), KeysUnreadable> {
        let mut last = self.last.lock().await;
        self.read(&mut last).await;
        last.outcome.clone()
    }

    async fn read(&self, last: &mut Reading) {
        // Whoever waits for this may go away, and the reading with them: it has failed until it
        // has not. Taken for done, it would refuse a new key for good.
        *last = Reading {
            began: Instant::now(),
            outcome: Err(KeysUnreadable("the reading was broken off".into())),
        };
        last.outcome = match self.source.load().await {
            Ok(ring) => {
                self.ring.send_replace(Arc::new(ring));
                Ok(())
            }
            Err(error) => Err(error),
        };
    }

    /// Whose key the headers hold.
    ///
    /// # Errors
    /// A [`Refusal`] about the key.
    pub async fn principal(&self, headers: &HeaderMap) -> Result<Principal, Refusal> {
        let presented = presented(headers)?;
        let looked_at = Instant::now();
        match self.check(presented) {
            Err(KeyRefused::Unknown) => {}
            known => return known.map_err(refusal),
        }
        match timeout(KNOWN_WITHIN, self.read_after(looked_at)).await {
            Ok(Ok(())) => self.check(presented).map_err(refusal),
            _ => Err(Refusal::KeysUnavailable),
        }
    }

    /// A reading that began after `moment`. Everyone with an unknown key waits here; the first one
    /// reads for all of them.
    async fn read_after(&self, moment: Instant) -> Result<(), KeysUnreadable> {
        let mut last = self.last.lock().await;
        if last.began <= moment {
            sleep_until(last.began + FORCED_EVERY).await;
            self.read(&mut last).await;
        }
        last.outcome.clone()
    }

    fn check(&self, presented: &str) -> Result<Principal, KeyRefused> {
        let ring = Arc::clone(&self.ring.borrow());
        ring.check(presented, Timestamp::now())
    }

    /// Who sends tickets with these headers.
    ///
    /// # Errors
    /// A [`Refusal`] about the key, or [`Refusal::WrongScope`].
    pub async fn sender(&self, headers: &HeaderMap) -> Result<Sender, Refusal> {
        let Principal { key_id, tenant, scope } = self.principal(headers).await?;
        match (scope, tenant) {
            (Scope::Ingest, Some(tenant)) => Ok(Sender { key_id, tenant }),
            _ => Err(Refusal::WrongScope { needed: "ingest", has: scope.as_str() }),
        }
    }
}

/// The key in `authorization: Bearer …` or `x-api-key: …`.
fn presented(headers: &HeaderMap) -> Result<&str, Refusal> {
    let header = match (headers.get(AUTHORIZATION), headers.get("x-api-key")) {
        (Some(bearer), _) => {
            let (scheme, key) = bearer
                .as_bytes()
                .split_at_checked(b"bearer ".len())
                .ok_or(Refusal::MalformedKey)?;
            // The scheme's case does not matter (RFC 9110, 11.1).
            scheme.eq_ignore_ascii_case(b"bearer ").then_some(key).ok_or(Refusal::MalformedKey)?
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
