//! What a contributor is told is so: CONTRIBUTING.md, RELEASING.md, SECURITY.md and the workflows.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commands;
mod places;
mod releases;
mod workflows;

use serde_json::Value;
use ticketlens_tests::workspace::{packages, root};

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
