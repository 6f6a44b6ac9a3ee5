//! `RotateKey`: a key's successor, and its end.

use std::time::Duration;

use secrecy::ExposeSecret;
use ticketlens_api::v1;
use ticketlens_store::{Act, AuditEntry, KeyError, KeyId, Rotated, Rotation};
use tonic::{Request, Status};

use super::{
    acts::{ends, of_key},
    admin::{Admin, key_failed},
    audit::{Told, audited},
    messages::{self, time},
    scope::{admin, invalid},
};
use crate::auth::KeySource;

/// How long a key works beside its successor, unless said otherwise.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

impl<S: KeySource> Admin<S> {
    /// Rotates a key.
    pub(super) async fn rotate(
        &self,
        request: Request<v1::RotateKeyRequest>,
    ) -> Result<v1::RotateKeyResponse, Status> {
        let caller = admin(&self.keys, &request).await?;
        let v1::RotateKeyRequest { id, overlap, note, expires_at } = request.into_inner();
        let id: KeyId = id.parse().map_err(|error| invalid("id", error))?;
        let overlap = match overlap {
            None => OVERLAP,
            Some(overlap) => overlap.try_into().map_err(|_| invalid("overlap", "is negative"))?,
        };
        let expires_at = time("expires_at", expires_at)?;
        let key = self.store.key(id).await.map_err(rotation_failed)?;
        let entry = of_key(AuditEntry::new(Act::KeyRotate, caller.actor()), &key);
        let rotation = Rotation { id, overlap, note, expires_at };
        let Rotated { new, old, .. } = audited(&self.store, entry, async {
            let rotated = self.store.rotate_key(rotation).await.map_err(rotation_failed)?;
            let told = Told { affected: 1, changed: Some(changes(&rotated)), ..Told::default() };
            Ok((rotated, told))
        })
        .await?;
        self.in_force().await;
        Ok(v1::RotateKeyResponse {
            key: Some(messages::key(new.key)),
            secret: new.secret.expose_secret().to_owned(),
            old: Some(messages::key(old)),
        })
    }
}

fn changes(Rotated { new, old, old_expired_at }: &Rotated) -> Vec<(String, String)> {
    let end = format!("{} → {}", ends(*old_expired_at), ends(old.expires_at));
    vec![
        ("expires_at".to_owned(), end),
        ("successor".to_owned(), new.key.id.to_string()),
        ("successor_expires_at".to_owned(), ends(new.key.expires_at)),
    ]
}

fn rotation_failed(error: KeyError) -> Status {
    match error {
        KeyError::NotFound => Status::not_found(
            "there is no key of that id; one in the receiver's configuration is replaced there \
             (ticketlens key create --scope admin --offline)",
        ),
        error => key_failed(error),
    }
}
