//! The gate itself: what is configured once and shared by every pass.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use crate::{
    HashKey, KeyClass, Known, Pass,
    filter::{Filter, Rule},
    hash::KeyedHash,
    iban,
    key::KeyTable,
    provider, spoken, token,
};

/// What a gate is made from. The default is the default.
#[derive(Clone, Debug, Default)]
pub struct GateConfig {
    /// The key of the keyed hashes, the client's own. Without one a random key is taken, and
    /// hashes correlate within this process only.
    pub hash_key: Option<HashKey>,
    /// More keys whose values are removed, beside the default list.
    pub secret_keys: Vec<String>,
    /// More keys whose values are replaced by a keyed hash, beside the default list.
    pub personal_keys: Vec<String>,
    /// Keys of any list whose values are judged by their form alone.
    pub exempt_keys: Vec<String>,
    /// Keys whose values are removed whatever another list says of them, or of a longer key that
    /// ends in one: nothing exempts from these.
    pub denied_keys: Vec<String>,
    /// Whether IP addresses go too. Off by default: they are mostly machines'.
    pub ip_addresses: bool,
}

/// Why a gate can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGate {
    /// The hash key could be found by trying.
    #[error("hash key has {bytes} bytes and needs at least 16")]
    ShortHashKey {
        /// Bytes it has.
        bytes: usize,
    },
    /// A listed key has no letter in it.
    #[error("{list} has an entry without a letter")]
    EmptyKey {
        /// The list's name.
        list: &'static str,
    },
}

/// Takes secrets and personal data out of text, keys and JSON. Immutable and shared; cheap to
/// clone. One [`Pass`] through it cleans one ticket.
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
        let filter = Filter::new(triggers(&keys));
        Self { keys, filter }
    }

    fn of(config: &GateConfig) -> Arc<Self> {
        let GateConfig { secret_keys, personal_keys, exempt_keys, denied_keys, .. } = config;
        let own = [secret_keys, personal_keys, exempt_keys, denied_keys];
        match own.iter().all(|list| list.is_empty()) {
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
        let lists = Lists::of(&config);
        let own_hash_key = config.hash_key.is_some();
        let hash = KeyedHash::new(&config.hash_key.unwrap_or_else(HashKey::random))?;
        let ip_addresses = config.ip_addresses;
        Ok(Self(Arc::new(Inner { hash, own_hash_key, lists, ip_addresses })))
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

    /// A pass for one ticket, with what is known about its customer.
    pub fn pass<'g>(&'g self, known: Option<&'g Known>) -> Pass<'g> {
        Pass::new(self, known)
    }

    pub(crate) fn hash(&self, text: &str) -> String {
        self.0.hash.hash(text)
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.0.lists.filter
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

/// Every three bytes something may start with.
fn triggers(keys: &KeyTable) -> Vec<([u8; 3], Rule)> {
    let mut triggers = Vec::new();
    let mut on = |three: [u8; 3], rule: Rule| triggers.push((three, rule));
    for (index, form) in provider::FORMS.iter().enumerate() {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        provider::triggers(form).into_iter().for_each(|three| on(three, Rule::Provider(index)));
    }
    token::discord_triggers().for_each(|three| on(three, Rule::Discord));
    for (three, rule) in [
        // "Basic" is a common word, and rarely has a blank behind it.
        (*b"ic ", Rule::Basic),
        (*b"IC ", Rule::Basic),
        (*b"ic%", Rule::Basic),
        (*b"-BE", Rule::Pem),
        (*b"LS0", Rule::Pem),
        (*b"eyJ", Rule::Jwt),
        (*b"ZXl", Rule::Jwt),
        (*b"-u ", Rule::CurlUser),
        (*b"-u'", Rule::CurlUser),
        (*b"-u\"", Rule::CurlUser),
        (*b"-us", Rule::CurlUser),
        (*b"://", Rule::Url),
        (*b"%40", Rule::EncodedAt),
        (*b"&#6", Rule::EncodedAt),
        (*b"&#x", Rule::EncodedAt),
        (*b"\\u0", Rule::EncodedAt),
    ] {
        on(three, rule);
    }
    for (word, rule) in [
        (b"bea", Rule::Bearer),
        (b"dob", Rule::Birth),
        (b"d.o", Rule::Birth),
        (b"bor", Rule::Birth),
        (b"bir", Rule::Birth),
        (b"geb", Rule::Birth),
        (b"fec", Rule::Birth),
    ] {
        cased(*word).into_iter().for_each(|three| on(three, rule));
    }
    for (three, _) in spoken::TRIGGERS {
        on(**three, Rule::Spoken);
    }
    for (country, _) in iban::LENGTHS {
        for digit in b'0'..=b'9' {
            on([country[0], country[1], digit], Rule::Iban);
            on(
                [country[0].to_ascii_lowercase(), country[1].to_ascii_lowercase(), digit],
                Rule::Iban,
            );
        }
    }
    numbers(&mut on);
    listed_keys(keys, &mut on);
    short_words(keys, &mut on);
    triggers
}

/// In lower case, capitalised, in capitals.
fn cased(word: [u8; 3]) -> [[u8; 3]; 3] {
    let upper = word.map(|b| b.to_ascii_uppercase());
    [word, [upper[0], word[1], word[2]], upper]
}

/// Three digits; `+` and a digit; a short group that starts a national number.
fn numbers(on: &mut impl FnMut([u8; 3], Rule)) {
    for a in b'0'..=b'9' {
        for b in b'0'..=b'9' {
            for c in b'0'..=b'9' {
                on([a, b, c], Rule::Number);
            }
            on([b'+', a, b], Rule::Plus);
            on([a, b' ', b], Rule::Pairs);
        }
        for separator in [b' ', b'-', b'.', b'('] {
            on([b'+', a, separator], Rule::Plus);
        }
        on([b'+', b'(', a], Rule::Plus);
        for separator in [b' ', b'.', b'-'] {
            on([b'0', a, separator], Rule::Number);
        }
    }
}

/// The last two letters of every listed key and what may follow a key.
fn listed_keys(keys: &KeyTable, on: &mut impl FnMut([u8; 3], Rule)) {
    for key in keys.sensitive() {
        let [.., before, last] = *key else { continue };
        let [upper_before, upper_last] = [before, last].map(|b| b.to_ascii_uppercase());
        // In lower case, in capitals, and a last word of two letters behind a hump (`customerId`).
        for (a, b) in [(before, last), (upper_before, upper_last), (upper_before, last)] {
            for sign in *b"\"'\\" {
                on([a, b, sign], Rule::QuotedKey);
            }
            for sign in *b"=:%" {
                on([a, b, sign], Rule::AssignedKey);
            }
            on([a, b, b'>'], Rule::Element);
        }
        for b in [last, upper_last] {
            on([b, b' ', b'='], Rule::AssignedKey);
            // Settings in columns: `token : …`, `token := …`.
            on([b, b' ', b':'], Rule::AssignedKey);
            for digit in b'0'..=b'9' {
                for sign in *b"\"'\\" {
                    on([b, digit, sign], Rule::QuotedKey);
                }
                for sign in *b"=:%" {
                    on([b, digit, sign], Rule::AssignedKey);
                }
            }
        }
    }
}

/// Denied keys whose last word may be one letter (`seat_x`, `seatX`, or `x` alone): in a text it has
/// no other letter of its case before it. The default lists have none of these, and their gates no
/// more positions for them.
fn short_words(keys: &KeyTable, on: &mut impl FnMut([u8; 3], Rule)) {
    for key in keys.denied() {
        let Some((last, above)) = key.split_last() else { continue };
        let upper = last.to_ascii_uppercase();
        let apart = b"_-. ?&;".iter().flat_map(|before| [(*before, *last), (*before, upper)]);
        let hump = above.last().map(|before| (*before, upper));
        for (before, letter) in apart.chain(hump) {
            b"\"'\\".iter().for_each(|sign| on([before, letter, *sign], Rule::QuotedKey));
            b"=:%".iter().for_each(|sign| on([before, letter, *sign], Rule::AssignedKey));
        }
        for (quote, letter) in [(b'"', *last), (b'"', upper), (b'\'', *last), (b'\'', upper)] {
            on([quote, letter, quote], Rule::QuotedKey);
            on([quote, letter, b'\\'], Rule::QuotedKey);
        }
    }
}
