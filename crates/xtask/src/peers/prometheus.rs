//! Prometheus' own judge of metrics and of alerts.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{engine::require, run::run};

const PROMTOOL: &str = "github.com/prometheus/prometheus/cmd/promtool";

/// Builds `promtool`.
pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    require(
        "go",
        "what checks our metrics and alerts comes as a Go module; install Go (1.26.7 or newer)",
    )?;
    let mut go = Command::new("go");
    // What is set around this repository is not meant for this.
    go.current_dir(source).env("GOWORK", "off").env("GOFLAGS", "").env("CGO_ENABLED", "0");
    go.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"]);
    run(go.arg(into.join("promtool")).arg(PROMTOOL))
}
