//! The engine's download as a person sees it, on stderr: a spinner or a bar on a terminal, one plain line for
//! each phase elsewhere.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};
use ticketlens_engine::{Phase, Progress};

use crate::terminal::{self, note};

/// Of what has a known size.
const BAR: &str = "{msg} {wide_bar} {bytes}/{total_bytes}";

/// Shows a download; nothing while none is under way.
#[derive(Default)]
pub struct Download {
    bar: Option<ProgressBar>,
}

impl Progress for Download {
    fn begin(&mut self, phase: Phase, bytes: Option<u64>) {
        self.end();
        if !stderr().is_terminal() {
            note(&phase.to_string());
            return;
        }
        let bar = terminal::spinner();
        if let Some(bytes) = bytes {
            bar.set_length(bytes);
            if let Ok(style) = ProgressStyle::with_template(BAR) {
                bar.set_style(style);
            }
        }
        bar.set_message(phase.to_string());
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
