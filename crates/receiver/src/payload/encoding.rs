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
/// Whatever it was packed from, so much may come out: a large ticket that repeats itself.
const ALWAYS: usize = 16 << 20;

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
    let packed = ALWAYS.max(wire.len().saturating_mul(TIMES));
    let too_large = if packed < limit {
        TooLarge::Packed { limit: packed }
    } else {
        TooLarge::Request { limit }
    };
    let limit = limit.min(packed);
    let mut out = Out { bytes: Vec::new(), limit, too_large, weight, reserved: 0, reservation };
    // Memory that is not written to is not used: what is said to come out costs nothing yet.
    out.bytes.reserve_exact(said(encoding, wire).unwrap_or_default().min(limit) + AHEAD);
    match encoding {
        Encoding::Identity => out.read(wire)?,
        Encoding::Gzip => out.read(MultiGzDecoder::new(wire))?,
        Encoding::Deflate => out.read(ZlibDecoder::new(wire))?,
        Encoding::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(wire).map_err(|_| Refusal::Internal)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|_| Refusal::Internal)?;
            out.read(decoder)?;
        }
    }
    Ok(out.bytes)
}

/// `read_to_end` looks for the end with a few bytes more.
const AHEAD: usize = 64;

/// How many bytes come out, as the packed ones say: gzip in its last four (RFC 1952, 2.3.1), zstd in
/// its frame's header (RFC 8878, 3.1.1.1). Taken for a hint.
fn said(encoding: Encoding, wire: &[u8]) -> Option<usize> {
    match encoding {
        Encoding::Identity => Some(wire.len()),
        Encoding::Gzip => wire.last_chunk().map(|size| u32::from_le_bytes(*size) as usize),
        Encoding::Deflate => None,
        Encoding::Zstd => {
            let size = zstd::zstd_safe::get_frame_content_size(wire).ok()??;
            usize::try_from(size).ok()
        }
    }
}

/// What has come out.
struct Out<'r> {
    bytes: Vec<u8>,
    limit: usize,
    /// What is said of more.
    too_large: TooLarge,
    weight: usize,
    /// Of the bytes, and of those that may come next.
    reserved: usize,
    reservation: &'r mut Reservation,
}

impl Out<'_> {
    fn read(&mut self, mut reader: impl Read) -> Result<(), Refusal> {
        let mut step = STEP;
        loop {
            // One byte over the limit tells "exactly at" from "more".
            let most = step.min(self.limit - self.bytes.len() + 1);
            let copied = self.room(most)?;
            let read = reader.by_ref().take(most as u64).read_to_end(&mut self.bytes);
            drop(copied);
            match read {
                Ok(0) => return Ok(()),
                Ok(_) if self.bytes.len() > self.limit => {
                    return Err(Refusal::TooLarge(self.too_large));
                }
                Ok(_) => {}
                Err(error) => return Err(broken(&error)),
            }
            step = (step * 2).min(STEP_MOST);
        }
    }

    /// Reserves `more` bytes and makes room for them. What is copied for it is reserved until the
    /// answer is dropped.
    fn room(&mut self, more: usize) -> Result<Option<Reservation>, Refusal> {
        let needed = self.bytes.len() + more + AHEAD;
        let missing = needed.saturating_sub(self.reserved);
        self.reservation.grow(missing.saturating_mul(self.weight))?;
        self.reserved += missing;
        if needed <= self.bytes.capacity() {
            return Ok(None);
        }
        let before = self.bytes.len();
        self.reservation.grow(before)?;
        let copied = self.reservation.split(before);
        self.bytes.reserve_exact(needed.max(before + before / 2) - before);
        Ok(Some(copied))
    }
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
        let refused = Refusal::TooLarge(TooLarge::Packed { limit: ALWAYS });
        assert_eq!(unpack(Encoding::Zstd, &wire, 64 << 20), Err(refused));
    }

    #[test]
    fn what_is_reserved_is_what_is_held() {
        let bytes: Vec<u8> =
            (0..10_u32 << 20).map(|n| ((n / 37).wrapping_mul(n) % 251) as u8).collect();
        let mut taken = 0;
        for (encoding, wire) in all(&bytes) {
            if wire.len() * TIMES < bytes.len() {
                // Packed better than is taken.
                continue;
            }
            taken += 1;
            let mut reservation = reservation(1 << 30);
            let before = reservation.bytes();
            let out = decompress(encoding, &wire, 64 << 20, 1, &mut reservation).unwrap();
            let reserved = reservation.bytes() - before;
            assert!(reserved >= out.len(), "{encoding:?}: {reserved}");
            assert!(reserved <= out.len() + STEP_MOST + 2 * AHEAD, "{encoding:?}: {reserved}");
        }
        assert!(taken > 0, "all were packed too well to be taken");
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
