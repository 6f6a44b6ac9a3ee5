//! The capture level on the command line.

use clap::ValueEnum;
use ticketlens_ticket::Capture;

/// How much of a ticket is sent and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CaptureArg {
    /// Attributes only, no trace.
    #[value(name = "METRICS_ONLY", alias = "metrics-only")]
    MetricsOnly,
    /// Steps with times and errors, no text.
    #[value(name = "TIMELINE", alias = "timeline")]
    Timeline,
    /// Everything, redacted.
    #[value(name = "FULL_TRACE", alias = "full-trace")]
    FullTrace,
}

impl CaptureArg {
    /// The level itself.
    pub fn level(self) -> Capture {
        match self {
            Self::MetricsOnly => Capture::MetricsOnly,
            Self::Timeline => Capture::Timeline,
            Self::FullTrace => Capture::FullTrace,
        }
    }

    /// Its name in the contract.
    pub fn name(self) -> String {
        self.level().as_str().to_owned()
    }
}
