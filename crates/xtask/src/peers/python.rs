//! What the tests of `crates/python` run it in and beside: maturin, pytest, the servers that fork, the
//! SDK whose cost it is compared with, and the type checkers of those who use it.

use std::path::Path;

use anyhow::Result;

use super::languages::{install, node};

pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    let why = "crates/python is built and tested with it; install Python (3.10 or newer) with venv";
    install(&source.join("requirements.txt"), &into.join("venv"), why)?;
    let why = "crates/python's types are checked with Pyright; install Node.js with npm";
    node(&source.join("types"), &into.join("types"), why)
}
