//! Tells in our own lines what could not be sent. The SDK's are not heard: they quote what a backend says,
//! where its errors have gRPC's code and what this machine found.

use std::time::Duration;

use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
    trace::{self, SpanData},
};

/// How long the end waits for what is left to be sent.
pub const AT_THE_END: Duration = Duration::from_secs(2);

/// An exporter whose failures are told.
#[derive(Debug)]
pub struct Told<E>(pub E);

impl PushMetricExporter for Told<MetricExporter> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.0.export(metrics).await.inspect_err(|error| {
            tracing::warn!(
                name: "metrics.not_sent", %error, error_code = "otlp_export",
                "metrics are not sent"
            );
        })
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.0.temporality()
    }
}

impl trace::SpanExporter for Told<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.0.export(batch).await.inspect_err(|error| {
            tracing::warn!(
                name: "traces.not_sent", %error, spans, error_code = "otlp_export",
                "spans are not sent; they are lost"
            );
        })
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
