//! ClickHouse's RowBinary, value by value.

use std::borrow::Cow;

use ticketlens_ticket::{Timestamp, wire::write_varint};

const SECONDS_A_DAY: u64 = 86_400;

pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// LEB128, as everywhere in RowBinary.
pub(super) fn length(out: &mut Vec<u8>, length: usize) {
    write_varint(out, length as u64);
}

pub(super) fn float(out: &mut Vec<u8>, number: f64) {
    out.extend(number.to_le_bytes());
}

/// The number, or the nearest that may be; 0 for what is none.
pub(super) fn within(number: f64, least: f64, most: f64) -> f64 {
    if number.is_finite() { number.clamp(least, most) } else { 0.0 }
}

pub(super) fn nullable(out: &mut Vec<u8>, number: Option<u64>) {
    match number {
        Some(number) => {
            out.push(0);
            out.extend(number.to_le_bytes());
        }
        None => out.push(1),
    }
}

pub(super) fn nullable_float(out: &mut Vec<u8>, number: Option<f64>) {
    match number {
        Some(number) => {
            out.push(0);
            float(out, number);
        }
        None => out.push(1),
    }
}

/// High half first, each little-endian: ClickHouse's own layout.
pub(super) fn uuid(out: &mut Vec<u8>, (high, low): (u64, u64)) {
    out.extend(high.to_le_bytes());
    out.extend(low.to_le_bytes());
}

pub(super) fn nanos(out: &mut Vec<u8>, time: Timestamp) {
    // The decoder rejects later times; an i64 of nanoseconds ends in 2262.
    out.extend(i64::try_from(time.as_unix_nanos()).unwrap_or(i64::MAX).to_le_bytes());
}

pub(super) fn micros(out: &mut Vec<u8>, time: Timestamp) {
    out.extend((time.as_unix_nanos() / 1_000).to_le_bytes());
}

pub(super) fn expiry(out: &mut Vec<u8>, from: Timestamp, days: u32) {
    let seconds = from.as_unix_nanos() / 1_000_000_000 + u64::from(days) * SECONDS_A_DAY;
    // A DateTime ends in 2106.
    out.extend(u32::try_from(seconds).unwrap_or(u32::MAX).to_le_bytes());
}

pub(super) fn attributes(out: &mut Vec<u8>, attributes: &[(Cow<'_, str>, Cow<'_, str>)]) {
    length(out, attributes.len());
    for (key, value) in attributes {
        text(out, key);
        text(out, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_leb128() {
        for (n, bytes) in [(0, &[0][..]), (127, &[127]), (128, &[0x80, 1]), (300, &[0xac, 2])] {
            let mut out = Vec::new();
            length(&mut out, n);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn times_beyond_a_column_stay_at_its_end() {
        let mut out = Vec::new();
        expiry(&mut out, Timestamp::from_unix_nanos(u64::MAX), u32::MAX);
        assert_eq!(out, u32::MAX.to_le_bytes());
        out.clear();
        nanos(&mut out, Timestamp::from_unix_nanos(u64::MAX));
        assert_eq!(out, i64::MAX.to_le_bytes());
    }
}
