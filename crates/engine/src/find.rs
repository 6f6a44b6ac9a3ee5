//! Where the engine comes from: named in the environment, installed, cached, or fetched.
//!
//! In this order:
//! 1. `TICKETLENS_ENGINE_LIBRARY`: path of a `libchdb.so`;
//! 2. `TICKETLENS_ENGINE_PROGRAM`: path of a `clickhouse` program (unverified, see below);
//! 3. beside the program, as `install.sh` lays it out: `bin/ticketlens`, `share/ticketlens/engine/`;
//! 4. the cache, `$XDG_CACHE_HOME/ticketlens/engine/` or `~/.cache/ticketlens/engine/`;
//! 5. the npm registry, with the ordinary `npm` client, checked by hash ([`fetch`](crate::fetch)).
//!
//! A `clickhouse` program that happens to be on the `PATH` is deliberately *not* taken: it may be of any age,
//! and that way of running could not be tested.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::fetch::{self, FetchError};
use crate::package::Package;
use crate::progress::Progress;
use crate::source::{LIBRARY_VARIABLE, PROGRAM_VARIABLE, Source};

/// Why there is no engine to start.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A variable names a file that is not there.
    #[error("{variable} names {path}, which is not a file")]
    NotAFile {
        /// The environment variable.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
    },
    /// No published engine library for this machine.
    #[error(
        "no engine library is known for {platform}; set {LIBRARY_VARIABLE} to a libchdb.so, or use a ClickHouse server"
    )]
    Platform {
        /// Operating system and processor, as Rust names them.
        platform: String,
    },
    /// Neither `XDG_CACHE_HOME` nor `HOME` is set.
    #[error("no place for the engine library: set HOME, XDG_CACHE_HOME or {LIBRARY_VARIABLE}")]
    NoCacheFolder,
    /// It was not there and could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// Finds the engine, and fetches it when this machine has none yet (about 180 MB, once).
///
/// # Errors
/// When the environment names a file that is not there, nothing is published for this platform, or the
/// download fails.
pub fn find(progress: &mut dyn Progress) -> Result<Source, FindError> {
    let environment = Environment::of_this_process();
    if let Some(named) = environment.named()? {
        return Ok(named);
    }
    let package = Package::for_this_platform()
        .ok_or_else(|| FindError::Platform { platform: Package::platform() })?;
    if let Some(installed) = environment.installed(package) {
        return Ok(Source::Library(installed));
    }
    let folder = environment.cache_folder(package).ok_or(FindError::NoCacheFolder)?;
    let library = folder.join(package.file);
    if !package.is_whole(&library) {
        fetch::fetch(package, &folder, progress)?;
    }
    Ok(Source::Library(library))
}

/// What decides, taken once: the environment variables, and where this program lies.
#[derive(Debug, Default)]
struct Environment {
    library: Option<OsString>,
    program: Option<OsString>,
    cache_home: Option<OsString>,
    home: Option<OsString>,
    program_file: Option<PathBuf>,
}

impl Environment {
    fn of_this_process() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            library: set(LIBRARY_VARIABLE),
            program: set(PROGRAM_VARIABLE),
            cache_home: set("XDG_CACHE_HOME"),
            home: set("HOME"),
            // Where it really lies: a link to it from another folder has no engine beside it.
            program_file: env::current_exe().and_then(|path| path.canonicalize()).ok(),
        }
    }

    fn named(&self) -> Result<Option<Source>, FindError> {
        let file = |variable, value: &OsString| {
            let path = PathBuf::from(value);
            match path.canonicalize() {
                Ok(path) if path.is_file() => Ok(path),
                _ => Err(FindError::NotAFile { variable, path }),
            }
        };
        if let Some(value) = &self.library {
            return Ok(Some(Source::Library(file(LIBRARY_VARIABLE, value)?)));
        }
        if let Some(value) = &self.program {
            return Ok(Some(Source::Program(file(PROGRAM_VARIABLE, value)?)));
        }
        Ok(None)
    }

    /// The library that was installed with this program, of exactly the version it wants.
    fn installed(&self, package: &Package) -> Option<PathBuf> {
        let bin = self.program_file.as_deref()?.parent()?;
        let share = bin.parent()?.join("share").join("ticketlens");
        let library = engine_folder(&share, package).join(package.file);
        package.is_whole(&library).then_some(library)
    }

    fn cache_folder(&self, package: &Package) -> Option<PathBuf> {
        // The specification of XDG_CACHE_HOME has relative paths ignored.
        let cache =
            self.cache_home
                .as_ref()
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| self.home.as_ref().map(|home| PathBuf::from(home).join(".cache")))?;
        Some(engine_folder(&cache.join("ticketlens"), package))
    }
}

/// A package's own folder, laid out alike in the cache and where it is installed.
fn engine_folder(ours: &Path, package: &Package) -> PathBuf {
    ours.join("engine").join(package.folder_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_library_wins_and_must_exist() {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().join("libchdb.so");
        std::fs::write(&library, "x").unwrap();
        let mut given = Environment {
            library: Some(library.clone().into()),
            program: Some("/nowhere/clickhouse".into()),
            ..Environment::default()
        };
        let library = library.canonicalize().unwrap();
        assert_eq!(given.named().unwrap(), Some(Source::Library(library)));
        given.library = None;
        let error = given.named().unwrap_err().to_string();
        assert_eq!(
            error,
            "TICKETLENS_ENGINE_PROGRAM names /nowhere/clickhouse, which is not a file"
        );
        assert_eq!(Environment::default().named().unwrap(), None);
    }

    #[test]
    fn an_installed_library_is_taken_whole_and_of_the_right_version_only() {
        let prefix = tempfile::tempdir().unwrap();
        let package = Package { file_bytes: 3, ..Package::KNOWN[0] };
        let given = Environment {
            program_file: Some(prefix.path().join("bin/ticketlens")),
            ..Environment::default()
        };
        assert_eq!(given.installed(&package), None);
        let folder = prefix.path().join("share/ticketlens/engine").join(package.folder_name());
        let library = folder.join(package.file);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&library, "12").unwrap();
        assert_eq!(given.installed(&package), None, "cut short");
        std::fs::write(&library, "123").unwrap();
        assert_eq!(given.installed(&package), Some(library));
        let newer = Package { version: "99.1.0-stable.1", ..package };
        assert_eq!(given.installed(&newer), None);
        assert_eq!(Environment::default().installed(&package), None);
    }

    #[test]
    fn the_cache_follows_xdg_then_home() {
        let package = &Package::KNOWN[0];
        let mut given = Environment { home: Some("/slow".into()), ..Environment::default() };
        let tail = format!("ticketlens/engine/{}", package.folder_name());
        assert_eq!(given.cache_folder(package), Some(format!("/slow/.cache/{tail}").into()));
        given.cache_home = Some("/fast".into());
        assert_eq!(given.cache_folder(package), Some(format!("/fast/{tail}").into()));
        given.cache_home = Some("relative".into());
        assert_eq!(given.cache_folder(package), Some(format!("/slow/.cache/{tail}").into()));
        assert_eq!(Environment::default().cache_folder(package), None);
    }
}
