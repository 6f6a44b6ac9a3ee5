//! A client of the Model Context Protocol in another language.

use std::path::Path;

use anyhow::Result;

use super::languages::install;

pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    let why = "a client in Python asks our tools; install Python (3.10 or newer) with venv";
    install(&source.join("requirements.txt"), &into.join("venv"), why)
}
