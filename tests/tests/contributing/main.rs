//! What a contributor is told is so: CONTRIBUTING.md, RELEASING.md, SECURITY.md and the workflows.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commands;
mod places;
mod releases;
mod workflows;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The crates of the workspace, as cargo knows them.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_value(metadata["packages"].take()).unwrap()
}

/// A text of a package or a target.
fn text<'v>(of: &'v Value, key: &str) -> &'v str {
    of[key].as_str().unwrap()
}

/// A TOML file of the repository, as far as it is `key = "value"` on lines of their own: the value.
fn setting(file: &str, key: &str) -> String {
    let text = ticketlens_tests::document::read(file);
    let start = format!("{key} = \"");
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{file} sets {key}")).split('"').next().unwrap().to_owned()
}
