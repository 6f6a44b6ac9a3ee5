//! The package in an environment of its own, and what is asked of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    engine::require,
    run::{root, run, shown, target},
};

/// The version that the list was last made of.
pub(super) const VERSION: &str = "0.2.3";

/// A Python that has this version of the package.
pub(super) fn installed(version: &str) -> Result<PathBuf> {
    require("python3", "the data comes from PyPI; install Python (3.11 or newer) with venv")?;
    let environment = target().join("tools").join("genai-prices");
    let python = environment.join("bin").join("python3");
    if !has(&python, version) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))
            .context("on Debian and Ubuntu the package is python3-venv")?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.args(["--only-binary", ":all:"]);
        run(pip.arg(format!("genai-prices=={version}")))?;
    }
    Ok(python)
}

fn has(python: &Path, version: &str) -> bool {
    let script = "import genai_prices; print(genai_prices.__version__)";
    let output = Command::new(python).args(["-c", script]).output();
    output.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim() == version)
}

/// The package's data.
pub(super) fn dump(python: &Path) -> Result<Value> {
    let said = output(Command::new(python).arg(root().join("crates/xtask/src/prices/dump.py")))?;
    serde_json::from_slice(&said).context("reading what dump.py wrote")
}

/// Has the package price the calls of the crate's test, into the table that the test compares with.
pub(super) fn amounts(python: &Path, tests: &Path) -> Result<()> {
    let table = tests.join("amounts.json");
    let said = output(Command::new(python).arg(tests.join("calls.py")))?;
    fs::write(&table, said).with_context(|| format!("writing {}", table.display()))
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("could not run `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}`: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}
