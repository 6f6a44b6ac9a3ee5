//! What a backup is on the disk:
//!
//! ```text
//! <backup>/database.tar   the two databases, as the engine wrote them
//! <backup>/dev.json       ports, keys and the hash key of the instance
//! <backup>/backup.json    what belongs to it, with sizes and hashes; written last
//! ```

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The database's part.
pub const DATABASE: &str = "database.tar";
/// The instance's part.
pub const INSTANCE: &str = "dev.json";
const MANIFEST: &str = "backup.json";
/// The layout this program writes, and the latest that it reads.
const FORMAT: u32 = 1;
const CHUNK: usize = 1 << 20;

/// Why a folder is no backup that could be used, or could not become one.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Nothing is overwritten.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// A name mistyped would make a place that nobody looks into.
    #[error("there is no folder {}", .0.display())]
    NoParent(PathBuf),
    /// A backup was broken off.
    #[error("{} is left of a backup that was broken off", .0.display())]
    BrokenOff(PathBuf),
    /// The manifest is written last.
    #[error("{} is no whole backup: it has no {MANIFEST}", .0.display())]
    NotWhole(PathBuf),
    /// The manifest is not ours.
    #[error("{} is not what this program writes", .0.display())]
    Unreadable(PathBuf),
    /// The manifest is a later program's.
    #[error("a later version of ticketlens made {} (layout {layout})", path.display())]
    Later {
        /// The manifest.
        path: PathBuf,
        /// Its layout.
        layout: u32,
    },
    /// A part is missing in part.
    #[error("{} is cut off: it has {is} of {was} bytes", path.display())]
    CutOff {
        /// The part.
        path: PathBuf,
        /// Bytes it has.
        is: u64,
        /// Bytes it had.
        was: u64,
    },
    /// A part is another one.
    #[error("{} is not what was backed up: its hash differs", .0.display())]
    Changed(PathBuf),
    /// The system refused.
    #[error("{}: {source}", path.display())]
    File {
        /// What could not be read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::File { path: path.clone(), source }
}

/// `backup.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When it was begun, as RFC 3339: what was acknowledged before is in it.
    pub made_at: String,
    /// Tickets there were then.
    pub tickets: u64,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    name: String,
    bytes: u64,
    sha256: String,
}

#[derive(Deserialize)]
struct Layout {
    format: u32,
}

/// A folder in the making: `<backup>.partial`, until it is whole. Dropped before, it is removed.
#[derive(Debug)]
pub struct Partial {
    folder: PathBuf,
    whole: PathBuf,
}

impl Partial {
    /// Makes the folder, beside what it will be.
    pub fn new(whole: &Path) -> Result<Self, FolderError> {
        if whole.exists() {
            return Err(FolderError::Exists(whole.to_owned()));
        }
        let parent = whole.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
            return Err(FolderError::NoParent(parent.to_owned()));
        }
        let folder = beside(whole, "partial");
        private_folder(&folder).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => FolderError::BrokenOff(folder.clone()),
            _ => at(&folder)(error),
        })?;
        Ok(Self { folder, whole: whole.to_owned() })
    }

    /// Where the database's part belongs.
    pub fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// The folder, for what else belongs in it.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Writes the manifest over the parts, has everything reach the disk, and gives the folder its
    /// name. Returns the bytes of the parts.
    pub fn seal(self, made_at: String, tickets: u64) -> Result<u64, FolderError> {
        let parts: Result<Vec<_>, _> =
            [DATABASE, INSTANCE].into_iter().map(|name| self.part(name)).collect();
        let parts = parts?;
        let bytes = parts.iter().map(|part| part.bytes).sum();
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let manifest = Manifest { format: FORMAT, program, made_at, tickets, parts };
        let path = self.folder.join(MANIFEST);
        let text = serde_json::to_vec_pretty(&manifest).map_err(|e| at(&path)(e.into()))?;
        let written = || -> io::Result<()> {
            let mut file = private_file(&path)?;
            file.write_all(&text)?;
            file.sync_all()?;
            File::open(&self.folder)?.sync_all()
        };
        written().map_err(at(&path))?;
        fs::rename(&self.folder, &self.whole).map_err(at(&self.whole))?;
        let parent = self.whole.parent().filter(|parent| !parent.as_os_str().is_empty());
        // The name is there already; it only might not outlive a power cut.
        let _ = File::open(parent.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
        Ok(bytes)
    }

    fn part(&self, name: &str) -> Result<Part, FolderError> {
        let path = self.folder.join(name);
        let file = File::open(&path).map_err(at(&path))?;
        file.sync_all().map_err(at(&path))?;
        let (bytes, sha256) = hash(file).map_err(at(&path))?;
        Ok(Part { name: name.to_owned(), bytes, sha256 })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Renamed by now, or of no use.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reads a backup's manifest and checks every part against it.
pub fn verified(backup: &Path) -> Result<Manifest, FolderError> {
    let path = backup.join(MANIFEST);
    let text = fs::read(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FolderError::NotWhole(backup.to_owned()),
        _ => at(&path)(error),
    })?;
    let unreadable = |_| FolderError::Unreadable(path.clone());
    let Layout { format } = serde_json::from_slice(&text).map_err(unreadable)?;
    if format > FORMAT {
        return Err(FolderError::Later { path, layout: format });
    }
    let manifest: Manifest = serde_json::from_slice(&text).map_err(unreadable)?;
    for name in [DATABASE, INSTANCE] {
        let part = manifest.parts.iter().find(|part| part.name == name);
        check(&backup.join(name), part.ok_or_else(|| FolderError::Unreadable(path.clone()))?)?;
    }
    Ok(manifest)
}

fn check(path: &Path, part: &Part) -> Result<(), FolderError> {
    let file = File::open(path).map_err(at(path))?;
    let is = file.metadata().map_err(at(path))?.len();
    if is < part.bytes {
        return Err(FolderError::CutOff { path: path.to_owned(), is, was: part.bytes });
    }
    let (_, sha256) = hash(file).map_err(at(path))?;
    if sha256 == part.sha256 { Ok(()) } else { Err(FolderError::Changed(path.to_owned())) }
}

fn hash(mut file: File) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let (mut chunk, mut bytes) = (vec![0; CHUNK], 0);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok((bytes, HEXLOWER.encode(&hasher.finalize()))),
            read => {
                hasher.update(&chunk[..read]);
                bytes += read as u64;
            }
        }
    }
}

/// `<path>.<ending>`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}

/// A new folder, for its owner alone, with what it lies in.
pub fn private_folder(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Moves a file, also onto another disk.
pub fn moved(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            fs::copy(from, to)?;
            fs::remove_file(from)
        }
        moved => moved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("monday");
        let partial = Partial::new(&whole).unwrap();
        assert!(matches!(Partial::new(&whole), Err(FolderError::BrokenOff(_))));
        fs::write(partial.database(), vec![7; 3 * CHUNK + 5]).unwrap();
        fs::write(partial.path().join(INSTANCE), "{}").unwrap();
        assert!(!whole.exists());
        let bytes = partial.seal("2026-11-29T00:00:00Z".to_owned(), 9).unwrap();
        assert_eq!(bytes, 3 * CHUNK as u64 + 7);
        (folder, whole)
    }

    #[test]
    fn a_backup_is_whole_or_not_there() {
        let (folder, whole) = backup();
        assert_eq!(verified(&whole).unwrap().tickets, 9);
        assert!(matches!(Partial::new(&whole), Err(FolderError::Exists(_))));
        let nowhere = folder.path().join("not/there/tuesday");
        assert!(matches!(Partial::new(&nowhere), Err(FolderError::NoParent(_))));
        let other = folder.path().join("tuesday");
        drop(Partial::new(&other).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of it");
    }

    #[test]
    fn what_is_cut_off_or_changed_is_told() {
        let (_folder, whole) = backup();
        let database = whole.join(DATABASE);
        let mut bytes = fs::read(&database).unwrap();
        bytes[CHUNK] ^= 1;
        fs::write(&database, &bytes).unwrap();
        assert!(matches!(verified(&whole), Err(FolderError::Changed(_))));
        fs::write(&database, &bytes[..CHUNK]).unwrap();
        let cut = verified(&whole).unwrap_err();
        assert!(matches!(cut, FolderError::CutOff { is: 1_048_576, was: 3_145_733, .. }), "{cut}");
        fs::write(whole.join(MANIFEST), "{\"format\": 2}").unwrap();
        assert!(matches!(verified(&whole), Err(FolderError::Later { layout: 2, .. })));
        fs::remove_file(whole.join(MANIFEST)).unwrap();
        assert!(matches!(verified(&whole), Err(FolderError::NotWhole(_))));
    }
}
