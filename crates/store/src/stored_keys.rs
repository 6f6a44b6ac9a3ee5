//! The keys as they are stored: making, listing and revoking them, and loading them all into a ring.
//! `key_rotation` has how one follows another.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use ticketlens_ticket::Timestamp;

use crate::{
    Fault, Key, KeyDigest, KeyId, KeyRing, NewKey, NoRandomness, Scope, Store, TenantError,
    TenantName,
    micros::{from_micros, micros, next_version},
};

/// Longest note, in bytes.
const NOTE_BYTES: usize = 200;

/// Why a key could not be made, read or revoked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no key of that id.
    #[error("there is no key of that id")]
    NotFound,
    /// There is no tenant of that name.
    #[error("there is no tenant of that name")]
    NoTenant,
    /// Ingest, feedback and read keys belong to a tenant.
    #[error("ingest, feedback and read keys belong to a tenant; name it")]
    TenantNeeded,
    /// Admin keys belong to nobody.
    #[error("admin keys belong to no tenant")]
    TenantNotAllowed,
    /// A key that no longer works is not rotated.
    #[error("the key was revoked or has expired; make a new one instead")]
    Ended,
    /// Both keys would work for longer than a key should.
    #[error("an overlap lasts a year at most")]
    Overlap,
    /// The key would not work for a moment.
    #[error("the key would expire in the past")]
    ExpiresInThePast,
    /// The note.
    #[error("a note has at most 200 bytes and no control characters")]
    Note,
    /// The system has no randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// What the table holds is not what this program wrote.
    #[error("a stored key cannot be read")]
    Unreadable,
    /// The tenants could not be read.
    #[error("the tenants cannot be read")]
    Tenants(#[source] Box<TenantError>),
    /// ClickHouse did not do it.
    #[error("the keys cannot be read or changed")]
    Fault(#[from] Fault),
}

impl KeyError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Fault(fault) => fault.is_retryable(),
            Self::Tenants(error) => error.is_retryable(),
            _ => false,
        }
    }
}

/// What a new key is to be.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// Whose; absent for admin keys.
    pub tenant: Option<TenantName>,
    /// What it may do.
    pub scope: Scope,
    /// For people.
    pub note: String,
    /// When it stops working; absent: never.
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Row, Serialize, Deserialize)]
pub(crate) struct KeyRow {
    id: String,
    tenant: String,
    scope: String,
    note: String,
    digest: String,
    /// Microseconds since the epoch, as all times here.
    created_at: i64,
    pub(crate) expires_at: Option<i64>,
    /// The same as it was made, before another key followed it.
    pub(crate) made_until: Option<i64>,
    revoked_at: Option<i64>,
    pub(crate) version: u64,
}

const SELECT: &str = "SELECT id, tenant, scope, note, digest, created_at, expires_at, made_until, \
                      revoked_at, version FROM {store}.keys FINAL";

impl Store {
    /// Makes a key. Its text is in the answer and nowhere else.
    pub async fn create_key(&self, request: KeyRequest) -> Result<NewKey, KeyError> {
        let new = self.new_key(request).await?;
        self.write("{store}.keys", &[row_of(&new)]).await?;
        Ok(new)
    }

    /// A key that can be stored, and is not yet.
    pub(crate) async fn new_key(&self, request: KeyRequest) -> Result<NewKey, KeyError> {
        let KeyRequest { tenant, scope, note, expires_at } = request;
        match (&tenant, scope) {
            (None, Scope::Ingest | Scope::Feedback | Scope::Read) => {
                return Err(KeyError::TenantNeeded);
            }
            (Some(_), Scope::Admin) => return Err(KeyError::TenantNotAllowed),
            _ => {}
        }
        if note.len() > NOTE_BYTES || note.chars().any(char::is_control) {
            return Err(KeyError::Note);
        }
        if expires_at.is_some_and(|end| end <= Timestamp::now()) {
            return Err(KeyError::ExpiresInThePast);
        }
        if let Some(name) = &tenant {
            self.tenant(name).await.map_err(|error| match error {
                TenantError::NotFound => KeyError::NoTenant,
                other => KeyError::Tenants(Box::new(other)),
            })?;
        }
        let mut new = NewKey::generate(tenant.clone(), scope, note.clone(), expires_at)?;
        // Forty bits of id: an id that is taken would silently replace its key.
        while self.key_row(new.key.id).await?.is_some() {
            new = NewKey::generate(tenant.clone(), scope, note.clone(), expires_at)?;
        }
        Ok(new)
    }

    /// One key.
    pub async fn key(&self, id: KeyId) -> Result<Key, KeyError> {
        Ok(key_of(self.key_row(id).await?.ok_or(KeyError::NotFound)?)?.0)
    }

    /// The keys of a tenant, or all, newest first.
    pub async fn list_keys(&self, tenant: Option<&TenantName>) -> Result<Vec<Key>, KeyError> {
        let rows = self.key_rows().await?;
        let uses = self.key_uses().await?;
        let mut keys = Vec::new();
        for row in rows.into_iter().filter(|row| tenant.is_none_or(|t| row.tenant == t.as_str())) {
            let used_at = uses.get(&row.id).copied();
            keys.push(Key { used_at, ..key_of(row)?.0 });
        }
        keys.sort_by_key(|key| std::cmp::Reverse((key.created_at, key.id)));
        Ok(keys)
    }

    /// Revokes a key. Revoking it again changes nothing.
    pub async fn revoke_key(&self, id: KeyId) -> Result<Key, KeyError> {
        let mut row = self.key_row(id).await?.ok_or(KeyError::NotFound)?;
        if row.revoked_at.is_none() {
            revoke(&mut row);
            self.write("{store}.keys", std::slice::from_ref(&row)).await?;
        }
        Ok(key_of(row)?.0)
    }

    /// Every key and tenant as a snapshot to check requests against. `bootstrap` holds the digests
    /// of admin keys that stand in the configuration.
    pub async fn load_keyring(&self, bootstrap: &[KeyDigest]) -> Result<KeyRing, KeyError> {
        let tenants = self.list_tenants().await.map_err(|e| KeyError::Tenants(Box::new(e)))?;
        let keys = self.key_rows().await?.into_iter().map(key_of);
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        Ok(KeyRing::new(keys, tenants, bootstrap))
    }

    /// A number that differs once a key or a tenant has changed, so that a receiver sees cheaply
    /// whether it has to load them. Also once rows are merged: then it loads them once for nothing.
    pub async fn keys_mark(&self) -> Result<u64, Fault> {
        // Not the latest version: the clocks of two receivers differ.
        let sql = "SELECT bitXor(k.mark, t.mark) FROM \
                   (SELECT groupBitXor(sipHash64('key', id, version)) AS mark FROM {store}.keys) AS k, \
                   (SELECT groupBitXor(sipHash64('tenant', name, version)) AS mark \
                    FROM {store}.tenants) AS t";
        self.in_time(self.sql(sql).fetch_one::<u64>()).await
    }

    /// Revokes every key of a tenant; returns how many worked until now.
    pub(crate) async fn revoke_keys_of(&self, tenant: &TenantName) -> Result<u32, KeyError> {
        let mut rows = self.key_rows().await?;
        rows.retain(|row| row.tenant == tenant.as_str() && row.revoked_at.is_none());
        rows.iter_mut().for_each(revoke);
        if !rows.is_empty() {
            self.write("{store}.keys", &rows).await?;
        }
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    async fn key_rows(&self) -> Result<Vec<KeyRow>, Fault> {
        self.in_time(self.sql(SELECT).fetch_all::<KeyRow>()).await
    }

    pub(crate) async fn key_row(&self, id: KeyId) -> Result<Option<KeyRow>, Fault> {
        let query = self.sql(&format!("{SELECT} WHERE id = {{id:String}}"));
        self.in_time(query.param("id", id.as_str()).fetch_optional::<KeyRow>()).await
    }
}

fn revoke(row: &mut KeyRow) {
    row.revoked_at = Some(micros(Timestamp::now()));
    row.version = next_version(row.version);
}

pub(crate) fn row_of(new: &NewKey) -> KeyRow {
    let key = &new.key;
    KeyRow {
        id: key.id.to_string(),
        tenant: key.tenant.as_ref().map(TenantName::to_string).unwrap_or_default(),
        scope: key.scope.as_str().to_owned(),
        note: key.note.clone(),
        digest: new.digest().to_string(),
        created_at: micros(key.created_at),
        expires_at: key.expires_at.map(micros),
        made_until: key.expires_at.map(micros),
        revoked_at: key.revoked_at.map(micros),
        version: next_version(0),
    }
}

pub(crate) fn key_of(row: KeyRow) -> Result<(Key, KeyDigest), KeyError> {
    let tenant = match row.tenant.as_str() {
        "" => None,
        name => Some(name.parse().map_err(|_| KeyError::Unreadable)?),
    };
    let key = Key {
        id: row.id.parse().map_err(|_| KeyError::Unreadable)?,
        tenant,
        scope: row.scope.parse().map_err(|_| KeyError::Unreadable)?,
        note: row.note,
        created_at: from_micros(row.created_at),
        expires_at: row.expires_at.map(from_micros),
        revoked_at: row.revoked_at.map(from_micros),
        used_at: None,
    };
    Ok((key, row.digest.parse().map_err(|_| KeyError::Unreadable)?))
}
