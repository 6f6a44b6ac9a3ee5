//! The OpenTelemetry Collector, put together by its own builder from Go modules.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{engine::require, run::run};

/// The builder and what it builds are released together.
const BUILDER: &str = "go.opentelemetry.io/collector/cmd/builder@v0.149.0";

/// Builds `otelcol` into `into`.
pub fn build(source: &Path, into: &Path) -> Result<()> {
    require("go", "the Collector that tests run comes as Go modules; install Go (1.25 or newer)")?;
    let work = into.join("source");
    fs::create_dir(&work).with_context(|| format!("making {}", work.display()))?;
    let take = |name: &str| {
        fs::copy(source.join(name), work.join(name)).with_context(|| format!("copying {name}"))
    };
    let go = || {
        let mut go = Command::new("go");
        // What is set around this repository is not meant for this.
        go.current_dir(&work).env("GOWORK", "off").env("GOFLAGS", "").env("CGO_ENABLED", "0");
        go
    };
    take("builder.yaml")?;
    let sources_alone = ["--skip-get-modules", "--skip-compilation"];
    run(go().args(["run", BUILDER, "--config", "builder.yaml"]).args(sources_alone))?;
    // The builder would choose modules anew; the lock has them.
    take("go.mod")?;
    take("go.sum")?;
    run(go()
        .args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"])
        .arg(into.join("otelcol"))
        .arg("."))
}
