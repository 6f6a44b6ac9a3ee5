//! How the program ends: its exit codes, and errors that say what happened and what to do next.

use std::{fmt, process::ExitCode};

/// What the exit code tells a script. Told to people in `--help` ([`EXIT_CODES`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// It failed, or something was lost.
    Failed = 1,
    /// The command line or a configuration is wrong (clap's own code too).
    Usage = 2,
    /// No such ticket, tenant or key.
    NotFound = 3,
    /// No receiver answers.
    Unreachable = 4,
    /// The key was refused: missing, wrong, revoked, or not allowed to do this.
    Refused = 5,
    /// A part of the receiver kept dying: start it again.
    Broken = 6,
    /// Ended by Ctrl-C before it was done.
    Interrupted = 130,
}

/// The table in `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed, or something was lost
  2    wrong usage or configuration
  3    not found
  4    no receiver answers
  5    key refused
  6    a part of the receiver kept crashing; restart it
  130  ended by Ctrl-C before it was done";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// What a script is told.
    pub exit: Exit,
    /// What happened, and to what.
    what: String,
    /// What to do next.
    next: Option<String>,
}

/// What a command ends with.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), next: None }
    }

    /// What happened, without what to do next.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do next, where somebody knows.
    pub fn advice(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Says what to do next.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.next {
            Some(next) => write!(f, "\n  {}", next.replace('\n', "\n  ")),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// An error with its causes, each once.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let says = next.to_string();
        if !text.ends_with(&says) {
            text = format!("{text}: {says}");
        }
        cause = next.source();
    }
    text
}

/// The cause of all causes, alone: of a connection that failed, what the system said.
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_code() {
        let codes = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotFound,
            Exit::Unreachable,
            Exit::Refused,
            Exit::Broken,
            Exit::Interrupted,
        ];
        for code in codes {
            let line = format!("\n  {:<5}", code as u8);
            assert!(EXIT_CODES.contains(&line), "{code:?}");
        }
        assert_eq!(EXIT_CODES.lines().count(), codes.len() + 1);
    }

    #[test]
    fn a_failure_says_what_and_what_next() {
        let failure =
            Failure::new(Exit::NotFound, "there is no ticket 17").next("look\nat the list");
        assert_eq!(failure.to_string(), "there is no ticket 17\n  look\n  at the list");
    }
}
