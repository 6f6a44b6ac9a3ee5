//! The one pass: `AnyValue`s to JSON, every string through the gate.

use std::{borrow::Cow, collections::HashMap};

use data_encoding::HEXLOWER;
use ticketlens_redact::{Above, Gate, KeyClass, ListPairs, Pass, Siblings};

use super::{
    error::BodyError,
    gated::gated,
    keys::Entries,
    out::Out,
    said::{self, said},
    stored::Changes,
};
use crate::{
    limits,
    meter::{Outgrown, lossy},
    wire::{Any, Items, Malformed},
};

/// Stands for what is removed whole: nothing is left of it.
const WHOLE: &str = "a list or map";
/// Held for each key that cleaning has changed, beside its text.
const CLEANED: usize = 2 * size_of::<(String, u64)>();

/// Writes `AnyValue`s as JSON, every string through the gate.
pub(super) struct JsonWriter<'p, 'k, 'g, 'm> {
    pub(super) gate: &'g Gate,
    pub(super) pass: &'p mut Pass<'k>,
    pub(super) out: Out<'p, 'm>,
    pub(super) changes: Changes,
}

impl JsonWriter<'_, '_, '_, '_> {
    pub(super) fn end(&mut self, entries: &Entries<'_>) {
        self.changes.keys += entries.end(self.out.meter());
    }

    /// Bytes as text, and a note of what was none.
    pub(super) fn text_of<'a>(&mut self, bytes: &'a [u8]) -> Result<Cow<'a, str>, Outgrown> {
        let text = lossy(bytes, self.out.meter())?;
        self.changes.texts += u64::from(matches!(text, Cow::Owned(_)));
        Ok(text)
    }

    /// Of all that was held since for a text, what it takes itself.
    #[expect(clippy::ptr_arg, reason = "whether it was made is the question")]
    pub(super) fn keep(&mut self, text: &Cow<'_, str>, before: usize) -> Result<(), Outgrown> {
        let made = if let Cow::Owned(text) = text { text.capacity() } else { 0 };
        let meter = self.out.meter();
        meter.release(meter.held() - before);
        meter.hold(made)
    }

    /// One of the contract's keys and a value of anyone's. The key says nothing of the value, unless
    /// a list names it.
    pub(super) fn own_entry(
        &mut self,
        key: &[u8],
        any: Any<'_>,
        depth: usize,
        keys: &mut Keys,
    ) -> Result<(), BodyError> {
        self.own_key(key, keys)?;
        let class = self.gate.classify(&String::from_utf8_lossy(key));
        self.any(any, Place { class, above: Above::default() }, depth)
    }

    /// What the entries of a map say about each other, where any does, without the contract's own.
    pub(super) fn siblings(
        &mut self,
        entries: &Entries<'_>,
        above: Above<'_>,
    ) -> Result<Option<Siblings>, Malformed> {
        if !entries.speak() {
            return Ok(None);
        }
        let mut siblings = Siblings::below(above);
        entries.each(|key, any| {
            if let Ok(text) = simdutf8::basic::from_utf8(key)
                && !entries.is_own(key)
            {
                self.pass.see(&mut siblings, text, said(any));
            }
        })?;
        Ok(Some(siblings))
    }

    /// A pair of someone else's keys: the key says what its value may be, and so do its siblings.
    /// Below a personal key everything is personal; a secret stays a secret.
    pub(super) fn entry(
        &mut self,
        key: &[u8],
        any: Any<'_>,
        map: MapOf,
        depth: usize,
        keys: &mut Keys,
    ) -> Result<(), BodyError> {
        let before = self.out.meter().held();
        let key = self.text_of(key)?;
        let clean = gated(self.pass, KeyClass::Plain, &key, self.out.meter())?;
        self.keep(&clean, before)?;
        let own = self.gate.classify(&key);
        let (mut own, clean) = match clean {
            Cow::Borrowed(_) => (own, clean),
            Cow::Owned(clean) => {
                // Remembered with a count, and written with it.
                self.out.meter().hold(CLEANED + 2 * clean.len())?;
                (own.or(self.gate.classify(&clean)), keys.unique(clean).into())
            }
        };
        self.key(&clean, keys)?;
        own = match map.siblings {
            Some(siblings) => siblings.class(self.gate, &key, own, said(any)),
            None if own != KeyClass::Plain => said(any).described(own),
            None => own,
        };
        self.any(any, Place { class: map.class.or(own), above: Above::key(&clean) }, depth)
    }

    fn any(&mut self, any: Any<'_>, place: Place<'_>, depth: usize) -> Result<(), BodyError> {
        match (any, place.class) {
            (Any::Empty, _) => self.out.null()?,
            (Any::Text(text), class) => self.checked_text(text, class)?,
            (Any::List([]), class @ KeyClass::Secret) if self.gate.keeps_absence(class) => {
                self.out.raw(b"[]")?
            }
            (Any::Map([]), class @ KeyClass::Secret) if self.gate.keeps_absence(class) => {
                self.out.raw(b"{}")?
            }
            (Any::List(_) | Any::Map(_) | Any::Bytes(_), KeyClass::Secret) => {
                self.replaced(KeyClass::Secret, WHOLE)?;
            }
            (Any::List(_) | Any::Map(_), _) if depth >= limits::BODY_DEPTH => {
                self.changes.deep += 1;
                self.out.text(limits::TOO_DEEP)?;
            }
            (Any::List(list), _) => self.list(list, place, depth)?,
            (Any::Map(map), _) => self.map(map, place, depth)?,
            (Any::Bytes(raw), class) => {
                self.out.meter().hold(raw.len() * 2)?;
                self.replaced(class, &HEXLOWER.encode(raw))?;
                self.out.meter().release(raw.len() * 2);
            }
            // Under a secret key it says only whether there is one, under a denied one perhaps all.
            (Any::Bool(truth), class) if !self.gate.keeps_absence(class) => {
                self.replaced(class, &truth.to_string())?;
            }
            (Any::Bool(truth), _) => self.out.raw(if truth { b"true" } else { b"false" })?,
            (Any::Int(n), class) if class.keeps_numbers() => self.out.int(n)?,
            (Any::Double(x), class) if class.keeps_numbers() => match self.finite(x) {
                Some(x) => self.out.double(x)?,
                None => self.out.null()?,
            },
            (Any::Int(n), class) => self.replaced(class, &n.to_string())?,
            (Any::Double(x), class) => self.replaced(class, &x.to_string())?,
        }
        Ok(())
    }

    /// NaN and infinities become null, which is all JSON has for them.
    pub(super) const fn finite(&mut self, x: f64) -> Option<f64> {
        if x.is_finite() {
            return Some(x);
        }
        self.changes.numbers += 1;
        None
    }

    fn checked_text(&mut self, bytes: &[u8], class: KeyClass) -> Result<(), Outgrown> {
        let text = self.text_of(bytes)?;
        self.replaced(class, &text)?;
        if let Cow::Owned(text) = text {
            self.out.meter().release(text.capacity());
        }
        Ok(())
    }

    fn list(&mut self, list: &[u8], place: Place<'_>, depth: usize) -> Result<(), BodyError> {
        let mut items = Items::new(list);
        let mut pairs = ListPairs::new(said::few(list)?, place.above);
        let above = place.above.listed();
        let mut is_first = true;
        self.out.raw(b"[")?;
        while let Some(item) = items.next()? {
            self.out.comma(&mut is_first)?;
            let item = Any::read(item)?;
            let class = place.class.or(pairs.next(self.gate, said::text(item)));
            self.any(item, Place { class, above }, depth + 1)?;
        }
        self.out.raw(b"]")?;
        Ok(())
    }

    fn map(&mut self, map: &[u8], place: Place<'_>, depth: usize) -> Result<(), BodyError> {
        let mut entries = Entries::new(&[]);
        entries.read(map, self.out.meter())?;
        let siblings = self.siblings(&entries, place.above)?;
        let map = MapOf { class: place.class, siblings };
        let mut keys = Keys::default();
        self.out.raw(b"{")?;
        while let Some((key, any)) = entries.next()? {
            self.entry(key, any, map, depth + 1, &mut keys)?;
        }
        self.out.raw(b"}")?;
        self.end(&entries);
        Ok(())
    }

    /// Writes what the gate leaves of a text under a key of that class.
    fn replaced(&mut self, class: KeyClass, text: &str) -> Result<(), Outgrown> {
        let before = self.out.meter().held();
        let text = gated(self.pass, class, text, self.out.meter())?;
        let held = self.out.meter().held() - before;
        self.out.text(&text)?;
        self.out.meter().release(held);
        Ok(())
    }

    /// One of the contract's keys, in which there is nothing to escape.
    pub(super) fn own_key(&mut self, key: &[u8], keys: &mut Keys) -> Result<(), Outgrown> {
        self.out.own_key(key, keys.is_first())
    }

    fn key(&mut self, key: &str, keys: &mut Keys) -> Result<(), Outgrown> {
        if !keys.is_first() {
            self.out.raw(b",")?;
        }
        self.out.text(key)?;
        self.out.raw(b":")
    }
}

/// Where a value stands: what its key says, and the key above it.
#[derive(Clone, Copy)]
struct Place<'k> {
    class: KeyClass,
    above: Above<'k>,
}

/// The map of an entry: what the keys above say, and what its entries say about each other.
#[derive(Clone, Copy)]
pub(super) struct MapOf {
    class: KeyClass,
    siblings: Option<Siblings>,
}

impl MapOf {
    /// Below plain keys.
    pub(super) const fn plain(siblings: Option<Siblings>) -> Self {
        Self { class: KeyClass::Plain, siblings }
    }
}

/// The keys of one map so far.
#[derive(Default)]
pub(super) struct Keys {
    any: bool,
    /// How often cleaning has left the same key.
    cleaned: HashMap<String, u32>,
}

impl Keys {
    fn is_first(&mut self) -> bool {
        !std::mem::replace(&mut self.any, true)
    }

    /// Two keys that cleaning has made the same are told apart: nothing gets lost.
    fn unique(&mut self, clean: String) -> String {
        let number = self.cleaned.entry(clean.clone()).or_default();
        *number += 1;
        if *number == 1 { clean } else { format!("{clean}#{number}") }
    }
}
