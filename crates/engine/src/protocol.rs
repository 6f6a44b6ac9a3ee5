//! What [`Engine`](crate::Engine) and its child process say to each other: one order down the child's
//! standard input, reports back up its standard output, both as lines of JSON.
//!
//! The order travels through the pipe and not through arguments or files, so that nothing about it shows in
//! a process list, and nothing of a running engine is overwritten before the child holds the folder's lock.

use std::fmt::Display;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::ports::Ports;
use crate::source::Source;

/// Raised with every change of [`Order`] or [`Report`], so that a stale program says so and nothing worse.
pub(crate) const PROTOCOL: u32 = 1;

/// Everything the child needs. Holds no password, only what `users.xml` holds: their digests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) protocol: u32,
    pub(crate) source: Source,
    /// Absolute.
    pub(crate) data_dir: PathBuf,
    /// 0 = let the engine choose.
    pub(crate) http_port: u16,
    /// 0 = let the engine choose.
    pub(crate) native_port: u16,
    pub(crate) config_xml: String,
    pub(crate) users_xml: String,
    /// How long to wait for a predecessor that is still closing the folder.
    pub(crate) lock_wait_ms: u64,
}

impl Order {
    pub(crate) fn ports(&self) -> Ports {
        Ports { http: self.http_port, native: self.native_port }
    }
}

/// One line from the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// Both ports answer.
    Ready { http_port: u16, native_port: u16 },
    /// It did not start, and why.
    Refused(Refusal),
    /// It was asked to stop and closed its folder in order.
    Stopped,
    /// The engine gave up by itself; its own message.
    Gave { message: String },
}

/// Why the child would not start the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refusal {
    /// The program is of another build than the one that started it.
    Protocol { expected: u32 },
    /// Another process has the folder; its pid where the lock file told.
    InUse { pid: Option<u32> },
    /// Another program listens there.
    PortTaken { port: u16 },
    /// A file or folder could not be made.
    Folder { path: PathBuf, message: String },
    /// The engine library did not load, or the program did not run.
    Load { path: PathBuf, message: String },
    /// No pseudo-terminal or pipe to be had.
    System { what: String, message: String },
}

impl Refusal {
    /// Makes a refusal of whatever the operating system said to `what`.
    pub(crate) fn system<E: Display>(what: &str) -> impl Fn(E) -> Self {
        move |error| Self::System { what: what.to_owned(), message: error.to_string() }
    }
}
