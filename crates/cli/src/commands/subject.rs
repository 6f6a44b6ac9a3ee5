//! What becomes of subject lines, on the command line.

use clap::ValueEnum;
use ticketlens_redact::Subject;

/// What becomes of a subject line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SubjectArg {
    /// Its keyed hash takes its place.
    #[value(name = "HASH", alias = "hash")]
    Hash,
    /// Its text, redacted as any other.
    #[value(name = "IN_PLACE", alias = "in-place")]
    InPlace,
}

impl SubjectArg {
    /// The setting itself.
    pub fn subject(self) -> Subject {
        match self {
            Self::Hash => Subject::Hash,
            Self::InPlace => Subject::InPlace,
        }
    }

    /// Its name in the contract.
    pub fn name(self) -> String {
        self.subject().as_str().to_owned()
    }
}
