//! The entries of a map on the wire, where a key may stand twice: then the last counts, as
//! everywhere in JSON (and as with attributes).

use std::collections::{HashMap, hash_map::RandomState};
use std::hash::BuildHasher;

use ticketlens_redact::Parts;

use super::error::BodyError;
use crate::{
    meter::{Meter, Outgrown},
    wire::{Any, Items, Malformed, key_value},
};

/// Entries of a map that are read once and kept, nearly always all of them; their keys are compared
/// one by one.
const FEW: usize = 24;
/// Held for each key of a larger map while it is read.
const KEY: usize = 48;

/// A key, and the bytes of its value.
type Entry<'a> = (&'a [u8], &'a [u8]);

/// The entries of a map that count, in the order they stand.
pub(super) struct Entries<'a> {
    /// The contract's own keys: they speak of a step and not of a person.
    own: &'static [&'static [u8]],
    few: [Entry<'a>; FEW],
    /// How many of `few` there are, and which is next.
    count: usize,
    next: usize,
    /// The entries of a map with more of them, or with a key that stands twice.
    many: Option<Many<'a>>,
    parts: Parts,
}

impl<'a> Entries<'a> {
    /// Of no map yet: they are many bytes, and [read](Self::read) where they are.
    pub(super) fn new(own: &'static [&'static [u8]]) -> Self {
        const NONE: Entry<'_> = (&[], &[]);
        Self { own, few: [NONE; FEW], count: 0, next: 0, many: None, parts: Parts::default() }
    }

    /// Reads those of `map`, and looks for keys that stand twice; what that takes is held until
    /// [`end`](Self::end).
    pub(super) fn read(&mut self, map: &'a [u8], meter: &mut Meter<'_>) -> Result<(), BodyError> {
        let mut items = Items::new(map);
        let mut seen = Seen::default();
        while let Some(item) = items.next()? {
            let entry @ (key, _) = entry(item)?;
            if self.count == FEW || seen.again(key, &self.few[..self.count]) {
                self.many = Some(Many::new(map, meter)?);
                return Ok(self.note_each()?);
            }
            self.few[self.count] = entry;
            self.count += 1;
            self.parts.note(key, |key| self.own.contains(&key));
        }
        Ok(())
    }

    fn note_each(&mut self) -> Result<(), Malformed> {
        let mut parts = Parts::default();
        self.each(|key, _| parts.note(key, |key| self.own.contains(&key)))?;
        self.parts = parts;
        Ok(())
    }

    /// Whether `key` is one of the contract's own.
    pub(super) fn is_own(&self, key: &[u8]) -> bool {
        self.own.contains(&key)
    }

    /// Whether an entry is told by another, without the contract's own.
    pub(super) fn speak(&self) -> bool {
        self.parts.speak()
    }

    /// The entries from the next one on, once more.
    pub(super) fn each(&self, mut visit: impl FnMut(&'a [u8], Any<'a>)) -> Result<(), Malformed> {
        if let Some(many) = &self.many {
            let mut rest = many.rest.clone();
            while let Some((key, value)) = many.doubles.next_that_counts(&mut rest)? {
                visit(key, Any::read(value)?);
            }
            return Ok(());
        }
        for (key, value) in &self.few[self.next..self.count] {
            visit(key, Any::read(value)?);
        }
        Ok(())
    }

    /// The next key, and its value.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(&'a [u8], Any<'a>)>, Malformed> {
        let next = match &mut self.many {
            Some(many) => many.doubles.next_that_counts(&mut many.rest)?,
            None => self.few[..self.count].get(self.next).copied(),
        };
        self.next += 1;
        next.map(|(key, value)| Ok((key, Any::read(value)?))).transpose()
    }

    /// How many entries do not count.
    pub(super) fn end(&self, meter: &mut Meter<'_>) -> u64 {
        let Some(Many { doubles, .. }) = &self.many else { return 0 };
        meter.release(doubles.held);
        doubles.count
    }
}

/// Which keys were met, as far as can be told at once.
#[derive(Default)]
struct Seen(u64);

impl Seen {
    /// Whether `key` is one of those before it, and takes note of it.
    #[inline]
    fn again(&mut self, key: &[u8], before: &[Entry<'_>]) -> bool {
        let end = |byte: Option<&u8>| usize::from(*byte.unwrap_or(&0));
        let bit = 1 << ((key.len() + 7 * end(key.first()) + 13 * end(key.last())) % 64);
        let may_be = self.0 & bit != 0;
        self.0 |= bit;
        may_be && before.iter().any(|(other, _)| *other == key)
    }
}

/// The entries that were not asked for yet, of many.
struct Many<'a> {
    rest: Rest<'a>,
    doubles: Doubles,
}

impl<'a> Many<'a> {
    fn new(map: &'a [u8], meter: &mut Meter<'_>) -> Result<Self, BodyError> {
        let rest = Rest { items: Items::new(map), at: 0 };
        Ok(Self { rest, doubles: Doubles::in_map(map, meter)? })
    }
}

/// A map's entries from the one of this number on.
#[derive(Clone)]
struct Rest<'a> {
    items: Items<'a>,
    at: u32,
}

/// Where the keys that stand more than once stand last.
#[derive(Default)]
struct Doubles {
    /// By the key's hash; empty where every key stands once, as nearly always.
    last: HashMap<u64, u32>,
    hash: Option<RandomState>,
    count: u64,
    held: usize,
}

impl Doubles {
    /// Two keys of one hash would be one: 64 bits, keyed anew in each process, are enough.
    fn in_map(map: &[u8], meter: &mut Meter<'_>) -> Result<Self, BodyError> {
        let hash = RandomState::new();
        let mut doubles = Self::default();
        let mut at = 0;
        let mut items = Items::new(map);
        while let Some(item) = items.next()? {
            doubles.seen(hash.hash_one(entry(item)?.0), at, meter)?;
            at = at.checked_add(1).ok_or(Malformed)?;
        }
        if doubles.count == 0 {
            meter.release(doubles.held);
            return Ok(Self::default());
        }
        doubles.hash = Some(hash);
        Ok(doubles)
    }

    fn seen(&mut self, key: u64, at: u32, meter: &mut Meter<'_>) -> Result<(), Outgrown> {
        if self.last.insert(key, at).is_some() {
            self.count += 1;
            return Ok(());
        }
        self.held += KEY;
        meter.hold(KEY)
    }

    fn next_that_counts<'a>(&self, rest: &mut Rest<'a>) -> Result<Option<Entry<'a>>, Malformed> {
        while let Some(item) = rest.items.next()? {
            let at = rest.at;
            rest.at += 1;
            let entry = entry(item)?;
            if self.counts(at, entry.0) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    #[inline]
    fn counts(&self, at: u32, key: &[u8]) -> bool {
        let Some(hash) = &self.hash else { return true };
        self.last.get(&hash.hash_one(key)) == Some(&at)
    }
}

/// An entry, whose key nearly always stands first and is short, and whose value is all the rest.
#[inline]
fn entry(item: &[u8]) -> Result<Entry<'_>, Malformed> {
    if let [0x0a, length @ 0..=0x7f, rest @ ..] = item
        && let Some((key, [0x12, length, value @ ..])) = rest.split_at_checked(usize::from(*length))
        && *length < 0x80
        && usize::from(*length) == value.len()
    {
        return Ok((key, value));
    }
    key_value(item)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{meter::Unlimited, wire::Writer};

    fn map(keys: &[String]) -> Vec<u8> {
        let mut out = Vec::new();
        for (n, key) in keys.iter().enumerate() {
            Writer(&mut out).message(1, |pair| {
                pair.bytes_field(1, key.as_bytes());
                pair.message(2, |any| any.varint_field(3, n as u64));
            });
        }
        out
    }

    proptest! {
        #[test]
        fn of_each_key_the_last_entry_counts(keys in prop::collection::vec("[a-e]{1,3}", 0..60)) {
            let map = map(&keys);
            let mut unlimited = Unlimited;
            let mut meter = Meter::new(&mut unlimited);
            let mut entries = Entries::new(&[]);
            entries.read(&map, &mut meter).ok().unwrap();
            let mut seen = Vec::new();
            entries.each(|key, value| seen.push((String::from_utf8(key.to_vec()).unwrap(), value))).unwrap();
            let mut read = Vec::new();
            while let Some((key, value)) = entries.next().unwrap() {
                read.push((String::from_utf8(key.to_vec()).unwrap(), value));
            }
            let left_out = entries.end(&mut meter);
            let is_last = |n: usize| !keys[n + 1..].contains(&keys[n]);
            let expected: Vec<_> = (0..keys.len())
                .filter(|n| is_last(*n))
                .map(|n| (keys[n].clone(), Any::Int(n as i64)))
                .collect();
            prop_assert_eq!(left_out, (keys.len() - expected.len()) as u64);
            prop_assert_eq!(&read, &expected);
            prop_assert_eq!(seen, expected);
            prop_assert_eq!(meter.held(), 0);
        }
    }

    #[test]
    fn an_entry_is_read_whatever_stands_where_in_it() {
        let mut behind = Vec::new();
        Writer(&mut behind).message(2, |any| any.varint_field(3, 7));
        Writer(&mut behind).bytes_field(1, b"behind");
        let two_keys = [0x0a, 1, b'a', 0x0a, 1, b'b'];
        let two_values = [0x0a, 1, b'a', 0x12, 2, 0x18, 1, 0x12, 2, 0x18, 2];
        let cut = [0x0a, 1, b'a', 0x12, 3, 0x18, 1];
        let items = [&behind, &[0x0a, 1, b'k'][..], &[], &two_keys, &two_values, &cut, &[0x0a, 9]];
        for item in items {
            assert_eq!(entry(item), key_value(item), "{item:?}");
        }
        assert_eq!(entry(&behind), Ok((&b"behind"[..], &[0x18, 7][..])));
    }

    #[test]
    fn the_contracts_own_keys_speak_of_nobody() {
        for others in [0, 3 * FEW] {
            let others = (0..others).map(|n| format!("k{n}"));
            let map = map(&others.chain(["name".to_owned()]).collect::<Vec<_>>());
            let speak = |own| {
                let mut unlimited = Unlimited;
                let mut entries = Entries::new(own);
                entries.read(&map, &mut Meter::new(&mut unlimited)).ok().unwrap();
                entries.speak()
            };
            assert!(speak(&[]));
            assert!(!speak(&[b"name"]));
        }
    }
}
