//! The receiver: whether it answers and is ready, its parts, and maintenance that it may have been left in.

use jiff::Timestamp;
use serde::Deserialize;
use ticketlens_show::safe;

use super::check::{Check, Outcome};

/// Asked before everything else of the receiver.
pub const REACHABLE: &str = "receiver.reachable";
/// Whether a ticket sent now would be stored.
pub const READY: &str = "receiver.ready";
/// Which program it is.
pub const VERSION: &str = "receiver.version";
/// Its parts.
pub const WORKERS: &str = "receiver.workers";
/// Since when it takes nothing.
pub const MAINTENANCE: &str = "receiver.maintenance";

/// Starts of a part again, from which on somebody should look.
const MANY_RESTARTS: u64 = 3;

/// What `/statusz` says.
#[derive(Debug, Deserialize)]
pub struct Stated {
    version: String,
    ready: bool,
    reason: Option<String>,
    /// Whether somebody has it take nothing.
    pub maintenance_mode: bool,
    workers: Vec<Worker>,
}

#[derive(Debug, Deserialize)]
struct Worker {
    name: String,
    worker_state: String,
    restart_count: u64,
    died: Option<String>,
}

/// It does not answer.
pub fn unreachable(address: &str, why: &str) -> Check {
    Check::problem(
        REACHABLE,
        format!("nothing answers at {} ({})", safe::line(address), safe::line(why)),
        "check that it runs and what its log says last; --http-endpoint names its HTTP port (usually \
         4318) where that is elsewhere",
    )
}

/// What answers is no receiver of ours, or a much older one.
pub fn another(address: &str, status: http::StatusCode) -> Check {
    Check::problem(
        REACHABLE,
        format!("what answers at {} is no receiver's HTTP port ({status})", safe::line(address)),
        "--http-endpoint names it, usually port 4318",
    )
}

/// Judges what it says of itself; `ours` is this program's version.
pub fn stated(stated: &Stated, address: &str, ours: &str) -> Vec<Check> {
    let answers = Check::ok(REACHABLE, format!("answers at {}", safe::line(address)));
    vec![answers, ready(stated), version(stated, ours), workers(stated)]
}

fn ready(stated: &Stated) -> Check {
    if stated.ready {
        return Check::ok(READY, "a ticket sent now would be stored");
    }
    let reason = stated.reason.as_deref().map_or("for a reason it does not say".into(), safe::line);
    let found = format!("it is not ready: {reason}");
    if stated.maintenance_mode {
        let next = "somebody wants it so; `ticketlens maintenance off` ends it";
        return Check::warning(READY, found, next);
    }
    Check::problem(
        READY,
        found,
        "senders are told to come again and keep their tickets meanwhile; the checks of clickhouse and \
         receiver.workers, and its log, say more",
    )
}

/// Judges readiness beside what ClickHouse itself was found to be: a receiver may not have noticed yet.
/// `by_receiver` where the receiver is who found it so; from elsewhere it may look different.
pub fn ready_beside(ready: &Check, clickhouse: &Check, by_receiver: bool) -> Option<Check> {
    if ready.outcome != Outcome::Ok || clickhouse.outcome != Outcome::Problem {
        return None;
    }
    let next = "see clickhouse.reachable; senders keep what is not acknowledged, and come again";
    Some(match by_receiver {
        true => Check::problem(
            READY,
            "it says that it is ready, and its ClickHouse does not do what it needs: a ticket sent now \
             would not be stored",
            next,
        ),
        false => Check::warning(
            READY,
            "it says that it is ready, and its ClickHouse does not do what is needed, as seen from here: \
             a ticket sent now may not be stored",
            next,
        ),
    })
}

fn version(stated: &Stated, ours: &str) -> Check {
    let theirs = safe::line(&stated.version);
    if theirs == ours {
        return Check::ok(VERSION, format!("{theirs}, as this program"));
    }
    Check::warning(
        VERSION,
        format!("the receiver is {theirs}, and this program {ours}"),
        "use the program of the receiver's version: what it knows of tables and settings is that one's",
    )
}

fn workers(stated: &Stated) -> Check {
    let told = |worker: &Worker| {
        let died = worker.died.as_ref().map(|how| format!(", last as it {}", safe::line(how)));
        format!(
            "{} ({}, started again {} times{})",
            safe::line(&worker.name),
            safe::line(&worker.worker_state),
            worker.restart_count,
            died.unwrap_or_default()
        )
    };
    let of = |is: &dyn Fn(&&Worker) -> bool| -> Vec<_> {
        stated.workers.iter().filter(is).map(told).collect()
    };
    let next = "docs/operating.md, \"Parts of the receiver\", says what each does; the log has each death \
                with its place in the code";
    let down = of(&|worker| matches!(worker.worker_state.as_str(), "backoff" | "stopped"));
    if !down.is_empty() {
        return Check::problem(WORKERS, format!("down: {}", down.join("; ")), next);
    }
    let restarted = of(&|worker| worker.restart_count >= MANY_RESTARTS);
    if !restarted.is_empty() {
        return Check::warning(WORKERS, format!("they die: {}", restarted.join("; ")), next);
    }
    Check::ok(WORKERS, format!("all {} parts work", stated.workers.len()))
}

/// Judges whether there is maintenance; `None` where there is none. Senders lose tickets by it when they
/// run out of room or of patience, and nobody knows when that is: so it is told from its beginning.
pub fn maintenance(since: Option<Timestamp>) -> Check {
    match since {
        None => Check::ok(MAINTENANCE, "none"),
        Some(since) => Check::warning(
            MAINTENANCE,
            format!("since {} UTC: it takes nothing", since.strftime("%Y-%m-%d %H:%M")),
            "`ticketlens maintenance off` ends it: senders keep tickets only as long as they have room",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(document: serde_json::Value) -> Vec<(&'static str, Outcome)> {
        let document: Stated = serde_json::from_value(document).unwrap();
        let checks = stated(&document, "http://h:4318", "0.1.0");
        checks.into_iter().map(|check| (check.name, check.outcome)).collect()
    }

    fn document(
        ready: bool,
        maintenance: bool,
        worker_state: &str,
        restarts: u64,
    ) -> serde_json::Value {
        let mut document = json!({
            "version": "0.1.0", "ready": ready, "maintenance_mode": maintenance, "bytes_in_flight": 0,
            "workers": [{
                "name": "ledger", "worker_state": worker_state, "since_unix_ms": 1,
                "restart_count": restarts, "died": "panicked",
            }],
        });
        if !ready {
            document["reason"] = "in maintenance".into();
        }
        document
    }

    #[test]
    fn what_the_receiver_says_of_itself_is_judged() {
        let outcome = |document, name| {
            let checks = judged(document);
            checks.into_iter().find(|(known, _)| *known == name).unwrap().1
        };
        let good = || document(true, false, "ready", 0);
        assert!(judged(good()).iter().all(|(_, outcome)| *outcome == Outcome::Ok));
        assert_eq!(outcome(document(false, false, "ready", 0), READY), Outcome::Problem);
        assert_eq!(outcome(document(false, true, "ready", 0), READY), Outcome::Warning);
        assert_eq!(outcome(document(true, false, "ready", 2), WORKERS), Outcome::Ok);
        assert_eq!(outcome(document(true, false, "ready", 3), WORKERS), Outcome::Warning);
        assert_eq!(outcome(document(true, false, "backoff", 0), WORKERS), Outcome::Problem);
        assert_eq!(outcome(document(true, false, "stopped", 0), WORKERS), Outcome::Problem);
        let mut other = good();
        other["version"] = "0.2.0".into();
        assert_eq!(outcome(other, VERSION), Outcome::Warning);
    }

    #[test]
    fn a_receiver_is_not_ready_whose_clickhouse_is_away() {
        let ready = Check::ok(READY, "");
        let (there, away) = (Check::ok("c", ""), Check::problem("c", "", ""));
        let judged = |ready: &Check, clickhouse: &Check, by_receiver| {
            ready_beside(ready, clickhouse, by_receiver).map(|check| check.outcome)
        };
        assert_eq!(judged(&ready, &there, true), None);
        assert_eq!(judged(&ready, &Check::skipped("c", ""), true), None);
        assert_eq!(judged(&ready, &away, true), Some(Outcome::Problem));
        assert_eq!(judged(&ready, &away, false), Some(Outcome::Warning));
        assert_eq!(judged(&Check::skipped(READY, ""), &away, true), None, "nobody said so");
        assert_eq!(judged(&Check::warning(READY, "", ""), &away, true), None, "it has its reason");
    }

    #[test]
    fn maintenance_is_a_warning_from_its_beginning() {
        assert_eq!(maintenance(None).outcome, Outcome::Ok);
        let begun = maintenance(Some("2026-11-20T10:00:00Z".parse().unwrap()));
        assert_eq!(begun.outcome, Outcome::Warning);
        assert_eq!(begun.found, "since 2026-11-20 10:00 UTC: it takes nothing");
    }
}
