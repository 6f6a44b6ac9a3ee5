//! Protobuf written while its lengths are not known yet.

use prost::encoding::{WireType, encode_key, encode_varint};

/// Bytes of a length that is filled in later.
const PADDED: usize = 5;

/// Protobuf in the making.
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
}

impl Writer {
    pub(super) fn new(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity) }
    }

    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        encode_key(field, WireType::LengthDelimited, &mut self.out);
        encode_varint(bytes.len() as u64, &mut self.out);
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn fixed64(&mut self, field: u32, bits: u64) {
        encode_key(field, WireType::SixtyFourBit, &mut self.out);
        self.out.extend_from_slice(&bits.to_le_bytes());
    }

    pub(super) fn int(&mut self, field: u32, value: u64) {
        encode_key(field, WireType::Varint, &mut self.out);
        encode_varint(value, &mut self.out);
    }

    /// Starts a message or a text whose length is known in the end: five bytes are kept for it,
    /// which hold any length as a padded varint.
    pub(super) fn open(&mut self, field: u32) -> usize {
        encode_key(field, WireType::LengthDelimited, &mut self.out);
        self.out.extend_from_slice(&[0; PADDED]);
        self.out.len()
    }

    /// Ends it. A short one moves up to its length of one byte, so that many small ones are no
    /// larger than they were in JSON; none is ever moved that is long.
    #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
    pub(super) fn close(&mut self, start: usize) {
        let mut length = self.out.len() - start;
        if length < 0x80 {
            self.out[start - PADDED] = length as u8;
            self.out.copy_within(start.., start - PADDED + 1);
            self.out.truncate(start - PADDED + 1 + length);
            return;
        }
        for (at, byte) in self.out[start - PADDED..start].iter_mut().enumerate() {
            let bits = (length & 0x7f) as u8;
            *byte = if at + 1 < PADDED { bits | 0x80 } else { bits };
            length >>= 7;
        }
    }
}
