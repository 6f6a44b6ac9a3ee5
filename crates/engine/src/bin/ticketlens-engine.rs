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
    match find(&mut Lines) {
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

/// One line for each phase, on standard error.
struct Lines;

impl Progress for Lines {
    fn begin(&mut self, phase: Phase, _: Option<u64>) {
        eprintln!("{phase}");
    }
    fn advance(&mut self, _: u64) {}
    fn end(&mut self) {}
}
