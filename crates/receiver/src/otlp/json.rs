//! OTLP/JSON to protobuf, in one pass and without a tree: what follows is the same reader, the
//! same gate and the same reasons for both encodings.
//!
//! The rules are those of the OTLP specification ("JSON Protobuf Encoding") on top of protobuf's
//! JSON mapping: names in lowerCamelCase, unknown names ignored, ids in hex, bytes in base64,
//! 64-bit integers as strings or numbers, doubles also as "NaN" and "Infinity", null as absent.
//!
//! Only fields that the reader reads are written. A record with a value of the wrong kind becomes
//! bytes that are no record, so that it is rejected alone and its neighbours are stored.

mod schema;
mod writer;

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use ticketlens_ticket::limits;

use crate::reply::Refusal;
use schema::{ANY, ANY_DOUBLE, Field, Kind, LOG_RECORD, REQUEST};
use writer::Writer;

/// Deeper values are replaced by a mark here already: serde_json refuses a whole request that is
/// nested deeper than 128 levels, and a level of a body takes up to four.
const DEPTH: usize = limits::DEPTH + 1;
const TOO_DEEP: &str = "[too deep]";

/// 2^63.
const BEYOND_INT64: f64 = 9_223_372_036_854_775_808.0;

/// No `LogRecord`: wire type 7 does not exist.
const NO_RECORD: u8 = 0x07;

/// Padded or not, as protobuf's JSON mapping has it.
const BASE64: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, BASE64);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, BASE64);

/// An `ExportLogsServiceRequest` from JSON to protobuf.
///
/// # Errors
/// [`Refusal::Malformed`] when the bytes are no JSON object.
pub fn to_protobuf(json: &[u8]) -> Result<Vec<u8>, Refusal> {
    let refused = |_| Refusal::Malformed { expected: "an ExportLogsServiceRequest in JSON" };
    let mut writer = Writer::new(json.len());
    let mut reader = serde_json::Deserializer::from_slice(json);
    let request = Fields { fields: REQUEST, writer: &mut writer };
    reader.deserialize_map(request).map_err(refused)?;
    reader.end().map_err(refused)?;
    Ok(writer.out)
}

/// The fields of a message, as an object.
struct Fields<'w> {
    fields: &'static [Field],
    writer: &'w mut Writer,
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key_seed(Name(self.fields))? {
            match field {
                Some((_, number, kind)) => {
                    map.next_value_seed(Value { number, kind, writer: self.writer })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A field's name; `None` for one that is not read.
struct Name(&'static [Field]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Option<Field>, D::Error> {
        reader.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<Field>, E> {
        Ok(self.0.iter().find(|field| field.0 == name).copied())
    }
}

/// What a field holds.
struct Value<'w> {
    number: u32,
    kind: Kind,
    writer: &'w mut Writer,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        if matches!(self.kind, Kind::Any) && self.writer.depth >= DEPTH {
            // Skipped without recursion, however deep it is.
            reader.deserialize_ignored_any(IgnoredAny)?;
            let start = self.writer.open(self.number);
            self.writer.bytes(1, TOO_DEEP.as_bytes());
            self.writer.close(start);
            return Ok(());
        }
        reader.deserialize_any(self)
    }
}

impl Value<'_> {
    fn integer(self, value: i128) {
        match self.kind {
            #[expect(clippy::cast_sign_loss, reason = "int64 travels as its two's complement")]
            Kind::Int64 => match i64::try_from(value) {
                Ok(value) => self.writer.int(self.number, value as u64),
                Err(_) => self.writer.bad(),
            },
            Kind::Fixed64 => match u64::try_from(value) {
                Ok(value) => self.writer.fixed64(self.number, value),
                Err(_) => self.writer.bad(),
            },
            #[expect(clippy::cast_precision_loss, reason = "a double is what is asked for")]
            Kind::Double => self.writer.fixed64(self.number, (value as f64).to_bits()),
            _ => self.writer.bad(),
        }
    }

    fn text(self, text: &str) {
        let Self { number, kind, writer } = self;
        match kind {
            Kind::Text => writer.bytes(number, text.as_bytes()),
            Kind::Int64 | Kind::Fixed64 => match text.parse() {
                Ok(value) => Self { number, kind, writer }.integer(value),
                Err(_) => writer.bad(),
            },
            Kind::Double => match text.parse::<f64>() {
                Ok(value) => writer.fixed64(number, value.to_bits()),
                Err(_) => writer.bad(),
            },
            Kind::Hex => match hex(text) {
                Some(bytes) => writer.bytes(number, &bytes),
                None => writer.bad(),
            },
            Kind::Base64 => match STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)) {
                Ok(bytes) => writer.bytes(number, &bytes),
                Err(_) => writer.bad(),
            },
            _ => writer.bad(),
        }
    }

    /// JavaScript's exporters write every whole number as an `intValue`: one that is none is the
    /// double it was.
    fn beyond_int64(self, value: f64) {
        self.writer.fixed64(ANY_DOUBLE, value.to_bits());
    }

    /// The fields of the message an object stands for; `None` where none is expected.
    fn message(&self) -> Option<&'static [Field]> {
        match self.kind {
            Kind::Message(fields) => Some(fields),
            Kind::Any => Some(ANY),
            _ => None,
        }
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        match self.kind {
            Kind::Bool => self.writer.int(self.number, u64::from(value)),
            _ => self.writer.bad(),
        }
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.integer(value.into());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match self.kind {
            #[expect(clippy::cast_precision_loss, reason = "it was a double")]
            Kind::Int64 if i64::try_from(value).is_err() => self.beyond_int64(value as f64),
            _ => self.integer(value.into()),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        match self.kind {
            Kind::Double => self.writer.fixed64(self.number, value.to_bits()),
            Kind::Int64 if value.fract() == 0.0 && value.abs() >= BEYOND_INT64 => {
                self.beyond_int64(value);
            }
            // `3.0` and `1e3` are integers to protobuf's JSON mapping.
            #[expect(clippy::cast_possible_truncation, reason = "whole, and checked after")]
            _ if value.fract() == 0.0 && value.abs() < 1e19 => self.integer(value as i128),
            _ => self.writer.bad(),
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { number, kind, writer } = self;
        let kind = match kind {
            Kind::Repeated(fields) => Kind::Message(fields),
            Kind::AnyList => Kind::Any,
            Kind::Records => {
                while items.next_element_seed(Record(writer))?.is_some() {}
                return Ok(());
            }
            _ => {
                writer.bad();
                while items.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(());
            }
        };
        while items.next_element_seed(Value { number, kind, writer })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some(fields) = self.message() else {
            self.writer.bad();
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        let Self { number, kind, writer } = self;
        let level = usize::from(matches!(kind, Kind::Any));
        writer.depth += level;
        let start = writer.open(number);
        Fields { fields, writer }.visit_map(map)?;
        writer.close(start);
        writer.depth -= level;
        Ok(())
    }
}

/// One `LogRecord` of a `ScopeLogs`.
struct Record<'w>(&'w mut Writer);

impl<'de> DeserializeSeed<'de> for Record<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        let Self(writer) = self;
        let start = writer.out.len();
        writer.is_bad = false;
        let kind = Kind::Message(LOG_RECORD);
        Value { number: 2, kind, writer }.deserialize(reader)?;
        if writer.is_bad {
            writer.out.truncate(start);
            writer.bytes(2, &[NO_RECORD]);
        }
        // A resource with a bad value keeps its good ones.
        writer.is_bad = false;
        Ok(())
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::try_from(digit(&pair[0])? << 4 | digit(&pair[1])?).ok()).collect()
}

#[cfg(test)]
mod tests;
