//! A `LogRecord`'s fields, before anything is made of them.

use super::{attribute_list::Attributes, unread::Unread};
use crate::{
    Reject, Timestamp, limits,
    meter::Meter,
    names,
    wire::{Any, Malformed, Payload, Reader},
};

/// Counted as work for each record beside its bytes: the shortest take as long as those with some.
const RECORD: usize = 64;
/// Held for each attribute: where it stands, in a list that grows by doubling, and its place in the
/// record.
const ATTRIBUTE: usize = 2 * size_of::<(&[u8], &[u8])>();

/// The fields of a `LogRecord` that matter, as they stand.
#[derive(Default)]
pub(super) struct Fields<'a> {
    pub(super) time: u64,
    pub(super) observed: u64,
    pub(super) event: &'a [u8],
    pub(super) body: &'a [u8],
    pub(super) attributes: Attributes<'a>,
    pub(super) trace_id: &'a [u8],
    pub(super) span_id: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Its list of attributes is held with `meter`, which whoever reads the record releases.
    pub(super) fn read(bytes: &'a [u8], meter: &mut Meter<'_>) -> Result<Self, Unread> {
        let mut fields = Self::default();
        meter.work(bytes.len() + RECORD)?;
        let mut reader = Reader::new(bytes);
        while let Some(field) = reader.next()? {
            match field {
                (1, Payload::Fixed64(time)) => fields.time = time,
                (5, Payload::Bytes(body)) => fields.body = body,
                (6, Payload::Bytes(pair)) => {
                    if fields.attributes.pairs.is_empty() {
                        fields.attributes.pairs.reserve(32);
                    }
                    fields.attributes.push(pair, limits::RECORD_ATTRIBUTES_READ)?;
                    meter.hold(ATTRIBUTE)?;
                }
                (9, Payload::Bytes(id)) => fields.trace_id = id,
                (10, Payload::Bytes(id)) => fields.span_id = id,
                (11, Payload::Fixed64(time)) => fields.observed = time,
                (12, Payload::Bytes(name)) => fields.event = name,
                (1 | 5 | 6 | 9..=12, _) => return Err(Malformed.into()),
                _ => {}
            }
        }
        Ok(fields)
    }

    /// The event's name, which older SDKs put into an attribute.
    pub(super) fn event(&self) -> Result<&'a [u8], Malformed> {
        if !self.event.is_empty() {
            return Ok(self.event);
        }
        let name = names::EVENT_NAME;
        let is_name = |key: &[u8]| key == name.as_bytes() || names::is_underscored(key, name);
        match self.attributes.pairs.iter().find(|(key, _)| is_name(key)) {
            Some((_, value)) => match Any::read(value)? {
                Any::Text(event) => Ok(event),
                _ => Ok(&[]),
            },
            None => Ok(&[]),
        }
    }

    pub(super) fn time(&self) -> Result<Timestamp, Reject> {
        let nanos = if self.time == 0 { self.observed } else { self.time };
        match nanos {
            0 => Err(Reject::MissingTime),
            // ClickHouse's DateTime64(9) counts in an i64.
            nanos if i64::try_from(nanos).is_err() => Err(Reject::TimeOutOfRange),
            nanos => Ok(Timestamp::from_unix_nanos(nanos)),
        }
    }
}
