//! Every key, in memory: what a request's key is checked against, before its body is read.
//!
//! A ring is a snapshot. Whoever changes keys or tenants loads a new one and swaps it in.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ticketlens_ticket::Timestamp;

use crate::{Key, KeyDigest, KeyId, Scope, TenantName, TenantSettings, key_text::KeyForm};

/// Who sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The key, by its id.
    pub key_id: KeyId,
    /// The tenant; absent for admins, and there for everyone else.
    pub tenant: Option<Arc<TenantSettings>>,
    /// What the key may do.
    pub scope: Scope,
}

/// Why a key is refused. Says nothing about a key to anyone who does not have all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRefused {
    /// Not the form of a key, or a character is wrong.
    #[error("this is no TicketLens key; look for a missing or a wrong character")]
    Malformed,
    /// No key of that id.
    #[error("the key is not known here; is it for another installation?")]
    Unknown,
    /// The id is right and the rest is not.
    #[error("the key is wrong")]
    WrongSecret,
    /// It was revoked.
    #[error("the key was revoked; ask for a new one")]
    Revoked,
    /// It has expired.
    #[error("the key has expired; ask for a new one")]
    Expired,
    /// Its tenant was removed.
    #[error("the key's tenant was removed")]
    TenantRemoved,
}

/// A key that works and soon stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndingKey {
    /// The key.
    pub id: KeyId,
    /// When it stops.
    pub ends_at: Timestamp,
}

/// Every key, in memory.
#[derive(Clone, Default)]
pub struct KeyRing {
    entries: HashMap<KeyId, Entry>,
    /// Digests of admin keys from the configuration.
    bootstrap: Vec<KeyDigest>,
}

#[derive(Clone)]
struct Entry {
    digest: KeyDigest,
    scope: Scope,
    tenant: Option<Arc<TenantSettings>>,
    /// Of the key; `None` for both times means it works.
    expires_at: Option<Timestamp>,
    revoked: bool,
}

impl KeyRing {
    /// A ring of these keys; a key whose tenant is not among `tenants` was removed with it.
    pub(crate) fn new(
        keys: impl IntoIterator<Item = (Key, KeyDigest)>,
        tenants: impl IntoIterator<Item = TenantSettings>,
        bootstrap: &[KeyDigest],
    ) -> Self {
        let tenants: HashMap<TenantName, Arc<TenantSettings>> =
            tenants.into_iter().map(|tenant| (tenant.name.clone(), Arc::new(tenant))).collect();
        let entry = |(key, digest): (Key, KeyDigest)| {
            let tenant = key.tenant.as_ref().and_then(|name| tenants.get(name)).cloned();
            let revoked = key.revoked_at.is_some();
            let scope = key.scope;
            (key.id, Entry { digest, scope, tenant, expires_at: key.expires_at, revoked })
        };
        Self { entries: keys.into_iter().map(entry).collect(), bootstrap: bootstrap.to_vec() }
    }

    /// A ring of admin keys from the configuration alone: what a receiver can start with while
    /// ClickHouse is not there.
    pub fn bootstrap(digests: &[KeyDigest]) -> Self {
        Self::new([], [], digests)
    }

    /// Who presents this key, at that time. Hashes once and allocates nothing on the way to yes.
    pub fn check(&self, presented: &str, now: Timestamp) -> Result<Principal, KeyRefused> {
        let form = KeyForm::read(presented).ok_or(KeyRefused::Malformed)?;
        let digest = KeyDigest::of(presented);
        let Some(entry) = self.entries.get(&form.id) else {
            return self.check_bootstrap(&digest, form.id, presented);
        };
        if !entry.digest.is(&digest) {
            return Err(refused(presented, KeyRefused::WrongSecret));
        }
        // From here on the sender has shown the whole key, and may know what became of it.
        if entry.scope != Scope::Admin && entry.tenant.is_none() {
            return Err(KeyRefused::TenantRemoved);
        }
        if entry.revoked {
            return Err(KeyRefused::Revoked);
        }
        if entry.expires_at.is_some_and(|end| end <= now) {
            return Err(KeyRefused::Expired);
        }
        Ok(Principal { key_id: form.id, tenant: entry.tenant.clone(), scope: entry.scope })
    }

    /// Whose key that is, where all of it is right: also one that may do nothing any more.
    pub fn holder(&self, presented: &str) -> Option<(KeyId, Option<&TenantName>)> {
        let id = KeyForm::read(presented)?.id;
        let entry = self.entries.get(&id)?;
        let tenant = entry.tenant.as_ref().map(|tenant| &tenant.name);
        entry.digest.is(&KeyDigest::of(presented)).then_some((id, tenant))
    }

    fn check_bootstrap(
        &self,
        digest: &KeyDigest,
        key_id: KeyId,
        presented: &str,
    ) -> Result<Principal, KeyRefused> {
        if self.bootstrap.iter().any(|known| known.is(digest)) {
            return Ok(Principal { key_id, tenant: None, scope: Scope::Admin });
        }
        Err(refused(presented, KeyRefused::Unknown))
    }

    /// The keys that work now and stop within that time.
    pub fn ending(&self, now: Timestamp, within: Duration) -> Vec<EndingKey> {
        let within = u64::try_from(within.as_nanos()).unwrap_or(u64::MAX);
        let last = Timestamp::from_unix_nanos(now.as_unix_nanos().saturating_add(within));
        let ending = |(id, entry): (&KeyId, &Entry)| {
            let ends_at = entry.expires_at.filter(|end| now < *end && *end <= last)?;
            (!entry.revoked).then_some(EndingKey { id: *id, ends_at })
        };
        self.entries.iter().filter_map(ending).collect()
    }

    /// How many keys there are, revoked ones too.
    pub fn len(&self) -> usize {
        self.entries.len() + self.bootstrap.len()
    }

    /// Whether nobody can come in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.len()).finish_non_exhaustive()
    }
}

fn refused(presented: &str, otherwise: KeyRefused) -> KeyRefused {
    if KeyForm::is_consistent(presented) { otherwise } else { KeyRefused::Malformed }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::NewKey;

    const NOW: Timestamp = Timestamp::from_unix_nanos(1_000);

    fn new_key(tenant: &str) -> NewKey {
        NewKey::generate(tenant.parse().ok(), Scope::Ingest, String::new(), None).unwrap()
    }

    fn ring(keys: &[&NewKey]) -> KeyRing {
        let acme = TenantSettings::new("acme".parse().unwrap());
        let keys = keys.iter().map(|new| (new.key.clone(), new.digest()));
        KeyRing::new(keys, [acme], &[])
    }

    #[test]
    fn a_key_names_its_tenant() {
        let new = new_key("acme");
        let principal = ring(&[&new]).check(new.secret.expose_secret(), NOW).unwrap();
        assert_eq!(principal.key_id, new.key.id);
        assert_eq!(principal.scope, Scope::Ingest);
        assert_eq!(principal.tenant.unwrap().name.as_str(), "acme");
    }

    #[test]
    fn revoked_expired_and_orphaned_keys_are_refused() {
        let mut new = new_key("acme");
        let text = new.secret.expose_secret().to_owned();
        new.key.expires_at = Some(NOW);
        assert_eq!(ring(&[&new]).check(&text, NOW), Err(KeyRefused::Expired));
        new.key.revoked_at = Some(NOW);
        assert_eq!(ring(&[&new]).check(&text, NOW), Err(KeyRefused::Revoked));
        let orphan = new_key("gone");
        let answer = ring(&[&orphan]).check(orphan.secret.expose_secret(), NOW);
        assert_eq!(answer, Err(KeyRefused::TenantRemoved));
    }

    #[test]
    fn keys_that_soon_end_are_those_that_still_work() {
        let day = Duration::from_secs(86_400);
        let ends_in = |nanos: u64, revoked_at| {
            let mut new = new_key("acme");
            new.key.expires_at = Some(Timestamp::from_unix_nanos(NOW.as_unix_nanos() + nanos));
            new.key.revoked_at = revoked_at;
            new
        };
        let soon = ends_in(5, None);
        let (over, late) = (ends_in(0, None), ends_in(u64::from(u32::MAX) << 20, None));
        let ring = ring(&[&soon, &over, &late, &ends_in(5, Some(NOW)), &new_key("acme")]);
        let ends_at = soon.key.expires_at.unwrap();
        assert_eq!(ring.ending(NOW, day), [EndingKey { id: soon.key.id, ends_at }]);
    }

    #[test]
    fn a_typo_is_told_from_a_wrong_key() {
        let (known, other) = (new_key("acme"), new_key("acme"));
        let ring = ring(&[&known]);
        assert_eq!(ring.check(other.secret.expose_secret(), NOW), Err(KeyRefused::Unknown));
        let mut typo = known.secret.expose_secret().to_owned();
        let last = typo.pop().unwrap();
        typo.push(if last == 'a' { 'b' } else { 'a' });
        assert_eq!(ring.check(&typo, NOW), Err(KeyRefused::Malformed));
        assert_eq!(ring.check("hello", NOW), Err(KeyRefused::Malformed));
    }

    #[test]
    fn a_well_formed_key_under_anothers_id_is_wrong() {
        let known = new_key("acme");
        let mut stolen = known.clone();
        // The ring holds another digest under the id that is presented.
        stolen.secret = new_key("acme").secret;
        let answer = ring(&[&stolen]).check(known.secret.expose_secret(), NOW);
        assert_eq!(answer, Err(KeyRefused::WrongSecret));
    }

    #[test]
    fn a_bootstrap_digest_lets_one_admin_in() {
        let admin = NewKey::bootstrap().unwrap();
        let ring = KeyRing::new([], [], &[admin.digest()]);
        let principal = ring.check(admin.secret.expose_secret(), NOW).unwrap();
        assert_eq!((principal.scope, principal.tenant), (Scope::Admin, None));
        let other = NewKey::bootstrap().unwrap();
        assert_eq!(ring.check(other.secret.expose_secret(), NOW), Err(KeyRefused::Unknown));
    }
}
