//! What the program is made of, as a CycloneDX document.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::platform::Platform;
use crate::{
    run::{root, run},
    tools,
    workspace::Workspace,
};

const CARGO_CYCLONEDX: &str = "0.5.9";
/// The tool writes one beside each manifest of the workspace; by this name they are found again.
const PASSING: &str = "ticketlens-dist.cdx";

/// Writes `ticketlens-<version>-<triple>.cdx.json`. `time` is that of the document.
pub fn write(version: &str, platform: &Platform, out: &Path, time: u64) -> Result<PathBuf> {
    let tool = tools::installed("cargo-cyclonedx", CARGO_CYCLONEDX)?;
    let mut cyclonedx = Command::new(tool);
    cyclonedx.current_dir(root()).args(["cyclonedx", "--manifest-path", "crates/cli/Cargo.toml"]);
    cyclonedx.args(["--format", "json", "--spec-version", "1.5", "--quiet"]);
    cyclonedx.args(["--target", &platform.triple, "--override-filename", PASSING]);
    let made = run(cyclonedx.env("SOURCE_DATE_EPOCH", time.to_string()));
    let text = fs::read_to_string(root().join("crates/cli").join(format!("{PASSING}.json")));
    for folder in Workspace::read()?.folders() {
        // It is there for each crate, unless the tool failed.
        let _ = fs::remove_file(folder.join(format!("{PASSING}.json")));
    }
    made?;
    // Our crates by their place in the repository, not on the machine that built them.
    let here = format!("path+file://{}", root().display());
    let text = text.context("reading what cargo-cyclonedx wrote")?.replace(&here, "path+file://");
    let file = out.join(format!("ticketlens-{version}-{}.cdx.json", platform.triple));
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}
