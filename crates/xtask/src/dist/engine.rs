//! The embedded engine as an asset of its own, so that a machine without npm can have it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{
    archive::{Entry, pack},
    platform::Platform,
};
use crate::run::{cargo, root, run, target};

/// Where it is fetched to, apart from the cache that people's programs share: what is shipped was
/// checked by its hash here.
const CACHE: &str = "dist-cache";

/// The library for this machine's platform, fetched and checked unless it is there.
pub fn fetch(version: &str, platform: &Platform) -> Result<PathBuf> {
    run(cargo().args(["build", "--package", "ticketlens-engine", "--bins"]))?;
    let mut fetch = Command::new(target().join("debug").join("ticketlens-engine"));
    let cache = std::path::absolute(target())?.join(CACHE);
    fetch.arg("fetch").env("XDG_CACHE_HOME", &cache).stderr(Stdio::inherit());
    for named in ["TICKETLENS_ENGINE_LIBRARY", "TICKETLENS_ENGINE_PROGRAM"] {
        fetch.env_remove(named);
    }
    let output = fetch.output().context("could not run ticketlens-engine")?;
    if !output.status.success() {
        bail!("`ticketlens-engine fetch` ended with {}", output.status);
    }
    let library = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let folder = library.parent().and_then(Path::file_name).unwrap_or_default();
    if *folder != *folder_name(version, platform) {
        bail!("the engine in {} is not {version}, which the program wants", library.display());
    }
    Ok(library)
}

/// Its folder where it is installed, as `crates/engine` looks for it.
fn folder_name(version: &str, platform: &Platform) -> String {
    format!("{version}-{}", platform.os_and_arch())
}

/// Packs it with its licence. Returns the archive.
pub fn archive(
    version: &str,
    platform: &Platform,
    library: &Path,
    out: &Path,
    time: u64,
) -> Result<PathBuf> {
    let archive = out.join(format!("ticketlens-engine-{version}-{}.tar.gz", platform.triple));
    let folder = format!("share/ticketlens/engine/{}", folder_name(version, platform));
    let notice = target().join("engine-notice.txt");
    fs::write(&notice, notice_of(version)).context("writing the engine's notice")?;
    let name = library.file_name().context("a library has a name")?.to_string_lossy();
    let entries = vec![
        Entry::new(format!("{folder}/{name}"), library),
        // Apache-2.0, as ours: the same text.
        Entry::new(format!("{folder}/LICENSE"), root().join("LICENSE")),
        Entry::new(format!("{folder}/NOTICE"), &notice),
    ];
    pack(&archive, entries, time)?;
    Ok(archive)
}

fn notice_of(version: &str) -> String {
    format!(
        "ClickHouse as a library, by the chDB project, version {version}.\n\
         Unchanged, as published in the npm registry under @chdb, whose licence is\n\
         Apache-2.0 (LICENSE). ClickHouse is by ClickHouse, Inc. and its contributors, Apache-2.0 too.\n"
    )
}
