//! Configuration: what was given, where it came from, and the checked form the pipeline runs on.
//!
//! Checking does no I/O but reading the certificate files it is pointed at. Every problem is
//! reported at once, and none of them shows a value.

mod destination;
mod environment;
mod problem;
mod resource;
mod settings;
mod tls;

use std::time::Duration;

use secrecy::ExposeSecret;
use settings::parse_bool;
use ticketlens_redact::{Gate, GateConfig, HashKey, Subject};
use ticketlens_ticket::{Capture, Resource, limits};

pub(crate) use destination::Destination;
pub use destination::{Compression, Protocol};
pub use problem::{ConfigError, Problem};
pub(crate) use settings::{Setting, Settings};

/// Bytes of tickets that may wait, when nothing else is said.
pub(crate) const QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// Less could not hold one full batch and the discard lane.
pub(crate) const QUEUE_BYTES_MINIMUM: usize = 64 * 1024;
/// Longest a ticket waits for others to share its request.
pub(crate) const LINGER: Duration = Duration::from_millis(100);
/// With less than that, tickets are sent at once: polling that often costs more than being woken.
const AT_ONCE: Duration = Duration::from_millis(5);
/// How long a batch is tried again before it is given up.
pub(crate) const RETRY_FOR: Duration = Duration::from_secs(5 * 60);

/// The checked form: everything a pipeline needs to run.
pub(crate) struct Config {
    pub(crate) resource: Resource,
    pub(crate) capture: Capture,
    pub(crate) drop_messages: bool,
    pub(crate) gate: Gate,
    /// Absent where the application's own pipeline carries the records.
    pub(crate) destination: Option<Destination>,
    pub(crate) queue_bytes: usize,
    /// Encoded bytes at which a batch is cut.
    pub(crate) batch_bytes: usize,
    pub(crate) linger: Duration,
    pub(crate) retry_for: Duration,
    /// Worth telling, and no reason to stop.
    pub(crate) warnings: Vec<&'static str>,
}

impl Config {
    /// Whether each ticket wakes the sending thread.
    pub(crate) fn sends_at_once(&self) -> bool {
        self.linger < AT_ONCE
    }

    /// How often the sending thread polls the queue, while nobody wakes it.
    pub(crate) fn poll_every(&self) -> Duration {
        if self.sends_at_once() { LINGER } else { self.linger }
    }
}

impl Settings {
    /// Checks everything; with `own_pipeline` unset, nothing about where to send.
    pub(crate) fn check(&self, own_pipeline: bool) -> Result<Config, ConfigError> {
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let resource = resource::check(self, &mut problems, &mut warnings);
        let capture = self.check_capture(&mut problems);
        let drop_messages = self.drop_messages.as_ref().map(parse_bool).transpose();
        let drop_messages = drop_messages.unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let destination =
            own_pipeline.then(|| destination::check(self, &mut problems, &mut warnings)).flatten();
        let gate = self.check_gate(&mut problems, &mut warnings);
        let queue_bytes = self.queue_bytes.unwrap_or(QUEUE_BYTES);
        if queue_bytes < QUEUE_BYTES_MINIMUM {
            let minimum = QUEUE_BYTES_MINIMUM;
            problems.push(Problem::QueueTooSmall { setting: "queue_bytes", minimum });
        }
        match gate {
            Some(gate) if problems.is_empty() => Ok(Config {
                resource,
                capture,
                drop_messages: drop_messages.unwrap_or(false),
                gate,
                destination,
                queue_bytes,
                batch_bytes: limits::RECORD_BYTES + 512 * 1024,
                linger: self.linger.unwrap_or(LINGER),
                retry_for: self.retry_for.unwrap_or(RETRY_FOR),
                warnings,
            }),
            _ => Err(ConfigError(problems)),
        }
    }

    fn check_capture(&self, problems: &mut Vec<Problem>) -> Capture {
        let Some(given) = &self.capture else { return Capture::default() };
        given.value.trim().to_ascii_uppercase().parse().unwrap_or_else(|_| {
            let allowed = "METRICS_ONLY, TIMELINE, FULL_TRACE";
            problems.push(Problem::NotOneOf { setting: given.name, allowed });
            Capture::MetricsOnly
        })
    }

    fn check_subject(&self, problems: &mut Vec<Problem>) -> Subject {
        let Some(given) = &self.subject else { return Subject::default() };
        given.value.trim().parse().unwrap_or_else(|_| {
            problems.push(Problem::NotOneOf { setting: given.name, allowed: "HASH, IN_PLACE" });
            Subject::Hash
        })
    }

    fn check_gate(
        &self,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<&'static str>,
    ) -> Option<Gate> {
        let hash_key = match &self.hash_key {
            Some(given) => HashKey::from_text(given.value.expose_secret())
                .map_err(|_| {
                    let minimum = ticketlens_redact::HASH_KEY_BYTES;
                    problems.push(Problem::ShortHashKey { setting: given.name, minimum });
                })
                .ok(),
            None => {
                warnings.push(
                    "no hash key is set (TICKETLENS_HASH_KEY): customers are hashed with a random \
                     one and do not correlate between processes",
                );
                None
            }
        };
        let config = GateConfig {
            hash_key,
            secret_keys: self.secret_keys.clone(),
            personal_keys: self.personal_keys.clone(),
            exempt_keys: self.exempt_keys.clone(),
            // A receiver's, for a tenant.
            denied_keys: Vec::new(),
            subject: self.check_subject(problems),
            ip_addresses: self.ip_addresses,
        };
        Gate::new(config).map_err(|invalid| problems.push(Problem::Gate(invalid))).ok()
    }
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
