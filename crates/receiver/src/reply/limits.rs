//! Which limit a request or its tenant has reached, and what its sender can do about it.

use std::fmt;

/// A limit that a tenant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Records a second.
    RecordsPerSecond,
    /// Bytes a second.
    BytesPerSecond,
    /// Records a day.
    RecordsPerDay,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RecordsPerSecond => "records a second",
            Self::BytesPerSecond => "bytes a second",
            Self::RecordsPerDay => "records a day",
        })
    }
}

/// What is made last of a request, as [`TooLarge::Grown`] names it.
pub(crate) const ROWS: &str = "its rows";

/// What is too large, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TooLarge {
    /// The request, as sent or decompressed, for `max_request_mib`.
    Request {
        /// The limit in bytes.
        limit: usize,
    },
    /// A call to the query API.
    Message {
        /// The limit in bytes.
        limit: usize,
    },
    /// What was packed, for how few bytes it came in.
    Packed {
        /// The limit in bytes.
        limit: usize,
    },
    /// The request and what is made of it, for the share of one tenant.
    Share {
        /// The limit in bytes.
        limit: usize,
    },
    /// What is made of the request, for what its bytes may become.
    Grown {
        /// What was being made: `a trace`.
        part: &'static str,
        /// So many times the request's own bytes.
        times: usize,
    },
    /// What reading the request takes, for the time that one may take.
    Slow {
        /// What was being made.
        part: &'static str,
        /// The limit in seconds.
        seconds: u64,
    },
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { limit } => write!(
                f,
                "the request is larger than {limit} bytes (decompressed); send smaller batches, \
                 or have the receiver's max_request_mib raised"
            ),
            Self::Message { limit } => {
                write!(f, "a message has at most {limit} bytes; send a shorter one")
            }
            Self::Share { limit } => write!(
                f,
                "the request together with what is made of it is larger than {limit} bytes, which \
                 is one tenant's share of the receiver's memory; send smaller batches, or have its \
                 tenant_share_mib raised"
            ),
            Self::Grown { part, times } => {
                let advice = if *part == ROWS {
                    "each record is stored with the attributes of its resource: send fewer of \
                     those, or fewer records at once"
                } else {
                    "send fewer of the shortest values and steps, or fewer records at once"
                };
                write!(
                    f,
                    "what is made of the request is larger than {times} times what was sent \
                     ({part}); {advice}"
                )
            }
            Self::Packed { limit } => write!(
                f,
                "what was packed is larger than {limit} bytes, which is more than 512 times what \
                 was sent; send it in smaller batches, or not compressed"
            ),
            Self::Slow { part, seconds } => write!(
                f,
                "the request is too large to be read in {seconds} seconds ({part}); send smaller \
                 batches"
            ),
        }
    }
}
