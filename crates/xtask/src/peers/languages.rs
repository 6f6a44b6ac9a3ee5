//! OpenTelemetry's SDKs of other languages, for the programs of docs/send.md.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{engine::require, run::run};

pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    let why = "docs/send.md sends from it; install Python (3.10 or newer) with venv";
    install(&source.join("python").join("requirements.txt"), &into.join("python"), why)?;
    let why = "docs/send.md sends from Node.js; install it (20.6 or newer) with npm";
    node(&source.join("node"), &into.join("node"), why)?;
    go(&source.join("go"), &into.join("go"))
}

/// A virtual environment with exactly these packages.
pub(super) fn install(requirements: &Path, into: &Path, why: &str) -> Result<()> {
    require("python3", why)?;
    run(Command::new("python3").args(["-m", "venv"]).arg(into))
        .context("on Debian and Ubuntu the package is python3-venv")?;
    let mut pip = Command::new(into.join("bin").join("python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--require-hashes", "--only-binary", ":all:", "--requirement"]);
    run(pip.arg(requirements))
}

/// A folder with exactly these packages of npm's.
pub(super) fn node(source: &Path, into: &Path, why: &str) -> Result<()> {
    require("npm", why)?;
    copy(source, into, &["package.json", "package-lock.json"])?;
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(into))
}

/// Go builds each program from its module cache; here the packages are fetched and built once, so
/// that no test waits for that.
fn go(source: &Path, into: &Path) -> Result<()> {
    const PACKAGES: [&str; 6] = [
        "github.com/google/uuid",
        "go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc",
        "go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp",
        "go.opentelemetry.io/otel/log",
        "go.opentelemetry.io/otel/sdk/log",
        "golang.org/x/text/cases",
    ];
    require("go", "docs/send.md sends from it; install Go (1.26 or newer)")?;
    copy(source, into, &["go.mod", "go.sum"])?;
    run(Command::new("go").arg("build").args(PACKAGES).current_dir(into))
}

fn copy(source: &Path, into: &Path, files: &[&str]) -> Result<()> {
    fs::create_dir_all(into).with_context(|| format!("making {}", into.display()))?;
    for file in files {
        let from = source.join(file);
        fs::copy(&from, into.join(file)).with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(())
}
