//! What the tests run ours beside: programs of other projects, built once from their own package
//! registries into `target/peers/<name>`, and again when what they are built from changes.

mod collector;
mod languages;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::run::{root, target};

/// A program of others, or a set of them.
struct Peer {
    /// Its folder in `target/peers`.
    name: &'static str,
    /// What it is built from, below the repository's root: manifests and lock files with exact versions.
    source: &'static str,
    /// Builds `source` into a folder that is there and empty.
    build: fn(source: &Path, into: &Path) -> Result<()>,
}

const PEERS: &[Peer] = &[
    Peer { name: "collector", source: "tests/peers/collector", build: collector::build },
    Peer { name: "languages", source: "tests/peers/languages", build: languages::build },
];
