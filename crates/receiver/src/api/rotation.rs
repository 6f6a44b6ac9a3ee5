//! `RotateKey`: a key's successor, and its end.

use std::time::Duration;

use secrecy::ExposeSecret;
use ticketlens_api::v1;
use ticketlens_store::{Act, AuditEntry, Key, KeyId, Rotated, Rotation, Store};
use tonic::{Request, Status};

use super::{
    acts::{ends, of_key},
    audit::{Told, audited},
    messages::{self, time},
    scope::{admin, invalid, key_failed},
};
use crate::auth::{KeySource, Keys};

/// How long a key works beside its successor, unless said otherwise.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// Rotates a key. Whoever calls puts it in force.
pub(super) async fn rotate<S: KeySource>(
    keys: &Keys<S>,
    store: &Store,
    request: Request<v1::RotateKeyRequest>,
) -> Result<v1::RotateKeyResponse, Status> {
    let caller = admin(keys, &request).await?;
    let v1::RotateKeyRequest { id, overlap, note, expires_at } = request.into_inner();
    let id: KeyId = id.parse().map_err(|error| invalid("id", error))?;
    let overlap = match overlap {
        None => OVERLAP,
        Some(overlap) => overlap.try_into().map_err(|_| invalid("overlap", "is negative"))?,
    };
    let expires_at = time("expires_at", expires_at)?;
    let key = store.key(id).await.map_err(key_failed)?;
    let entry = of_key(AuditEntry::new(Act::KeyRotate, caller.actor()), &key);
    let rotation = Rotation { id, overlap, note, expires_at };
    let Rotated { new, old, .. } = audited(store, entry, async {
        let rotated = store.rotate_key(rotation).await.map_err(key_failed)?;
        let told = Told { affected: 1, changed: Some(changes(&rotated)), ..Told::default() };
        Ok((rotated, told))
    })
    .await?;
    Ok(v1::RotateKeyResponse {
        key: Some(messages::key(new.key)),
        secret: new.secret.expose_secret().to_owned(),
        old: Some(messages::key(with_use(keys, store, old).await)),
    })
}

fn changes(Rotated { new, old, old_expired_at }: &Rotated) -> Vec<(String, String)> {
    let end = format!("{} → {}", ends(*old_expired_at), ends(old.expires_at));
    vec![
        ("expires_at".to_owned(), end),
        ("successor".to_owned(), new.key.id.to_string()),
        ("successor_expires_at".to_owned(), ends(new.key.expires_at)),
    ]
}

/// The key with its last use. What is not known by now is left out: the key has changed already.
pub(super) async fn with_use<S: KeySource>(keys: &Keys<S>, store: &Store, key: Key) -> Key {
    let listed = store.list_keys(key.tenant.as_ref()).await.unwrap_or_default();
    let used_at = listed.into_iter().find(|listed| listed.id == key.id).and_then(|key| key.used_at);
    keys.uses().known(Key { used_at, ..key })
}
