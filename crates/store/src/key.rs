//! Keys: their text, their digest, what they may do.
//!
//! A key reads `tl_<tenant>_<id>_<secret>`, an admin's `tladmin_<id>_<secret>`: whoever finds one
//! sees whose it is and can name it by its id, and no tenant's name can make a key look like an
//! admin's (an underscore never occurs in a name). Only the SHA-256 of the whole text is stored.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};
use ticketlens_ticket::Timestamp;

use crate::{Secret, TenantName};

const TENANT_PREFIX: &str = "tl_";
const ADMIN_PREFIX: &str = "tladmin_";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Lower-case, without the letters that look like digits or each other (i, l, o, u).
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 43 characters of base62 are 256 bits.
const RANDOM_CHARS: usize = 43;
/// The first 30 bits of a digest, so that a typo is told from a wrong key.
const CHECK_CHARS: usize = 5;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Send its tenant's tickets.
    Ingest,
    /// Read its tenant's tickets.
    Read,
    /// Read all tickets; keep tenants and keys.
    Admin,
}

/// The text is none of the scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scope is none of ingest, read, admin")]
pub struct UnknownScope;

impl Scope {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
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
            _ => Err(UnknownScope),
        }
    }
}

/// Eight characters that name a key in listings and logs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

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
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for KeyDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        let mut digest = [0; 32];
        if digits.len() != 64 {
            return Err(InvalidDigest);
        }
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(digest))
    }
}

fn nibble(digit: u8) -> Result<u8, InvalidDigest> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(InvalidDigest),
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
}

/// A key just made, with its text, which is shown once and stored nowhere.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key.
    pub key: Key,
    /// The text to hand to its user.
    pub secret: Secret,
}

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

impl NewKey {
    /// Makes a key. `Admin` for `None`, otherwise `scope` for that tenant.
    pub(crate) fn generate(
        tenant: Option<TenantName>,
        scope: Scope,
        note: String,
        expires_at: Option<Timestamp>,
    ) -> Result<Self, NoRandomness> {
        let id = KeyId(random_chars(BASE32)?);
        let random: [u8; RANDOM_CHARS] = random_chars(BASE62)?;
        let owner = match &tenant {
            Some(tenant) => format!("{TENANT_PREFIX}{tenant}_"),
            None => ADMIN_PREFIX.to_owned(),
        };
        let mut text = format!("{owner}{id}_");
        text.extend(random.map(char::from));
        text.extend(check_chars(&text).map(char::from));
        let created_at = Timestamp::now();
        let key = Key { id, tenant, scope, note, created_at, expires_at, revoked_at: None };
        Ok(Self { key, secret: Secret::new(text) })
    }

    /// An admin key that is stored nowhere: its digest goes into the receiver's configuration, to
    /// make the first tenants and keys with.
    pub fn bootstrap() -> Result<Self, NoRandomness> {
        Self::generate(None, Scope::Admin, "bootstrap".to_owned(), None)
    }

    /// The digest to store.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest::of(self.secret.expose())
    }
}

/// The parts of a presented key that are needed before it is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyForm {
    /// The id it names.
    pub(crate) id: KeyId,
}

impl KeyForm {
    /// Reads a key's text; `None` for what can't be one. Allocates nothing.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let rest = match text.strip_prefix(TENANT_PREFIX) {
            Some(rest) => rest.split_once('_')?.1,
            None => text.strip_prefix(ADMIN_PREFIX)?,
        };
        let (id, secret) = rest.split_once('_')?;
        let whole = secret.len() == RANDOM_CHARS + CHECK_CHARS
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let id = id.parse().ok()?;
        whole.then_some(Self { id })
    }

    /// Whether the last characters follow from those before: false means a typo.
    pub(crate) fn is_consistent(text: &str) -> bool {
        let Some(at) = text.len().checked_sub(CHECK_CHARS).filter(|at| text.is_char_boundary(*at))
        else {
            return false;
        };
        text.as_bytes()[at..] == check_chars(&text[..at])
    }
}

fn check_chars(text: &str) -> [u8; CHECK_CHARS] {
    let digest = Sha256::digest(text);
    let mut rest = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    std::array::from_fn(|_| {
        let char = BASE62[(rest % 62) as usize];
        rest /= 62;
        char
    })
}

/// Uniform: bytes beyond the last whole multiple of the alphabet are thrown away.
fn random_chars<const N: usize>(alphabet: &[u8]) -> Result<[u8; N], NoRandomness> {
    let most = 256 - 256 % alphabet.len();
    let mut out = [0; N];
    let mut filled = 0;
    while filled < N {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        for byte in bytes.into_iter().map(usize::from).filter(|byte| *byte < most) {
            if filled < N {
                out[filled] = alphabet[byte % alphabet.len()];
                filled += 1;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_key(tenant: &str) -> NewKey {
        let tenant = tenant.parse().unwrap();
        NewKey::generate(Some(tenant), Scope::Ingest, String::new(), None).unwrap()
    }

    #[test]
    fn a_key_shows_its_tenant_and_its_id() {
        let new = new_key("skyline-air");
        let text = new.secret.expose();
        assert!(text.starts_with(&format!("tl_skyline-air_{}_", new.key.id)));
        assert_eq!(KeyForm::read(text), Some(KeyForm { id: new.key.id }));
        assert!(KeyForm::is_consistent(text));
        assert!(!format!("{new:?}").contains(&text[24..]));
    }

    #[test]
    fn no_tenants_key_looks_like_an_admins() {
        let tenant = new_key("admin");
        let admin = NewKey::bootstrap().unwrap();
        assert!(!tenant.secret.expose().starts_with(ADMIN_PREFIX));
        assert!(!admin.secret.expose().starts_with(TENANT_PREFIX));
        assert_eq!(KeyForm::read(admin.secret.expose()), Some(KeyForm { id: admin.key.id }));
    }

    #[test]
    fn every_single_typo_is_noticed() {
        let new = new_key("acme");
        let text = new.secret.expose();
        for at in text.len() - RANDOM_CHARS - CHECK_CHARS..text.len() {
            let mut typo = text.as_bytes().to_vec();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            assert!(!KeyForm::is_consistent(str::from_utf8(&typo).unwrap()), "{at}");
        }
    }

    #[test]
    fn what_is_no_key_is_not_read() {
        for text in ["", "tl_", "tl_a", "tl_a_b_c", "tladmin_", "Bearer x", "tl_a_0123456é_x", "é"]
        {
            assert_eq!(KeyForm::read(text), None, "{text}");
            assert!(!KeyForm::is_consistent(text), "{text}");
        }
    }

    #[test]
    fn a_digest_reads_back_as_itself() {
        let digest = KeyDigest::of("tl_x");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("zz".repeat(32).parse::<KeyDigest>(), Err(InvalidDigest));
        assert_eq!("é".repeat(32).parse::<KeyDigest>(), Err(InvalidDigest));
    }
}
