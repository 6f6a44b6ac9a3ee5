//! Protobuf written while its lengths are not known yet.

/// Protobuf in the making.
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    /// The record being written holds a value of the wrong kind.
    pub(super) is_bad: bool,
    /// `AnyValue`s around the one being written.
    pub(super) depth: usize,
}

impl Writer {
    pub(super) fn new(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity), is_bad: false, depth: 0 }
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            #[expect(clippy::cast_possible_truncation, reason = "the low seven bits are meant")]
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 0x80")]
        self.out.push(value as u8);
    }

    fn tag(&mut self, field: u32, wire_type: u32) {
        self.varint(u64::from(field << 3 | wire_type));
    }

    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, 2);
        self.varint(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn fixed64(&mut self, field: u32, bits: u64) {
        self.tag(field, 1);
        self.out.extend_from_slice(&bits.to_le_bytes());
    }

    pub(super) fn int(&mut self, field: u32, value: u64) {
        self.tag(field, 0);
        self.varint(value);
    }

    /// Starts a message whose length is known in the end: five bytes are kept for it, which hold
    /// any length as a padded varint.
    pub(super) fn open(&mut self, field: u32) -> usize {
        self.tag(field, 2);
        self.out.extend_from_slice(&[0; 5]);
        self.out.len()
    }

    pub(super) fn close(&mut self, start: usize) {
        let mut length = self.out.len() - start;
        for (at, byte) in self.out[start - 5..start].iter_mut().enumerate() {
            #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
            let bits = (length & 0x7f) as u8;
            *byte = if at < 4 { bits | 0x80 } else { bits };
            length >>= 7;
        }
    }

    /// A value of the wrong kind: the record can't be taken.
    pub(super) fn bad(&mut self) {
        self.is_bad = true;
    }
}
