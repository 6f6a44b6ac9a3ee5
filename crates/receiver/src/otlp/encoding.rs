//! Compressed bodies. What comes out is bounded before it is there: a bomb ends at the limit.

use std::io::{self, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

use crate::{
    budget::Reservation,
    reply::{Refusal, TooLarge},
};

/// zstd may ask a reader for any window; encoders use 8 MiB at most unless told otherwise
/// (RFC 8878, 3.1.1.1.2). The window is memory that no budget sees.
const ZSTD_WINDOW_LOG: u32 = 24;

/// Logs that repeat themselves become a hundredth; what becomes less is no log. zstd can say 128 KiB
/// in four bytes.
const TIMES: usize = 512;
/// Whatever it was packed from, so much may come out.
const ALWAYS: usize = 4 << 20;

/// Bytes decompressed between two looks at the budget, at first; doubled each time.
const STEP: usize = 64 << 10;
const STEP_MOST: usize = 4 << 20;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    /// zlib's format (RFC 9110, 8.4.1.2), as OpenTelemetry's Python exporter sends it.
    Deflate,
    Zstd,
}

impl Encoding {
    /// What `content-encoding` and `grpc-encoding` may say, in any case (RFC 9110, 8.4.1); absent
    /// means identity.
    pub(crate) fn parse(header: Option<&http::HeaderValue>) -> Result<Self, Refusal> {
        const NAMES: [(&str, Encoding); 6] = [
            ("", Encoding::Identity),
            ("identity", Encoding::Identity),
            ("gzip", Encoding::Gzip),
            ("x-gzip", Encoding::Gzip),
            ("deflate", Encoding::Deflate),
            ("zstd", Encoding::Zstd),
        ];
        let given = header.map_or(&b""[..], |value| value.as_bytes().trim_ascii());
        let known = NAMES.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(given));
        known.map(|(_, encoding)| *encoding).ok_or(Refusal::UnknownEncoding)
    }
}

/// Decompresses at most `limit` bytes, and at most [`TIMES`] what was sent; every byte is reserved,
/// times `weight`, before it is there.
pub(crate) fn decompress(
    encoding: Encoding,
    wire: &[u8],
    limit: usize,
    weight: usize,
    reservation: &mut Reservation,
) -> Result<Vec<u8>, Refusal> {
    let limit = limit.min(ALWAYS.max(wire.len().saturating_mul(TIMES)));
    match encoding {
        Encoding::Identity => read_bounded(wire, limit, weight, reservation),
        Encoding::Gzip => read_bounded(MultiGzDecoder::new(wire), limit, weight, reservation),
        Encoding::Deflate => read_bounded(ZlibDecoder::new(wire), limit, weight, reservation),
        Encoding::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(wire).map_err(|_| Refusal::Internal)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|_| Refusal::Internal)?;
            read_bounded(decoder, limit, weight, reservation)
        }
    }
}

fn read_bounded(
    mut reader: impl Read,
    limit: usize,
    weight: usize,
    reservation: &mut Reservation,
) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    let mut step = STEP;
    loop {
        // One byte over the limit tells "exactly at" from "more".
        let most = step.min(limit - out.len() + 1);
        let copied = room(&mut out, most, weight, reservation)?;
        let read = reader.by_ref().take(most as u64).read_to_end(&mut out);
        drop(copied);
        match read {
            Ok(0) => return Ok(out),
            Ok(_) if out.len() > limit => {
                return Err(Refusal::TooLarge(TooLarge::Request { limit }));
            }
            Ok(_) => {}
            Err(error) => return Err(broken(&error)),
        }
        step = (step * 2).min(STEP_MOST);
    }
}

/// Makes room for `more` bytes, and for what the reader looks ahead. What is copied for it is
/// reserved until the answer is dropped.
fn room(
    out: &mut Vec<u8>,
    more: usize,
    weight: usize,
    reservation: &mut Reservation,
) -> Result<Option<Reservation>, Refusal> {
    /// `read_to_end` looks for the end with a few bytes more.
    const AHEAD: usize = 64;
    let needed = out.len() + more + AHEAD;
    if needed <= out.capacity() {
        return Ok(None);
    }
    let before = out.capacity();
    let after = needed.max(before + before / 2);
    reservation.grow(after.saturating_sub(before).saturating_mul(weight))?;
    reservation.grow(before)?;
    let copied = reservation.split(before);
    out.reserve_exact(after - out.len());
    Ok(Some(copied))
}

fn broken(_: &io::Error) -> Refusal {
    Refusal::Malformed { expected: "compressed as its header says" }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::budget::{Budget, Limits};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(encoding: Encoding, wire: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
        decompress(encoding, wire, limit, 2, &mut reservation(1 << 30))
    }

    fn reservation(share: usize) -> Reservation {
        let budget = Budget::new(Limits { total: share, share });
        budget.reserve(&"acme".parse().unwrap(), 0).unwrap()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn all(bytes: &[u8]) -> [(Encoding, Vec<u8>); 3] {
        let zstd = zstd::stream::encode_all(bytes, 3).unwrap();
        let (gzip, deflate) = (gzip(bytes), deflate(bytes));
        [(Encoding::Gzip, gzip), (Encoding::Deflate, deflate), (Encoding::Zstd, zstd)]
    }

    #[test]
    fn what_was_packed_comes_out() {
        for size in [0, 1, STEP, 3 * STEP + 1] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            for (encoding, wire) in all(&bytes) {
                assert!(unpack(encoding, &wire, size).as_ref() == Ok(&bytes), "{encoding:?}");
            }
        }
    }

    #[test]
    fn two_gzip_members_are_one_body() {
        let wire = [gzip(b"first "), gzip(b"second")].concat();
        assert_eq!(unpack(Encoding::Gzip, &wire, 100).unwrap(), b"first second");
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let bytes = vec![0; 4 << 20];
        for (encoding, wire) in all(&bytes) {
            assert!(wire.len() < 64 << 10, "{encoding:?} packs {} bytes", wire.len());
            let limit = 1 << 20;
            let refused = Refusal::TooLarge(TooLarge::Request { limit });
            assert_eq!(unpack(encoding, &wire, limit), Err(refused));
        }
    }

    #[test]
    fn a_bomb_ends_at_the_budget() {
        for (encoding, wire) in all(&vec![0; 4 << 20]) {
            let mut reservation = reservation(1 << 20);
            let refused = decompress(encoding, &wire, 64 << 20, 2, &mut reservation);
            let share = Refusal::TooLarge(TooLarge::Share { limit: 1 << 20 });
            assert_eq!(refused, Err(share), "{encoding:?}");
        }
    }

    /// zstd's blocks of one byte: far more than deflate can make of as little.
    #[test]
    fn what_a_few_bytes_may_become_is_bounded_by_them() {
        let wire = zstd::stream::encode_all(&vec![0; 32 << 20][..], 19).unwrap();
        assert!(wire.len() * TIMES < ALWAYS, "{} bytes", wire.len());
        let refused = Refusal::TooLarge(TooLarge::Request { limit: ALWAYS });
        assert_eq!(unpack(Encoding::Zstd, &wire, 64 << 20), Err(refused));
    }

    #[test]
    fn what_is_reserved_is_what_is_held() {
        let bytes = vec![7; 10 << 20];
        for (encoding, wire) in all(&bytes) {
            // Deflate makes less of it than the bound allows.
            let wire = if wire.len() * TIMES < bytes.len() { continue } else { wire };
            let mut reservation = reservation(1 << 30);
            let before = reservation.bytes();
            let out = decompress(encoding, &wire, 64 << 20, 1, &mut reservation).unwrap();
            assert_eq!(reservation.bytes() - before, out.capacity(), "{encoding:?}");
        }
    }

    #[test]
    fn a_broken_body_is_malformed() {
        for (encoding, wire) in all(b"some bytes that are long enough to be cut") {
            let cut = unpack(encoding, &wire[..wire.len() - 5], 100);
            assert!(matches!(cut, Err(Refusal::Malformed { .. })), "{encoding:?}: {cut:?}");
            let other = unpack(encoding, b"no such thing", 100);
            assert!(matches!(other, Err(Refusal::Malformed { .. })), "{encoding:?}: {other:?}");
        }
    }

    #[test]
    fn a_window_larger_than_ours_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(b"small").unwrap();
        let wire = encoder.finish().unwrap();
        assert!(matches!(unpack(Encoding::Zstd, &wire, 100), Err(Refusal::Malformed { .. })));
    }

    #[test]
    fn the_headers_names() {
        let parse = |text| Encoding::parse(Some(&http::HeaderValue::from_static(text)));
        assert_eq!(Encoding::parse(None), Ok(Encoding::Identity));
        assert_eq!(parse("identity"), Ok(Encoding::Identity));
        assert_eq!(parse("gzip"), Ok(Encoding::Gzip));
        assert_eq!(parse("deflate"), Ok(Encoding::Deflate));
        assert_eq!(parse("zstd"), Ok(Encoding::Zstd));
        assert_eq!(parse(" GZIP "), Ok(Encoding::Gzip));
        assert_eq!(parse("X-Gzip"), Ok(Encoding::Gzip));
        assert_eq!(parse("Deflate"), Ok(Encoding::Deflate));
        assert_eq!(parse("ZStd"), Ok(Encoding::Zstd));
        assert_eq!(parse("Identity"), Ok(Encoding::Identity));
        assert_eq!(parse("br"), Err(Refusal::UnknownEncoding));
    }
}
