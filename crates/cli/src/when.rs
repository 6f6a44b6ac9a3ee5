//! Points in time on the command line: RFC 3339, a date, or how long ago.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// The text is none of the forms understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "give a time like 2026-11-09T08:00:00Z, a date like 2026-11-09 (UTC), or how long ago: 90s, 30m, 2h, 7d, 4w"
)]
pub struct InvalidTime;

/// Reads a point in time; `now` is what "ago" counts from.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, InvalidTime> {
    if text == "now" {
        return Ok(now);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Some(ago) = ago(text) {
        return now.checked_sub(ago).map_err(|_| InvalidTime);
    }
    let date: Date = text.parse().map_err(|_| InvalidTime)?;
    let start = date.to_zoned(TimeZone::UTC).map_err(|_| InvalidTime)?;
    Ok(start.timestamp())
}

/// For clap: counts from the present.
pub fn parse_now(text: &str) -> Result<Timestamp, InvalidTime> {
    parse(text, Timestamp::now())
}

fn ago(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok()?.checked_mul(seconds).map(SignedDuration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let cases = [
            ("2026-11-09T08:00:00Z", "2026-11-09T08:00:00Z"),
            ("2026-11-09T08:00:00+02:00", "2026-11-09T06:00:00Z"),
            ("2026-11-09", "2026-11-09T00:00:00Z"),
            ("90s", "2026-11-20T11:58:30Z"),
            ("2h", "2026-11-20T10:00:00Z"),
            ("7d", "2026-11-13T12:00:00Z"),
            ("now", "2026-11-20T12:00:00Z"),
        ];
        for (text, at) in cases {
            assert_eq!(parse(text, now).unwrap().to_string(), at, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "d",
            "-2h",
            "2",
            "yesterday",
            "2y",
            "99999999999999999999h",
            "9999999999w",
            "2026-13-01",
        ] {
            assert_eq!(parse(text, Timestamp::UNIX_EPOCH), Err(InvalidTime), "{text:?}");
        }
    }
}
