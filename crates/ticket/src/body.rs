//! The body of a record, from the wire to the JSON that is stored, in one pass and through the
//! gate: no tree is built of it. The timeline is read off on the way.
//!
//! A body that is JSON text is first written as the bytes of the map it says, and then takes the
//! same way: what is stored is the same. Bodies that give parts apart from `steps` take the long way:
//! a [`Trace`](crate::Trace), folded, gated and written again.

mod error;
mod gated;
mod json_writer;
mod keys;
mod out;
mod said;
mod stored;
mod timeline;
mod tree;

use ticketlens_redact::{Gate, Pass};

use json_writer::JsonWriter;
use out::Out;

pub(crate) use error::BodyError;
pub(crate) use gated::{clean, gated};
pub(crate) use stored::{Body, Changes, Kept};
pub(crate) use tree::{json_of, tree_of};

use crate::{
    fold,
    json::transcript::{self, NoMap, Transcript},
    meter::Meter,
    wire::{Any, Items, Malformed, key_value},
};

/// A body before it is read.
pub(crate) struct Opened<'a> {
    content: Content<'a>,
    changes: Changes,
}

enum Content<'a> {
    /// As it stands on the wire.
    Sent(Any<'a>),
    /// As it would, had it been sent as a map.
    Transcribed(Vec<u8>),
}

/// Opens the bytes of a body's `AnyValue`: text that is a JSON object becomes the map it says. What
/// that takes is held with `meter` until the body is [closed](Opened::close).
pub(crate) fn open<'a>(bytes: &'a [u8], meter: &mut Meter<'_>) -> Result<Opened<'a>, BodyError> {
    let any = Any::read(bytes)?;
    let mut opened = Opened { content: Content::Sent(any), changes: Changes::default() };
    let (Any::Text(text) | Any::Bytes(text)) = any else { return Ok(opened) };
    let start = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    if !start.starts_with(b"{") && !start.starts_with(b"[") {
        return Ok(opened);
    }
    meter.work(text.len())?;
    let before = meter.held();
    match transcript::of_text(text, meter) {
        Ok(Transcript { wire, mended }) => {
            opened.content = Content::Transcribed(wire);
            (opened.changes.numbers, opened.changes.texts) = (mended.numbers, mended.texts);
        }
        Err(no_map) => {
            meter.release(meter.held() - before);
            match no_map {
                NoMap::Other => {}
                NoMap::Broken(broken) => opened.changes.broken = Some(broken),
                NoMap::TooLarge => return Err(BodyError::Unwalkable),
                NoMap::Outgrown(outgrown) => return Err(outgrown.into()),
            }
        }
    }
    Ok(opened)
}

impl<'a> Opened<'a> {
    /// The body, one level of it.
    pub(crate) fn any(&self) -> Result<Any<'_>, Malformed> {
        match &self.content {
            Content::Sent(any) => Ok(*any),
            Content::Transcribed(wire) => Any::read(wire),
        }
    }

    /// Reads it. What is made of it stays held with `meter`.
    pub(crate) fn read(
        &self,
        kept: Kept,
        gate: &Gate,
        pass: &mut Pass<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<Body<'a>, BodyError> {
        match &self.content {
            Content::Sent(any) => read(*any, self.changes, kept, gate, pass, meter),
            Content::Transcribed(wire) => {
                let body = read(Any::read(wire)?, self.changes, kept, gate, pass, meter)?;
                Ok(body.into_owned(meter)?)
            }
        }
    }

    /// Throws it away.
    pub(crate) fn close(self, meter: &mut Meter<'_>) {
        if let Content::Transcribed(wire) = self.content {
            meter.release(wire.capacity());
        }
    }
}

fn read<'a>(
    any: Any<'a>,
    changes: Changes,
    kept: Kept,
    gate: &Gate,
    pass: &mut Pass<'_>,
    meter: &mut Meter<'_>,
) -> Result<Body<'a>, BodyError> {
    match any {
        Any::Empty => Ok(Body::default()),
        Any::Map(map) if is_canonical(map)? => {
            let out = Out::with_room(map.len() + 64, meter)?;
            let mut writer = JsonWriter { gate, pass, out, changes };
            let steps = writer.trace(map, kept)?;
            // What is written is JSON syntax and checked text, so it is UTF-8.
            let json = String::from_utf8(writer.out.into_bytes());
            let json = json.map_err(|_| BodyError::Unwalkable)?;
            Ok(Body { json, steps, changes: writer.changes })
        }
        any => tree::read(any, changes, kept, gate, pass, meter),
    }
}

/// Whether the timeline is in `steps` alone, of which the last counts.
fn is_canonical(map: &[u8]) -> Result<bool, Malformed> {
    let mut is_list = true;
    let mut items = Items::new(map);
    while let Some(item) = items.next()? {
        let (key, value) = key_value(item)?;
        if fold::APART.iter().any(|name| name.as_bytes() == key) {
            return Ok(false);
        }
        if key == b"steps" {
            is_list = matches!(Any::read(value)?, Any::List(_));
        }
    }
    Ok(is_list)
}
