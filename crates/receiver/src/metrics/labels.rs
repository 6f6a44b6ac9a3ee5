//! The labels of what is measured of a request: each has a few values, all known here.

use crate::reply::Refusal;

/// How a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    Grpc,
    Http,
}

impl Protocol {
    pub(super) const ALL: [Self; 2] = [Self::Grpc, Self::Http];

    const fn label(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::Http => "http",
        }
    }
}

/// What its sender does next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// Goes on.
    Accepted,
    /// Gives up.
    Refused,
    /// Sends it again.
    RetryLater,
}

impl Outcome {
    pub(super) const ALL: [Self; 3] = [Self::Accepted, Self::Refused, Self::RetryLater];

    pub(super) fn of(refusal: Option<&Refusal>) -> Self {
        match refusal {
            None => Self::Accepted,
            Some(refusal) if refusal.is_retryable() => Self::RetryLater,
            Some(_) => Self::Refused,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::RetryLater => "retry_later",
        }
    }
}

/// How many series a measure has that has both labels.
pub(super) const SETS: usize = Protocol::ALL.len() * Outcome::ALL.len();

/// Their labels, each at its [`index`].
pub(super) fn sets() -> [[(&'static str, &'static str); 2]; SETS] {
    std::array::from_fn(|index| {
        let protocol = Protocol::ALL[index / Outcome::ALL.len()];
        let outcome = Outcome::ALL[index % Outcome::ALL.len()];
        [("protocol", protocol.label()), ("outcome", outcome.label())]
    })
}

/// Which of [`sets`] it is.
pub(super) const fn index(protocol: Protocol, outcome: Outcome) -> usize {
    protocol as usize * Outcome::ALL.len() + outcome as usize
}
