//! Spans of a server of ours, sent as they end.

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{
    error::OTelSdkError,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::{
    backend::{Backend, resource},
    told::{AT_THE_END, Told},
};
use crate::exit::Result;

/// Sends what has ended, and at the end of the program the rest.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// To that backend.
    pub fn open(backend: Backend) -> Result<Self> {
        let exporter = backend.exporter(SpanExporter::builder().with_tonic()).build();
        let exporter = exporter.map_err(|_| backend.unusable())?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Told(exporter))
            .with_resource(resource())
            .build();
        // A request that is part of its sender's trace goes on in it.
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Self(provider))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // What was refused is told where it is sent; who does not answer is not waited for.
        if let Err(OTelSdkError::Timeout(_)) = self.0.shutdown_with_timeout(AT_THE_END) {
            tracing::warn!(
                name: "traces.not_sent", error_code = "otlp_export",
                "the last spans are not sent: no answer in time"
            );
        }
    }
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
