//! Fetches the engine library with the ordinary npm client: pack, verify, unpack one file, rename.
//!
//! Nothing is unpacked before its hash is right, and the library appears under its final name only when it is
//! complete. Two processes at once fetch once: the second waits for the first.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha512};

use crate::package::Package;
use crate::progress::{Phase, Progress};
use crate::source::LIBRARY_VARIABLE;

const CHUNK: usize = 1 << 20;
/// How the name of a fetch's own folder begins.
const WORK: &str = "work-";

/// Why the engine library could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no `npm` program.
    #[error(
        "the engine is not installed, and npm, which would fetch it, was not found: run install.sh \
         again without --without-engine, install Node.js (nodejs.org; it brings npm), or set \
         {LIBRARY_VARIABLE} to a libchdb.so"
    )]
    NoNpm,
    /// npm ran and failed; its own words.
    #[error("npm could not fetch {spec}: {message}")]
    Npm {
        /// Package and version.
        spec: String,
        /// What npm said first.
        message: String,
    },
    /// What arrived is not what was pinned. It was deleted.
    #[error("{spec} has the hash {found} instead of {expected}; it was deleted and not used")]
    Hash {
        /// Package and version.
        spec: String,
        /// As pinned.
        expected: String,
        /// As computed.
        found: String,
    },
    /// The package does not hold the library.
    #[error("{spec} holds no {file} of {bytes} bytes")]
    Content {
        /// Package and version.
        spec: String,
        /// What was looked for.
        file: String,
        /// Its size as pinned.
        bytes: u64,
    },
    /// No room left.
    #[error("no space left for {path}: the engine needs about 1 GB while it is unpacked")]
    DiskFull {
        /// What did not fit.
        path: PathBuf,
    },
    /// Any other trouble with files.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FetchError {
    /// Whether the same call may succeed later without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Npm { .. })
    }

    fn file(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_owned() }
            }
            _ => Self::File { path: path.to_owned(), source },
        }
    }
}

/// Puts the package's library into `folder`, unless it is there when the folder's lock is had.
pub(crate) fn fetch(
    package: &Package,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<(), FetchError> {
    let result = fetch_locked(package, folder, progress, &npm_pack);
    progress.end();
    result
}

/// Downloads a package into a folder and names the packed file.
type Download<'a> = &'a dyn Fn(&Package, &Path) -> Result<PathBuf, FetchError>;

fn fetch_locked(
    package: &Package,
    folder: &Path,
    progress: &mut dyn Progress,
    download: Download<'_>,
) -> Result<(), FetchError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| FetchError::file(&path, error)
    };
    fs::create_dir_all(folder).map_err(at(folder))?;
    let lock = File::create(folder.join("fetch.lock")).map_err(at(folder))?;
    if lock.try_lock().is_err() {
        progress.begin(Phase::Waiting, None);
        lock.lock().map_err(at(folder))?;
    }
    let library = folder.join(package.file);
    if package.is_whole(&library) {
        return Ok(());
    }
    remove_leftovers(folder).map_err(at(folder))?;
    // Inside the cache, so that the rename stays on one file system; deleted unless this process is killed.
    let work = tempfile::Builder::new().prefix(WORK).tempdir_in(folder).map_err(at(folder))?;
    progress.begin(Phase::Downloading, None);
    let packed = download(package, work.path())?;
    let mut packed_file = File::open(&packed).map_err(at(&packed))?;
    verify(package, &mut packed_file, progress).map_err(|error| error.at(&packed, package))?;
    let unpacked = work.path().join(package.file);
    unpack(package, packed_file, &unpacked, progress)
        .map_err(|error| error.at(&unpacked, package))?;
    fs::rename(&unpacked, &library).map_err(at(&library))
}

/// What killed fetches left behind, up to a gigabyte each. Only with the lock, which they held too.
fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(WORK.as_bytes()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Runs `npm pack`, which downloads the package as it was published and runs none of its scripts.
fn npm_pack(package: &Package, into: &Path) -> Result<PathBuf, FetchError> {
    let output = Command::new("npm")
        .args(["pack", "--loglevel=error", "--ignore-scripts", "--pack-destination"])
        .arg(into)
        .arg(package.spec())
        // Not in the user's project: a package.json there would be read.
        .current_dir(into)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FetchError::NoNpm,
            _ => FetchError::file(Path::new("npm"), error),
        })?;
    let failed = |message: String| FetchError::Npm { spec: package.spec(), message };
    if !output.status.success() {
        if String::from_utf8_lossy(&output.stderr).contains("ENOSPC") {
            return Err(FetchError::DiskFull { path: into.to_owned() });
        }
        return Err(failed(complaint(&output.stderr, output.status.to_string())));
    }
    let entries = fs::read_dir(into).map_err(|error| FetchError::file(into, error))?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| failed("it left no package behind".into()))
}

/// The beginning of npm's complaint, in one line: its code and reason come first, advice after.
fn complaint(stderr: &[u8], otherwise: String) -> String {
    let text = String::from_utf8_lossy(stderr);
    let errors = text.lines().filter_map(|line| line.strip_prefix("npm error"));
    let said: Vec<&str> = errors.map(str::trim).filter(|line| !line.is_empty()).take(4).collect();
    if said.is_empty() { otherwise } else { said.join("; ") }
}

/// What can go wrong between the packed file and the library.
enum PackageFault {
    Hash(String),
    Content,
    Io(io::Error),
}

impl From<io::Error> for PackageFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl PackageFault {
    fn at(self, path: &Path, package: &Package) -> FetchError {
        let spec = package.spec();
        match self {
            Self::Hash(found) => {
                FetchError::Hash { spec, expected: package.integrity.to_owned(), found }
            }
            Self::Content => FetchError::Content {
                spec,
                file: package.file.to_owned(),
                bytes: package.file_bytes,
            },
            Self::Io(error) => FetchError::file(path, error),
        }
    }
}

/// Compares the hash, and leaves the file at its beginning.
fn verify(
    package: &Package,
    packed: &mut File,
    progress: &mut dyn Progress,
) -> Result<(), PackageFault> {
    progress.begin(Phase::Verifying, Some(package.packed_bytes));
    let mut hash = Sha512::new();
    let hashed = |chunk: &[u8]| {
        hash.update(chunk);
        Ok(())
    };
    read_all(packed, hashed, progress)?;
    packed.rewind()?;
    let found = format!("sha512-{}", BASE64.encode(&hash.finalize()));
    if found == package.integrity { Ok(()) } else { Err(PackageFault::Hash(found)) }
}

/// Writes the one file we use, through to the disk: the rename that follows vouches for it.
fn unpack(
    package: &Package,
    packed: File,
    to: &Path,
    progress: &mut dyn Progress,
) -> Result<(), PackageFault> {
    progress.begin(Phase::Unpacking, Some(package.file_bytes));
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::with_capacity(CHUNK, packed)));
    for entry in archive.entries()? {
        let mut entry = entry?;
        // npm packs everything below a folder named `package`.
        if *entry.path()? != Path::new("package").join(package.file) {
            continue;
        }
        let mut file = File::create_new(to)?;
        let bytes = read_all(&mut entry, |chunk| file.write_all(chunk), progress)?;
        file.sync_all()?;
        return if bytes == package.file_bytes { Ok(()) } else { Err(PackageFault::Content) };
    }
    Err(PackageFault::Content)
}

/// Hands over everything to the end, reporting after each chunk. Returns how many bytes there were.
fn read_all(
    from: &mut impl Read,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
    progress: &mut dyn Progress,
) -> io::Result<u64> {
    let mut done = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            return Ok(done);
        }
        take(&chunk[..read])?;
        done += read as u64;
        progress.advance(done);
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
