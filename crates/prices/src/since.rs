//! Since when a price is valid, as people write it: a day, or a moment of it, in UTC.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serializer, de};

/// `2025-09-29` where the day begins, `2025-09-29T12:00:00Z` otherwise.
pub(crate) fn serialize<S: Serializer>(seconds: &u64, out: S) -> Result<S::Ok, S::Error> {
    let moment = i64::try_from(*seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
    let Some(moment) = moment else { return out.serialize_u64(*seconds) };
    if seconds.is_multiple_of(86_400) {
        return out.collect_str(&moment.to_zoned(TimeZone::UTC).date());
    }
    out.collect_str(&moment)
}

/// What [`serialize`] writes, with any offset, or seconds of Unix time.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a day as `2025-09-29`, a moment as `2025-09-29T12:00:00Z`")]
    enum Since {
        Seconds(u64),
        Text(String),
    }
    match Since::deserialize(from)? {
        Since::Seconds(seconds) => Ok(seconds),
        Since::Text(text) => read(&text)
            .ok_or_else(|| de::Error::custom("not a day as `2025-09-29` of 1970 or later")),
    }
}

/// Unix seconds of a day's begin or of a moment.
pub(crate) fn read(text: &str) -> Option<u64> {
    let moment = match text.parse::<Timestamp>() {
        Ok(moment) => moment,
        Err(_) => text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
    };
    u64::try_from(moment.as_second()).ok()
}
