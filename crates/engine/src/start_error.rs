//! Why an engine did not start.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::child::{Exit, NoHost};
use crate::find::FindError;
use crate::protocol::{PROTOCOL, Refusal};

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no engine, and none could be fetched.
    #[error(transparent)]
    Find(#[from] FindError),
    /// There is no program to run it in.
    #[error(transparent)]
    Host(#[from] NoHost),
    /// The operating system gave no random bytes for a password.
    #[error("no randomness for a password: {0}")]
    Random(#[from] getrandom::Error),
    /// Another process has the data folder.
    #[error("data folder {path} in use by {}", holder(*pid))]
    InUse {
        /// The data folder.
        path: PathBuf,
        /// That process, where it could be told.
        pid: Option<u32>,
    },
    /// Another program listens there.
    #[error("port {port} of 127.0.0.1 is taken by another program")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// A file or folder could not be made or opened.
    #[error("{path}: {source}")]
    Folder {
        /// That file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The engine itself could not be loaded.
    #[error("the engine {path} could not be loaded: {message}")]
    Load {
        /// The library or program.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
    /// The child process could not be started.
    #[error("the engine's process could not be started: {0}")]
    Spawn(io::Error),
    /// The child process is of another build.
    #[error(
        "the engine's program speaks version {found} of the start order, this one {expected}: build it again with `cargo build -p ticketlens-engine`"
    )]
    Protocol {
        /// This program's version.
        expected: u32,
        /// The child program's version.
        found: u32,
    },
    /// The child process lacks something of the operating system.
    #[error("{what} failed: {message}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        message: String,
    },
    /// It ended before it answered.
    #[error("the engine ended while it started: {exit}")]
    Ended {
        /// How.
        exit: Exit,
    },
    /// It did not answer in time, and was killed.
    #[error("the engine did not answer within {} s: {exit}", after.as_secs())]
    NotReady {
        /// How long was waited.
        after: Duration,
        /// How it was ended, with its last messages.
        exit: Exit,
    },
    /// It was stopped while it started.
    #[error("the engine was stopped")]
    Stopped,
}

impl StartError {
    /// Whether the same start may succeed later without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Find(FindError::Fetch(error)) => error.is_retryable(),
            Self::InUse { .. } | Self::PortTaken { .. } | Self::NotReady { .. } => true,
            _ => false,
        }
    }

    pub(crate) fn refused(refusal: Refusal, data_dir: &Path) -> Self {
        match refusal {
            Refusal::Protocol { expected: found } => Self::Protocol { expected: PROTOCOL, found },
            Refusal::InUse { pid } => Self::InUse { path: data_dir.to_owned(), pid },
            Refusal::PortTaken { port } => Self::PortTaken { port },
            Refusal::Folder { path, message } => {
                Self::Folder { path, source: io::Error::other(message) }
            }
            Refusal::Load { path, message } => Self::Load { path, message },
            Refusal::System { what, message } => Self::System { what, message },
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".into(), |pid| format!("pid {pid}"))
}
