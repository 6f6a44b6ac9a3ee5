//! Where a signal is sent, as OpenTelemetry's variables for this one signal have it. Those for all signals
//! are not looked at: `OTEL_EXPORTER_OTLP_ENDPOINT` names a receiver of tickets.

use std::{
    env,
    fmt::Display,
    net::{IpAddr, SocketAddr},
};

use http::{Uri, uri::Scheme};
use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::{WithExportConfig, WithTonicConfig};
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
    address: Uri,
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
        let is_usable = |address: &Uri| matches!(address.scheme_str(), Some("http" | "https"));
        match address.parse().ok().filter(is_usable) {
            Some(address) => Ok(Some(Backend { signal: self, address })),
            None => Err(self.unusable("it is no address with http:// or https://")),
        }
    }

    /// Whether it would be sent to one of these ports.
    pub fn is_sent_to(self, ports: &[SocketAddr]) -> bool {
        self.address().is_some_and(|address| leads_to(&address, ports))
    }

    fn address(self) -> Option<String> {
        env::var(self.endpoint).ok().filter(|address| !address.is_empty())
    }

    /// The address may hold a password, and is not told.
    fn unusable(self, why: impl Display) -> Failure {
        Failure::new(Exit::Usage, format!("{} can't be used: {why}", self.endpoint))
            .next("e.g. http://127.0.0.1:4317, a Collector's or a backend's address")
    }
}

impl Backend {
    /// An exporter that goes there; over TLS where the address says `https`, with the authorities that
    /// this machine trusts.
    pub fn exporter<B>(&self, builder: B) -> B
    where
        B: WithExportConfig + WithTonicConfig,
    {
        let builder = builder.with_endpoint(self.address.to_string());
        match self.address.scheme() == Some(&Scheme::HTTPS) {
            true => builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots()),
            false => builder,
        }
    }

    /// Why none could be made.
    pub fn unusable(&self) -> Failure {
        self.signal.unusable("no exporter can be made for it")
    }
}

/// Whether an address leads to one of these ports of ours.
fn leads_to(address: &str, ports: &[SocketAddr]) -> bool {
    let Ok(address) = address.parse::<Uri>() else { return false };
    let host = address.host().unwrap_or_default().to_ascii_lowercase();
    let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    ports.iter().any(|own| {
        let is_here = match ip.map(|ip| ip.to_canonical()) {
            Some(ip) => ip.is_loopback() || ip.is_unspecified() || ip == own.ip(),
            None => host == "localhost",
        };
        is_here && address.port_u16() == Some(own.port())
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_ours_is_known_by_all_its_names() {
        let own = ["127.0.0.1:4317".parse().unwrap(), "10.0.0.7:4318".parse().unwrap()];
        for address in [
            "http://127.0.0.1:4317",
            "127.0.0.1:4317",
            "http://LOCALHOST:4317/",
            "https://[::1]:4317",
            "http://[::ffff:127.0.0.1]:4317",
            "http://0.0.0.0:4318",
            "http://10.0.0.7:4318",
        ] {
            assert!(leads_to(address, &own), "{address}");
        }
        for address in
            ["http://127.0.0.1:4319", "http://collector:4317", "http://10.0.0.8:4318", ""]
        {
            assert!(!leads_to(address, &own), "{address}");
        }
    }
}
