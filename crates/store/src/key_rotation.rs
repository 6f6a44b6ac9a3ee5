//! Rotating a key: a successor that may do the same, and an end for the one it follows.

use std::time::Duration;

use ticketlens_ticket::Timestamp;

use crate::{
    Key, KeyError, KeyId, KeyRequest, NewKey, Store,
    micros::{from_micros, micros, next_version},
    stored_keys::{key_of, row_of},
};

/// Longest overlap: after a year it is no rotation.
const MOST_OVERLAP: Duration = Duration::from_secs(366 * 24 * 3600);

/// How a key is to be rotated.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The key that gets a successor.
    pub id: KeyId,
    /// How long it still works; never longer than it would have.
    pub overlap: Duration,
    /// The successor's note; absent: the same.
    pub note: Option<String>,
    /// When the successor stops working; absent: after as long as the old one was made for.
    pub expires_at: Option<Timestamp>,
}

/// A key and the one that it follows.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The successor, with its text.
    pub new: NewKey,
    /// The key it follows, with its end.
    pub old: Key,
    /// When that would have stopped working; absent: never.
    pub old_expired_at: Option<Timestamp>,
}

impl Store {
    /// Makes a successor with the same tenant and scope, and brings the end of the old key forward.
    ///
    /// Both are rows of one insert: there is no state in which only one of the two was done. Where the
    /// answer is lost, the successor's text is lost with it; the old key works until the overlap is
    /// over, so rotate it again and revoke the successor that nobody has.
    ///
    /// # Errors
    /// [`KeyError`]; nothing has changed then, or the answer of ClickHouse was lost (a retryable
    /// fault).
    pub async fn rotate_key(&self, rotation: Rotation) -> Result<Rotated, KeyError> {
        let Rotation { id, overlap, note, expires_at } = rotation;
        if overlap > MOST_OVERLAP {
            return Err(KeyError::Overlap);
        }
        let row = self.key_row(id).await?.ok_or(KeyError::NotFound)?;
        let (old, _) = key_of(row.clone())?;
        let now = Timestamp::now();
        if old.revoked_at.is_some() || old.expires_at.is_some_and(|end| end <= now) {
            return Err(KeyError::Ended);
        }
        let request = KeyRequest {
            tenant: old.tenant.clone(),
            scope: old.scope,
            note: note.unwrap_or_else(|| old.note.clone()),
            expires_at: expires_at.or_else(|| same_length(&old, row.made_until, now)),
        };
        let new = self.new_key(request).await?;
        let end = micros(later(now, overlap));
        let mut ending = row;
        ending.expires_at = Some(ending.expires_at.map_or(end, |before| before.min(end)));
        ending.version = next_version(ending.version);
        let ends_at = ending.expires_at.map(from_micros);
        self.write("{store}.keys", &[row_of(&new), ending]).await?;
        let old_expired_at = old.expires_at;
        Ok(Rotated { new, old: Key { expires_at: ends_at, ..old }, old_expired_at })
    }
}

/// As long from now as the old key was made for, which an earlier rotation does not shorten.
fn same_length(old: &Key, made_until: Option<i64>, now: Timestamp) -> Option<Timestamp> {
    let made_until = from_micros(made_until?).as_unix_nanos();
    let nanos = made_until.saturating_sub(old.created_at.as_unix_nanos());
    Some(later(now, Duration::from_nanos(nanos)))
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
    Timestamp::from_unix_nanos(now.as_unix_nanos().saturating_add(by))
}
