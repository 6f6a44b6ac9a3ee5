//! Prometheus' own judge of metrics and of alerts, and what it calls metrics that come over OTLP.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{engine::require, run::run};

const PROGRAMS: [(&str, &str); 2] =
    [("promtool", "github.com/prometheus/prometheus/cmd/promtool"), ("names", "./names")];

/// Builds them.
pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    require(
        "go",
        "what checks our metrics and alerts comes as a Go module; install Go (1.26.7 or newer)",
    )?;
    PROGRAMS.into_iter().try_for_each(|(name, package)| {
        let mut go = Command::new("go");
        // What is set around this repository is not meant for this.
        go.current_dir(source).env("GOWORK", "off").env("GOFLAGS", "").env("CGO_ENABLED", "0");
        // It discovers nothing here: without the clients of all clouds it builds in a fraction of the time.
        go.args(["build", "-tags=remove_all_sd", "-mod=readonly", "-trimpath", "-buildvcs=false"]);
        go.args(["-ldflags=-s -w", "-o"]);
        run(go.arg(into.join(name)).arg(package))
    })
}
