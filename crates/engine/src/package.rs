//! The published engine packages, pinned by version and hash.
//!
//! A version bump is a change of this file, after the tests of this crate ran with it: much of what we rely
//! on is documented nowhere else. Versions and hashes: `npm view @chdb/lib-linux-x64-gnu@VERSION dist.integrity`.

use std::env::consts::{ARCH, OS};
use std::path::Path;

/// One published engine library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// Operating system, as in [`std::env::consts::OS`].
    pub os: &'static str,
    /// Processor, as in [`std::env::consts::ARCH`].
    pub arch: &'static str,
    /// Name in the npm registry.
    pub name: &'static str,
    /// Version in the npm registry; its first three numbers are ClickHouse's.
    pub version: &'static str,
    /// Hash of the packed package, in the registry's form: `sha512-` and base64.
    pub integrity: &'static str,
    /// Size of the packed package.
    pub packed_bytes: u64,
    /// The library inside it.
    pub file: &'static str,
    /// Size of the library.
    pub file_bytes: u64,
}

impl Package {
    /// Everything that can be fetched. The same version is published for Linux on arm64 and for macOS too, but
    /// their hashes could not be had when this was pinned, and what isn't pinned isn't fetched.
    pub const KNOWN: [Self; 1] = [Self {
        os: "linux",
        arch: "x86_64",
        name: "@chdb/lib-linux-x64-gnu",
        version: "26.7.3-stable.1",
        integrity: "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
        packed_bytes: 177_817_999,
        file: "libchdb.so",
        file_bytes: 566_330_096,
    }];

    /// The package for this machine.
    pub fn for_this_platform() -> Option<&'static Self> {
        // The published Linux libraries need glibc.
        let runs_here = |package: &&Self| package.os == OS && package.arch == ARCH;
        if cfg!(target_env = "musl") { None } else { Self::KNOWN.iter().find(runs_here) }
    }

    /// ClickHouse's version, year and month: the package counts its own patches.
    pub fn clickhouse_version(&self) -> &str {
        let patch = self.version.match_indices('.').nth(1);
        patch.map_or(self.version, |(at, _)| &self.version[..at])
    }

    /// This machine, for messages.
    pub(crate) fn platform() -> String {
        format!("{OS} on {ARCH}{}", if cfg!(target_env = "musl") { " (musl)" } else { "" })
    }

    /// Its folder in the cache.
    pub(crate) fn folder_name(&self) -> String {
        format!("{}-{}-{}", self.version, self.os, self.arch)
    }

    /// Whether its library is there in full. The content was checked when it was unpacked; the size tells a
    /// file that a crashed machine left short.
    pub(crate) fn is_whole(&self, library: &Path) -> bool {
        library.metadata().is_ok_and(|file| file.is_file() && file.len() == self.file_bytes)
    }

    /// As npm wants it named.
    pub(crate) fn spec(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}
