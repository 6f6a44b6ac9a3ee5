//! A release to install: of the program that is built beside the tests, with a stand-in for the engine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use tempfile::TempDir;
use ticketlens_engine::Package;
use ticketlens_tests::program;

/// What is packed as the engine's library: the real one has 566 MB.
pub const ENGINE: &str = "the engine, as far as an installer cares";

/// A folder with the files of a release.
pub struct Release {
    folder: PathBuf,
    /// Deleted with it; the one that is made has its place among what is built.
    _own: Option<TempDir>,
}

impl Release {
    /// The one that all tests read.
    pub fn made() -> Self {
        static MADE: OnceLock<PathBuf> = OnceLock::new();
        Self { folder: MADE.get_or_init(make).clone(), _own: None }
    }

    /// A copy, to be damaged.
    pub fn copied() -> Self {
        let own = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(Self::made().folder()).unwrap() {
            let file = entry.unwrap().path();
            if file.is_file() {
                fs::copy(&file, own.path().join(file.file_name().unwrap())).unwrap();
            }
        }
        Self { folder: own.path().to_owned(), _own: Some(own) }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The archive whose name begins so.
    pub fn archive(&self, start: &str) -> PathBuf {
        let names = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let mut found = names.filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(start) && name.ends_with(".tar.gz")
        });
        let archive = found.next().unwrap_or_else(|| panic!("no {start}… in the release"));
        assert!(found.next().is_none(), "one {start}…");
        archive
    }
}

fn make() -> PathBuf {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("install");
    if work.exists() {
        fs::remove_dir_all(&work).unwrap();
    }
    fs::create_dir_all(&work).unwrap();
    let package = Package::for_this_platform().expect("an engine for this platform");
    let (engine, out) = (work.join(package.file), work.join("release"));
    fs::write(&engine, ENGINE).unwrap();
    let mut dist = Command::new(program("xtask"));
    dist.arg("dist").arg("--program").arg(program("ticketlens"));
    dist.arg("--engine-library").arg(&engine).arg("--without-sbom").arg("--out").arg(&out);
    // What it writes on the way is not in the way of a build.
    let output = dist.env("CARGO_TARGET_DIR", &work).output().expect("xtask runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out
}
