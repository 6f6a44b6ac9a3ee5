//! How much of a ticket leaves the client, and how much of it is stored.

use std::{fmt, str::FromStr};

/// How much of a ticket is captured. Ordered: the stricter level is the smaller one, so the
/// level in force between a client and its tenant's setting is [`Ord::min`] of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capture {
    /// Attributes only, no body.
    MetricsOnly,
    /// Steps with kind, name, iteration, times, status and error type; no text of anyone's.
    Timeline,
    /// Everything, redacted.
    #[default]
    FullTrace,
}

impl Capture {
    /// The level as it stands in `ticket.capture`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MetricsOnly => "METRICS_ONLY",
            Self::Timeline => "TIMELINE",
            Self::FullTrace => "FULL_TRACE",
        }
    }
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is none of the three capture levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("capture level is none of METRICS_ONLY, TIMELINE, FULL_TRACE")]
pub struct UnknownCapture;

impl FromStr for Capture {
    type Err = UnknownCapture;

    /// In any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let levels = [Self::MetricsOnly, Self::Timeline, Self::FullTrace];
        let named = levels.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(text));
        named.ok_or(UnknownCapture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_level_is_the_smaller() {
        assert_eq!(Capture::FullTrace.min(Capture::Timeline), Capture::Timeline);
        assert_eq!(Capture::Timeline.min(Capture::MetricsOnly), Capture::MetricsOnly);
    }

    #[test]
    fn every_level_reads_back_as_itself() {
        for level in [Capture::MetricsOnly, Capture::Timeline, Capture::FullTrace] {
            assert_eq!(level.as_str().parse(), Ok(level));
        }
        assert_eq!("full_trace".parse::<Capture>(), Ok(Capture::FullTrace));
        assert_eq!("full".parse::<Capture>(), Err(UnknownCapture));
    }
}
