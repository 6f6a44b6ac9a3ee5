//! The identity of a record that was sent without one, so that it is stored once however often it
//! comes, and two that differ are two.
//!
//! It follows from what the sender said: the ticket, when and how the execution ended, its numbers,
//! and the trace. Two executions that agree in all of these to the nanosecond are one. It does *not*
//! follow from anything that a pipeline on the way may change, nor from anything we do with the
//! record: attributes count wherever they stand, with dots or underscores, as numbers or as texts; a
//! trace counts as a map, in any order, or as text; attributes outside the contract, versions and
//! environments are added by Collectors and do not count; and everything is taken as it came, before
//! the gate, whose hashes are another receiver's tomorrow.

use std::str::Utf8Chunk;

use sha2::{Digest, Sha256};

use super::{attribute::Unread, fields::Fields, values::number};
use crate::{
    ExecutionId, Timestamp, body, limits,
    meter::Meter,
    names,
    wire::{Any, Items, key_value},
};

/// What a resource adds to the identities of its records: worked out once for all of them.
pub(super) struct OfResource<'a> {
    /// Sorted by key.
    parts: Vec<(&'a [u8], u128)>,
    sum: u128,
}

impl<'a> OfResource<'a> {
    pub(super) fn new(
        attributes: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        are_renamed: bool,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Unread> {
        let mut parts = Vec::new();
        for (key, value) in attributes {
            if let Some(part) = attribute(key, value, are_renamed, meter)? {
                meter.hold(2 * size_of::<(&[u8], u128)>())?;
                parts.push((key, part));
            }
        }
        parts.sort_unstable_by_key(|(key, _)| *key);
        let sum = parts.iter().fold(0, |sum: u128, (_, part)| sum.wrapping_add(*part));
        Ok(Self { parts, sum })
    }

    /// Without what a record with these attributes has of its own.
    fn beside(&self, own: &[(&[u8], &[u8])]) -> u128 {
        own.iter().fold(self.sum, |sum, (key, _)| {
            let found = self.parts.binary_search_by_key(key, |(known, _)| *known);
            found.map_or(sum, |at| sum.wrapping_sub(self.parts[at].1))
        })
    }
}

/// Bytes of an attribute that count; no more of them is stored.
const ATTRIBUTE: usize = limits::LABEL_BYTES;

/// Attributes that count: texts.
const TEXTS: [&str; 8] = [
    names::SERVICE_NAME,
    names::SERVICE_INSTANCE_ID,
    names::TICKET_ID,
    names::STATUS,
    names::CATEGORY,
    names::MODEL,
    names::ERROR_TYPE,
    names::CUSTOMER,
];

/// Attributes that count: numbers.
const NUMBERS: [&str; 4] =
    [names::DURATION, names::SEQUENCE, names::INPUT_TOKENS, names::OUTPUT_TOKENS];

/// The identity of a record with these fields, of which `own` are the attributes that count, and with
/// that body. Attributes and a map's entries are summed up: their order is nobody's.
pub(super) fn identity(
    executed_at: Timestamp,
    fields: &Fields<'_>,
    own: &[(&[u8], &[u8])],
    of_resource: &OfResource<'_>,
    are_renamed: bool,
    body: Option<&body::Opened<'_>>,
    meter: &mut Meter<'_>,
) -> Result<ExecutionId, Unread> {
    let mut attributes = of_resource.beside(own);
    for (key, value) in own {
        let part = attribute(key, value, are_renamed, meter)?;
        attributes = attributes.wrapping_add(part.unwrap_or_default());
    }
    let mut trace = Sha256::new();
    match body.map(body::Opened::any).transpose()? {
        Some(any) if is_something(any) => content(&mut trace, any, 0, meter)?,
        _ => {}
    }
    let time = executed_at.as_unix_nanos().to_le_bytes();
    let attributes = attributes.to_le_bytes();
    let trace_id = if fields.trace_id.len() == 16 { fields.trace_id } else { &[] };
    let span_id = if fields.span_id.len() == 8 { fields.span_id } else { &[] };
    let trace = trace.finalize();
    let parts: [&[u8]; 5] = [&time, &attributes, trace_id, span_id, &trace];
    Ok(ExecutionId::derived(executed_at, parts))
}

/// An attribute's part in an identity, if it is one that counts.
fn attribute(
    key: &[u8],
    value: &[u8],
    are_renamed: bool,
    meter: &mut Meter<'_>,
) -> Result<Option<u128>, Unread> {
    let Ok(key) = std::str::from_utf8(key) else { return Ok(None) };
    let renamed = if are_renamed { names::with_dots(key) } else { None };
    let key = renamed.as_deref().unwrap_or(key);
    let is_number = NUMBERS.contains(&key) || key.starts_with(names::METRICS_PREFIX);
    if !is_number && !TEXTS.contains(&key) {
        return Ok(None);
    }
    let any = Any::read(value)?;
    let key = limits::cut(key, names::METRICS_PREFIX.len() + limits::LABEL_BYTES);
    meter.work(key.len() + ATTRIBUTE)?;
    let mut hash = Sha256::new();
    // A metric's own name may have had dots.
    part(&mut hash, key.replace('.', "_").as_bytes());
    match number(any) {
        Some(number) if is_number => leaf(&mut hash, number.to_string().as_bytes()),
        _ => match any {
            Any::Text(text) => leaf(&mut hash, &text[..text.len().min(ATTRIBUTE)]),
            any => content(&mut hash, any, 0, meter)?,
        },
    }
    Ok(Some(sum(hash)))
}

/// An empty body is none.
fn is_something(any: Any<'_>) -> bool {
    !matches!(any, Any::Empty | Any::Text([]) | Any::Bytes([]) | Any::List([]) | Any::Map([]))
}

/// A value as what it says: a number is its digits, however it is held.
fn content(
    hash: &mut Sha256,
    any: Any<'_>,
    depth: usize,
    meter: &mut Meter<'_>,
) -> Result<(), Unread> {
    match any {
        Any::Empty => hash.update(b"n"),
        Any::Double(x) if !x.is_finite() => hash.update(b"n"),
        Any::Text(text) => {
            meter.work(text.len())?;
            hash.update(b"t");
            said(hash, text);
        }
        Any::Bytes(raw) => {
            meter.work(raw.len())?;
            leaf(hash, raw);
        }
        Any::Bool(truth) => leaf(hash, if truth { b"true" } else { b"false" }),
        Any::Int(n) => leaf(hash, n.to_string().as_bytes()),
        Any::Double(x) => leaf(hash, x.to_string().as_bytes()),
        Any::List(_) | Any::Map(_) if depth >= limits::BODY_DEPTH => hash.update(b"d"),
        Any::List(list) => {
            hash.update(b"l");
            let mut items = Items::new(list);
            while let Some(item) = items.next()? {
                content(hash, Any::read(item)?, depth + 1, meter)?;
            }
            hash.update(b".");
        }
        Any::Map(map) => {
            hash.update(b"m");
            hash.update(entries(map, depth, meter)?.to_le_bytes());
        }
    }
    Ok(())
}

fn entries(map: &[u8], depth: usize, meter: &mut Meter<'_>) -> Result<u128, Unread> {
    let mut total = 0_u128;
    let mut items = Items::new(map);
    while let Some(item) = items.next()? {
        let (key, value) = key_value(item)?;
        let mut hash = Sha256::new();
        said(&mut hash, key);
        content(&mut hash, Any::read(value)?, depth + 1, meter)?;
        meter.work(key.len() + size_of::<u128>())?;
        total = total.wrapping_add(sum(hash));
    }
    Ok(total)
}

fn leaf(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(b"t");
    part(hash, bytes);
}

/// A text as it is read: U+FFFD for what is no UTF-8. Nothing is made for it.
fn said(hash: &mut Sha256, bytes: &[u8]) {
    const MARK: &[u8] = "\u{fffd}".as_bytes();
    let mark = |chunk: &Utf8Chunk<'_>| if chunk.invalid().is_empty() { &[][..] } else { MARK };
    let lengths = bytes.utf8_chunks().map(|chunk| chunk.valid().len() + mark(&chunk).len());
    hash.update((lengths.sum::<usize>() as u64).to_le_bytes());
    for chunk in bytes.utf8_chunks() {
        hash.update(chunk.valid());
        hash.update(mark(&chunk));
    }
}

/// Lengths keep ("ab", "c") and ("a", "bc") apart.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn sum(hash: Sha256) -> u128 {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.finalize()[..16]);
    u128::from_le_bytes(half)
}
