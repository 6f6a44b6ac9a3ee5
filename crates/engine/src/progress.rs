//! How far a fetch is, told to whoever asked for it. How it is shown, on a terminal or elsewhere, is theirs.

use std::fmt;

/// One part of a fetch. Its text says for a person what is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Another process is fetching the same thing.
    Waiting,
    /// npm is at work; it does not say how far it is.
    Downloading,
    /// The hash is computed, in bytes of the packed package.
    Verifying,
    /// The library is written, in bytes of the library.
    Unpacking,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting for another process that fetches the engine",
            Self::Downloading => "downloading the engine with npm (about 180 MB, once)",
            Self::Verifying => "verifying the engine's hash",
            Self::Unpacking => "unpacking the engine",
        })
    }
}

/// Hears how a fetch goes on: for each phase one [`begin`](Self::begin), then [`advance`](Self::advance) for
/// those whose size is known, and one [`end`](Self::end) after the last. None of it is called where nothing
/// has to be fetched.
///
/// All calls come from the thread that fetches, which waits for them: about one a mebibyte.
///
/// ```
/// use ticketlens_engine::{Phase, Progress};
///
/// /// One line for each phase.
/// struct Lines;
///
/// impl Progress for Lines {
///     fn begin(&mut self, phase: Phase, bytes: Option<u64>) {
///         match bytes {
///             Some(bytes) => eprintln!("{phase}, {bytes} bytes"),
///             None => eprintln!("{phase}"),
///         }
///     }
///     fn advance(&mut self, _done: u64) {}
///     fn end(&mut self) {}
/// }
/// ```
pub trait Progress {
    /// A phase begins; `bytes` is its size, where it is known.
    fn begin(&mut self, phase: Phase, bytes: Option<u64>);
    /// So many bytes of the phase are done in all.
    fn advance(&mut self, done: u64);
    /// The fetch is over, well or not.
    fn end(&mut self);
}

/// Shows nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: Phase, _: Option<u64>) {}
    fn advance(&mut self, _: u64) {}
    fn end(&mut self) {}
}
