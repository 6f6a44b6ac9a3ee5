//! Keyed hashes: the same customer gives the same hash, and nobody without the key can look it up.

use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::InvalidGate;

/// Fewest bytes of a hash key. With less, all keys could be tried.
pub const HASH_KEY_BYTES: usize = 16;

/// The client's own key of the keyed hashes. Never printed, wiped when dropped.
#[derive(Clone, Default)]
pub struct HashKey(Zeroizing<Vec<u8>>);

impl HashKey {
    /// From the key's bytes; at least [`HASH_KEY_BYTES`], or [`Gate::new`](crate::Gate::new)
    /// refuses it.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// From configuration text: hex digits when there are at least 32 and an even number of them,
    /// otherwise the text's own bytes.
    ///
    /// # Errors
    /// When it is shorter than [`HASH_KEY_BYTES`].
    pub fn from_text(text: &str) -> Result<Self, InvalidGate> {
        let text = text.trim();
        let key = Self::new(unhex(text).unwrap_or_else(|| text.as_bytes().to_vec()));
        key.check().map(|()| key)
    }

    /// A fresh one: hashes then correlate within this process only.
    pub fn random() -> Self {
        let mut bytes = vec![0; 32];
        if getrandom::fill(&mut bytes).is_err() {
            // The standard library's own random keys: seeded by the system once per thread.
            for part in bytes.chunks_mut(8) {
                part.copy_from_slice(&RandomState::new().build_hasher().finish().to_ne_bytes());
            }
        }
        Self::new(bytes)
    }

    pub(crate) fn check(&self) -> Result<(), InvalidGate> {
        match self.0.len() {
            bytes if bytes < HASH_KEY_BYTES => Err(InvalidGate::ShortHashKey { bytes }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(..)")
    }
}

/// The bytes that `text` is the hex digits of, if it is that and enough.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_long = text.len() >= 2 * HASH_KEY_BYTES;
    is_long.then(|| HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()).flatten()
}

/// HMAC-SHA-256 with its key taken in once.
#[derive(Clone)]
pub(crate) struct KeyedHash(Hmac<Sha256>);

impl KeyedHash {
    pub(crate) fn new(key: &HashKey) -> Result<Self, InvalidGate> {
        key.check()?;
        // HMAC takes keys of any length, so this error does not occur.
        let hmac = Hmac::new_from_slice(&key.0);
        hmac.map(Self).map_err(|_| InvalidGate::ShortHashKey { bytes: key.0.len() })
    }

    /// `hmac:` and the first 16 hex digits. Case and surrounding space don't matter.
    pub(crate) fn hash(&self, text: &str) -> String {
        let mut hmac = self.0.clone();
        let text = text.trim();
        if text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            hmac.update(text.to_lowercase().as_bytes());
        } else {
            hmac.update(text.as_bytes());
        }
        let mut out = String::with_capacity(21);
        out.push_str("hmac:");
        HEXLOWER.encode_append(&hmac.finalize().into_bytes()[..8], &mut out);
        out
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_customer_correlates_and_another_key_does_not() {
        let mine = KeyedHash::new(&HashKey::new(*b"0123456789abcdef")).unwrap();
        let other = KeyedHash::new(&HashKey::new(*b"0123456789abcdeF")).unwrap();
        assert_eq!(mine.hash(" Mia.Li@Example.com"), mine.hash("mia.li@example.com"));
        assert_ne!(mine.hash("mia"), other.hash("mia"));
        // As another implementation computes it (Python's `hmac`).
        assert_eq!(mine.hash("mia.li@example.com"), "hmac:39f5c72e5012d5f9");
    }

    #[test]
    fn short_keys_are_refused_and_hex_is_read() {
        assert!(HashKey::from_text("short").is_err());
        assert_eq!(
            HashKey::from_text("000102030405060708090a0b0c0d0e0f").unwrap().0.as_slice(),
            (0..16).collect::<Vec<u8>>()
        );
        assert_eq!(format!("{:?}", HashKey::new(*b"0123456789abcdef")), "HashKey(..)");
    }
}
