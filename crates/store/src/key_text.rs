//! The text of a key, which is shown once and stored nowhere.
//!
//! A key reads `tl_<tenant>_<id>_<secret>`, an admin's `tladmin_<id>_<secret>`: whoever finds one
//! sees whose it is and can name it by its id, and no tenant's name can make a key look like an
//! admin's (an underscore never occurs in a name). Only the SHA-256 of the whole text is stored.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use ticketlens_ticket::Timestamp;

use crate::{
    Key, KeyDigest, KeyId, Scope, TenantName,
    key::BASE32,
    randomness::{self, NoRandomness},
};

const TENANT_PREFIX: &str = "tl_";
const ADMIN_PREFIX: &str = "tladmin_";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 43 characters of base62 are 256 bits.
const RANDOM_CHARS: usize = 43;
/// The first 30 bits of a digest, so that a typo is told from a wrong key.
const CHECK_CHARS: usize = 5;

/// A key just made, with its text, which is shown once and stored nowhere.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key.
    pub key: Key,
    /// The text to hand to its user.
    pub secret: SecretString,
}

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
        let key = Key {
            id,
            tenant,
            scope,
            note,
            created_at,
            expires_at,
            revoked_at: None,
            used_at: None,
        };
        Ok(Self { key, secret: SecretString::from(text) })
    }

    /// An admin key that is stored nowhere: its digest goes into the receiver's configuration, to
    /// make the first tenants and keys with.
    pub fn bootstrap() -> Result<Self, NoRandomness> {
        Self::generate(None, Scope::Admin, "bootstrap".to_owned(), None)
    }

    /// The digest to store.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest::of(self.secret.expose_secret())
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
        randomness::fill(&mut bytes)?;
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
        let text = new.secret.expose_secret();
        assert!(text.starts_with(&format!("tl_skyline-air_{}_", new.key.id)));
        assert_eq!(KeyForm::read(text), Some(KeyForm { id: new.key.id }));
        assert!(KeyForm::is_consistent(text));
        assert!(!format!("{new:?}").contains(&text[24..]));
    }

    #[test]
    fn no_tenants_key_looks_like_an_admins() {
        let tenant = new_key("admin");
        let admin = NewKey::bootstrap().unwrap();
        assert!(!tenant.secret.expose_secret().starts_with(ADMIN_PREFIX));
        assert!(!admin.secret.expose_secret().starts_with(TENANT_PREFIX));
        assert_eq!(KeyForm::read(admin.secret.expose_secret()), Some(KeyForm { id: admin.key.id }));
    }

    #[test]
    fn every_single_typo_is_noticed() {
        let new = new_key("acme");
        let text = new.secret.expose_secret();
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
}
