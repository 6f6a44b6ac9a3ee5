//! All that a change must pass.

use std::process::Command;

use anyhow::Result;

use crate::{
    run::{cargo, root, run as run_program},
    test, tools,
};

/// The version of cargo-deny whose answers we know.
const CARGO_DENY: &str = "0.20.2";

pub fn run() -> Result<()> {
    run_program(cargo().args(["fmt", "--all", "--check"]))?;
    let deny_warnings = ["--", "--deny", "warnings"];
    run_program(cargo().args(["clippy", "--workspace", "--all-targets"]).args(deny_warnings))?;
    // What a workflow links has fewer features than the workspace built together.
    let least = ["clippy", "--package", "ticketlens-ticket", "--no-default-features"];
    run_program(cargo().args(least).args(deny_warnings))?;
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings");
    run_program(&mut doc)?;
    dependencies()?;
    test::run(&test::TestArgs::default())
}

/// Licences, sources and duplicate versions (`deny.toml`). Advisories are a task of their own: their
/// database can't be reached from every machine.
fn dependencies() -> Result<()> {
    check("Cargo.toml", &["bans", "licenses", "sources"])
}

/// Known vulnerabilities of what we depend on, and releases that were taken back.
pub fn advisories() -> Result<()> {
    check("Cargo.toml", &["advisories"])?;
    check("fuzz/Cargo.toml", &["advisories"])
}

fn check(manifest: &str, what: &[&str]) -> Result<()> {
    let mut deny = Command::new(tools::installed("cargo-deny", CARGO_DENY)?);
    deny.current_dir(root()).args(["--manifest-path", manifest, "--all-features"]);
    // The fuzzing's own folder has no rules of its own.
    run_program(deny.arg("--config").arg(root().join("deny.toml")).arg("check").args(what))
}
