//! From settings to a running pipeline.

use std::{collections::BTreeMap, fmt, mem, sync::Arc, time::Duration};

use opentelemetry::metrics::Meter;
use secrecy::SecretString;
use ticketlens_ticket::{Capture, Subject};

use crate::{
    Compression, ConfigError, Lens, Problem, Protocol,
    config::{Setting, Settings},
    export::Exporter,
    handoff::Handoff,
    lens::Redaction,
    meter,
    packing::RecordSink,
    worker::{self, Outlet},
};

/// Builds a [`Lens`]. What is set in code wins over what the environment says.
///
/// ```no_run
/// # fn main() -> Result<(), ticketlens::ConfigError> {
/// let lens = ticketlens::Lens::builder()
///     .workflow("refund-agent")
///     .version("1.4.2")
///     .environment("production")
///     .endpoint("https://tickets.example.com:4317")
///     .key("tl_…")
///     .read_env()
///     .build()?;
/// # drop(lens); Ok(()) }
/// ```
#[derive(Default)]
#[must_use = "a lens is made by build"]
pub struct LensBuilder {
    settings: Settings,
    meter: Option<Meter>,
    application: Option<RecordSink>,
}

impl Lens {
    /// From the environment (see the [crate's page](crate#environment)). Never fails: a
    /// misconfiguration is reported once, as a warning and in
    /// [`Stats::last_error`](crate::Stats::last_error), and turns the lens off. It then does nothing.
    pub fn from_env() -> Self {
        Self::builder().read_env().build_or_off()
    }

    /// A lens from code. Without [`LensBuilder::read_env`] the environment plays no part.
    pub fn builder() -> LensBuilder {
        LensBuilder::default()
    }
}

impl LensBuilder {
    /// The workflow (`service.name`).
    pub fn workflow(mut self, name: impl Into<String>) -> Self {
        self.settings.workflow = Some(name.into());
        self
    }

    /// Its version (`service.version`).
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.version = Some(version.into());
        self
    }

    /// Where it runs (`deployment.environment.name`).
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.settings.environment = Some(environment.into());
        self
    }

    /// Any other resource attribute; `service.instance.id` is a fresh UUID unless it is set.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.resource_attributes.push((key.into(), value.into()));
        self
    }

    /// The receiver, or the Collector on the way to it: `http://host:4317`. OTLP/HTTP adds
    /// `/v1/logs` to it.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.settings.endpoint = Some(Setting::new("endpoint", endpoint.into()));
        self
    }

    /// The transport. Unset: gRPC, or HTTP where the endpoint's port is 4318.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        let value = match protocol {
            Protocol::Grpc => "grpc",
            Protocol::HttpProtobuf => "http/protobuf",
        };
        self.settings.protocol = Some(Setting::new("protocol", value.to_owned()));
        self
    }

    /// How requests are compressed. Unset: they are not.
    pub fn compression(mut self, compression: Compression) -> Self {
        let value = match compression {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        self.settings.compression = Some(Setting::new("compression", value.to_owned()));
        self
    }

    /// For one request, 10 s if unset.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        let value = timeout.as_millis().to_string();
        self.settings.timeout_ms = Some(Setting::new("timeout", value));
        self
    }

    /// The key that says whose tickets these are, sent as `authorization: Bearer …`. It wins over
    /// a header of that name.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.settings.key = Some(Setting::new("key", secret(key)));
        self
    }

    /// A header of every request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.headers.push((name.into(), secret(value)));
        self
    }

    /// A PEM file of the certificates to trust, instead of the machine's own.
    pub fn certificate(mut self, path: impl Into<String>) -> Self {
        self.settings.certificate = Some(Setting::new("certificate", path.into()));
        self
    }

    /// PEM files of the certificate this client shows, and of its key.
    pub fn identity(mut self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.settings.client_certificate = Some(Setting::new("identity", certificate.into()));
        self.settings.client_key = Some(Setting::new("identity", key.into()));
        self
    }

    /// How much of a ticket may leave; a ticket may set less for itself. Unset: everything,
    /// redacted.
    pub fn capture(mut self, capture: Capture) -> Self {
        let value = capture.as_str().to_owned();
        self.settings.capture = Some(Setting::new("capture", value));
        self
    }

    /// Whether what was said stays behind: the request, the answer, and the bodies of message
    /// steps; tool calls, thoughts, errors and times leave as before. A ticket may ask for it itself.
    /// Unset: it leaves, redacted.
    pub fn drop_messages(mut self, drop: bool) -> Self {
        self.settings.drop_messages = Some(Setting::new("drop_messages", drop.to_string()));
        self
    }

    /// What becomes of a subject line: its keyed hash, by which equal subjects correlate, or its text
    /// with what the gate finds in it taken out. A name in it stays readable then, unless it is in a
    /// ticket's `known_pii`. A receiver stores a readable subject only where its tenant is set to that
    /// too. Unset: [`Subject::Hash`].
    pub fn subject(mut self, subject: Subject) -> Self {
        let value = subject.as_str().to_owned();
        self.settings.subject = Some(Setting::new("subject", value));
        self
    }

    /// The key customers are hashed with (at least 16 bytes): the same in every process, so that
    /// a customer correlates, and nobody else's, so that nobody can look a hash up.
    pub fn hash_key(mut self, key: impl Into<String>) -> Self {
        self.settings.hash_key = Some(Setting::new("hash_key", secret(key)));
        self
    }

    /// More keys whose values are removed.
    pub fn secret_keys(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.secret_keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// More keys whose values are replaced by a keyed hash.
    pub fn personal_keys(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.personal_keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Keys that are neither secret nor personal here, though they are by default.
    pub fn exempt_keys(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.exempt_keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Whether IP addresses are removed. Unset: they stay.
    pub fn redact_ip_addresses(mut self, redact: bool) -> Self {
        self.settings.ip_addresses = redact;
        self
    }

    /// Bytes of memory for tickets that wait and are under way, 64 MiB if unset. A ticket that
    /// travels as 2 KiB takes about 10 KiB while it waits, and its 2 KiB once it is encoded.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.settings.queue_bytes = Some(bytes);
        self
    }

    /// Longest a ticket waits for others to share its request, 100 ms if unset. With less than 5 ms
    /// none waits: each wakes the sending thread, which costs whoever emits it a system call.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.settings.linger = Some(linger);
        self
    }

    /// How long a batch is tried again before it is given up, 5 minutes if unset.
    pub fn retry_for(mut self, duration: Duration) -> Self {
        self.settings.retry_for = Some(duration);
        self
    }

    /// Turns the lens off, or on whatever the environment says.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.settings.enabled = Some(Setting::new("enabled", enabled.to_string()));
        self
    }

    /// Shows [`Stats`](crate::Stats) as OpenTelemetry metrics: `ticketlens.client.tickets`, by
    /// `outcome`.
    pub fn with_meter(mut self, meter: &Meter) -> Self {
        self.meter = Some(meter.clone());
        self
    }

    /// Rides on the application's own pipeline instead of one of its own: records go, redacted,
    /// through `provider` and its exporter. Nothing about where to send plays a part then, a
    /// record counts as sent when the provider has it, and what the exporter does with it is the
    /// application's to watch. The resource is the provider's; the body is a JSON string, since
    /// the SDK's values have neither null nor an order of keys.
    #[cfg(feature = "logger-provider")]
    pub fn with_logger_provider(
        mut self,
        provider: &opentelemetry_sdk::logs::SdkLoggerProvider,
    ) -> Self {
        self.application = Some(crate::bridge::into(provider));
        self
    }

    /// Takes what is not set from this process's environment.
    pub fn read_env(self) -> Self {
        // Variables that are not Unicode are none of ours.
        let vars = std::env::vars_os();
        self.read_vars(
            vars.filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        )
    }

    /// Takes what is not set from these variables.
    pub fn read_vars(mut self, vars: impl IntoIterator<Item = (String, String)>) -> Self {
        self.settings.read_vars(&vars.into_iter().collect::<BTreeMap<_, _>>());
        self
    }

    /// Checks everything and starts the library's thread; connects to nothing yet.
    ///
    /// # Errors
    /// Everything that is wrong with the settings, at once; or that the machine gives no thread.
    /// A lens that is turned off has no wrong settings.
    pub fn build(mut self) -> Result<Lens, ConfigError> {
        match self.settings.is_enabled() {
            Err(problem) => return Err(ConfigError(vec![problem])),
            Ok(false) => return Ok(Lens::off()),
            Ok(true) => {}
        }
        let mut config = self.settings.check(self.application.is_none())?;
        for warning in &config.warnings {
            tracing::warn!(name: "config.warning", "{warning}");
        }
        let mut handoff = Handoff::open(config.queue_bytes, config.capture);
        if config.sends_at_once() {
            handoff = handoff.ring_at_once();
        }
        let handoff = Arc::new(handoff);
        let outlet = match (self.application.take(), config.destination.take()) {
            (Some(sink), _) => Outlet::Application(sink),
            (None, Some(destination)) => Outlet::Wire(Arc::new(Exporter::new(destination))),
            // Unreachable by `check`; a lens that is off is the harmless reading of it.
            (None, None) => return Ok(Lens::off()),
        };
        let resource = config.resource.clone();
        let redaction = Redaction {
            gate: config.gate.clone(),
            capture: config.capture,
            drop_messages: config.drop_messages,
        };
        let warnings = mem::take(&mut config.warnings);
        let commands = worker::start(config, outlet, Arc::clone(&handoff))
            .map_err(|error| ConfigError(vec![Problem::Thread(error.kind())]))?;
        if let Some(meter) = &self.meter {
            meter::observe(meter, &handoff.counters);
        }
        Ok(Lens::assemble(handoff, Some(commands), resource, Some(redaction), warnings))
    }

    /// Like [`build`](Self::build), but never fails: what is wrong is reported once, as a warning
    /// and in [`Stats::last_error`](crate::Stats::last_error), and turns the lens off.
    pub fn build_or_off(self) -> Lens {
        self.build().unwrap_or_else(|error| {
            tracing::warn!(name: "config.turned_off", "TicketLens is turned off: {error}");
            Lens::off_because(&error)
        })
    }
}

impl fmt::Debug for LensBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LensBuilder").finish_non_exhaustive()
    }
}

fn secret(text: impl Into<String>) -> SecretString {
    let text: String = text.into();
    text.into()
}
