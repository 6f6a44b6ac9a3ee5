//! JSON as it is written (RFC 8259): bytes that are asked for before they are there.

use crate::{
    meter::{Meter, Outgrown, room},
    whole,
};

/// Text written between two questions for room: its escapes take up to six times as much.
const PIECE: usize = 4 << 10;
/// No number is written longer.
const NUMBER: usize = 32;

/// What is written.
pub(super) struct Out<'p, 'm> {
    bytes: Vec<u8>,
    meter: &'p mut Meter<'m>,
}

impl<'p, 'm> Out<'p, 'm> {
    /// With room for about so many bytes.
    pub(super) fn with_room(bytes: usize, meter: &'p mut Meter<'m>) -> Result<Self, Outgrown> {
        let mut out = Self { bytes: Vec::new(), meter };
        out.room(bytes)?;
        Ok(out)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// For what is made beside it.
    pub(super) const fn meter(&mut self) -> &mut Meter<'m> {
        self.meter
    }

    #[inline]
    fn room(&mut self, more: usize) -> Result<(), Outgrown> {
        room(&mut self.bytes, more, self.meter)
    }

    /// JSON syntax.
    #[inline]
    pub(super) fn raw(&mut self, syntax: &[u8]) -> Result<(), Outgrown> {
        self.room(syntax.len())?;
        self.bytes.extend_from_slice(syntax);
        Ok(())
    }

    /// The comma before each item but the first.
    #[inline]
    pub(super) fn comma(&mut self, is_first: &mut bool) -> Result<(), Outgrown> {
        if std::mem::take(is_first) { Ok(()) } else { self.raw(b",") }
    }

    pub(super) fn null(&mut self) -> Result<(), Outgrown> {
        self.raw(b"null")
    }

    /// An entry's key in which there is nothing to escape, after a comma unless it `is_first`.
    #[inline]
    pub(super) fn own_key(&mut self, key: &[u8], is_first: bool) -> Result<(), Outgrown> {
        self.room(key.len() + 4)?;
        self.bytes.extend_from_slice(if is_first { b"\"" } else { b",\"" });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(b"\":");
        Ok(())
    }

    /// A string (§7).
    #[inline]
    pub(super) fn text(&mut self, text: &str) -> Result<(), Outgrown> {
        self.room(text.len() + 2)?;
        self.bytes.push(b'"');
        if text.len() > PIECE || has_escapes(text.as_bytes()) {
            return self.in_pieces(text);
        }
        self.meter.work(text.len())?;
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b'"');
        Ok(())
    }

    /// The rest of a string behind its first quote.
    fn in_pieces(&mut self, text: &str) -> Result<(), Outgrown> {
        for piece in text.as_bytes().chunks(PIECE) {
            self.meter.work(piece.len())?;
            if has_escapes(piece) {
                self.room(piece.len() + escapes_in(piece) * 5)?;
                escape(&mut self.bytes, piece);
            } else {
                self.room(piece.len())?;
                self.bytes.extend_from_slice(piece);
            }
        }
        self.raw(b"\"")
    }

    pub(super) fn int(&mut self, n: i64) -> Result<(), Outgrown> {
        self.room(NUMBER)?;
        // Writing into a Vec does not fail.
        let _ = serde_json::to_writer(&mut self.bytes, &n);
        Ok(())
    }

    pub(super) fn double(&mut self, x: f64) -> Result<(), Outgrown> {
        match whole::as_i64(x) {
            Some(whole) => self.int(whole),
            None => {
                self.room(NUMBER)?;
                // NaN and infinities become null, which is all JSON has for them.
                let _ = serde_json::to_writer(&mut self.bytes, &x);
                Ok(())
            }
        }
    }
}

#[inline(always)]
const fn needs_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// Whether any byte of `text` must be escaped: found without a branch a byte, so many at once.
fn has_escapes(text: &[u8]) -> bool {
    text.iter().fold(false, |any, byte| any | needs_escape(*byte))
}

/// How many bytes of `text` must be escaped.
fn escapes_in(text: &[u8]) -> usize {
    text.iter().filter(|byte| needs_escape(**byte)).count()
}

/// Blocks without anything to escape, nearly all, are copied whole.
fn escape(out: &mut Vec<u8>, text: &[u8]) {
    for block in text.chunks(32) {
        if !has_escapes(block) {
            out.extend_from_slice(block);
            continue;
        }
        for &byte in block {
            if needs_escape(byte) { write_escaped(out, byte) } else { out.push(byte) }
        }
    }
}

fn write_escaped(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        b'"' | b'\\' => byte,
        _ => {
            let hex = |nibble: u8| HEX[usize::from(nibble & 15)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::meter::Unlimited;

    proptest! {
        #[test]
        fn text_is_written_as_serde_json_reads_it(text in ".{0,200}|[\\x00-\\x7f]{0,9000}") {
            let mut unlimited = Unlimited;
            let mut meter = Meter::new(&mut unlimited);
            let mut out = Out::with_room(0, &mut meter).unwrap();
            out.text(&text).unwrap();
            let bytes = out.into_bytes();
            prop_assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), text);
            prop_assert!(meter.held() >= bytes.capacity());
        }
    }
}
