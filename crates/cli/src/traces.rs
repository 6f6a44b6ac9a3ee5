//! Spans of a server of ours, sent over OTLP to a backend of the operator's. To none unless one is named.

use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use crate::exit::{Exit, Failure, Result};

/// Where spans are sent. Not the variable for all signals: that one names a receiver of tickets.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// How.
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
/// What the server is called, where `OTEL_SERVICE_NAME` does not say it.
const SERVICE: &str = "ticketlens-receiver";

/// Sends what has ended, and at the end of the program the rest.
pub struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(name: "traces.not_sent", %error, "the last spans are not sent");
        }
    }
}

/// The backend that the environment names, if it names one.
fn endpoint() -> Option<String> {
    std::env::var(ENDPOINT).ok().filter(|endpoint| !endpoint.is_empty())
}

/// Where spans go that have ended; `None` where nobody wants them. Needs a runtime to be entered.
pub fn open() -> Result<Option<Traces>> {
    let Some(endpoint) = endpoint() else { return Ok(None) };
    let protocol = std::env::var(PROTOCOL).unwrap_or_default();
    if !matches!(protocol.as_str(), "" | "grpc") {
        return Err(Failure::new(Exit::Usage, format!("{PROTOCOL} is {protocol:?}"))
            .next("spans are sent over gRPC: set it to grpc, or let a Collector translate"));
    }
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
    let exporter = exporter.map_err(|error| {
        Failure::new(Exit::Usage, format!("{ENDPOINT} can't be used: {error}"))
            .next("e.g. http://127.0.0.1:4317, a Collector's or a tracing backend's address")
    })?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(SERVICE);
    }
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.with_attribute(version).build())
        .build();
    // A request that is part of its sender's trace goes on in it.
    global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(Some(Traces(provider)))
}

/// Makes spans of OpenTelemetry of ours: of no library's, and without what lines say.
pub fn layer<S>(traces: &Traces) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let layer: OpenTelemetryLayer<S, SdkTracer> =
        tracing_opentelemetry::layer().with_tracer(traces.0.tracer("ticketlens"));
    let ours =
        |it: &Metadata<'_>| it.is_span() && it.target().split("::").next().is_some_and(is_ours);
    layer.with_location(false).with_threads(false).with_filter(filter_fn(ours))
}

fn is_ours(library: &str) -> bool {
    library == "ticketlens" || library.starts_with("ticketlens_")
}

/// Whether spans would be sent to a port of ours: each would make another.
pub fn come_back_to(ports: &[std::net::SocketAddr]) -> bool {
    let Some(endpoint) = endpoint().and_then(|at| at.parse::<http::Uri>().ok()) else {
        return false;
    };
    let (host, port) = (endpoint.host().unwrap_or_default(), endpoint.port_u16());
    ports.iter().any(|own| {
        let here = own.ip().to_string();
        let is_here = host == here || matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        port == Some(own.port()) && is_here
    })
}
