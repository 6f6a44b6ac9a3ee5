//! What a server of ours tells of itself over OTLP, to a Collector or a backend of the operator's: its spans
//! and its metrics, each to none unless one is named for it.

mod backend;
mod metrics;
mod told;
mod traces;

use std::net::SocketAddr;

use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::exit::{Exit, Failure, Result};
use backend::{METRICS, TRACES};
use metrics::Metrics;
use traces::Traces;

/// Sends spans and metrics for as long as it lives, and at the end what is left.
pub struct Telemetry {
    traces: Option<Traces>,
    _metrics: Option<Metrics>,
}

impl Telemetry {
    /// To the backends that the environment names. Needs a runtime to be entered.
    pub fn open() -> Result<Self> {
        let traces = TRACES.backend()?.map(Traces::open).transpose()?;
        let metrics = METRICS.backend()?.map(Metrics::open).transpose()?;
        Ok(Self { traces, _metrics: metrics })
    }

    /// Makes spans of OpenTelemetry of ours; none where nobody wants them.
    pub fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        self.traces.as_ref().map(traces::layer)
    }
}

/// Refuses to send to one of these ports of ours: what is sent would come back.
pub fn leaves_alone(ports: &[SocketAddr]) -> Result<()> {
    match [TRACES, METRICS].into_iter().find(|signal| signal.is_sent_to(ports)) {
        None => Ok(()),
        Some(signal) => {
            let what = format!("{} names this receiver", signal.endpoint);
            Err(Failure::new(Exit::Usage, what)
                .next("it takes tickets and nothing else: name a Collector or a backend of yours"))
        }
    }
}
