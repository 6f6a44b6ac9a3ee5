//! Times and durations of messages, for readers.

use jiff::{SignedDuration, Timestamp};

/// A message's time as a point in time; `None` for one that can't be (RFC 3339's years end at 9999).
#[must_use]
pub fn timestamp(at: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(at.seconds, at.nanos).ok()
}

/// A message's duration in milliseconds; 0 where there is none.
#[must_use]
pub fn duration_ms(duration: Option<&prost_types::Duration>) -> f64 {
    duration.map_or(0.0, |d| SignedDuration::new(d.seconds, d.nanos).as_secs_f64() * 1000.0)
}
