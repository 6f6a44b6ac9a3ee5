//! The gate itself: what is configured once and shared by every pass. What passes through it stands
//! in [`pass`](crate::pass).

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use crate::{
    absence::is_absent,
    config::GateConfig,
    error::InvalidGate,
    filter::Filter,
    hash::{HashKey, KeyedHash},
    key_class::{KeyClass, is_gone},
    key_endings::Endings,
    key_table::KeyTable,
    placeholder,
    subject::Subject,
    tables, triggers,
};

/// Takes secrets and personal data out of text, keys and JSON. Immutable and shared; cheap to
/// clone. One [`Pass`](crate::Pass) through it cleans one ticket.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    hash: KeyedHash,
    own_hash_key: bool,
    lists: Arc<Lists>,
    ip_addresses: bool,
}

/// What depends on the lists of keys: the same for all gates that add none.
struct Lists {
    keys: KeyTable,
    filter: Filter,
}

static DEFAULT: LazyLock<Arc<Lists>> =
    LazyLock::new(|| Arc::new(Lists::new(&GateConfig::default())));

impl Lists {
    fn new(config: &GateConfig) -> Self {
        let keys = KeyTable::new(config);
        let filter = Filter::new(triggers::all(&keys));
        Self { keys, filter }
    }

    fn of(config: &GateConfig) -> Arc<Self> {
        let GateConfig { secret_keys, personal_keys, exempt_keys, denied_keys, .. } = config;
        let own = [secret_keys, personal_keys, exempt_keys, denied_keys];
        let are_default = config.subject == Subject::default();
        match are_default && own.iter().all(|list| list.is_empty()) {
            true => Arc::clone(&DEFAULT),
            false => Arc::new(Self::new(config)),
        }
    }
}

impl Gate {
    /// Checks the configuration and builds the tables; those of the default lists once per process.
    ///
    /// # Errors
    /// When the hash key is too short, or a listed key has no letter.
    pub fn new(config: GateConfig) -> Result<Self, InvalidGate> {
        let lists = [
            ("secret_keys", &config.secret_keys),
            ("personal_keys", &config.personal_keys),
            ("exempt_keys", &config.exempt_keys),
            ("denied_keys", &config.denied_keys),
        ];
        for (list, keys) in lists {
            if keys.iter().any(|key| !key.chars().any(char::is_alphabetic)) {
                return Err(InvalidGate::EmptyKey { list });
            }
        }
        tables::make();
        let lists = Lists::of(&config);
        let own_hash_key = config.hash_key.is_some();
        let hash = KeyedHash::new(&config.hash_key.unwrap_or_else(HashKey::random))?;
        let ip_addresses = config.ip_addresses;
        Ok(Self(Arc::new(Inner { hash, own_hash_key, lists, ip_addresses })))
    }

    /// Whether what says that there is no value stays under a key of that class: `null`, `false`.
    /// Where keys are denied, secret keys keep nothing but `null`: `false` may be all there is to
    /// hide.
    #[must_use]
    pub fn keeps_absence(&self, class: KeyClass) -> bool {
        class != KeyClass::Secret || !self.0.lists.keys.denies()
    }

    /// Whether the value of a key of that class is removed already, or there is none.
    pub(crate) fn is_gone(&self, class: KeyClass, text: &str) -> bool {
        is_gone(class, text)
            || (self.keeps_absence(class) && is_absent(text) && !self.is_name_of_one(class, text))
    }

    /// Whether a person's name may stand in the brackets of a placeholder: `{Jane}`, not `{Email}`.
    fn is_name_of_one(&self, class: KeyClass, text: &str) -> bool {
        class != KeyClass::Secret
            && matches!(text.trim().as_bytes(), [b'{' | b'<', ..])
            && placeholder::is_capitalised(text.trim()).is_some_and(|word| {
                self.classify(word) == KeyClass::Plain && !is_absent(&format!("({word})"))
            })
    }

    /// Whether the hash key was given. If not, say so once: the same customer has another hash
    /// after every restart.
    pub fn has_own_hash_key(&self) -> bool {
        self.0.own_hash_key
    }

    /// What `key` says about its value.
    pub fn classify(&self, key: &str) -> KeyClass {
        self.0.lists.keys.classify(key)
    }

    pub(crate) fn hash(&self, text: &str) -> String {
        self.0.hash.hash(text)
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.0.lists.filter
    }

    /// Whether a secret key may end in these two words. It does not if this says no.
    pub(crate) fn may_end_in(&self, before: &[u8], word: &[u8]) -> bool {
        self.0.lists.keys.may_end_in(before, word)
    }

    pub(crate) fn key_endings(&self) -> &Endings {
        self.0.lists.keys.endings()
    }

    pub(crate) fn ip_addresses(&self) -> bool {
        self.0.ip_addresses
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gate = f.debug_struct("Gate");
        gate.field("own_hash_key", &self.0.own_hash_key);
        gate.field("ip_addresses", &self.0.ip_addresses).finish_non_exhaustive()
    }
}
