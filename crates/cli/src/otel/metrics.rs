//! What is measured of a server, sent every minute.

use std::env;

use opentelemetry::global;
use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::{error::OTelSdkError, metrics::SdkMeterProvider};

use super::{
    backend::{Backend, resource},
    told::{AT_THE_END, Told},
};
use crate::exit::{Exit, Failure, Result};

/// How often they are sent.
const INTERVAL: &str = "OTEL_METRIC_EXPORT_INTERVAL";
const LEAST_MS: u64 = 1_000;
const MOST_MS: u64 = 86_400_000;

/// Sends what is measured, and at the end the last of it.
pub struct Metrics(SdkMeterProvider);

impl Metrics {
    /// To that backend, at `OTEL_METRIC_EXPORT_INTERVAL`. Whatever is declared from now on is sent.
    pub fn open(backend: Backend) -> Result<Self> {
        interval()?;
        let exporter = backend.exporter(MetricExporter::builder().with_tonic()).build();
        let exporter = exporter.map_err(|_| backend.unusable())?;
        let provider = SdkMeterProvider::builder()
            .with_periodic_exporter(Told(exporter))
            .with_resource(resource())
            .build();
        global::set_meter_provider(provider.clone());
        Ok(Self(provider))
    }
}

/// The SDK takes any number, and what is none for its own.
fn interval() -> Result<()> {
    let Some(given) = env::var(INTERVAL).ok().filter(|given| !given.is_empty()) else {
        return Ok(());
    };
    match given.parse::<u64>() {
        Ok(LEAST_MS..=MOST_MS) => Ok(()),
        _ => {
            let what = format!("{INTERVAL} is {given:?}");
            Err(Failure::new(Exit::Usage, what)
                .next(format!("milliseconds, from {LEAST_MS} to {MOST_MS}; 60000 by default")))
        }
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        // What was refused is told where it is sent; who does not answer is not waited for.
        if let Err(OTelSdkError::Timeout(_)) = self.0.shutdown_with_timeout(AT_THE_END) {
            tracing::warn!(
                name: "metrics.not_sent", error_code = "otlp_export",
                "the last metrics are not sent: no answer in time"
            );
        }
    }
}
