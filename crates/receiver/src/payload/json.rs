//! OTLP/JSON to protobuf, in one pass and without a tree: what follows is the same reader, the
//! same gate and the same reasons for both encodings.
//!
//! The rules are those of the OTLP specification ("JSON Protobuf Encoding") on top of protobuf's
//! JSON mapping: names in lowerCamelCase, unknown names ignored, ids in hex, bytes in base64,
//! 64-bit integers as strings or numbers (`"1e3"` and `3.0` too), doubles also as "NaN" and
//! "Infinity", null as absent.
//!
//! Three things can be wrong, and each costs no more than it must. Bytes that are no JSON, leniently
//! read, are no request. A record with a value of the wrong kind is left out and counted, with its
//! place and what was wrong in JSON; its neighbours are written. Names that are not read cost
//! nothing, but when something was lost over them, it is said. Only fields that the reader reads are
//! written, so the protobuf is never longer than the JSON.

mod cause;
mod diagnostics;
mod message;
mod scalar;
mod schema;
mod writer;

use ticketlens_ticket::json::Broken;

pub use diagnostics::Diagnostics;
pub use message::Converted;

use crate::reply::Refusal;
use message::Converter;
use schema::REQUEST;

/// An `ExportLogsServiceRequest` from JSON to protobuf.
///
/// # Errors
/// [`Refusal::BrokenJson`] when the bytes are no JSON object.
pub fn to_protobuf(json: &[u8]) -> Result<Converted, Refusal> {
    let mut converter = Converter::new(json);
    match converter.request(REQUEST) {
        Ok(()) => Ok(converter.finish()),
        Err(broken) => Err(refused(json, broken)),
    }
}

fn refused(json: &[u8], Broken { at, expected }: Broken) -> Refusal {
    let before = json.get(..at).unwrap_or(json);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let byte = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    Refusal::BrokenJson { line, byte, expected }
}

#[cfg(test)]
mod tests;
