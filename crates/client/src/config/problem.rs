//! What can be wrong with a configuration. Values are never shown: one of them may be a key.

use std::{fmt, path::PathBuf};

use ticketlens_redact::InvalidGate;

/// Why a [`Lens`](crate::Lens) can't be built: everything that is wrong, at once.
#[derive(Debug)]
pub struct ConfigError(pub(crate) Vec<Problem>);

impl ConfigError {
    /// Each problem, in the order the settings are documented in.
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// One thing that is wrong with a configuration. `setting` is the environment variable or the
/// builder's method it came from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The setting takes one of a few words.
    #[error("{setting} is none of {allowed}")]
    NotOneOf {
        /// Where the value came from.
        setting: &'static str,
        /// What may stand there.
        allowed: &'static str,
    },
    /// The setting takes a whole number of milliseconds above zero.
    #[error("{setting} is not a number of milliseconds above 0")]
    NotMilliseconds {
        /// Where the value came from.
        setting: &'static str,
    },
    /// The setting takes `key=value` pairs (percent-encoded values, separated by commas).
    #[error("{setting} is not a list of key=value pairs separated by commas")]
    NotPairs {
        /// Where the value came from.
        setting: &'static str,
    },
    /// The setting takes an `http://` or `https://` URL.
    #[error("{setting} is not an http:// or https:// address with a host")]
    NotAnEndpoint {
        /// Where the value came from.
        setting: &'static str,
    },
    /// The name or the value can't stand in an HTTP header.
    #[error("{setting} holds what can't stand in an HTTP header")]
    NotAHeader {
        /// Where the value came from.
        setting: &'static str,
    },
    /// Too short to keep a hash from being guessed.
    #[error("{setting} is shorter than {minimum} bytes")]
    ShortHashKey {
        /// Where the value came from.
        setting: &'static str,
        /// The fewest bytes that are taken.
        minimum: usize,
    },
    /// Too small to hold a batch.
    #[error("{setting} is less than {minimum} bytes")]
    QueueTooSmall {
        /// Where the value came from.
        setting: &'static str,
        /// The fewest bytes that are taken.
        minimum: usize,
    },
    /// The file can't be read.
    #[error("{setting} names {path}, which can't be read: {kind}", path = path.display())]
    Unreadable {
        /// Where the path came from.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What reading it said.
        kind: std::io::ErrorKind,
    },
    /// The file holds no certificate, or no key, in PEM form.
    #[error("{setting} names a file without a usable PEM {what}")]
    NotPem {
        /// Where the path came from.
        setting: &'static str,
        /// `certificate` or `private key`.
        what: &'static str,
    },
    /// A client certificate without its key, or the other way round.
    #[error("{given} is set and {missing} is not: a client certificate needs both")]
    HalfAnIdentity {
        /// What is set.
        given: &'static str,
        /// What is not.
        missing: &'static str,
    },
    /// TLS can't be set up with what was given.
    #[error("TLS can't be set up: {0}")]
    Tls(String),
    /// The gate refuses its configuration.
    #[error("the redaction gate refuses its configuration: {0}")]
    Gate(InvalidGate),
    /// The machine gives no thread.
    #[error("the sending thread can't be started: {0}")]
    Thread(std::io::ErrorKind),
}
