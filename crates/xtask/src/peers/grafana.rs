//! Grafana's published schema of dashboards, as a program that holds ours against it.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{engine::require, run::run};

/// Builds `check-dashboard` into `into`.
pub fn build(source: &Path, into: &Path) -> Result<()> {
    require("go", "the schema of dashboards comes as a Go module; install Go (1.23 or newer)")?;
    let mut go = Command::new("go");
    // What is set around this repository is not meant for this.
    go.current_dir(source).env("GOWORK", "off").env("GOFLAGS", "").env("CGO_ENABLED", "0");
    go.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o"]);
    run(go.arg(into.join("check-dashboard")).arg("."))
}
