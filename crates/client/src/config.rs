//! Configuration: what was given, where it came from, and the checked form the pipeline runs on.
//!
//! Checking does no I/O but reading the certificate files it is pointed at. Every problem is
//! reported at once, and none of them shows a value.

mod destination;
mod environment;
mod problem;
mod resource;

use std::time::Duration;

use ticketlens_redact::{Gate, GateConfig, HashKey};
use ticketlens_ticket::{Capture, Resource, limits};

pub(crate) use destination::Destination;
pub use destination::{Compression, Protocol};
pub use problem::{ConfigError, Problem};

use crate::secret::Secret;

/// A value and the name of the setting it came from, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Given<T> {
    pub(crate) setting: &'static str,
    pub(crate) value: T,
}

impl<T> Given<T> {
    pub(crate) fn by(setting: &'static str, value: T) -> Self {
        Self { setting, value }
    }
}

/// What was given, by code or by the environment; nothing of it is checked yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) enabled: Option<Given<String>>,
    pub(crate) sdk_disabled: bool,
    pub(crate) workflow: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) resource_attributes: Vec<(String, String)>,
    pub(crate) resource_pairs: Option<Given<String>>,
    pub(crate) endpoint: Option<Given<String>>,
    /// Given for logs alone: HTTP takes it as it is, without adding `/v1/logs`.
    pub(crate) endpoint_is_whole: bool,
    pub(crate) insecure: Option<Given<String>>,
    pub(crate) protocol: Option<Given<String>>,
    pub(crate) compression: Option<Given<String>>,
    pub(crate) timeout_ms: Option<Given<String>>,
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) header_pairs: Option<Given<Secret>>,
    pub(crate) key: Option<Given<Secret>>,
    pub(crate) certificate: Option<Given<String>>,
    pub(crate) client_certificate: Option<Given<String>>,
    pub(crate) client_key: Option<Given<String>>,
    pub(crate) capture: Option<Given<String>>,
    pub(crate) drop_messages: Option<Given<String>>,
    pub(crate) hash_key: Option<Given<Secret>>,
    pub(crate) secret_keys: Vec<String>,
    pub(crate) personal_keys: Vec<String>,
    pub(crate) exempt_keys: Vec<String>,
    pub(crate) ip_addresses: bool,
    pub(crate) queue_bytes: Option<usize>,
    pub(crate) linger: Option<Duration>,
    pub(crate) retry_for: Option<Duration>,
}

/// Bytes of tickets that may wait, when nothing else is said.
pub(crate) const QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// Less could not hold one full batch and the discard lane.
pub(crate) const QUEUE_BYTES_MINIMUM: usize = 64 * 1024;
/// Longest a ticket waits for others to share its request.
pub(crate) const LINGER: Duration = Duration::from_millis(100);
/// With less than that, tickets are sent at once: looking that often costs more than being woken.
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

    /// Between two looks of the sending thread at the queue, while nobody wakes it.
    pub(crate) fn look_every(&self) -> Duration {
        if self.sends_at_once() { LINGER } else { self.linger }
    }
}

impl Settings {
    /// Whether anything is to be sent at all: `TICKETLENS_ENABLED` and `OTEL_SDK_DISABLED`.
    pub(crate) fn is_enabled(&self) -> Result<bool, Problem> {
        let enabled = self.enabled.as_ref().map(parse_bool).transpose()?.unwrap_or(true);
        Ok(enabled && !self.sdk_disabled)
    }

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
            problems.push(Problem::NotOneOf { setting: given.setting, allowed });
            Capture::MetricsOnly
        })
    }

    fn check_gate(
        &self,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<&'static str>,
    ) -> Option<Gate> {
        let hash_key = match &self.hash_key {
            Some(given) => HashKey::from_text(given.value.expose())
                .map_err(|_| {
                    let minimum = ticketlens_redact::HASH_KEY_BYTES;
                    problems.push(Problem::ShortHashKey { setting: given.setting, minimum });
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
            ip_addresses: self.ip_addresses,
        };
        Gate::new(config).map_err(|invalid| problems.push(Problem::Gate(invalid))).ok()
    }
}

/// `true`, `false`, `1`, `0`, in any case.
fn parse_bool(given: &Given<String>) -> Result<bool, Problem> {
    match given.value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Problem::NotOneOf { setting: given.setting, allowed: "true, false" }),
    }
}

/// `key=value,key2=value2` with percent-encoded values (W3C Baggage, as OpenTelemetry's
/// environment variables use it). `None` where a part is no pair.
fn parse_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (key, value) = part.split_once('=')?;
            let decode = |text: &str| {
                percent_encoding::percent_decode_str(text.trim())
                    .decode_utf8()
                    .ok()
                    .map(|text| text.into_owned())
            };
            Some((decode(key)?, decode(value)?)).filter(|(key, _)| !key.is_empty())
        })
        .collect()
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
