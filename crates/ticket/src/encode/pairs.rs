//! `KeyValue`s whose length is known beforehand, written in one go.

use crate::wire::{Writer, field_len, varint_len};

/// `KeyValue { key, AnyValue { string_value } }`, lengths computed beforehand.
pub(super) fn text_pair(w: &mut Writer<'_>, number: u32, key: &str, value: &str) {
    let any = field_len(value.len());
    pair_head(w, number, key, any);
    w.bytes_field(1, value.as_bytes());
}

pub(super) fn double_pair(w: &mut Writer<'_>, number: u32, key: &str, value: f64) {
    pair_head(w, number, key, 9);
    w.fixed64_field(4, value.to_bits());
}

#[expect(clippy::cast_sign_loss, reason = "int64 travels as its two's complement")]
pub(super) fn int_pair(w: &mut Writer<'_>, number: u32, key: &str, value: i64) {
    let value = value as u64;
    pair_head(w, number, key, 1 + varint_len(value as usize));
    w.varint_field(3, value);
}

/// All of a `KeyValue` up to the inside of its `AnyValue`, which takes `any` bytes.
fn pair_head(w: &mut Writer<'_>, number: u32, key: &str, any: usize) {
    w.varint(u64::from(number << 3 | 2));
    w.varint((field_len(key.len()) + field_len(any)) as u64);
    w.bytes_field(1, key.as_bytes());
    w.varint(2 << 3 | 2);
    w.varint(any as u64);
}
