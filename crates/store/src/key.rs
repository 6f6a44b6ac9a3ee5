//! Keys as they are stored: whose, what they may do, and the digest of their text.

use std::{fmt, str::FromStr};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use ticketlens_ticket::Timestamp;

use crate::TenantName;

/// Of ids: lower-case, without the letters that look like digits or each other (i, l, o, u).
pub(crate) const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Send its tenant's tickets.
    Ingest,
    /// Read its tenant's tickets.
    Read,
    /// Read all tickets; keep tenants and keys.
    Admin,
    /// Give feedback on its tenant's tickets, and nothing else: a help desk's webhook.
    Feedback,
}

/// The text is none of the scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scope is none of ingest, feedback, read, admin")]
pub struct UnknownScope;

impl Scope {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
            Self::Feedback => "feedback",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ingest" => Ok(Self::Ingest),
            "read" => Ok(Self::Read),
            "admin" => Ok(Self::Admin),
            "feedback" => Ok(Self::Feedback),
            _ => Err(UnknownScope),
        }
    }
}

/// Eight characters that name a key in listings and logs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(crate) [u8; 8]);

/// The text is no key's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key's id is eight lower-case letters and digits")]
pub struct InvalidKeyId;

impl KeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        // Every byte came from the alphabet.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes: [u8; 8] = text.as_bytes().try_into().map_err(|_| InvalidKeyId)?;
        if bytes.iter().all(|byte| BASE32.contains(byte)) {
            Ok(Self(bytes))
        } else {
            Err(InvalidKeyId)
        }
    }
}

/// SHA-256 of a key's whole text. Safe to keep: a key's secret has 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyDigest(pub(crate) [u8; 32]);

/// The text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key's digest is 64 hexadecimal digits (SHA-256)")]
pub struct InvalidDigest;

impl KeyDigest {
    /// The digest of a key.
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// Whether another is the same. In constant time: how far two agree must not show.
    pub fn is(&self, presented: &Self) -> bool {
        self.0.ct_eq(&presented.0).into()
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for KeyDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digest = [0; 32];
        // A digest that people were given may have come with capitals.
        if text.len() != 2 * digest.len() {
            return Err(InvalidDigest);
        }
        match HEXLOWER_PERMISSIVE.decode_mut(text.as_bytes(), &mut digest) {
            Ok(_) => Ok(Self(digest)),
            Err(_) => Err(InvalidDigest),
        }
    }
}

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What names it.
    pub id: KeyId,
    /// Whose it is; absent for admin keys.
    pub tenant: Option<TenantName>,
    /// What it may do.
    pub scope: Scope,
    /// For people.
    pub note: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; absent: never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked; absent: it was not.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, as far as receivers have told; known of keys that were listed.
    pub used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_as_itself() {
        let digest = KeyDigest::of("tl_x");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("zz".repeat(32).parse::<KeyDigest>(), Err(InvalidDigest));
        assert_eq!("é".repeat(32).parse::<KeyDigest>(), Err(InvalidDigest));
    }
}
