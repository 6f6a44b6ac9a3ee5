//! Times and versions as the tables hold them: microseconds since the epoch.

use ticketlens_ticket::Timestamp;

/// Later than the one in force, whatever this machine's clock says.
pub(crate) fn next_version(current: u64) -> u64 {
    (Timestamp::now().as_unix_nanos() / 1_000).max(current + 1)
}

/// Microseconds since the epoch, as the tables hold times.
pub(crate) fn micros(time: Timestamp) -> i64 {
    i64::try_from(time.as_unix_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// A time from microseconds since the epoch.
pub(crate) fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_unix_nanos(u64::try_from(micros).unwrap_or(0).saturating_mul(1_000))
}

/// When a version was written; `None` of 0, before any.
pub(crate) fn from_version(version: u64) -> Option<Timestamp> {
    (version > 0).then(|| Timestamp::from_unix_nanos(version.saturating_mul(1_000)))
}
