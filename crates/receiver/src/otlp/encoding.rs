//! Compressed bodies. What comes out is bounded before it is there: a bomb ends at the limit.

use std::io::{self, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

use crate::{budget::Reservation, reply::Refusal};

/// zstd may ask a reader for any window; encoders use 8 MiB at most unless told otherwise
/// (RFC 8878, 3.1.1.1.2). The window is memory that no budget sees.
const ZSTD_WINDOW_LOG: u32 = 24;

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
    /// What `content-encoding` and `grpc-encoding` may say; absent means identity.
    pub(crate) fn parse(header: Option<&http::HeaderValue>) -> Result<Self, Refusal> {
        match header.map(|value| value.as_bytes().trim_ascii()) {
            None | Some(b"" | b"identity") => Ok(Self::Identity),
            Some(b"gzip" | b"x-gzip") => Ok(Self::Gzip),
            Some(b"deflate") => Ok(Self::Deflate),
            Some(b"zstd") => Ok(Self::Zstd),
            Some(_) => Err(Refusal::UnknownEncoding),
        }
    }
}

/// Decompresses at most `limit` bytes; every byte is reserved, times `weight`, as it appears.
pub(crate) fn decompress(
    encoding: Encoding,
    wire: &[u8],
    limit: usize,
    weight: usize,
    reservation: &mut Reservation,
) -> Result<Vec<u8>, Refusal> {
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
        let before = out.len();
        // One byte over the limit tells "exactly at" from "more".
        let most = step.min(limit - before + 1);
        let read = reader.by_ref().take(most as u64).read_to_end(&mut out);
        match read {
            Ok(0) => return Ok(out),
            Ok(_) if out.len() > limit => return Err(Refusal::TooLarge { limit }),
            Ok(more) => reservation.grow(more.saturating_mul(weight))?,
            Err(error) => return Err(broken(&error)),
        }
        step = (step * 2).min(STEP_MOST);
    }
}

fn broken(_: &io::Error) -> Refusal {
    Refusal::Malformed { expected: "compressed as its header says" }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::budget::Budget;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(encoding: Encoding, wire: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
        let mut reservation = Budget::new(1 << 30).reserve(0).unwrap();
        decompress(encoding, wire, limit, 2, &mut reservation)
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
            assert_eq!(unpack(encoding, &wire, limit), Err(Refusal::TooLarge { limit }));
        }
    }

    #[test]
    fn a_bomb_ends_at_the_budget() {
        for (encoding, wire) in all(&vec![0; 4 << 20]) {
            let budget = Budget::new(1 << 20);
            let _other = budget.reserve(1).unwrap();
            let mut reservation = budget.reserve(wire.len()).unwrap();
            let refused = decompress(encoding, &wire, 64 << 20, 2, &mut reservation);
            assert_eq!(refused, Err(Refusal::Overloaded), "{encoding:?}");
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
        assert_eq!(parse("br"), Err(Refusal::UnknownEncoding));
    }
}
