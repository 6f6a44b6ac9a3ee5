//! The database's disk, and the parts that tickets are in on it.

use ticketlens_show as show;
use ticketlens_store::{DetachedParts, Parts};

use super::check::Check;

/// Room on the disk.
pub const DISK: &str = "clickhouse.disk";
/// Whether merges keep up.
pub const PARTS: &str = "clickhouse.parts";
/// What ClickHouse has put aside.
pub const DETACHED: &str = "clickhouse.detached_parts";

/// Days until the disk is full, from which on somebody should look.
const DAYS: u64 = 7;
/// Parts of one partition, from which on somebody should look.
const MANY_PARTS: u64 = 1_000;

/// What is known of the disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk {
    /// Bytes that can still be written; absent for a disk without an end.
    pub free: Option<u64>,
    /// Its bytes.
    pub total: Option<u64>,
    /// Bytes by which tickets grow a day.
    pub growth: Option<f64>,
}

/// Judges how much is free, and for how long.
pub fn space(disk: Disk) -> Check {
    const FULL: &str = "free room on that disk or enlarge it first, as deleting takes some, too; then \
                        purge (`ticketlens tickets purge`), or shorten retention (`ticketlens tenant set \
                        TENANT --trace-days DAYS --apply`: without --apply only later tickets go \
                        earlier); `ticketlens tickets stats` says whose tickets take the room";
    let (Some(free), Some(total)) = (disk.free, disk.total.filter(|total| *total > 0)) else {
        return Check::skipped(
            DISK,
            "needs a disk that says what is free on it: an object store does not, and a login that may \
             not read system.disks is not told",
        );
    };
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = free as f64 / total as f64;
    let days = disk.growth.and_then(|growth| days(free, growth));
    let until = days.map(|days| format!(", full in {} days at this growth", show::count(days)));
    let found = format!(
        "{} of {} are free ({:.0} %){}",
        show::bytes(free),
        show::bytes(total),
        share * 100.0,
        until.unwrap_or_default()
    );
    let next = "give it a larger disk, shorten retention (`ticketlens tenant set TENANT --trace-days DAYS \
                --apply`: without --apply only later tickets go earlier), or purge (`ticketlens tickets purge`); `ticketlens tickets stats` says whose tickets take \
                the room";
    if share < 0.02 {
        Check::problem(DISK, found, FULL)
    } else if share < 0.10 || days.is_some_and(|days| days < DAYS) {
        Check::warning(DISK, found, next)
    } else {
        Check::ok(DISK, found)
    }
}

fn days(free: u64, growth: f64) -> Option<u64> {
    #[expect(clippy::cast_precision_loss, reason = "days")]
    let days = (growth >= 1.0).then(|| free as f64 / growth)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    Some(days as u64)
}

/// Judges whether merges keep up with inserts.
pub fn parts(parts: Option<&Parts>) -> Check {
    let Some(Parts { table, partition, most, refused_from }) = parts else {
        return Check::ok(PARTS, "there are none yet");
    };
    let limit =
        refused_from.map(|limit| format!("; from {} on it refuses inserts", show::count(limit)));
    let found = format!(
        "{} active parts in partition {partition} of {table}{}",
        show::count(*most),
        limit.unwrap_or_default()
    );
    let next = "merges do not keep up: look at ClickHouse's CPU and disk, and at system.merges; larger \
                commits (`commit.window_ms`) make fewer parts";
    // Inserts slow down well before they are refused.
    if refused_from.is_some_and(|limit| *most >= limit / 5 * 4) {
        Check::problem(PARTS, found, next)
    } else if *most > MANY_PARTS {
        Check::warning(PARTS, found, next)
    } else {
        Check::ok(PARTS, found)
    }
}

/// Judges what ClickHouse has put aside.
pub fn detached(detached: &[DetachedParts]) -> Check {
    if detached.is_empty() {
        return Check::ok(DETACHED, "none");
    }
    let told = detached.iter().map(|group| {
        let why = if group.reason.is_empty() { "by hand" } else { &group.reason };
        format!("{} of {} ({why})", show::count(group.parts), group.table)
    });
    let found = format!("parts put aside: {}", told.collect::<Vec<_>>().join(", "));
    // What ClickHouse could not read was tickets.
    if detached.iter().any(|group| group.reason.starts_with("broken")) {
        Check::problem(
            DETACHED,
            found,
            "ClickHouse could not read them, and shows none of their rows: look at the disk and at \
             ClickHouse's log, restore a backup (docs/operating.md), then drop them",
        )
    } else {
        Check::warning(
            DETACHED,
            found,
            "their rows are in no table: attach them again, or drop them to have their room back \
             (system.detached_parts lists them)",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{super::check::Outcome, *};

    const GB: u64 = 1_000_000_000;

    fn disk(free: u64, growth: Option<f64>) -> Outcome {
        space(Disk { free: Some(free * GB), total: Some(1_000 * GB), growth }).outcome
    }

    #[test]
    fn a_disk_is_judged_by_its_share_and_by_its_days() {
        assert_eq!(disk(100, None), Outcome::Ok);
        assert_eq!(disk(99, None), Outcome::Warning);
        assert_eq!(disk(19, None), Outcome::Problem);
        assert_eq!(disk(700, Some(100e9)), Outcome::Ok, "seven days");
        assert_eq!(disk(699, Some(100e9)), Outcome::Warning, "six days and a bit");
        assert_eq!(space(Disk::default()).outcome, Outcome::Skipped, "an object store");
        let full = space(Disk { free: Some(0), total: Some(GB), growth: None }).next.unwrap();
        assert!(full.starts_with("free room on that disk") && full.contains("--apply"), "{full}");
        let told = space(Disk { free: Some(50 * GB), total: Some(1_000 * GB), growth: Some(1e9) });
        assert!(told.found.contains("(5 %), full in 50 days"), "{}", told.found);
    }

    #[test]
    fn parts_are_judged_by_where_inserts_are_refused() {
        let judged = |most, refused_from| {
            let (table, partition) = ("tickets".to_owned(), "202611".to_owned());
            parts(Some(&Parts { table, partition, most, refused_from })).outcome
        };
        assert_eq!(judged(1_000, Some(3_000)), Outcome::Ok);
        assert_eq!(judged(1_001, Some(3_000)), Outcome::Warning);
        assert_eq!(judged(2_399, Some(3_000)), Outcome::Warning);
        assert_eq!(judged(2_400, Some(3_000)), Outcome::Problem);
        assert_eq!(judged(240, Some(300)), Outcome::Problem, "a lower limit");
        assert_eq!(judged(9_000, None), Outcome::Warning, "a limit nobody told");
        assert_eq!(parts(None).outcome, Outcome::Ok);
    }

    #[test]
    fn broken_parts_are_a_problem_and_others_a_warning() {
        let judged = |reason: &str| {
            let (table, reason) = ("tickets".to_owned(), reason.to_owned());
            detached(&[DetachedParts { table, reason, parts: 2 }])
        };
        assert_eq!(judged("broken-on-start").outcome, Outcome::Problem);
        assert_eq!(judged("").outcome, Outcome::Warning);
        assert_eq!(judged("").found, "parts put aside: 2 of tickets (by hand)");
        assert_eq!(detached(&[]).outcome, Outcome::Ok);
    }
}
