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

/// Maps of no more entries than this are compared key by key.
const FEW: usize = 24;
/// Held for each key of a larger map while it is read.
const KEY: usize = 48;

/// The entries of a map that count, in the order they stand.
pub(super) struct Entries<'a> {
    items: Items<'a>,
    at: u32,
    doubles: Doubles,
    parts: Parts,
}

impl<'a> Entries<'a> {
    /// Looks for keys that stand twice; what that takes is held until [`end`](Self::end).
    pub(super) fn new(map: &'a [u8], meter: &mut Meter<'_>) -> Result<Self, BodyError> {
        let (doubles, parts) = Doubles::in_map(map, meter)?;
        Ok(Self { items: Items::new(map), at: 0, doubles, parts })
    }

    /// Whether an entry is told by another.
    pub(super) fn speak(&self) -> bool {
        self.parts.speak()
    }

    /// The entries from the next one on, once more.
    pub(super) fn each(&self, mut visit: impl FnMut(&'a [u8], Any<'a>)) -> Result<(), Malformed> {
        let (mut items, mut at) = (self.items.clone(), self.at);
        while let Some(item) = items.next()? {
            let (key, value) = key_value(item)?;
            if self.doubles.counts(at, key) {
                visit(key, Any::read(value)?);
            }
            at += 1;
        }
        Ok(())
    }

    /// The next key, and its value.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(&'a [u8], Any<'a>)>, Malformed> {
        while let Some(item) = self.items.next()? {
            let at = self.at;
            self.at += 1;
            let (key, value) = key_value(item)?;
            if self.doubles.counts(at, key) {
                return Ok(Some((key, Any::read(value)?)));
            }
        }
        Ok(None)
    }

    /// How many entries do not count.
    pub(super) fn end(self, meter: &mut Meter<'_>) -> u64 {
        meter.release(self.doubles.held);
        self.doubles.count
    }
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
    fn in_map(map: &[u8], meter: &mut Meter<'_>) -> Result<(Self, Parts), BodyError> {
        let mut parts = Parts::default();
        let mut few: [&[u8]; FEW] = [&[]; FEW];
        let mut count = 0;
        let mut is_double = false;
        let mut items = Items::new(map);
        while let Some(item) = items.next()? {
            let key = key_of(item)?;
            parts.note(key);
            if count == FEW {
                return Self::in_large(map, meter);
            }
            is_double |= few[..count].contains(&key);
            few[count] = key;
            count += 1;
        }
        if is_double { Self::in_large(map, meter) } else { Ok((Self::default(), parts)) }
    }

    /// Two keys of one hash would be one: 64 bits, keyed anew in each process, are enough.
    fn in_large(map: &[u8], meter: &mut Meter<'_>) -> Result<(Self, Parts), BodyError> {
        let mut parts = Parts::default();
        let hash = RandomState::new();
        let mut doubles = Self::default();
        let mut at = 0;
        let mut items = Items::new(map);
        while let Some(item) = items.next()? {
            let key = key_of(item)?;
            parts.note(key);
            doubles.seen(hash.hash_one(key), at, meter)?;
            at = at.checked_add(1).ok_or(Malformed)?;
        }
        if doubles.count == 0 {
            meter.release(doubles.held);
            return Ok((Self::default(), parts));
        }
        doubles.hash = Some(hash);
        Ok((doubles, parts))
    }

    fn seen(&mut self, key: u64, at: u32, meter: &mut Meter<'_>) -> Result<(), Outgrown> {
        if self.last.insert(key, at).is_some() {
            self.count += 1;
            return Ok(());
        }
        self.held += KEY;
        meter.hold(KEY)
    }

    #[inline]
    fn counts(&self, at: u32, key: &[u8]) -> bool {
        let Some(hash) = &self.hash else { return true };
        self.last.get(&hash.hash_one(key)) == Some(&at)
    }
}

/// An entry's key, which nearly always stands first and is short.
#[inline]
fn key_of(entry: &[u8]) -> Result<&[u8], Malformed> {
    if let [0x0a, length @ 0..=0x7f, rest @ ..] = entry
        && let Some((key, [0x12, ..])) = rest.split_at_checked(usize::from(*length))
    {
        return Ok(key);
    }
    Ok(key_value(entry)?.0)
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
            let mut entries = Entries::new(&map, &mut meter).ok().unwrap();
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
            prop_assert_eq!(read, expected);
            prop_assert_eq!(meter.held(), 0);
        }
    }

    #[test]
    fn a_key_is_found_wherever_it_stands_in_its_entry() {
        let mut entry = Vec::new();
        Writer(&mut entry).message(2, |any| any.varint_field(3, 7));
        Writer(&mut entry).bytes_field(1, b"behind");
        assert_eq!(key_of(&entry), Ok(&b"behind"[..]));
        assert_eq!(key_of(&[0x0a, 1, b'k']), Ok(&b"k"[..]));
        assert_eq!(key_of(&[]), Ok(&b""[..]));
        // Two keys in one entry: protobuf takes the last.
        assert_eq!(key_of(&[0x0a, 1, b'a', 0x0a, 1, b'b']), Ok(&b"b"[..]));
        assert_eq!(key_of(&[0x0a, 9, b'a']), Err(Malformed));
    }
}
