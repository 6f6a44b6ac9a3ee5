//! Where a signal is sent, as OpenTelemetry's variables for this one signal have it. Those for all signals
//! are not looked at: `OTEL_EXPORTER_OTLP_ENDPOINT` names a receiver of tickets.

use std::{env, net::SocketAddr};

use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use tonic::transport::ClientTlsConfig;
use uuid::Uuid;

use crate::exit::{Exit, Failure, Result};

/// What the server is called, where the environment does not say it.
const SERVICE: &str = "ticketlens-receiver";

pub const TRACES: Signal = Signal {
    endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
};
pub const METRICS: Signal = Signal {
    endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
};

/// A signal, by its variables.
#[derive(Clone, Copy, Debug)]
pub struct Signal {
    pub endpoint: &'static str,
    protocol: &'static str,
}

/// Who takes it.
#[derive(Debug)]
pub struct Backend {
    signal: Signal,
    address: String,
}

impl Signal {
    /// The backend that the environment names, if it names one.
    pub fn backend(self) -> Result<Option<Backend>> {
        let Some(address) = self.address() else { return Ok(None) };
        let protocol = env::var(self.protocol).unwrap_or_default();
        if !matches!(protocol.as_str(), "" | "grpc") {
            let what = format!("{} is {protocol:?}", self.protocol);
            return Err(Failure::new(Exit::Usage, what)
                .next("it is sent over gRPC: set it to grpc, or let a Collector translate"));
        }
        Ok(Some(Backend { signal: self, address }))
    }

    /// Whether it would be sent to one of these ports.
    pub fn is_sent_to(self, ports: &[SocketAddr]) -> bool {
        let Some(address) = self.address().and_then(|at| at.parse::<http::Uri>().ok()) else {
            return false;
        };
        let (host, port) = (address.host().unwrap_or_default(), address.port_u16());
        ports.iter().any(|own| {
            let here = own.ip().to_string();
            let is_here = host == here || matches!(host, "localhost" | "127.0.0.1" | "[::1]");
            port == Some(own.port()) && is_here
        })
    }

    fn address(self) -> Option<String> {
        env::var(self.endpoint).ok().filter(|address| !address.is_empty())
    }
}

impl Backend {
    /// An exporter that goes there; over TLS where the address says `https`, with the authorities that
    /// this machine trusts.
    pub fn exporter<B>(&self, builder: B) -> B
    where
        B: WithExportConfig + WithTonicConfig,
    {
        let builder = builder.with_endpoint(&self.address);
        match self.address.starts_with("https://") {
            true => builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots()),
            false => builder,
        }
    }

    /// Why none could be made.
    pub fn unusable(&self, error: &ExporterBuildError) -> Failure {
        let what = format!("{} can't be used: {error}", self.signal.endpoint);
        Failure::new(Exit::Usage, what)
            .next("e.g. http://127.0.0.1:4317, a Collector's or a backend's address")
    }
}

/// Who sends: as the environment has it, and what it leaves out. Of several receivers each is another
/// instance, or their counters would be taken for one.
pub fn resource() -> Resource {
    let told = Resource::builder().build();
    let is_named = told
        .get(&Key::new("service.name"))
        .is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let mut resource = Resource::builder()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if !is_named {
        resource = resource.with_service_name(SERVICE);
    }
    let instance = Key::new("service.instance.id");
    if told.get(&instance).is_none() {
        let id = Uuid::new_v4().to_string();
        resource = resource.with_attribute(KeyValue::new(instance, id));
    }
    resource.build()
}
