//! How a key is looked up in the lists of keys.
//!
//! A key is read as words: `customerEmail`, `customer-email` and `CUSTOMER_EMAIL` are all
//! *customer email*, one or two digits at the end don't count (`address1`). It is looked up whole
//! and then by its last words, the longest known ending wins: *page token* is plain although
//! *token* is a secret. Accents don't count (`prénom`), and a few long words are known at the end of
//! a word too (`PGPASSWORD`). [`key_lists`](crate::key_lists) holds the lists.

mod folded;

use folded::Folded;

use crate::{
    config::GateConfig,
    detector::mark_at,
    key_class::KeyClass,
    key_endings::{Endings, LOWER},
    key_lists::{GLUED, KEY_LISTS, TYPES},
    key_memo::TableId,
    lex::is_word,
    subject::Subject,
};

/// Bytes of a normalised key that are looked at; of a longer one, the last.
const WINDOW: usize = 64;
const SLOTS: usize = 2048;

/// The lists, ready to be looked up: open addressing over a hash of the normalised key.
#[derive(Debug)]
pub(crate) struct KeyTable {
    id: TableId,
    slots: Vec<Option<Entry>>,
    endings: Endings,
    /// A bit for what each secret key of several words ends in: three letters, and its last word.
    spaced: Box<[u64; 64]>,
    /// The keys with letters beyond ASCII, as they are listed.
    spelled: Vec<Box<str>>,
    filled: usize,
    /// Whether any key is denied: then the longest ending is not the last word.
    denies: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Box<[u8]>,
    class: KeyClass,
    /// Known as a whole key only, not as the ending of one.
    whole: bool,
    /// Removed whatever a longer ending says.
    denied: bool,
}

impl KeyTable {
    /// The default lists, changed by the configuration's: the later one wins.
    pub(crate) fn new(config: &GateConfig) -> Self {
        let mut table = Self {
            id: TableId::new(),
            spaced: Box::new([0; 64]),
            slots: vec![None; SLOTS],
            endings: Endings::new(),
            spelled: Vec::new(),
            filled: 0,
            denies: !config.denied_keys.is_empty(),
        };
        GLUED.iter().chain(&TYPES).for_each(|word| table.endings.insert(word.as_bytes()));
        for list in &KEY_LISTS {
            for key in list.keys {
                table.insert(key, list.class, list.whole, false);
            }
        }
        if config.subject == Subject::InPlace {
            table.insert("subject", KeyClass::Plain, true, false);
        }
        let own = [
            (&config.secret_keys, KeyClass::Secret),
            (&config.personal_keys, KeyClass::Personal),
            (&config.exempt_keys, KeyClass::Plain),
        ];
        for (list, class) in own {
            for key in list {
                table.insert(key, class, false, false);
            }
        }
        for key in &config.denied_keys {
            table.insert(key, KeyClass::Secret, false, true);
        }
        table
    }

    /// What `key` says. Allocates nothing.
    pub(crate) fn classify(&self, key: &str) -> KeyClass {
        if key.is_ascii() { self.classify_plain(key.as_bytes()) } else { self.classify_folded(key) }
    }

    /// Apart, as most keys need no such buffer.
    #[cold]
    #[inline(never)]
    fn classify_folded(&self, key: &str) -> KeyClass {
        self.classify_plain(Folded::of(key, WINDOW).bytes())
    }

    fn classify_plain(&self, key: &[u8]) -> KeyClass {
        // A key that was replaced: `[email]` says nothing of its value.
        if !self.endings.may_end(key) || is_replaced(key) || is_route(key) {
            return KeyClass::Plain;
        }
        self.id.class_of(key, || match self.look_up(&Words::of(key)) {
            (class, false) if class != KeyClass::Plain && is_path(key) => KeyClass::Plain,
            (class, _) => class,
        })
    }

    /// Whether a secret key may end in these two words. It does not if this says no.
    pub(crate) fn may_end_in(&self, before: &[u8], word: &[u8]) -> bool {
        let at = pair(before, &word[..word.len() - digits_at_end(word)]);
        self.spaced[at / 64] >> (at % 64) & 1 == 1
    }

    pub(crate) fn endings(&self) -> &Endings {
        &self.endings
    }

    /// The listed keys that are not plain and have letters beyond ASCII, as they are listed.
    pub(crate) fn spelled(&self) -> impl Iterator<Item = &str> {
        self.spelled.iter().map(|key| &**key)
    }

    /// Every listed key, normalised, that is not plain.
    pub(crate) fn sensitive(&self) -> impl Iterator<Item = &[u8]> {
        let entries = self.slots.iter().flatten();
        entries.filter(|entry| entry.class != KeyClass::Plain).map(|entry| &*entry.key)
    }

    /// Whether any key is denied.
    pub(crate) fn denies(&self) -> bool {
        self.denies
    }

    /// Every denied key, normalised.
    pub(crate) fn denied(&self) -> impl Iterator<Item = &[u8]> {
        self.slots.iter().flatten().filter(|entry| entry.denied).map(|entry| &*entry.key)
    }

    /// What the words say, and whether it is a denied key that says so.
    fn look_up(&self, words: &Words) -> (KeyClass, bool) {
        let text = words.text();
        let mut longest = None;
        for start in words.starts() {
            let Some(entry) = self.find(&text[start..]) else { continue };
            if entry.denied {
                return (KeyClass::Secret, true);
            }
            if longest.is_none() && (start == 0 || !entry.whole) {
                if !self.denies {
                    return (entry.class, false);
                }
                longest = Some(entry.class);
            }
        }
        let class = longest.unwrap_or_else(|| {
            match GLUED.iter().any(|word| text.ends_with(word.as_bytes())) {
                true => KeyClass::Secret,
                false => KeyClass::Plain,
            }
        });
        (class, false)
    }

    fn find(&self, key: &[u8]) -> Option<&Entry> {
        let mut slot = hash(key) % self.slots.len();
        while let Some(entry) = &self.slots[slot] {
            if *entry.key == *key {
                return Some(entry);
            }
            slot = (slot + 1) % self.slots.len();
        }
        None
    }

    fn insert(&mut self, key: &str, class: KeyClass, whole: bool, denied: bool) {
        let words = Words::of(Folded::of(key, WINDOW).bytes());
        if !key.is_ascii() && class != KeyClass::Plain {
            self.spelled.push(key.into());
        }
        let key: Box<[u8]> = words.text().into();
        if key.is_empty() {
            return;
        }
        self.endings.insert(&key);
        let starts: Vec<usize> = words.starts().collect();
        if let [.., before, last] = starts[..]
            && class == KeyClass::Secret
        {
            let at = pair(&key[before..last], &key[last..]);
            self.spaced[at / 64] |= 1 << (at % 64);
        }
        if 2 * self.filled >= self.slots.len() {
            self.grow();
        }
        self.place(Entry { key, class, whole, denied });
    }

    fn place(&mut self, entry: Entry) {
        let mut slot = hash(&entry.key) % self.slots.len();
        while self.slots[slot].as_ref().is_some_and(|there| there.key != entry.key) {
            slot = (slot + 1) % self.slots.len();
        }
        self.filled += usize::from(self.slots[slot].is_none());
        self.slots[slot] = Some(entry);
    }

    fn grow(&mut self) {
        let larger = vec![None; 2 * self.slots.len()];
        self.filled = 0;
        for entry in std::mem::replace(&mut self.slots, larger).into_iter().flatten() {
            self.place(entry);
        }
    }
}

/// Whether a key is a mark, or ends in one, perhaps with the number that tells it from others
/// (`[email]#2`); not `user[email]`.
fn is_replaced(key: &[u8]) -> bool {
    let opens = |before: usize| memchr::memrchr(b'[', &key[..before]).unwrap_or(0);
    let mut open = opens(key.len());
    let last = mark_at(key, open).is_some_and(|end| key.get(open + end).is_none_or(|b| *b == b'#'));
    // Marks may touch: `[phone][email]`.
    while open > 0 && key[open - 1] == b']' {
        let before = opens(open - 1);
        match mark_at(key, before) {
            Some(length) if before + length == open => open = before,
            _ => return false,
        }
    }
    last && (open == 0 || !is_word(key[open - 1]))
}

/// `/users/{user_id}`, `POST /login/token`, `node_modules/cookie`; not `Email / Phone`.
fn is_path(key: &[u8]) -> bool {
    let apart = |at: usize| at > 0 && key[at - 1] == b' ' && key.get(at + 1) == Some(&b' ');
    memchr::memchr_iter(b'/', key).any(|at| !apart(at))
}

/// Whether a key is a route of an API (`/users/{user_id}`): what it ends in is no key.
fn is_route(key: &[u8]) -> bool {
    key.first() == Some(&b'/') && matches!(key.last(), Some(b'}' | b'/'))
}

/// Twelve bits of the last three letters of a word and all of the next.
fn pair(before: &[u8], word: &[u8]) -> usize {
    let first = before[before.len().saturating_sub(3)..].iter();
    let letters = first.chain(word).map(|b| LOWER[usize::from(*b)]).filter(|b| *b != 0);
    let hash = letters.fold(0_u32, |hash, letter| {
        (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193).rotate_left(5)
    });
    (hash.wrapping_mul(0x9e37_79b1) >> 20) as usize
}

/// FNV-1a: the keys are short and the table is ours.
fn hash(key: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in key {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    (hash ^ hash >> 15) as usize
}

/// A key's letters and digits in lower case, and where its words begin.
struct Words {
    buffer: [u8; WINDOW],
    len: usize,
    starts: u64,
}

impl Words {
    fn of(key: &[u8]) -> Self {
        let key = &key[key.len().saturating_sub(WINDOW)..];
        let key = &key[..key.len() - digits_at_end(key)];
        let mut words = Self { buffer: [0; WINDOW], len: 0, starts: 1 };
        let mut before = b'_';
        for (at, &byte) in key.iter().enumerate() {
            let lower = LOWER[usize::from(byte)];
            if lower == 0 {
                before = b'_';
                continue;
            }
            // Humps begin words, and so does the last capital of several (`APIKey`).
            let hump = lower != byte
                && (!before.is_ascii_uppercase()
                    || key.get(at + 1).is_some_and(u8::is_ascii_lowercase));
            if hump || before == b'_' {
                words.starts |= 1 << words.len;
            }
            words.buffer[words.len] = lower;
            words.len += 1;
            before = byte;
        }
        words
    }

    fn text(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// Where the words begin, the first first.
    fn starts(&self) -> impl Iterator<Item = usize> + use<> {
        let (mut left, len) = (self.starts, self.len);
        std::iter::from_fn(move || {
            let start = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (start < len).then_some(start)
        })
    }
}

/// One or two digits at the end count things (`address1`); more of them are an id, and the key is
/// then not the listed one (`credit_card_4421486`).
fn digits_at_end(key: &[u8]) -> usize {
    let digits = key.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    if digits > 2 || digits == key.len() { 0 } else { digits }
}

#[cfg(test)]
mod tests;
