//! The child process that holds the embedded ClickHouse, started by `ticketlens_engine::Engine` without
//! arguments; and `ticketlens-engine fetch`, which fetches the engine library ahead of time.

use std::process::ExitCode;

use ticketlens_engine::{Phase, Progress, Source, find, host};

fn main() -> ExitCode {
    // Before any other thread exists: see `host::main`.
    let Some(argument) = std::env::args_os().nth(1) else {
        return host::main();
    };
    if argument != "fetch" {
        eprintln!("usage: ticketlens-engine fetch");
        return ExitCode::from(64);
    }
    match find(&mut Lines::default()) {
        Ok(Source::Library(path) | Source::Program(path)) => {
            println!("{}", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("ticketlens-engine: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Plain lines on standard error: one for each phase, one for each tenth of its bytes.
#[derive(Default)]
struct Lines {
    bytes: Option<u64>,
    tenths: u64,
}

impl Progress for Lines {
    fn begin(&mut self, phase: Phase, bytes: Option<u64>) {
        eprintln!("{phase}");
        *self = Self { bytes: bytes.filter(|bytes| *bytes > 0), tenths: 0 };
    }

    fn advance(&mut self, done: u64) {
        let tenths = self.bytes.map_or(0, |bytes| done.saturating_mul(10) / bytes);
        if tenths > self.tenths {
            self.tenths = tenths;
            eprintln!("  {} %", tenths * 10);
        }
    }

    fn end(&mut self) {}
}
