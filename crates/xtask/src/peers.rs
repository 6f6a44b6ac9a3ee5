//! What the tests run ours beside: programs of other projects, built once from their own package
//! registries into `target/peers/<name>`, and again when what they are built from changes.

mod api;
mod browser;
mod collector;
mod grafana;
mod helm;
mod languages;
mod mcp;
mod prometheus;
mod python;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
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
    Peer { name: "api", source: "tests/peers/api", build: api::build },
    Peer { name: "browser", source: "tests/peers/browser", build: browser::build },
    Peer { name: "collector", source: "tests/peers/collector", build: collector::build },
    Peer { name: "grafana", source: "tests/peers/grafana", build: grafana::build },
    Peer { name: "helm", source: "tests/peers/helm", build: helm::build },
    Peer { name: "languages", source: "tests/peers/languages", build: languages::build },
    Peer { name: "mcp", source: "tests/peers/mcp", build: mcp::build },
    Peer { name: "prometheus", source: "tests/peers/prometheus", build: prometheus::build },
    Peer { name: "python", source: "tests/peers/python", build: python::build },
];

/// Not among them, as only `cargo xtask plugin` needs it.
const PLUGIN_CLIENT: Peer = Peer {
    name: "grafana-plugin",
    source: "tests/peers/grafana-plugin",
    build: grafana::build_plugin_client,
};

/// Builds those that are not there, or not of these sources.
pub fn build() -> Result<()> {
    PEERS.iter().try_for_each(Peer::ready)
}

/// Builds what asks a plugin of Grafana, as [`build`] does the others.
pub fn build_plugin_client() -> Result<()> {
    PLUGIN_CLIENT.ready()
}

impl Peer {
    fn ready(&self) -> Result<()> {
        let source = root().join(self.source);
        let built = target().join("peers").join(self.name);
        // Written last, so that a build cut short is one that never was.
        let stamp = built.join(".built-from");
        let digest = digest(&source)?;
        if fs::read_to_string(&stamp).is_ok_and(|text| text == digest) {
            return Ok(());
        }
        eprintln!("xtask: building {}, once", self.name);
        if built.exists() {
            fs::remove_dir_all(&built).with_context(|| format!("clearing {}", built.display()))?;
        }
        fs::create_dir_all(&built).with_context(|| format!("making {}", built.display()))?;
        (self.build)(&source, &built).with_context(|| format!("building {}", self.name))?;
        fs::write(&stamp, digest).with_context(|| format!("writing {}", stamp.display()))
    }
}

/// SHA-256 over every file's path and content, in hex.
fn digest(folder: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy();
        hash.update(format!("{name}\0{}\0", content.len()));
        hash.update(content);
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
