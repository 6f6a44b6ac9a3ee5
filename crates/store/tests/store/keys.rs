//! Keys as they are stored: rotation, uses, and how a receiver sees that something changed.

use std::time::Duration;

use secrecy::ExposeSecret;
use ticketlens_store::{
    Key, KeyError, KeyId, KeyRefused, KeyRequest, NewKey, Rotation, Scope, Store,
};
use ticketlens_ticket::Timestamp;

use crate::engine::{raw, store, tenant, value};

const DAY: Duration = Duration::from_secs(86_400);

fn in_time(from: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_unix_nanos(from.as_unix_nanos() + by.as_nanos() as u64)
}

fn request(expires_at: Option<Timestamp>) -> KeyRequest {
    let tenant = "acme".parse().ok();
    KeyRequest { tenant, scope: Scope::Ingest, note: "eu".into(), expires_at }
}

fn rotation(id: KeyId, overlap: Duration) -> Rotation {
    Rotation { id, overlap, note: None, expires_at: None }
}

async fn with_key(database: &str, expires_at: Option<Timestamp>) -> (Store, NewKey) {
    let store = store(database).await;
    tenant(&store, "acme").await;
    let new = store.create_key(request(expires_at)).await.unwrap();
    (store, new)
}

/// What a receiver says to a key at that time.
async fn says(store: &Store, key: &NewKey, at: Timestamp) -> Result<KeyId, KeyRefused> {
    let ring = store.load_keyring(&[]).await.unwrap();
    ring.check(key.secret.expose_secret(), at).map(|principal| principal.key_id)
}

#[tokio::test]
async fn a_rotated_key_works_beside_its_successor_until_the_overlap_is_over() {
    let (store, first) = with_key("rotated", None).await;
    let before = Timestamp::now();
    let rotated = store.rotate_key(rotation(first.key.id, DAY)).await.unwrap();
    let Key { tenant, scope, note, expires_at, .. } = rotated.new.key.clone();
    assert_eq!((tenant, scope, note), (first.key.tenant.clone(), Scope::Ingest, "eu".to_owned()));
    assert_eq!(expires_at, None);
    let end = rotated.old.expires_at.unwrap();
    assert!(end >= in_time(before, DAY - Duration::from_millis(1)), "{end:?}");
    assert!(end <= in_time(Timestamp::now(), DAY));
    let now = Timestamp::now();
    assert_eq!(says(&store, &first, now).await, Ok(first.key.id));
    assert_eq!(says(&store, &rotated.new, now).await, Ok(rotated.new.key.id));
    assert_eq!(says(&store, &first, end).await, Err(KeyRefused::Expired));
    assert_eq!(says(&store, &rotated.new, end).await, Ok(rotated.new.key.id));
    // Again during the overlap, as when the answer was lost: made to work as long as the first.
    let again = store.rotate_key(rotation(first.key.id, DAY / 24)).await.unwrap();
    assert_eq!(again.new.key.expires_at, None);
    let again = store.rotate_key(rotation(first.key.id, DAY)).await.unwrap();
    assert_eq!(again.new.key.expires_at, None);
}

#[tokio::test]
async fn an_end_is_brought_forward_and_never_put_off_and_a_length_is_kept() {
    let soon = in_time(Timestamp::now(), DAY);
    let (store, first) = with_key("rotated_ends", Some(soon)).await;
    let rotated = store.rotate_key(rotation(first.key.id, 3 * DAY)).await.unwrap();
    let micros = |at: Timestamp| at.as_unix_nanos() / 1_000;
    assert_eq!(micros(rotated.old.expires_at.unwrap()), micros(soon));
    let end = rotated.new.key.expires_at.unwrap();
    assert!(end > soon && end < in_time(Timestamp::now(), DAY), "a day, as the first: {end:?}");
    // At once.
    let second = rotated.new;
    let rotated = store.rotate_key(rotation(second.key.id, Duration::ZERO)).await.unwrap();
    assert_eq!(says(&store, &second, Timestamp::now()).await, Err(KeyRefused::Expired));
    let ended = store.rotate_key(rotation(second.key.id, DAY)).await.unwrap_err();
    assert_eq!(ended, KeyError::Ended);
    store.revoke_key(rotated.new.key.id).await.unwrap();
    let revoked = store.rotate_key(rotation(rotated.new.key.id, DAY)).await.unwrap_err();
    assert_eq!(revoked, KeyError::Ended);
    let long = store.rotate_key(rotation(first.key.id, 400 * DAY)).await.unwrap_err();
    assert_eq!(long, KeyError::Overlap);
    let nobodys = store.rotate_key(rotation("00000000".parse().unwrap(), DAY)).await.unwrap_err();
    assert_eq!(nobodys, KeyError::NotFound);
}

/// Successor and end are one insert, which is there as a whole or not at all.
#[tokio::test]
async fn a_rotation_that_fails_has_done_nothing_of_it() {
    let (store, first) = with_key("rotated_fault", None).await;
    // Refuses what is written of the old key alone.
    let guard =
        "ALTER TABLE rotated_fault_store.keys ADD CONSTRAINT no_end CHECK isNull(expires_at)";
    raw(&store, guard).await.unwrap();
    let failed = store.rotate_key(rotation(first.key.id, DAY)).await.unwrap_err();
    assert!(matches!(failed, KeyError::Fault(_)), "{failed}");
    let keys = store.list_keys(None).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.id).collect::<Vec<_>>(), [first.key.id]);
    assert_eq!(says(&store, &first, Timestamp::now()).await, Ok(first.key.id));
}

#[tokio::test]
async fn a_feedback_key_belongs_to_a_tenant() {
    let (store, _) = with_key("webhooks", None).await;
    let wanted = KeyRequest { scope: Scope::Feedback, ..request(None) };
    let made = store.create_key(wanted.clone()).await.unwrap();
    assert_eq!(says(&store, &made, Timestamp::now()).await, Ok(made.key.id));
    let nobodys = KeyRequest { tenant: None, ..wanted };
    assert_eq!(store.create_key(nobodys).await.unwrap_err(), KeyError::TenantNeeded);
}

#[tokio::test]
async fn of_two_receivers_the_later_use_counts() {
    let (store, first) = with_key("used_keys", None).await;
    assert_eq!(store.list_keys(None).await.unwrap()[0].used_at, None);
    let at = |seconds: u64| Timestamp::from_unix_nanos(seconds * 1_000_000_000);
    for seconds in [500, 900, 700] {
        store.record_key_uses(&[(first.key.id, at(seconds))]).await.unwrap();
    }
    store.record_key_uses(&[]).await.unwrap();
    assert_eq!(store.list_keys(None).await.unwrap()[0].used_at, Some(at(900)));
    raw(&store, "OPTIMIZE TABLE used_keys_store.key_uses FINAL").await.unwrap();
    assert_eq!(value(&store, "SELECT count() FROM used_keys_store.key_uses").await, "1");
    assert_eq!(store.list_keys(None).await.unwrap()[0].used_at, Some(at(900)));
}

#[tokio::test]
async fn the_mark_differs_after_every_change_and_stays_without_one() {
    let (store, first) = with_key("marked", None).await;
    let mut marks = vec![store.keys_mark().await.unwrap()];
    assert_eq!(store.keys_mark().await.unwrap(), marks[0]);
    let rotated = store.rotate_key(rotation(first.key.id, DAY)).await.unwrap();
    marks.push(store.keys_mark().await.unwrap());
    store.revoke_key(rotated.new.key.id).await.unwrap();
    marks.push(store.keys_mark().await.unwrap());
    tenant(&store, "globex").await;
    marks.push(store.keys_mark().await.unwrap());
    store.update_tenant(&"globex".parse().unwrap(), Default::default()).await.unwrap();
    marks.push(store.keys_mark().await.unwrap());
    // A version of a receiver whose clock is behind.
    let row = "INSERT INTO marked_store.keys SELECT * REPLACE ('11111111' AS id, 1 AS version) \
               FROM marked_store.keys LIMIT 1";
    raw(&store, row).await.unwrap();
    marks.push(store.keys_mark().await.unwrap());
    let count = marks.len();
    marks.sort_unstable();
    marks.dedup();
    assert_eq!(marks.len(), count);
    store.record_key_uses(&[(first.key.id, Timestamp::now())]).await.unwrap();
    assert!(marks.contains(&store.keys_mark().await.unwrap()), "a use is no change");
}
