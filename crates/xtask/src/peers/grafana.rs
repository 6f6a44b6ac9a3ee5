//! What checks our dashboards without a Grafana.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{engine::require, run::run};

/// Builds `check-dashboard`, which holds a dashboard against Grafana's published schema.
pub fn build(source: &Path, into: &Path) -> Result<()> {
    require("go", "the schema of dashboards comes as a Go module; install Go (1.23 or newer)")?;
    go_build(source, &into.join("check-dashboard"))
}

/// Builds `ask`, which puts queries to a plugin as Grafana does.
pub fn build_plugin_client(source: &Path, into: &Path) -> Result<()> {
    require(
        "go",
        "the protocol of Grafana's plugins comes as Go modules; install Go (1.26.5 or newer)",
    )?;
    go_build(source, &into.join("ask"))
}

fn go_build(source: &Path, program: &Path) -> Result<()> {
    let mut go = Command::new("go");
    // What is set around this repository is not meant for this.
    go.current_dir(source).env("GOWORK", "off").env("GOFLAGS", "").env("CGO_ENABLED", "0");
    go.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o"]);
    run(go.arg(program).arg("."))
}
