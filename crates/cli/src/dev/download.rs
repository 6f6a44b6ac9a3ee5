//! The engine's download as a person sees it, on stderr: a spinner or a bar on a terminal, one plain line for
//! each phase elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use ticketlens_engine::{Phase, Progress};

use crate::terminal::note;

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);

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
        let (bar, template) = match bytes {
            Some(bytes) => (ProgressBar::new(bytes), "{msg} {wide_bar} {bytes}/{total_bytes}"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(phase.to_string());
        bar.enable_steady_tick(TICK);
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
