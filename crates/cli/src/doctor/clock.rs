//! Clocks: a ticket's time is its sender's, its retention ClickHouse's, a key's end the receiver's.

use jiff::{SignedDuration, Timestamp};

use super::check::Check;

/// From here on somebody should look.
const WARNING: SignedDuration = SignedDuration::from_secs(2);
/// From here on keys end and tickets go at other times than they should.
const PROBLEM: SignedDuration = SignedDuration::from_secs(30);

/// Another machine's clock, as it was told.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// What it said.
    pub at: Timestamp,
    /// How far it may have been beyond that: a second for whole seconds.
    pub grain: SignedDuration,
    /// Our clock before it was asked and after it had answered.
    pub around: (Timestamp, Timestamp),
}

/// Judges how far it is from ours; only what the time of the answer can't explain counts.
pub fn skew(name: &'static str, whose: &str, told: Reading) -> Check {
    let (before, after) = told.around;
    let behind = before.duration_since(told.at) - told.grain;
    let ahead = told.at.duration_since(after);
    let (off, direction) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
    let seconds = off.as_secs_f64();
    let found = format!("{whose} is {seconds:.1} s {direction} this machine's");
    let next = "have both machines take their time from the same source (chrony, systemd-timesyncd); \
                keys and retention go by these clocks";
    if off >= PROBLEM {
        Check::problem(name, found, next)
    } else if off >= WARNING {
        Check::warning(name, found, next)
    } else {
        Check::ok(name, format!("{whose} agrees with this machine's"))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::check::Outcome, *};

    fn judged(at_ms: i64, grain_s: i64) -> (Outcome, String) {
        let at = |ms| Timestamp::from_millisecond(1_764_570_000_000 + ms).unwrap();
        let grain = SignedDuration::from_secs(grain_s);
        // The answer took 100 ms.
        let told = Reading { at: at(at_ms), grain, around: (at(0), at(100)) };
        let check = skew("clock.clickhouse", "its clock", told);
        (check.outcome, check.found)
    }

    #[test]
    fn a_clock_is_judged_by_what_the_answer_s_time_cannot_explain() {
        for (at, grain, outcome) in [
            (50, 0, Outcome::Ok),
            (2_050, 0, Outcome::Ok),
            (2_100, 0, Outcome::Warning),
            (-1_999, 0, Outcome::Ok),
            (-2_000, 0, Outcome::Warning),
            (-2_900, 1, Outcome::Ok),
            (-3_000, 1, Outcome::Warning),
            (30_100, 0, Outcome::Problem),
            (-30_000, 0, Outcome::Problem),
        ] {
            assert_eq!(judged(at, grain).0, outcome, "{at} ms, grain {grain} s");
        }
        assert_eq!(judged(40_100, 0).1, "its clock is 40.0 s ahead of this machine's");
        assert_eq!(judged(-40_000, 0).1, "its clock is 40.0 s behind this machine's");
    }
}
