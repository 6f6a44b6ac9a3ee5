//! The embedded database: fetched before anything needs it, so that no test waits for it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{cargo, run, target};

/// Builds the engine's host and has it fetch the library, unless it is there.
pub fn fetch() -> Result<()> {
    require("npm", "the engine library comes as an npm package; install Node.js (20 or newer)")?;
    run(cargo().args(["build", "--package", "ticketlens-engine", "--bins"]))?;
    run(Command::new(target().join("debug").join("ticketlens-engine")).arg("fetch"))
}

/// Checks that a program answers `--version`.
pub fn require(program: &str, why: &str) -> Result<()> {
    match Command::new(program).arg("--version").output() {
        Ok(output) if output.status.success() => Ok(()),
        _ => bail!("`{program}` is missing: {why}"),
    }
}
