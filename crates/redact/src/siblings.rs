//! What the entries of an object say about each other, and the key above about them all: whose name
//! stands under a bare `name`, and what a `value` is that is named by the text beside it
//! (`{"name": "DB_PASSWORD", "value": …}`).
//!
//! One rule for everything that reads maps: values of JSON, bodies on the wire, JSON inside texts.
//! Each walks an object's entries once with [`Siblings::see`] where [`Parts`] says that it is worth
//! it, and asks [`Siblings::class`] for each.
//!
//! Invariant: what is left by a gate says to the next no less for keeping a name than it said to
//! this one. So only what cleaning leaves as it is counts for a thing.

mod cues;
mod list_pairs;
mod schema;

pub use list_pairs::ListPairs;
pub(crate) use schema::Description;

use cues::{Cue, Noun, part};

use crate::{gate::Gate, key_class::KeyClass, name_look::names_nobody};

/// Bytes and words of a text that may name the value beside it.
const NAMING_BYTES: usize = 64;
const NAMING_WORDS: usize = 6;

/// The key above an object.
#[derive(Clone, Copy, Default)]
pub struct Above<'k> {
    key: Option<&'k str>,
    listed: bool,
}

impl<'k> Above<'k> {
    /// An object right below this key.
    pub const fn key(key: &'k str) -> Self {
        Self { key: Some(key), listed: false }
    }

    /// An object in a list that is there.
    #[must_use]
    pub const fn listed(self) -> Self {
        Self { listed: true, ..self }
    }
}

/// A value, as far as it says what its object is.
#[derive(Clone, Copy)]
pub enum Said<'t> {
    /// A text.
    Text(&'t str),
    /// A map that describes a value instead of being one (`{"type": "string"}`), perhaps with
    /// samples of it.
    Schema {
        /// Samples, a default or a list of what it may be.
        samples: bool,
    },
    /// Anything else.
    Other,
}

/// What the keys of an object are to each other. Cheap: every key of every map is asked.
#[derive(Clone, Copy, Default)]
pub struct Parts(u8);

impl Parts {
    /// Takes note of a key, unless it `is_own`: one that says nothing about the others.
    #[inline]
    pub fn note(&mut self, key: &[u8], is_own: impl Fn(&[u8]) -> bool) {
        if cues::may_be_part(key) && !is_own(key) {
            self.0 |= cues::parts(key);
        }
    }

    /// Whether an entry of the object is told by another.
    #[inline]
    pub fn speak(self) -> bool {
        let has = |part| self.0 & part != 0;
        has(part::NAME)
            || (has(part::NAMING) && has(part::VALUE))
            || (has(part::FIELD) && has(part::CHANGE))
    }
}

/// What the entries of one object say.
#[derive(Clone, Copy, Debug)]
pub struct Siblings {
    above: Option<Noun>,
    kind: Option<Noun>,
    person: bool,
    contact: bool,
    thing: bool,
    hint: bool,
    /// A value stands beside the texts that may name it.
    has_value: bool,
    /// What these texts say of it, and of what changed.
    named: KeyClass,
    changed: KeyClass,
}

impl Siblings {
    /// Of an object there.
    pub fn below(above: Above<'_>) -> Self {
        Self {
            above: above.key.and_then(|key| cues::noun(key.as_bytes(), above.listed)),
            kind: None,
            person: false,
            contact: false,
            thing: false,
            hint: false,
            has_value: false,
            named: KeyClass::Plain,
            changed: KeyClass::Plain,
        }
    }

    /// Takes note of an entry. `cleaned` is what cleaning makes of a short text, where it changes it.
    pub fn see(
        &mut self,
        gate: &Gate,
        key: &str,
        value: Said<'_>,
        cleaned: &mut dyn FnMut(&str) -> Option<String>,
    ) {
        let parts = cues::parts(key.as_bytes());
        self.has_value |= parts & part::VALUE != 0;
        self.hint |= parts & part::VALUE != 0 && matches!(value, Said::Text(_));
        match cues::cue(key.as_bytes()) {
            Some(Cue::Person) => self.person = true,
            Some(Cue::Contact) => self.contact = true,
            Some(Cue::Thing) => self.thing |= cleaned(key).is_none(),
            Some(Cue::Hint) => self.hint |= cleaned(key).is_none(),
            None => {}
        }
        let Said::Text(text) = value else { return };
        if parts & part::NAMING != 0 && may_name(text) {
            let mut class = gate.classify(text);
            if let Some(cleaned) = cleaned(text) {
                class = class.or(gate.classify(&cleaned));
            }
            self.named = self.named.or(class);
            if parts & part::FIELD != 0 {
                self.changed = self.changed.or(class);
            }
        }
        if parts & part::KIND != 0 {
            match cues::noun(text.as_bytes(), false) {
                Some(Noun::Person) => self.kind = Some(Noun::Person),
                // What kind a thing is takes few words: more are not cleaned for it.
                noun @ Some(_)
                    if self.kind.is_none() && may_name(text) && cleaned(text).is_none() =>
                {
                    self.kind = noun;
                }
                _ => {}
            }
        }
    }

    /// Whether the value of `key` may be named by a text beside it.
    pub(crate) fn may_be_named(key: &str) -> bool {
        cues::parts(key.as_bytes()) & (part::VALUE | part::CHANGE) != 0
    }

    /// Whether the value of `key` is named by whatever text names one.
    pub(crate) fn is_value(key: &str) -> bool {
        cues::parts(key.as_bytes()) & part::VALUE != 0
    }

    /// Whether the text of `key` may name the value beside it.
    pub(crate) fn may_name(key: &str) -> bool {
        cues::parts(key.as_bytes()) & part::NAMING != 0
    }

    /// What an entry of the object says of its value, whose key alone says `own`.
    pub fn class(&self, gate: &Gate, key: &str, own: KeyClass, value: Said<'_>) -> KeyClass {
        match own {
            KeyClass::Name => self.class_of_name(gate, key, value),
            KeyClass::Plain => {
                let parts = cues::parts(key.as_bytes());
                let named = match parts {
                    _ if parts & part::VALUE != 0 => self.named,
                    _ if parts & part::CHANGE != 0 => self.changed,
                    _ => return own,
                };
                // An option of a form names itself: `{"label": "Phone", "value": "phone"}`.
                match value {
                    Said::Text(text) if is_key_like(text) && gate.classify(text) == named => own,
                    _ => named,
                }
            }
            own => value.described(own),
        }
    }

    fn class_of_name(&self, gate: &Gate, key: &str, value: Said<'_>) -> KeyClass {
        match value {
            Said::Schema { .. } => return KeyClass::Plain,
            Said::Text(text)
                if self.has_value
                    && cues::parts(key.as_bytes()) & part::NAMING != 0
                    && may_name(text)
                    && gate.classify(text) != KeyClass::Plain =>
            {
                return KeyClass::Plain;
            }
            _ => {}
        }
        match (self.whose(), value) {
            (KeyClass::Personal, Said::Text(text)) if names_nobody(text) => KeyClass::Plain,
            (whose, _) => whose,
        }
    }

    /// Whose the names of the object are.
    fn whose(&self) -> KeyClass {
        let is = |noun| self.above == Some(noun) || self.kind == Some(noun);
        if self.person {
            return if self.thing { KeyClass::Name } else { KeyClass::Personal };
        }
        let is_person = self.kind == Some(Noun::Person)
            || (self.kind.is_none() && self.above == Some(Noun::Person));
        match () {
            () if is_person => {
                if self.thing {
                    KeyClass::Label
                } else {
                    KeyClass::Personal
                }
            }
            () if self.thing && is(Noun::Thing) => KeyClass::Plain,
            () if self.contact => match () {
                () if self.thing || is(Noun::Thing) => KeyClass::Label,
                () if is(Noun::Likely) => KeyClass::Name,
                () => KeyClass::Personal,
            },
            () if self.thing || is(Noun::Thing) => KeyClass::Plain,
            () if self.hint || is(Noun::Likely) => KeyClass::Label,
            () => KeyClass::Name,
        }
    }
}

fn may_name(text: &str) -> bool {
    text.len() <= NAMING_BYTES && text.split_ascii_whitespace().nth(NAMING_WORDS).is_none()
}

/// `card_number`: words in lower case and nothing else.
fn is_key_like(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'))
}
