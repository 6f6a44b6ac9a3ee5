//! What reads the description of the HTTP API: a validator, and a generator of clients.

use std::path::Path;

use anyhow::Result;

use super::languages::install;

pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    let why = "the HTTP API is tested with a client made of its description; install Python (3.10 \
               or newer) with venv";
    install(&source.join("requirements.txt"), &into.join("venv"), why)
}
