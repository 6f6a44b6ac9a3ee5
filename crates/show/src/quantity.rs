//! How much, how long, when: numbers as people read them.

use jiff::Timestamp;
use ticketlens_api::time::timestamp;

/// `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes, in powers of a thousand, as disks are sold: `85 B`, `1.2 kB`, `34 MB`, `5.6 TB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if n < 1_000 {
        return format!("{n} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut size = n as f64 / 1_000.0;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    let decimals = usize::from(size < 9.95);
    format!("{size:.decimals$} {}", UNITS[unit])
}

/// A duration in milliseconds: `85 ms`, `1.2 s`, `3 m 05 s`, `2 h 10 m`, `12 d 01 h`.
pub fn millis(ms: f64) -> String {
    let ms = finite(ms);
    if ms == 0.0 {
        return "0 ms".to_owned();
    }
    if ms < 10.0 {
        return format!("{ms:.1} ms");
    }
    if ms < 999.5 {
        return format!("{ms:.0} ms");
    }
    if ms < 59_950.0 {
        return format!("{:.1} s", ms / 1000.0);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let seconds = (ms / 1000.0).round() as u64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600, seconds / 60 % 60);
    match (days, hours) {
        (10_000.., _) => "> 9999 d".to_owned(),
        (3.., _) => format!("{days} d {:02} h", hours % 24),
        (_, 1..) => format!("{hours} h {minutes:02} m"),
        _ => format!("{minutes} m {:02} s", seconds % 60),
    }
}

/// What can be drawn: not a number, negative and infinite become 0.
pub fn finite(x: f64) -> f64 {
    if x.is_finite() && x > 0.0 { x } else { 0.0 }
}

/// A measure: at most four decimals, none where there are none; in powers of ten where it is too
/// small or too large for that.
pub fn measure(x: f64) -> String {
    let size = x.abs();
    if (size > 0.0 && size < 0.00005) || size >= 1e9 {
        return format!("{x:.3e}");
    }
    let text = format!("{x:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A measure with every digit it has.
pub fn exact(x: f64) -> String {
    let size = x.abs();
    if size != 0.0 && !(1e-6..1e15).contains(&size) { format!("{x:e}") } else { x.to_string() }
}

/// A share of 1: `97.5 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `2026-11-09 08:13:51 UTC`; empty for a time that can't be shown.
pub fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(timestamp).map_or_else(String::new, |at| at.strftime("%F %T UTC").to_string())
}

/// How long ago: `5 minutes ago`.
pub fn ago(at: Option<&prost_types::Timestamp>, now: Timestamp) -> String {
    let Some(at) = at.and_then(timestamp) else { return String::new() };
    let seconds = now.duration_since(at).as_secs();
    let (n, unit) = match seconds.unsigned_abs() {
        0..60 => return "just now".to_owned(),
        s @ 60..3600 => (s / 60, "minute"),
        s @ 3600..86_400 => (s / 3600, "hour"),
        s => (s / 86_400, "day"),
    };
    let plural = if n == 1 { "" } else { "s" };
    if seconds < 0 { format!("in {n} {unit}{plural}") } else { format!("{n} {unit}{plural} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_at_a_glance() {
        let cases = [
            (0.0, "0 ms"),
            (0.25, "0.2 ms"),
            (85.4, "85 ms"),
            (999.9, "1.0 s"),
            (22_087.0, "22.1 s"),
            (185_000.0, "3 m 05 s"),
            (7_800_000.0, "2 h 10 m"),
            (1e9, "11 d 13 h"),
            (1e300, "> 9999 d"),
            (f64::NAN, "0 ms"),
            (-5.0, "0 ms"),
            (f64::INFINITY, "0 ms"),
        ];
        for (ms, text) in cases {
            assert_eq!(millis(ms), text);
        }
    }

    #[test]
    fn numbers_read_at_a_glance() {
        assert_eq!([count(7), count(1000), count(1_234_567)], ["7", "1,000", "1,234,567"]);
        assert_eq!([measure(15.0), measure(0.003_548), measure(-0.0)], ["15", "0.0035", "0"]);
        assert_eq!(
            [measure(1.2e-7), measure(-2e12), measure(1e8)],
            ["1.200e-7", "-2.000e12", "100000000"]
        );
        assert_eq!([exact(0.123_456_789), exact(1e300), exact(0.0)], ["0.123456789", "1e300", "0"]);
        assert_eq!(percent(0.975), "97.5 %");
    }

    #[test]
    fn times_are_told_in_utc_and_by_age() {
        let at = prost_types::Timestamp { seconds: 1_762_676_031, nanos: 0 };
        assert_eq!(time(Some(&at)), "2025-11-09 08:13:51 UTC");
        let later = |s: i64| Timestamp::from_second(1_762_676_031 + s).unwrap();
        assert_eq!(ago(Some(&at), later(90)), "1 minute ago");
        assert_eq!(ago(Some(&at), later(3 * 86_400)), "3 days ago");
        assert_eq!(ago(Some(&at), later(-7200)), "in 2 hours");
        assert_eq!(time(Some(&prost_types::Timestamp { seconds: i64::MAX, nanos: 0 })), "");
    }
}
