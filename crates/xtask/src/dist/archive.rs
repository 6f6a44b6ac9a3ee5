//! Archives that come out the same, byte for byte, from the same files: sorted, one time, no owner.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// A file to pack: its path in the archive, where it lies, whether it is run.
pub struct Entry {
    name: String,
    file: PathBuf,
    is_program: bool,
}

impl Entry {
    pub fn new(name: impl Into<String>, file: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), file: file.into(), is_program: false }
    }

    pub fn program(name: impl Into<String>, file: impl Into<PathBuf>) -> Self {
        Self { is_program: true, ..Self::new(name, file) }
    }
}

/// Packs the files below one folder, which has the archive's name without `.tar.gz`.
///
/// `time` is that of every file, in seconds since 1970.
pub fn pack(archive: &Path, mut entries: Vec<Entry>, time: u64) -> Result<()> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = name.strip_suffix(".tar.gz").context("an archive is named .tar.gz")?;
    let file = File::create(archive).with_context(|| format!("making {}", archive.display()))?;
    let gzip = GzBuilder::new().mtime(0).write(BufWriter::new(file), Compression::default());
    let mut tar = Builder::new(gzip);
    for entry in entries {
        append(&mut tar, &format!("{folder}/{}", entry.name), &entry, time)
            .with_context(|| format!("packing {}", entry.file.display()))?;
    }
    let written = tar.into_inner().and_then(|gzip| gzip.finish()).and_then(|mut out| out.flush());
    written.with_context(|| format!("writing {}", archive.display()))
}

fn append(tar: &mut Builder<impl Write>, name: &str, entry: &Entry, time: u64) -> io::Result<()> {
    let file = File::open(&entry.file)?;
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_size(file.metadata()?.len());
    header.set_mode(if entry.is_program { 0o755 } else { 0o644 });
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(&mut header, name, file)
}

/// Every file that lies in a folder itself, to be packed below `name`.
pub fn all_of(folder: &Path, name: &str) -> Result<Vec<Entry>> {
    let files = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut entries = Vec::new();
    for file in files {
        let file = file?;
        if file.path().is_file() {
            let name = format!("{name}/{}", file.file_name().to_string_lossy());
            entries.push(Entry::new(name, file.path()));
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_make_the_same_archive_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (a, b) = (write("a", "first"), write("b", "second"));
        let packed = |name: &str, backwards: bool| {
            let mut entries = vec![Entry::new("share/a", &a), Entry::program("bin/b", &b)];
            if backwards {
                entries.reverse();
            }
            fs::create_dir_all(folder.path().join(name)).unwrap();
            let archive = folder.path().join(name).join("x-1.tar.gz");
            pack(&archive, entries, 1_700_000_000).unwrap();
            fs::read(archive).unwrap()
        };
        let one = packed("one", false);
        // Written again, so that the file's own time is another.
        write("a", "first");
        assert_eq!(one, packed("two", true));

        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(one.as_slice()));
        let seen: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                let path = entry.path().unwrap().display().to_string();
                (path, header.mode().unwrap(), header.mtime().unwrap(), header.uid().unwrap())
            })
            .collect();
        let expected = [("x-1/bin/b", 0o755), ("x-1/share/a", 0o644)];
        let expected = expected.map(|(name, mode)| (name.to_owned(), mode, 1_700_000_000, 0));
        assert_eq!(seen, expected);
    }
}
