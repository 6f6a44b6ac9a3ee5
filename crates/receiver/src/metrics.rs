//! What the receiver measures of itself, and how it is read. No label holds a key or text of
//! anyone's, and none a tenant unless the configuration asks for it: the number of series is fixed, and
//! then bounded.
//!
//! Counters are atomics. A histogram is a short lock, taken once a request or an insert and never for
//! a record. What is so at the moment (`sources`) is looked up when somebody reads it.

mod instruments;
mod labels;
mod sources;

use std::time::Duration;

use opentelemetry::metrics::Meter;
use prometheus_client::{
    encoding::prometheus_text,
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use ticketlens_redact::detectors;
use ticketlens_store::TableLoad;
use ticketlens_ticket::{Reject, decode::Summary};

use crate::{reply::Refusal, waiting_line::WaitingLine};
use instruments::{ByLabel, Histogram, Instruments};
use labels::Outcome;
pub(crate) use labels::Protocol;
pub(crate) use prometheus_text::CONTENT_TYPE;
pub(crate) use sources::Sources;

/// Upper bounds of durations, as OpenTelemetry's semantic conventions have them for HTTP and RPC, and
/// one beyond the longest that a request takes to be answered unless configured otherwise.
const SECONDS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0];
/// Upper bounds of the rows of an insert: up to the most that a batch has unless configured otherwise.
const ROWS: [f64; 11] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5];

/// Everything measured since the start.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Counter,
    refused: Counter,
    overloaded: Counter,
    throttled: Counter,
    request_bytes: Counter,
    accepted: Counter,
    rejected: Counter,
    ignored: Counter,
    commits: Counter,
    commit_rows: Counter,
    commit_bytes: Counter,
    insert_failures: Counter,
    insert_retries: Counter,
    insert_refusals: Counter,
    part_deaths: Counter,
    keys_ending: Gauge,
    rejects: ByLabel,
    redactions: ByLabel,
    /// In the order of [`labels::index`].
    request_duration: [Histogram; labels::SETS],
    insert_duration: Histogram,
    insert_rows: Histogram,
    sources: Sources,
}

fn add(to: &ByLabel, value: &str, count: u64) {
    if let Some(counter) = to.get(value) {
        counter.inc_by(count);
    }
}

/// Without anything to look up.
impl Default for Metrics {
    fn default() -> Self {
        Self::new(Sources::default(), &opentelemetry::global::meter("ticketlens"))
    }
}

impl Metrics {
    /// Counters at nothing, beside what is asked of `sources`; `meter`'s program may send them on.
    pub(crate) fn new(sources: Sources, meter: &Meter) -> Self {
        let mut registry = Registry::with_prefix("ticketlens");
        let mut declare = Instruments { registry: &mut registry, meter };
        let requests = declare.counter(("requests", "OTLP requests"));
        let refused = declare.counter(("requests_refused", "Requests refused as a whole"));
        let overloaded = declare.counter(("requests_overloaded", "Requests refused for load"));
        let throttled =
            declare.counter(("requests_throttled", "Requests over a limit of their tenant"));
        let request_bytes = declare.counter(("request_bytes", "Bytes of decoded requests"));
        let accepted = declare.counter(("records_accepted", "Records that were good"));
        let rejected = declare.counter(("records_rejected", "Records that were rejected"));
        let ignored = declare.counter(("records_ignored", "Records of other events"));
        let commits = declare.counter(("commits", "Inserts that took rows"));
        let commit_rows = declare.counter(("commit_rows", "Rows committed"));
        let commit_bytes = declare.counter(("commit_bytes", "Bytes committed"));
        let insert_failures = declare.counter(("insert_failures", "Tries that failed"));
        let insert_retries =
            declare.counter(("insert_retries", "Tries of a batch after its first"));
        let insert_refusals = declare.counter(("insert_refusals", "Tries that were refused"));
        let part_deaths = declare.counter(("part_deaths", "Parts of the receiver that died"));
        let help = "Keys in use here that stop working within 14 days";
        let keys_ending = declare.gauge(("keys_ending", help));
        let rejects = declare.counters(
            ("rejects", "Records that were rejected, by reason"),
            "reason",
            Reject::ALL.into_iter().map(Reject::as_str),
        );
        let redactions = declare.counters(
            ("redactions", "Values that the gate removed here, by what found them"),
            "detector",
            detectors(),
        );
        // Each is there from the start, and none is looked up for a request.
        let request_duration = declare.histograms(
            ("request_duration_seconds", "From a request's head to its answer"),
            &SECONDS,
            labels::sets(),
        );
        let insert_duration = declare.histogram(
            ("insert_duration_seconds", "From the first try to insert a batch to its commit"),
            &SECONDS,
        );
        let insert_rows =
            declare.histogram(("insert_rows", "Rows of an insert that took them"), &ROWS);
        sources.observe(meter);
        registry.register_collector(Box::new(sources.clone()));
        Self {
            registry,
            requests,
            refused,
            overloaded,
            throttled,
            request_bytes,
            accepted,
            rejected,
            ignored,
            commits,
            commit_rows,
            commit_bytes,
            insert_failures,
            insert_retries,
            insert_refusals,
            part_deaths,
            keys_ending,
            rejects,
            redactions,
            request_duration,
            insert_duration,
            insert_rows,
            sources,
        }
    }

    /// A request has come.
    pub(crate) fn request(&self) {
        self.requests.inc();
    }

    /// A key did not open `/metrics` itself.
    pub(crate) fn key_refused(&self, refusal: &Refusal) {
        self.sources.key_failures.add(refusal);
    }

    /// A request is answered, so long after its head was there; with a refusal, or by taking it.
    pub(crate) fn answered(&self, protocol: Protocol, refusal: Option<&Refusal>, took: Duration) {
        if let Some(refusal) = refusal {
            self.refused.inc();
            match refusal {
                Refusal::Overloaded => drop(self.overloaded.inc()),
                Refusal::OverLimit { .. } => drop(self.throttled.inc()),
                _ => {}
            }
        }
        let series = labels::index(protocol, Outcome::of(refusal));
        self.request_duration[series].observe(took.as_secs_f64());
    }

    /// A request is read: so many bytes, and what became of its records.
    pub(crate) fn decoded(&self, bytes: usize, summary: &Summary) {
        let Summary { accepted, rejections, ignored, found, .. } = summary;
        self.request_bytes.inc_by(bytes as u64);
        self.accepted.inc_by(*accepted);
        self.rejected.inc_by(rejections.total());
        self.ignored.inc_by(*ignored);
        for (reason, count) in rejections.iter() {
            add(&self.rejects, reason.as_str(), count);
        }
        for (detector, count) in found.iter() {
            add(&self.redactions, detector, count.into());
        }
    }

    pub(crate) fn committed(&self, rows: u64, bytes: usize, took: Duration) {
        self.commits.inc();
        self.commit_rows.inc_by(rows);
        self.commit_bytes.inc_by(bytes as u64);
        self.insert_duration.observe(took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a batch has far less than 2^53 rows")]
        self.insert_rows.observe(rows as f64);
    }

    pub(crate) fn insert_failed(&self) {
        self.insert_failures.inc();
    }

    pub(crate) fn insert_retried(&self) {
        self.insert_retries.inc();
    }

    pub(crate) fn insert_refused(&self) {
        self.insert_refusals.inc();
    }

    pub(crate) fn part_died(&self) {
        self.part_deaths.inc();
    }

    /// So many keys that are in use here soon stop working.
    pub(crate) fn keys_ending(&self, keys: usize) {
        self.keys_ending.set(i64::try_from(keys).unwrap_or(i64::MAX));
    }

    /// Where those wait who wait for a commit.
    pub(crate) fn waiting_line(&self) -> &WaitingLine {
        &self.sources.line
    }

    /// What our tables weigh on the database; `None` while it can't be asked.
    pub(crate) fn table_load(&self, load: Option<TableLoad>) {
        self.sources.tables_weigh(load);
    }

    /// All of it in [`CONTENT_TYPE`], Prometheus' text format 0.0.4. Not in OpenMetrics, whoever asks
    /// for it: there counters' families have other names (`# TYPE ticketlens_requests`), and every
    /// scraper that reads it reads this.
    pub(crate) fn prometheus(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests;
