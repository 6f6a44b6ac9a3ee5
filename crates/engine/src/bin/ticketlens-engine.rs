//! The child process that holds the embedded ClickHouse. Started by `ticketlens_engine::Engine`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ticketlens_engine::host::main()
}
