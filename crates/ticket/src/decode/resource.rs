//! A `ResourceLogs`' resource: read, gated, cut and measured once, and lent to each of its records.

use std::{
    cell::{Cell, OnceCell},
    panic::{AssertUnwindSafe, catch_unwind},
};

use ticketlens_redact::{Counts, Gate};

use super::{
    attribute::{AttributeReader, Part},
    attribute_list::Attributes,
    identity::{OF_TICKET, said},
    unread::Unread,
};
use crate::{
    Reject, limits,
    meter::{Meter, Outgrown},
    names,
    wire::{Malformed, Payload, Reader},
};

/// Counted for each part beside its text: it is looked at for each record.
const PART: usize = 8;

/// A resource, as its records need it.
pub(super) struct Resource<'a> {
    attributes: Attributes<'a>,
    names: Names,
    /// Its attributes as they stand, or with dots for the underscores of their names.
    as_sent: OnceCell<Parts<'a>>,
    renamed: OnceCell<Parts<'a>>,
    newly_held: Cell<usize>,
    held: Cell<usize>,
}

/// How a resource's keys write the ticket's id.
#[derive(Clone, Copy, Default)]
struct Names {
    dotted: bool,
    underscored: bool,
}

/// What each record gets of its resource.
pub(super) struct Parts<'a> {
    /// In the order they were sent, the last of each key.
    pub(super) parts: Vec<Lent<'a>>,
    /// What the gate found in them.
    pub(super) found: Counts,
    /// Left out for [`limits::RESOURCE_BYTES`].
    dropped: u64,
}

/// An attribute that each record gets which has none of that key.
pub(super) struct Lent<'a> {
    pub(super) key: &'a [u8],
    pub(super) part: Result<Part<'a>, Reject>,
    /// What it adds to the record's identity.
    pub(super) said: u128,
}

impl<'a> Resource<'a> {
    /// Reads the resource of a `ResourceLogs`, which may stand behind its records, and in pieces.
    pub(super) fn of_group(group: &'a [u8]) -> Result<Self, Malformed> {
        let mut attributes = Attributes::default();
        let mut group = Reader::new(group);
        while let Some(field) = group.next()? {
            if let (1, Payload::Bytes(message)) = field {
                read(message, &mut attributes)?;
            }
        }
        let keys = || attributes.pairs.iter().map(|(key, _)| *key);
        let names = Names {
            dotted: keys().any(|key| key == names::TICKET_ID.as_bytes()),
            underscored: keys().any(|key| names::is_underscored(key, names::TICKET_ID)),
        };
        let (as_sent, renamed) = (OnceCell::new(), OnceCell::new());
        let (newly_held, held) = (Cell::new(0), Cell::new(0));
        Ok(Self { attributes, names, as_sent, renamed, newly_held, held })
    }

    /// Its attributes as they stand.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.attributes.pairs.iter().copied()
    }

    /// Attributes beyond those that are read.
    pub(super) const fn unread(&self) -> u64 {
        self.attributes.unread
    }

    /// Attributes that its records lack: not read, or no room.
    pub(super) fn dropped(&self) -> u64 {
        let made = [&self.as_sent, &self.renamed];
        let dropped = made.into_iter().filter_map(OnceCell::get).map(|parts| parts.dropped).max();
        self.attributes.unread + dropped.unwrap_or_default()
    }

    /// Whether a pipeline on the way wrote the names' dots as underscores, here and in the record
    /// with these attributes.
    pub(super) fn is_renamed_with(&self, own: &Attributes<'a>) -> bool {
        let keys = || own.pairs.iter().map(|(key, _)| *key);
        let dotted = self.names.dotted || keys().any(|key| key == names::TICKET_ID.as_bytes());
        !dotted
            && (self.names.underscored
                || keys().any(|key| names::is_underscored(key, names::TICKET_ID)))
    }

    /// Its parts, made when the first record asks. What they take stays held with `meter`.
    pub(super) fn parts(
        &self,
        are_renamed: bool,
        gate: &Gate,
        meter: &mut Meter<'_>,
    ) -> Result<&Parts<'a>, Outgrown> {
        let made = if are_renamed { &self.renamed } else { &self.as_sent };
        if let Some(parts) = made.get() {
            return Ok(parts);
        }
        let before = meter.held();
        let parts = self.make(AttributeReader::new(gate, are_renamed), meter)?;
        let held = meter.held() - before;
        self.newly_held.set(self.newly_held.get() + held);
        self.held.set(self.held.get() + held);
        Ok(made.get_or_init(|| parts))
    }

    /// Bytes its parts hold.
    pub(super) const fn held(&self) -> usize {
        self.held.get()
    }

    /// What making parts has held since this was last asked: the group's, not one record's.
    pub(super) const fn take_newly_held(&self) -> usize {
        self.newly_held.replace(0)
    }

    fn make(
        &self,
        mut reader: AttributeReader<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<Parts<'a>, Outgrown> {
        let pairs = &self.attributes.pairs;
        let mut parts = Vec::with_capacity(pairs.len());
        let (mut dropped, mut kept) = (0, 0);
        for (key, value) in self.attributes.last_of_each_key() {
            // Unwind safety: of a panic, only what was found so far outlives it.
            let part = catch_unwind(AssertUnwindSafe(|| reader.read(key, value, meter)));
            let part = match part {
                Ok(Ok(part)) => part.of_resource(),
                Ok(Err(Unread::Outgrown(outgrown))) => return Err(outgrown),
                Ok(Err(Unread::Reject(reject))) => {
                    parts.push(Lent { key, part: Err(reject), said: 0 });
                    continue;
                }
                Err(_panic) => {
                    parts.push(Lent { key, part: Err(Reject::Malformed), said: 0 });
                    continue;
                }
            };
            let bytes = part.len() + PART;
            if !part.is_contracts() && kept + bytes > limits::RESOURCE_BYTES {
                dropped += 1;
                continue;
            }
            kept += if part.is_contracts() { 0 } else { bytes };
            meter.hold(part.len() + size_of::<Lent<'_>>())?;
            let said = match said(key, value, reader.are_renamed, &OF_TICKET, meter) {
                Ok(said) => said,
                Err(Unread::Outgrown(outgrown)) => return Err(outgrown),
                // Who reads the attribute has said so already.
                Err(Unread::Reject(_)) => 0,
            };
            parts.push(Lent { key, part: Ok(part), said });
        }
        Ok(Parts { parts, found: reader.pass.counts().clone(), dropped })
    }
}

fn read<'a>(bytes: &'a [u8], attributes: &mut Attributes<'a>) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.next()? {
        if let (1, Payload::Bytes(pair)) = field {
            attributes.push(pair, limits::RESOURCE_ATTRIBUTES_READ)?;
        }
    }
    Ok(())
}
