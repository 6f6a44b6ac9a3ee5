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

/// Checks that a program answers `--version`, or `version` as Go's does.
pub fn require(program: &str, why: &str) -> Result<()> {
    let answers = |flag| Command::new(program).arg(flag).output().is_ok_and(|o| o.status.success());
    if answers("--version") || answers("version") {
        return Ok(());
    }
    bail!("`{program}` is missing: {why}")
}
