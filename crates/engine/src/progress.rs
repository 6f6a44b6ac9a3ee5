//! How far a fetch is, told without forcing a user interface on anyone.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// One part of a fetch.
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

impl Phase {
    /// What is being done, for a person.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Waiting => "waiting for another process that fetches the engine",
            Self::Downloading => "downloading the engine with npm (about 180 MB, once)",
            Self::Verifying => "verifying the engine's hash",
            Self::Unpacking => "unpacking the engine",
        }
    }
}

/// Hears how a fetch goes on.
pub trait Progress {
    /// A phase begins; `bytes` is its size, where it is known.
    fn begin(&mut self, phase: Phase, bytes: Option<u64>);
    /// So many bytes of the phase are done in all.
    fn advance(&mut self, done: u64);
    /// The fetch is over, well or not.
    fn end(&mut self);
}

/// Says nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: Phase, _: Option<u64>) {}
    fn advance(&mut self, _: u64) {}
    fn end(&mut self) {}
}

/// A spinner or a bar on a terminal, one plain line per phase elsewhere; always on standard error.
#[derive(Debug, Default)]
pub struct OnStderr {
    bar: Option<ProgressBar>,
}

impl Progress for OnStderr {
    fn begin(&mut self, phase: Phase, bytes: Option<u64>) {
        self.end();
        if !stderr().is_terminal() {
            eprintln!("{}", phase.describe());
            return;
        }
        let (bar, template) = match bytes {
            Some(bytes) => (ProgressBar::new(bytes), "{msg} {wide_bar} {bytes}/{total_bytes}"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(phase.describe());
        bar.enable_steady_tick(Duration::from_millis(120));
        self.bar = Some(bar);
    }

    fn advance(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
