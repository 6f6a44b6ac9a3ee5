//! The keys a tenant denies: their values are removed from whatever is sent, before it is stored.

use std::sync::Arc;

use crate::{DENY_KEY_BYTES, DENY_KEYS, InvalidTenant};

/// Keys whose values are removed, sorted, each once. Cheap to clone and to compare: equal lists are
/// served by one gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DenyKeys(Arc<[Box<str>]>);

impl DenyKeys {
    /// Checks the keys. Space around them does not count, nor their order.
    ///
    /// # Errors
    /// When there are more than [`DENY_KEYS`], or one is longer than [`DENY_KEY_BYTES`] or has no
    /// letter: it would match nothing, or nearly anything.
    pub fn new(keys: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, InvalidTenant> {
        let mut list: Vec<Box<str>> =
            keys.into_iter().map(|key| key.as_ref().trim().into()).collect();
        list.sort_unstable();
        list.dedup();
        let is_key = |key: &str| {
            key.len() <= DENY_KEY_BYTES
                && key.chars().any(char::is_alphabetic)
                && !key.chars().any(char::is_control)
        };
        if list.len() > DENY_KEYS || !list.iter().all(|key| is_key(key)) {
            return Err(InvalidTenant::DenyKeys);
        }
        Ok(Self(list.into()))
    }

    /// Whether nothing is denied.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each key.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| &**key)
    }

    /// Each key, as a text of its own.
    pub fn to_vec(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_each_is_there_once() {
        let keys = DenyKeys::new([" seat ", "badge", "seat"]).unwrap();
        assert_eq!(keys.to_vec(), ["badge", "seat"]);
        assert_eq!(keys, DenyKeys::new(["seat", "badge"]).unwrap());
        assert!(DenyKeys::new([""; 0]).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        let long = "a".repeat(DENY_KEY_BYTES);
        assert!(DenyKeys::new([&long]).is_ok());
        for bad in ["", "7", "--", "a\nb", &format!("{long}a")] {
            assert_eq!(DenyKeys::new([bad]), Err(InvalidTenant::DenyKeys), "{bad}");
        }
        let many = |count: usize| DenyKeys::new((0..count).map(|n| format!("k{n}")));
        assert!(many(DENY_KEYS).is_ok());
        assert_eq!(many(DENY_KEYS + 1), Err(InvalidTenant::DenyKeys));
    }
}
