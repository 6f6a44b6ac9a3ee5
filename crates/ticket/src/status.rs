//! How an execution ended.

use std::{fmt, str::FromStr};

/// How an execution ended: one of the four everyone has, or a workflow's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The agent did what was asked.
    Success,
    /// The agent failed, or the process did.
    Failed,
    /// Handed to a person.
    Escalated,
    /// Ended without an outcome: dropped, timed out, withdrawn.
    Cancelled,
    /// A workflow's own status.
    Other(OwnStatus),
}

/// A workflow's own status, checked: `[A-Z][A-Z0-9_]{0,63}` and none of the four known ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnStatus(Box<str>);

/// OTLP severity a status maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// `SEVERITY_NUMBER_INFO`
    Info = 9,
    /// `SEVERITY_NUMBER_WARN`
    Warn = 13,
    /// `SEVERITY_NUMBER_ERROR`
    Error = 17,
}

impl Severity {
    /// The record's `severity_text`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

impl Status {
    /// The status as it stands in `ticket.status`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Escalated => "ESCALATED",
            Self::Cancelled => "CANCELLED",
            Self::Other(own) => &own.0,
        }
    }

    /// What stands for a status in which the gate found something.
    pub(crate) fn redacted() -> Self {
        Self::Other(OwnStatus("REDACTED".into()))
    }

    /// SUCCESS → INFO, FAILED → ERROR, any other → WARN.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Success => Severity::Info,
            Self::Failed => Severity::Error,
            _ => Severity::Warn,
        }
    }

    /// Whether `text` may stand in `ticket.status`: `[A-Z][A-Z0-9_]{0,63}`.
    pub fn is_valid(text: &str) -> bool {
        let bytes = text.as_bytes();
        matches!(bytes.first(), Some(b'A'..=b'Z'))
            && bytes.len() <= 64
            && bytes.iter().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text can't be a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("status does not match [A-Z][A-Z0-9_]{{0,63}}")]
pub struct InvalidStatus;

impl FromStr for Status {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "SUCCESS" => Ok(Self::Success),
            "FAILED" => Ok(Self::Failed),
            "ESCALATED" => Ok(Self::Escalated),
            "CANCELLED" => Ok(Self::Cancelled),
            own if Self::is_valid(own) => Ok(Self::Other(OwnStatus(own.into()))),
            _ => Err(InvalidStatus),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflows_own_status_is_kept_and_checked() {
        assert_eq!("WAITING_2".parse::<Status>().unwrap().as_str(), "WAITING_2");
        for bad in ["", "success", "9LIVES", "A B", "_A", &"A".repeat(65)] {
            assert_eq!(bad.parse::<Status>(), Err(InvalidStatus), "{bad:?}");
        }
    }

    #[test]
    fn severity_follows_the_contract() {
        assert_eq!(Status::Success.severity(), Severity::Info);
        assert_eq!(Status::Failed.severity(), Severity::Error);
        assert_eq!(Status::Escalated.severity(), Severity::Warn);
        assert_eq!("WAITING".parse::<Status>().unwrap().severity(), Severity::Warn);
    }
}
