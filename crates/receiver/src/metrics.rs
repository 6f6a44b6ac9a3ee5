//! What the receiver measures of itself, and how Prometheus reads it. No label ever holds a tenant,
//! a key or text of anyone's: the number of series is fixed.
//!
//! Counters are atomics. A histogram is a short lock, taken once a request or an insert and never for
//! a record.

use std::time::Duration;

use prometheus_client::{
    encoding::prometheus_text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::reply::Refusal;

pub(crate) use prometheus_text::CONTENT_TYPE;

/// Upper bounds of durations, as OpenTelemetry's semantic conventions have them for HTTP and RPC, and
/// one beyond the longest that a request takes to be answered unless configured otherwise.
const SECONDS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0];
/// Upper bounds of the rows of an insert: up to the most that a batch has unless configured otherwise.
const ROWS: [f64; 11] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5];

/// How a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    Grpc,
    Http,
}

impl Protocol {
    const ALL: [Self; 2] = [Self::Grpc, Self::Http];

    const fn label(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::Http => "http",
        }
    }
}

/// What its sender does next.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// Goes on.
    Accepted,
    /// Gives up.
    Refused,
    /// Sends it again.
    RetryLater,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Accepted, Self::Refused, Self::RetryLater];

    fn of(refusal: Option<&Refusal>) -> Self {
        match refusal {
            None => Self::Accepted,
            Some(refusal) if refusal.is_retryable() => Self::RetryLater,
            Some(_) => Self::Refused,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::RetryLater => "retry_later",
        }
    }
}

type Labels = [(&'static str, &'static str); 2];

const fn labels(protocol: Protocol, outcome: Outcome) -> Labels {
    [("protocol", protocol.label()), ("outcome", outcome.label())]
}

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
    commit_micros: Counter,
    insert_failures: Counter,
    insert_refusals: Counter,
    part_deaths: Counter,
    bytes_in_flight: Gauge,
    keys_ending: Gauge,
    /// By [`Protocol`] and [`Outcome`].
    request_duration: [[Histogram; 3]; 2],
    insert_duration: Histogram,
    insert_rows: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("ticketlens");
        // The encoder puts `_total` after a name, and a full stop after a help.
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let requests = counter("requests", "OTLP requests");
        let refused = counter("requests_refused", "Requests refused as a whole");
        let overloaded = counter("requests_overloaded", "Requests refused for load");
        let throttled = counter("requests_throttled", "Requests over a limit of their tenant");
        let request_bytes = counter("request_bytes", "Bytes of decoded requests");
        let accepted = counter("records_accepted", "Records that were good");
        let rejected = counter("records_rejected", "Records that were rejected");
        let ignored = counter("records_ignored", "Records of other events");
        let commits = counter("commits", "Inserts that took rows");
        let commit_rows = counter("commit_rows", "Rows committed");
        let commit_bytes = counter("commit_bytes", "Bytes committed");
        let commit_micros = counter("commit_microseconds", "Time spent in inserts");
        let insert_failures = counter("insert_failures", "Tries that failed");
        let insert_refusals = counter("insert_refusals", "Tries that were refused");
        let part_deaths = counter("part_deaths", "Parts of the receiver that died");
        let bytes_in_flight = Gauge::default();
        registry.register("bytes_in_flight", "Bytes reserved by requests", bytes_in_flight.clone());
        let keys_ending = Gauge::default();
        let help = "Keys in use here that stop working within 14 days";
        registry.register("keys_ending", help, keys_ending.clone());

        let request_durations = Family::<Labels, _, _>::new_with_constructor(durations);
        // Each is there from the start: nothing is looked up for a request, and a rate over a series
        // that appears later would miss its first step.
        let request_duration = Protocol::ALL.map(|protocol| {
            let labels = |outcome| labels(protocol, outcome);
            Outcome::ALL.map(|outcome| request_durations.get_or_create_owned(&labels(outcome)))
        });
        registry.register_with_unit(
            "request_duration",
            "From a request's head to its answer",
            Unit::Seconds,
            request_durations,
        );
        let insert_duration = durations();
        registry.register_with_unit(
            "insert_duration",
            "From the first try to insert a batch to its commit",
            Unit::Seconds,
            insert_duration.clone(),
        );
        let insert_rows = Histogram::new(ROWS);
        registry.register("insert_rows", "Rows of an insert that took them", insert_rows.clone());
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
            commit_micros,
            insert_failures,
            insert_refusals,
            part_deaths,
            bytes_in_flight,
            keys_ending,
            request_duration,
            insert_duration,
            insert_rows,
        }
    }
}

fn durations() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    /// A request has come.
    pub(crate) fn request(&self) {
        self.requests.inc();
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
        let outcome = Outcome::of(refusal);
        self.request_duration[protocol as usize][outcome as usize].observe(took.as_secs_f64());
    }

    pub(crate) fn decoded(&self, bytes: usize, accepted: u64, rejected: u64, ignored: u64) {
        self.request_bytes.inc_by(bytes as u64);
        self.accepted.inc_by(accepted);
        self.rejected.inc_by(rejected);
        self.ignored.inc_by(ignored);
    }

    pub(crate) fn committed(&self, rows: u64, bytes: usize, took: Duration) {
        self.commits.inc();
        self.commit_rows.inc_by(rows);
        self.commit_bytes.inc_by(bytes as u64);
        self.commit_micros.inc_by(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        self.insert_duration.observe(took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a batch has far less than 2^53 rows")]
        self.insert_rows.observe(rows as f64);
    }

    pub(crate) fn insert_failed(&self) {
        self.insert_failures.inc();
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

    /// All of it in [`CONTENT_TYPE`], Prometheus' text format 0.0.4. Not in OpenMetrics, whoever asks
    /// for it: there counters' families have other names (`# TYPE ticketlens_requests`), and every
    /// scraper that reads it reads this.
    pub(crate) fn prometheus(&self, bytes_in_flight: usize) -> String {
        self.bytes_in_flight.set(i64::try_from(bytes_in_flight).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dashboards and alerts of others name these.
    #[test]
    fn what_scrapers_see_stays() {
        let metrics = Metrics::default();
        let lines = [
            ("requests_total", "OTLP requests."),
            ("requests_refused_total", "Requests refused as a whole."),
            ("requests_overloaded_total", "Requests refused for load."),
            ("requests_throttled_total", "Requests over a limit of their tenant."),
            ("request_bytes_total", "Bytes of decoded requests."),
            ("records_accepted_total", "Records that were good."),
            ("records_rejected_total", "Records that were rejected."),
            ("records_ignored_total", "Records of other events."),
            ("commits_total", "Inserts that took rows."),
            ("commit_rows_total", "Rows committed."),
            ("commit_bytes_total", "Bytes committed."),
            ("commit_microseconds_total", "Time spent in inserts."),
            ("insert_failures_total", "Tries that failed."),
            ("insert_refusals_total", "Tries that were refused."),
            ("part_deaths_total", "Parts of the receiver that died."),
        ];
        let mut expected = String::new();
        for (name, help) in lines {
            expected += &format!(
                "# HELP ticketlens_{name} {help}\n# TYPE ticketlens_{name} counter\n\
                 ticketlens_{name} 0\n"
            );
        }
        expected += "# HELP ticketlens_bytes_in_flight Bytes reserved by requests.\n\
             # TYPE ticketlens_bytes_in_flight gauge\nticketlens_bytes_in_flight 7\n\
             # HELP ticketlens_keys_ending Keys in use here that stop working within 14 days.\n\
             # TYPE ticketlens_keys_ending gauge\nticketlens_keys_ending 2\n";
        metrics.keys_ending(2);
        let text = metrics.prometheus(7);
        assert!(text.starts_with(&expected), "{text}");
        assert!(CONTENT_TYPE.starts_with("text/plain; version=0.0.4"));
    }

    #[test]
    fn durations_and_rows_are_histograms_with_a_fixed_number_of_series() {
        let metrics = Metrics::default();
        let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        let at_first = series(&metrics.prometheus(0));
        let ms = Duration::from_millis;
        metrics.answered(Protocol::Grpc, None, ms(30));
        metrics.answered(Protocol::Http, Some(&Refusal::Overloaded), ms(3000));
        metrics.answered(Protocol::Http, Some(&Refusal::WrongKey), ms(1));
        metrics.committed(250, 10_000, ms(40));
        let text = metrics.prometheus(0);
        assert_eq!(series(&text), at_first);
        for line in [
            "# TYPE ticketlens_request_duration_seconds histogram",
            "ticketlens_request_duration_seconds_bucket\
             {protocol=\"grpc\",outcome=\"accepted\",le=\"0.025\"} 0",
            "ticketlens_request_duration_seconds_bucket\
             {protocol=\"grpc\",outcome=\"accepted\",le=\"0.05\"} 1",
            "ticketlens_request_duration_seconds_sum{protocol=\"http\",outcome=\"retry_later\"} 3.0",
            "ticketlens_request_duration_seconds_count{protocol=\"http\",outcome=\"refused\"} 1",
            "ticketlens_requests_refused_total 2",
            "ticketlens_requests_overloaded_total 1",
            "# TYPE ticketlens_insert_duration_seconds histogram",
            "ticketlens_insert_duration_seconds_bucket{le=\"+Inf\"} 1",
            "ticketlens_insert_duration_seconds_sum 0.04",
            "ticketlens_insert_rows_bucket{le=\"100\"} 0",
            "ticketlens_insert_rows_bucket{le=\"300\"} 1",
            "ticketlens_insert_rows_sum 250.0",
            "ticketlens_commit_microseconds_total 40000",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
