//! What was given, by code or by the environment, before any of it is checked.

use std::time::Duration;

use secrecy::SecretString;

use super::problem::Problem;

/// A value as it was given, and the environment variable or the builder's method that it came from:
/// messages name that one and never show the value.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) name: &'static str,
    pub(crate) value: T,
}

impl<T> Setting<T> {
    pub(crate) fn new(name: &'static str, value: T) -> Self {
        Self { name, value }
    }
}

/// What was given, by code or by the environment; nothing of it is checked yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) enabled: Option<Setting<String>>,
    pub(crate) sdk_disabled: bool,
    pub(crate) workflow: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) resource_attributes: Vec<(String, String)>,
    pub(crate) resource_pairs: Option<Setting<String>>,
    pub(crate) endpoint: Option<Setting<String>>,
    /// Given for logs alone: HTTP takes it as it is, without adding `/v1/logs`.
    pub(crate) endpoint_is_whole: bool,
    pub(crate) insecure: Option<Setting<String>>,
    pub(crate) protocol: Option<Setting<String>>,
    pub(crate) compression: Option<Setting<String>>,
    pub(crate) timeout_ms: Option<Setting<String>>,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) header_pairs: Option<Setting<SecretString>>,
    pub(crate) key: Option<Setting<SecretString>>,
    pub(crate) certificate: Option<Setting<String>>,
    pub(crate) client_certificate: Option<Setting<String>>,
    pub(crate) client_key: Option<Setting<String>>,
    pub(crate) capture: Option<Setting<String>>,
    pub(crate) drop_messages: Option<Setting<String>>,
    pub(crate) subject: Option<Setting<String>>,
    pub(crate) hash_key: Option<Setting<SecretString>>,
    pub(crate) secret_keys: Vec<String>,
    pub(crate) personal_keys: Vec<String>,
    pub(crate) exempt_keys: Vec<String>,
    pub(crate) ip_addresses: bool,
    pub(crate) queue_bytes: Option<usize>,
    pub(crate) linger: Option<Duration>,
    pub(crate) retry_for: Option<Duration>,
}

impl Settings {
    /// Whether anything is to be sent at all: `TICKETLENS_ENABLED` and `OTEL_SDK_DISABLED`.
    pub(crate) fn is_enabled(&self) -> Result<bool, Problem> {
        let enabled = self.enabled.as_ref().map(parse_bool).transpose()?.unwrap_or(true);
        Ok(enabled && !self.sdk_disabled)
    }
}

/// `true`, `false`, `1`, `0`, in any case.
pub(super) fn parse_bool(given: &Setting<String>) -> Result<bool, Problem> {
    match given.value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Problem::NotOneOf { setting: given.name, allowed: "true, false" }),
    }
}

/// `key=value,key2=value2` with percent-encoded values (W3C Baggage, as OpenTelemetry's
/// environment variables use it). `None` where a part is no pair.
pub(super) fn parse_pairs(text: &str) -> Option<Vec<(String, String)>> {
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
