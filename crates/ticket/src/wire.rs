//! Protobuf's wire format (protobuf.dev, "Encoding"), as much of it as OTLP needs: a reader
//! that borrows and a writer that appends. No input makes the reader panic.

/// The bytes are not protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Payload<'a> {
    /// An integer, a truth value, an enumeration's number.
    Varint(u64),
    /// A `fixed64`, or the bits of a `double`.
    Fixed64(u64),
    /// A text, bytes, or a message.
    Bytes(&'a [u8]),
    /// A `fixed32`.
    Fixed32(u32),
}

/// Reads one message's fields in the order they stand.
#[derive(Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Of a message's bytes, without its length.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next field's number and payload; `None` at the end.
    ///
    /// # Errors
    ///
    /// What follows is no field.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "an iterator could not fail")]
    pub fn next(&mut self) -> Result<Option<(u32, Payload<'a>)>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        let payload = match tag & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => Payload::Bytes(self.bytes()?),
            5 => Payload::Fixed32(u32::from_le_bytes(self.array()?)),
            // 3 and 4 are groups, which OTLP never had.
            _ => return Err(Malformed),
        };
        match tag >> 3 {
            0 => Err(Malformed),
            number => Ok(Some((number, payload))),
        }
    }

    /// Nearly all are tags and lengths of one byte.
    #[inline(always)]
    fn varint(&mut self) -> Result<u64, Malformed> {
        match self.0 {
            [byte @ 0..0x80, rest @ ..] => {
                self.0 = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for (at, &byte) in self.0.iter().enumerate().take(10) {
            // The tenth byte of a 64-bit number holds one bit.
            if at == 9 && byte > 1 {
                return Err(Malformed);
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                self.0 = &self.0[at + 1..];
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    #[inline]
    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        let (head, rest) = self.0.split_at_checked(len).ok_or(Malformed)?;
        self.0 = rest;
        Ok(head)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*head)
    }
}

/// An OTLP `AnyValue`, one level of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Any<'a> {
    /// No value: what OTLP has for null.
    Empty,
    /// A text, which should be UTF-8 and need not be.
    Text(&'a [u8]),
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float, finite or not.
    Double(f64),
    /// The bytes of an `ArrayValue`.
    List(&'a [u8]),
    /// The bytes of a `KeyValueList`.
    Map(&'a [u8]),
    /// Bytes that are no UTF-8: those that are, are read as text.
    Bytes(&'a [u8]),
}

impl<'a> Any<'a> {
    /// Of an `AnyValue`'s bytes. Of several values the last counts.
    ///
    /// # Errors
    ///
    /// The bytes are no `AnyValue`.
    #[expect(clippy::cast_possible_wrap, reason = "int64 travels as its two's complement")]
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let mut value = Self::Empty;
        while let Some(field) = reader.next()? {
            value = match field {
                (1, Payload::Bytes(text)) => Self::Text(text),
                (2, Payload::Varint(n)) => Self::Bool(n != 0),
                (3, Payload::Varint(n)) => Self::Int(n as i64),
                (4, Payload::Fixed64(bits)) => Self::Double(f64::from_bits(bits)),
                (5, Payload::Bytes(list)) => Self::List(list),
                (6, Payload::Bytes(map)) => Self::Map(map),
                // The gate reads texts: in hex, a name would pass it.
                (7, Payload::Bytes(raw)) if std::str::from_utf8(raw).is_ok() => Self::Text(raw),
                (7, Payload::Bytes(raw)) => Self::Bytes(raw),
                (1..=7, _) => return Err(Malformed),
                // Fields of a later version.
                _ => value,
            };
        }
        Ok(value)
    }
}

/// The `values` of an `ArrayValue` or `KeyValueList`: field 1 of both, one message each.
#[derive(Clone)]
pub struct Items<'a>(Reader<'a>);

impl<'a> Items<'a> {
    /// Of the bytes of an `ArrayValue` or a `KeyValueList`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(Reader::new(bytes))
    }

    /// The bytes of the next item; `None` at the end.
    ///
    /// # Errors
    ///
    /// What follows is no item.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "an iterator could not fail")]
    pub fn next(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        while let Some(field) = self.0.next()? {
            match field {
                (1, Payload::Bytes(item)) => return Ok(Some(item)),
                (1, _) => return Err(Malformed),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// A `KeyValue`'s key and the bytes of its value.
///
/// # Errors
///
/// The bytes are no `KeyValue`.
#[inline]
pub fn key_value(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let (mut key, mut value): (&[u8], &[u8]) = (&[], &[]);
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.next()? {
        match field {
            (1, Payload::Bytes(text)) => key = text,
            (2, Payload::Bytes(any)) => value = any,
            (1 | 2, _) => return Err(Malformed),
            _ => {}
        }
    }
    Ok((key, value))
}

/// Appends `value` as a varint (LEB128): seven bits a byte, the lowest first.
#[inline]
pub fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Fills all of `slot` with the varint of `value`, padded where that is shorter. A slot that is too
/// short for it holds its low bits.
fn fill_varint(slot: &mut [u8], mut value: u64) {
    let Some((last, before)) = slot.split_last_mut() else { return };
    for byte in before {
        *byte = value as u8 | 0x80;
        value >>= 7;
    }
    *last = value as u8 & 0x7f;
}

/// Bytes of a length that is filled in later.
const PADDED: usize = 5;

/// Appends fields to a buffer. Messages whose length is not known before they are written get it
/// put in front afterwards.
pub(crate) struct Writer<'b>(pub(crate) &'b mut Vec<u8>);

impl Writer<'_> {
    pub(crate) fn varint(&mut self, value: u64) {
        write_varint(self.0, value);
    }

    fn tag(&mut self, number: u32, wire_type: u32) {
        self.varint(u64::from(number << 3 | wire_type));
    }

    /// A field that is an integer or a truth value.
    pub(crate) fn varint_field(&mut self, number: u32, value: u64) {
        self.tag(number, 0);
        self.varint(value);
    }

    /// A field of eight bytes: a `fixed64`, or the bits of a `double`.
    pub(crate) fn fixed64_field(&mut self, number: u32, value: u64) {
        self.tag(number, 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A field that is a text, bytes, or a message that is written already.
    pub(crate) fn bytes_field(&mut self, number: u32, bytes: &[u8]) {
        self.tag(number, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Begins a field that is a message or a text whose length is known in the end: five bytes are
    /// kept for it, which hold any length as a padded varint. Returns what [`Self::close`] takes.
    pub(crate) fn open(&mut self, number: u32) -> usize {
        self.tag(number, 2);
        self.0.extend_from_slice(&[0; PADDED]);
        self.0.len()
    }

    /// Ends the field that [`Self::open`] began at `start`. A short one moves up to its length of
    /// one byte, so that many small ones take no more than they need, and none is ever moved that is
    /// long.
    pub(crate) fn close(&mut self, start: usize) {
        let length = self.0.len() - start;
        if length < 0x80 {
            self.0[start - PADDED] = length as u8;
            self.0.copy_within(start.., start - PADDED + 1);
            self.0.truncate(start - PADDED + 1 + length);
            return;
        }
        fill_varint(&mut self.0[start - PADDED..start], length as u64);
    }

    /// A field that is a message, written by `fill`.
    pub(crate) fn message(&mut self, number: u32, fill: impl FnOnce(&mut Writer<'_>)) {
        self.tag(number, 2);
        let start = self.0.len();
        // One byte is enough for most; a longer length moves the message up.
        self.0.push(0);
        fill(&mut Writer(self.0));
        let length = self.0.len() - start - 1;
        let prefix = varint_len(length);
        if prefix > 1 {
            self.0.resize(start + prefix + length, 0);
            self.0.copy_within(start + 1..start + 1 + length, start + prefix);
        }
        fill_varint(&mut self.0[start..start + prefix], length as u64);
    }
}

/// Bytes a varint takes.
pub(crate) const fn varint_len(value: usize) -> usize {
    (70 - (value as u64 | 1).leading_zeros() as usize) / 7
}

/// Bytes a length-delimited field takes, tag of one byte included.
pub(crate) const fn field_len(len: usize) -> usize {
    1 + varint_len(len) + len
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_varint_reads_back(value: u64) {
            let mut bytes = Vec::new();
            Writer(&mut bytes).varint(value);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.varint(), Ok(value));
            prop_assert!(reader.0.is_empty());
            prop_assert_eq!(varint_len(value as usize), bytes.len());
            let mut slot = vec![0; bytes.len()];
            fill_varint(&mut slot, value);
            prop_assert_eq!(slot, bytes);
        }

        #[test]
        fn a_message_of_any_length_gets_its_length(len in 0usize..40_000) {
            let mut bytes = Vec::new();
            Writer(&mut bytes).message(1, |w| w.bytes_field(2, &vec![7; len]));
            let mut reader = Reader::new(&bytes);
            let Some((1, Payload::Bytes(inner))) = reader.next().unwrap() else { panic!() };
            let mut inner = Reader::new(inner);
            prop_assert_eq!(inner.next(), Ok(Some((2, Payload::Bytes(&vec![7; len][..])))));
        }

        #[test]
        fn a_length_that_is_filled_in_reads_back(len in 0usize..300, before in 0usize..3) {
            let mut bytes = vec![0; before];
            let mut writer = Writer(&mut bytes);
            let (outer, inner) = (writer.open(1), writer.open(2));
            writer.0.extend_from_slice(&vec![7; len]);
            writer.close(inner);
            writer.close(outer);
            let mut reader = Reader::new(&bytes[before..]);
            let Some((1, Payload::Bytes(inner))) = reader.next().unwrap() else { panic!() };
            prop_assert_eq!(reader.next(), Ok(None));
            let mut inner = Reader::new(inner);
            prop_assert_eq!(inner.next(), Ok(Some((2, Payload::Bytes(&vec![7; len][..])))));
            prop_assert_eq!(inner.next(), Ok(None));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while let Ok(Some(_)) = reader.next() {}
            let _ = Any::read(&bytes);
            let _ = key_value(&bytes);
        }
    }

    #[test]
    fn a_varint_that_never_ends_is_refused() {
        assert_eq!(Reader::new(&[0xff; 11]).next(), Err(Malformed));
        assert_eq!(Reader::new(&[0x80]).next(), Err(Malformed));
    }
}
