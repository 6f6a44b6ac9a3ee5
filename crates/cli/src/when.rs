//! Points in time on the command line: as a person writes them, and never in part.

use std::time::Duration;

use jiff::{
    SignedDuration, Span, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// Why a text is no point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    /// None of the forms.
    #[error(
        "give 2026-11-09T08:00:00Z (without a zone it is UTC), 2026-11-09, 2h, 7d, \
         yesterday, today or tomorrow"
    )]
    Unknown,
    /// The same, of a time to come.
    #[error(
        "give 30d, 2 weeks, tomorrow, 2027-01-01, or 2027-01-01T18:00:00Z (without a zone it is UTC)"
    )]
    UnknownFuture,
    /// No span of time.
    #[error("give 250ms, 30s, 5m, 1h 30m or 24h")]
    UnknownSpan,
    /// No length of time.
    #[error("give 24h, 7d, 2 weeks, or 0")]
    UnknownLength,
    /// Beyond the years that can be counted with.
    #[error("it lies beyond the year 9999, or before the year -9999")]
    OutOfRange,
    /// What is to come has passed.
    #[error("it is in the past")]
    Past,
}

/// Where a bare length such as `2h` leads from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Back,
    Ahead,
}

impl Direction {
    fn unknown(self) -> InvalidTime {
        match self {
            Self::Back => InvalidTime::Unknown,
            Self::Ahead => InvalidTime::UnknownFuture,
        }
    }
}

/// A time to look back to, for clap: `2h` is two hours ago.
pub fn past(text: &str) -> Result<Timestamp, InvalidTime> {
    parse(text, Direction::Back, Timestamp::now())
}

/// A time to come, for clap: `30d` is in thirty days.
pub fn future(text: &str) -> Result<Timestamp, InvalidTime> {
    let now = Timestamp::now();
    let at = parse(text, Direction::Ahead, now)?;
    if at > now { Ok(at) } else { Err(InvalidTime::Past) }
}

/// A span of time for clap: `30s`, `1m 30s`, `2h`, never a negative one.
pub fn span(text: &str) -> Result<SignedDuration, InvalidTime> {
    let span: SignedDuration = text.trim().parse().map_err(|_| InvalidTime::UnknownSpan)?;
    if span.is_negative() { Err(InvalidTime::UnknownSpan) } else { Ok(span) }
}

/// A length of time from now on, for clap: `24h`, `7d`, `0`.
pub fn length_ahead(text: &str) -> Result<Duration, InvalidTime> {
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let now = Timestamp::now();
    let span = length(text, Direction::Ahead).map_err(|_| InvalidTime::UnknownLength)?;
    let at = now.to_zoned(TimeZone::UTC).checked_add(span).map_err(|_| InvalidTime::OutOfRange)?;
    Duration::try_from(at.timestamp().duration_since(now)).map_err(|_| InvalidTime::Past)
}

fn parse(text: &str, direction: Direction, now: Timestamp) -> Result<Timestamp, InvalidTime> {
    let text = text.trim();
    // As we print it.
    let zulu = text.strip_suffix(" UTC").map(|text| format!("{text}Z"));
    let text = zulu.as_deref().unwrap_or(text);
    let midnight = |days: i64| {
        let today = now.to_zoned(TimeZone::UTC).start_of_day();
        let day = today.and_then(|day| day.checked_add(Span::new().days(days)));
        day.map(|day| day.timestamp()).map_err(|_| InvalidTime::OutOfRange)
    };
    match text.to_ascii_lowercase().as_str() {
        "now" => return Ok(now),
        "today" => return midnight(0),
        "yesterday" => return midnight(-1),
        "tomorrow" => return midnight(1),
        _ => {}
    }
    if let Some(at) = absolute(text) {
        return Ok(at);
    }
    let span = length(text, direction)?;
    let at = now.to_zoned(TimeZone::UTC).checked_add(span);
    at.map(|at| at.timestamp()).map_err(|_| InvalidTime::OutOfRange)
}

/// A date or a time of the calendar. Each parser is asked only for what it reads to the end: a date's
/// would take `2026-11-09T08:00` and leave the hours out.
fn absolute(text: &str) -> Option<Timestamp> {
    // The name of a zone is not looked up: not every machine has a list of them.
    if text.contains('[') {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let at = match text.len() {
        10 => text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()),
        // A zone that is no time's (`2026-11-09+02:00`) would be left out as well.
        16.. if text.get(10..).is_some_and(has_no_zone) => text.parse::<DateTime>().ok()?,
        _ => return None,
    };
    at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

fn has_no_zone(time: &str) -> bool {
    !time.contains(['+', '-', 'Z', 'z'])
}

/// A length, signed as it leads from now.
fn length(text: &str, direction: Direction) -> Result<Span, InvalidTime> {
    let bare = match direction {
        Direction::Back => text,
        Direction::Ahead => text.strip_prefix("in ").unwrap_or(text),
    };
    // A sign would be read both ways.
    if bare.starts_with(['+', '-', '−']) {
        return Err(direction.unknown());
    }
    let span: Span = bare.parse().map_err(|_| direction.unknown())?;
    let is_back = direction == Direction::Back || span.is_negative();
    Ok(if is_back { -span.abs() } else { span })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn read(text: &str, direction: Direction) -> Result<String, InvalidTime> {
        parse(text, direction, NOW.parse().unwrap()).map(|at| at.to_string())
    }

    #[test]
    fn who_mistypes_a_time_is_told_of_tomorrow_too() {
        for error in [past("never").unwrap_err(), future("never").unwrap_err()] {
            assert!(error.to_string().contains("tomorrow"), "{error}");
        }
    }

    #[test]
    fn what_people_write_is_taken_whole() {
        let cases = [
            ("2026-11-09T08:00:00Z", "2026-11-09T08:00:00Z"),
            ("2026-11-09t08:00:00z", "2026-11-09T08:00:00Z"),
            ("2026-11-09T08:00:00.25Z", "2026-11-09T08:00:00.25Z"),
            ("2026-11-09T08:00Z", "2026-11-09T08:00:00Z"),
            ("2026-11-09 08:00:00Z", "2026-11-09T08:00:00Z"),
            ("2026-11-09 08:00:00 UTC", "2026-11-09T08:00:00Z"),
            ("2026-11-09T08:00:00+02:00", "2026-11-09T06:00:00Z"),
            ("2026-11-09T08:00-05:30", "2026-11-09T13:30:00Z"),
            ("2026-11-09T08:00", "2026-11-09T08:00:00Z"),
            ("2026-11-09 08:00:30", "2026-11-09T08:00:30Z"),
            ("2026-11-09T08:00:30.5", "2026-11-09T08:00:30.5Z"),
            ("2026-11-09", "2026-11-09T00:00:00Z"),
            ("90s", "2026-11-20T11:58:30Z"),
            ("30m", "2026-11-20T11:30:00Z"),
            ("2h", "2026-11-20T10:00:00Z"),
            ("2h 30m", "2026-11-20T09:30:00Z"),
            ("2 hours", "2026-11-20T10:00:00Z"),
            ("2 hours ago", "2026-11-20T10:00:00Z"),
            ("7d", "2026-11-13T12:00:00Z"),
            ("4w", "2026-10-23T12:00:00Z"),
            ("1mo", "2026-10-20T12:00:00Z"),
            ("2y", "2024-11-20T12:00:00Z"),
            ("P7D", "2026-11-13T12:00:00Z"),
            ("now", NOW),
            ("today", "2026-11-20T00:00:00Z"),
            ("Yesterday", "2026-11-19T00:00:00Z"),
            (" 2h ", "2026-11-20T10:00:00Z"),
        ];
        for (text, at) in cases {
            assert_eq!(read(text, Direction::Back).as_deref(), Ok(at), "{text}");
        }
    }

    #[test]
    fn a_length_leads_ahead_where_a_time_to_come_is_asked_for() {
        let cases = [
            ("30d", "2026-12-20T12:00:00Z"),
            ("in 2 weeks", "2026-12-04T12:00:00Z"),
            ("1y", "2027-11-20T12:00:00Z"),
            ("tomorrow", "2026-11-21T00:00:00Z"),
            ("2026-12-01T18:00", "2026-12-01T18:00:00Z"),
            ("2 hours ago", "2026-11-20T10:00:00Z"),
        ];
        for (text, at) in cases {
            assert_eq!(read(text, Direction::Ahead).as_deref(), Ok(at), "{text}");
        }
        assert_eq!(future("2 hours ago"), Err(InvalidTime::Past));
        assert_eq!(future("2020-01-01"), Err(InvalidTime::Past));
        assert_eq!(future("soon"), Err(InvalidTime::UnknownFuture));
        assert!(future("30d").unwrap() > Timestamp::now());
    }

    #[test]
    fn a_length_is_of_time_to_come() {
        let day = Duration::from_secs(86_400);
        for (text, length) in
            [("24h", day), ("1d", day), ("2 weeks", 14 * day), ("0", Duration::ZERO)]
        {
            assert_eq!(length_ahead(text), Ok(length), "{text}");
        }
        for text in ["", "1", "-1d", "tomorrow", "2027-01-01"] {
            assert_eq!(length_ahead(text), Err(InvalidTime::UnknownLength), "{text}");
        }
        assert_eq!(length_ahead("2 hours ago"), Err(InvalidTime::Past));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "d",
            "-2h",
            "+2h",
            "2",
            "1763629200",
            "monday",
            "08:00",
            "2026-13-01",
            "2026-11-31",
            "2026-11-09T",
            "2026-11-09T25:00",
            "2026-11-09T08",
            "2026-11-09+02:00",
            "2026-11-09Z",
            "2026-11-09T08:00[Europe/Berlin]",
            "2026-11-09T08:00+01:00[Europe/Berlin]",
            "2026-11-09T08:00 CET",
            "2026-11-09 08:00 pm",
            "09.11.2026",
            "11/09/2026",
            "2h later",
            "in 2h",
            "2h ago ago",
            "2026-W46",
            "２h",
            "двое суток",
            "2026-11-0９T08:00",
            "ééééééééé",
        ] {
            assert_eq!(read(text, Direction::Back), Err(InvalidTime::Unknown), "{text:?}");
        }
        for text in ["99999999999999999999h", "19998y", "9999999999w"] {
            assert!(read(text, Direction::Back).is_err(), "{text:?}");
        }
    }
}
