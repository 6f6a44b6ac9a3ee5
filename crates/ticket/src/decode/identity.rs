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

use sha2::{Digest, Sha256};

use super::{fields::Fields, unread::Unread, values::number};
use crate::{
    ExecutionId, Timestamp, body, limits,
    meter::{Meter, lossy},
    names,
    wire::{Any, Items, key_value},
};

/// Bytes of an attribute that count; no more of them is stored.
const ATTRIBUTE: usize = limits::LABEL_BYTES;

/// Attributes that count.
pub(super) struct Counting {
    texts: &'static [&'static str],
    numbers: &'static [&'static str],
    /// Whether metrics count, too.
    metrics: bool,
}

/// Of a ticket.
pub(super) const OF_TICKET: Counting = Counting {
    texts: &[
        names::SERVICE_NAME,
        names::SERVICE_INSTANCE_ID,
        names::TICKET_ID,
        names::STATUS,
        names::CATEGORY,
        names::MODEL,
        names::ERROR_TYPE,
        names::CUSTOMER,
    ],
    numbers: &[names::DURATION, names::SEQUENCE, names::INPUT_TOKENS, names::OUTPUT_TOKENS],
    metrics: true,
};

/// Of feedback: what it rates, and not what was written: without a long trace beside it, the identity
/// would let anyone try out what the gate has removed.
const OF_FEEDBACK: Counting = Counting {
    texts: &[
        names::TICKET_ID,
        names::EXECUTION_ID,
        names::EVALUATION_NAME,
        names::FEEDBACK_ID,
        names::FEEDBACK_SOURCE,
    ],
    numbers: &[names::SCORE_VALUE],
    metrics: false,
};

/// An identity in the making. Attributes are summed up: their order is nobody's, nor where they stand.
pub(super) struct Identity {
    counting: Counting,
    are_renamed: bool,
    attributes: u128,
}

impl Identity {
    pub(super) const fn new(are_renamed: bool) -> Self {
        Self { counting: OF_TICKET, are_renamed, attributes: 0 }
    }

    pub(super) const fn of_feedback(are_renamed: bool) -> Self {
        Self { counting: OF_FEEDBACK, are_renamed, attributes: 0 }
    }

    /// Takes an attribute in, if it is one that counts.
    pub(super) fn attribute(
        &mut self,
        key: &[u8],
        value: &[u8],
        meter: &mut Meter<'_>,
    ) -> Result<(), Unread> {
        self.add(said(key, value, self.are_renamed, &self.counting, meter)?);
        Ok(())
    }

    /// The identity of what was said then, where attributes are all there is.
    pub(super) fn of_time(self, time: Timestamp) -> ExecutionId {
        let parts = (time.as_unix_nanos().to_le_bytes(), self.attributes.to_le_bytes());
        ExecutionId::derived(time, [&parts.0[..], &parts.1[..]])
    }

    /// Takes in what an attribute [says](said).
    pub(super) const fn add(&mut self, said: u128) {
        self.attributes = self.attributes.wrapping_add(said);
    }

    /// The identity of the record with these fields, and with that body.
    pub(super) fn of(
        self,
        executed_at: Timestamp,
        fields: &Fields<'_>,
        body: Option<&body::Opened<'_>>,
        meter: &mut Meter<'_>,
    ) -> Result<ExecutionId, Unread> {
        let mut trace = Sha256::new();
        match body.map(body::Opened::any).transpose()? {
            Some(any) if is_something(any) => content(&mut trace, any, 0, meter)?,
            _ => {}
        }
        let id = |id: &'_ [u8], length| if id.len() == length { id.to_vec() } else { Vec::new() };
        let time = executed_at.as_unix_nanos().to_le_bytes();
        let attributes = self.attributes.to_le_bytes();
        let (trace_id, span_id) = (id(fields.trace_id, 16), id(fields.span_id, 8));
        let trace = trace.finalize();
        let parts: [&[u8]; 5] = [&time, &attributes, &trace_id, &span_id, &trace];
        Ok(ExecutionId::derived(executed_at, parts))
    }
}

/// What an attribute adds to the identity of its record; nothing, if it is none that counts.
pub(super) fn said(
    key: &[u8],
    value: &[u8],
    are_renamed: bool,
    counting: &Counting,
    meter: &mut Meter<'_>,
) -> Result<u128, Unread> {
    let Ok(key) = std::str::from_utf8(key) else { return Ok(0) };
    let renamed = if are_renamed { names::with_dots(key) } else { None };
    let key = renamed.as_deref().unwrap_or(key);
    let is_number = counting.numbers.contains(&key)
        || (counting.metrics && key.starts_with(names::METRICS_PREFIX));
    if !is_number && !counting.texts.contains(&key) {
        return Ok(0);
    }
    let any = Any::read(value)?;
    let key = limits::cut(key, names::METRICS_PREFIX.len() + limits::LABEL_BYTES);
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
    meter.work(key.len() + ATTRIBUTE)?;
    Ok(sum(hash))
}

/// An empty body is none.
pub(super) fn is_something(any: Any<'_>) -> bool {
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
            let before = meter.held();
            leaf(hash, lossy(text, meter)?.as_bytes());
            meter.release(meter.held() - before);
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
        Any::Map(map) => entries(hash, map, depth, meter)?,
    }
    Ok(())
}

/// Held for each entry of a map: where it stands, in a list that grows by doubling and is sorted.
const ENTRY: usize = 4 * size_of::<(&[u8], &[u8])>();

/// A map's entries by their keys: their order is nobody's. One hash of all, as a hash of each would
/// cost more than all the rest of a record.
fn entries(
    hash: &mut Sha256,
    map: &[u8],
    depth: usize,
    meter: &mut Meter<'_>,
) -> Result<(), Unread> {
    let before = meter.held();
    let mut entries = Vec::new();
    let mut items = Items::new(map);
    while let Some(item) = items.next()? {
        meter.spare(ENTRY)?;
        entries.push(key_value(item)?);
    }
    entries.sort_by_key(|(key, _)| *key);
    hash.update(b"m");
    for (key, value) in entries {
        meter.work(key.len() + size_of::<u128>())?;
        let held = meter.held();
        part(hash, lossy(key, meter)?.as_bytes());
        meter.release(meter.held() - held);
        content(hash, Any::read(value)?, depth + 1, meter)?;
    }
    hash.update(b".");
    meter.release(meter.held() - before);
    Ok(())
}

fn leaf(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(b"t");
    part(hash, bytes);
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
