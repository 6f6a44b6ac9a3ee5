//! What the receiver counts about itself, and how Prometheus reads it. No label ever holds a
//! tenant, a key or text of anyone's.

use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{commit::SinkError, reply::Refusal};

/// Between two log lines about the same trouble.
const SAY_AGAIN_AFTER: u64 = 30;

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Stats {
    requests: AtomicU64,
    refused: AtomicU64,
    overloaded: AtomicU64,
    throttled: AtomicU64,
    request_bytes: AtomicU64,
    accepted: AtomicU64,
    rejected: AtomicU64,
    ignored: AtomicU64,
    commits: AtomicU64,
    commit_rows: AtomicU64,
    commit_bytes: AtomicU64,
    commit_micros: AtomicU64,
    insert_failures: AtomicU64,
    insert_refusals: AtomicU64,
    part_deaths: AtomicU64,
    refusal_said_at: AtomicU64,
}

impl Stats {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.refused.fetch_add(1, Relaxed);
        match refusal {
            Refusal::Overloaded => self.overloaded.fetch_add(1, Relaxed),
            Refusal::OverLimit { .. } => self.throttled.fetch_add(1, Relaxed),
            _ => 0,
        };
    }

    pub(crate) fn decoded(&self, bytes: usize, accepted: u64, rejected: u64, ignored: u64) {
        self.request_bytes.fetch_add(bytes as u64, Relaxed);
        self.accepted.fetch_add(accepted, Relaxed);
        self.rejected.fetch_add(rejected, Relaxed);
        self.ignored.fetch_add(ignored, Relaxed);
    }

    pub(crate) fn committed(&self, rows: u64, bytes: usize, took: Duration) {
        self.commits.fetch_add(1, Relaxed);
        self.commit_rows.fetch_add(rows, Relaxed);
        self.commit_bytes.fetch_add(bytes as u64, Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.commit_micros.fetch_add(micros, Relaxed);
    }

    pub(crate) fn insert_failed(&self) {
        self.insert_failures.fetch_add(1, Relaxed);
    }

    pub(crate) fn part_died(&self) {
        self.part_deaths.fetch_add(1, Relaxed);
    }

    /// Counts it, and says so at most every half a minute.
    pub(crate) fn insert_refused(&self, error: &SinkError) {
        self.insert_refusals.fetch_add(1, Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let said_at = self.refusal_said_at.load(Relaxed);
        let is_mine = now >= said_at.saturating_add(SAY_AGAIN_AFTER)
            && self.refusal_said_at.compare_exchange(said_at, now, Relaxed, Relaxed).is_ok();
        if is_mine {
            tracing::error!(%error, "rows are refused; their senders are told to come again");
        }
    }

    /// Rows committed since the start.
    pub fn rows_committed(&self) -> u64 {
        self.commit_rows.load(Relaxed)
    }

    /// Inserts that took rows since the start.
    pub fn commits(&self) -> u64 {
        self.commits.load(Relaxed)
    }

    /// All counters in Prometheus' text format 0.0.4.
    pub fn prometheus(&self, bytes_in_flight: usize) -> String {
        let counters = [
            ("requests_total", "OTLP requests.", &self.requests),
            ("requests_refused_total", "Requests refused as a whole.", &self.refused),
            ("requests_overloaded_total", "Requests refused for load.", &self.overloaded),
            ("requests_throttled_total", "Requests over a limit of their tenant.", &self.throttled),
            ("request_bytes_total", "Bytes of decoded requests.", &self.request_bytes),
            ("records_accepted_total", "Records that were good.", &self.accepted),
            ("records_rejected_total", "Records that were rejected.", &self.rejected),
            ("records_ignored_total", "Records of other events.", &self.ignored),
            ("commits_total", "Inserts that took rows.", &self.commits),
            ("commit_rows_total", "Rows committed.", &self.commit_rows),
            ("commit_bytes_total", "Bytes committed.", &self.commit_bytes),
            ("commit_microseconds_total", "Time spent in inserts.", &self.commit_micros),
            ("insert_failures_total", "Tries that failed.", &self.insert_failures),
            ("insert_refusals_total", "Tries that were refused.", &self.insert_refusals),
            ("part_deaths_total", "Parts of the receiver that died.", &self.part_deaths),
        ];
        let mut text = String::new();
        for (name, help, counter) in counters {
            // Writing to a string can't fail.
            let _ = write!(
                text,
                "# HELP ticketlens_{name} {help}\n# TYPE ticketlens_{name} counter\n\
                 ticketlens_{name} {}\n",
                counter.load(Relaxed)
            );
        }
        let _ = write!(
            text,
            "# HELP ticketlens_bytes_in_flight Bytes reserved by requests.\n\
             # TYPE ticketlens_bytes_in_flight gauge\n\
             ticketlens_bytes_in_flight {bytes_in_flight}\n"
        );
        text
    }
}
