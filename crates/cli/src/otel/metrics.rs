//! What is measured of a server, sent every minute.

use opentelemetry::global;
use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::{
    backend::{Backend, resource},
    told::Told,
};
use crate::exit::Result;

/// Sends what is measured, and at the end the last of it.
pub struct Metrics(SdkMeterProvider);

impl Metrics {
    /// To that backend, at `OTEL_METRIC_EXPORT_INTERVAL`. Whatever is declared from now on is sent.
    pub fn open(backend: Backend) -> Result<Self> {
        let exporter = backend.exporter(MetricExporter::builder().with_tonic()).build();
        let exporter = exporter.map_err(|error| backend.unusable(&error))?;
        let provider = SdkMeterProvider::builder()
            .with_periodic_exporter(Told(exporter))
            .with_resource(resource())
            .build();
        global::set_meter_provider(provider.clone());
        Ok(Self(provider))
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        // What could not be sent is told where it is sent.
        let _ = self.0.shutdown();
    }
}
