//! The file of an export until it is whole:
//!
//! ```text
//! <file>.partial   what was exported so far; becomes <file>
//! <file>.cursor    how much of it is whole, and where the export goes on
//! ```
//!
//! The cursor is written after the bytes it speaks of are on the disk. What lies beyond them was torn
//! off, and is cut away before an export goes on: nothing is lost and nothing is there twice.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use prost::Message;
use serde::{Deserialize, Serialize};
use ticketlens_api::TicketFilter;

use super::Format;

/// The layout of the cursor's file.
const LAYOUT: u32 = 1;

/// Why an export could not begin, go on or end.
#[derive(Debug, thiserror::Error)]
pub enum PartialError {
    /// Nothing is overwritten.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// An export was broken off.
    #[error("{} is left of an export that was broken off", .0.display())]
    BrokenOff(PathBuf),
    /// There is no such export.
    #[error("there is nothing to go on with: {} is missing", .0.display())]
    Nothing(PathBuf),
    /// The cursor's file is not ours.
    #[error("{} is not what an export of this version writes", .0.display())]
    Unreadable(PathBuf),
    /// What was whole is no longer there.
    #[error("{} is shorter than it was: it has {is} of {was} bytes", path.display())]
    CutOff {
        /// The file.
        path: PathBuf,
        /// Bytes it has.
        is: u64,
        /// Bytes it had.
        was: u64,
    },
    /// Another process writes it.
    #[error("another export writes {}", .0.display())]
    InUse(PathBuf),
    /// The disk.
    #[error("{} can't be written ({error})", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// How far an export is, and what it is of.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Going {
    layout: u32,
    /// As what it is written.
    pub format: Format,
    /// The filter's message, in hex.
    filter: String,
    /// Where the next page begins.
    pub cursor: String,
    /// Bytes that are whole.
    pub bytes: u64,
    /// Tickets in them.
    pub tickets: u64,
}

impl Going {
    /// An export that begins here.
    pub fn new(format: Format, filter: &TicketFilter, cursor: String) -> Self {
        let filter = HEXLOWER.encode(&filter.encode_to_vec());
        Self { layout: LAYOUT, format, filter, cursor, bytes: 0, tickets: 0 }
    }

    /// Which tickets it is of.
    pub fn filter(&self) -> Option<TicketFilter> {
        let bytes = HEXLOWER.decode(self.filter.as_bytes()).ok()?;
        TicketFilter::decode(bytes.as_slice()).ok()
    }

    fn read(path: &Path) -> Result<Self, PartialError> {
        let text = fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PartialError::Nothing(path.to_owned()),
            _ => PartialError::Io { path: path.to_owned(), error },
        })?;
        let going: Option<Self> = serde_json::from_slice(&text).ok();
        let going = going.filter(|going| going.layout == LAYOUT && going.filter().is_some());
        going.ok_or_else(|| PartialError::Unreadable(path.to_owned()))
    }
}

/// An export's file while it is written. Nobody else writes it meanwhile.
#[derive(Debug)]
pub struct Partial {
    place: PathBuf,
    file: File,
    /// How far it is.
    pub going: Going,
}

impl Partial {
    /// Begins the export of a file, which must not be there.
    pub fn begin(place: &Path, going: Going) -> Result<Self, PartialError> {
        expect_none(place)?;
        let path = beside(place, "partial");
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => PartialError::BrokenOff(path.clone()),
            _ => PartialError::Io { path: path.clone(), error },
        })?;
        lock(&file, &path)?;
        let partial = Self { place: place.to_owned(), file, going };
        partial.save()?;
        Ok(partial)
    }

    /// Goes on with an export that was broken off, behind what is whole of it.
    pub fn resume(place: &Path) -> Result<Self, PartialError> {
        expect_none(place)?;
        let path = beside(place, "partial");
        let failed = |error| PartialError::Io { path: path.clone(), error };
        let mut file =
            OpenOptions::new().write(true).open(&path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => PartialError::Nothing(path.clone()),
                _ => failed(error),
            })?;
        lock(&file, &path)?;
        // Read under the lock: whoever wrote it has ended.
        let going = Going::read(&beside(place, "cursor"))?;
        let is = file.metadata().map_err(failed)?.len();
        if is < going.bytes {
            return Err(PartialError::CutOff { path, is, was: going.bytes });
        }
        file.set_len(going.bytes).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { place: place.to_owned(), file, going })
    }

    /// Adds a page, and says where the next one begins.
    pub fn append(&mut self, page: &[u8], tickets: u64, cursor: &str) -> Result<(), PartialError> {
        let written = self.file.write_all(page).and_then(|()| self.file.sync_data());
        let path = || beside(&self.place, "partial");
        written.map_err(|error| PartialError::Io { path: path(), error })?;
        self.going.bytes += page.len() as u64;
        self.going.tickets += tickets;
        cursor.clone_into(&mut self.going.cursor);
        self.save()
    }

    /// It is whole: it gets its name.
    pub fn finish(self) -> Result<Going, PartialError> {
        expect_none(&self.place)?;
        let failed = |error| PartialError::Io { path: self.place.clone(), error };
        fs::rename(beside(&self.place, "partial"), &self.place).map_err(failed)?;
        fs::remove_file(beside(&self.place, "cursor")).map_err(failed)?;
        Ok(self.going)
    }

    /// It holds nothing: nothing is left of it.
    pub fn abandon(self) -> Result<(), PartialError> {
        for ending in ["partial", "cursor"] {
            let path = beside(&self.place, ending);
            fs::remove_file(&path).map_err(|error| PartialError::Io { path, error })?;
        }
        Ok(())
    }

    /// Replaced as a whole, or a kill could leave half of it.
    fn save(&self) -> Result<(), PartialError> {
        let path = beside(&self.place, "cursor");
        let next = beside(&self.place, "cursor.next");
        let failed = |error| PartialError::Io { path: path.clone(), error };
        let text = serde_json::to_vec(&self.going).map_err(|error| failed(error.into()))?;
        fs::write(&next, text).and_then(|()| fs::rename(&next, &path)).map_err(failed)
    }
}

fn lock(file: &File, path: &Path) -> Result<(), PartialError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => PartialError::InUse(path.to_owned()),
        TryLockError::Error(error) => PartialError::Io { path: path.to_owned(), error },
    })
}

fn expect_none(place: &Path) -> Result<(), PartialError> {
    match place.symlink_metadata() {
        Ok(_) => Err(PartialError::Exists(place.to_owned())),
        Err(_) => Ok(()),
    }
}

fn beside(place: &Path, ending: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn going() -> Going {
        let filter = TicketFilter { status: "FAILED".to_owned(), ..TicketFilter::default() };
        Going::new(Format::Jsonl, &filter, String::new())
    }

    #[test]
    fn what_was_torn_off_is_cut_away_and_the_rest_is_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("runs.jsonl");
        let mut partial = Partial::begin(&place, going()).unwrap();
        assert!(matches!(Partial::resume(&place), Err(PartialError::InUse(_))));
        partial.append(b"one\n", 1, "after one").unwrap();
        partial.file.write_all(b"tw").unwrap();
        drop(partial);

        assert!(matches!(Partial::begin(&place, going()), Err(PartialError::BrokenOff(_))));
        let mut partial = Partial::resume(&place).unwrap();
        assert_eq!(partial.going.cursor, "after one");
        assert_eq!(partial.going.filter().unwrap().status, "FAILED");
        partial.append(b"two\n", 1, "after two").unwrap();
        assert_eq!(partial.finish().unwrap().tickets, 2);
        assert_eq!(fs::read(&place).unwrap(), b"one\ntwo\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(matches!(Partial::begin(&place, going()), Err(PartialError::Exists(_))));
    }

    #[test]
    fn what_cannot_be_gone_on_with_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("runs.jsonl");
        assert!(matches!(Partial::resume(&place), Err(PartialError::Nothing(_))));
        let mut partial = Partial::begin(&place, going()).unwrap();
        partial.append(b"one\n", 1, "after one").unwrap();
        partial.file.set_len(2).unwrap();
        drop(partial);
        let cut = Partial::resume(&place).unwrap_err();
        assert!(matches!(cut, PartialError::CutOff { is: 2, was: 4, .. }));
        fs::write(beside(&place, "cursor"), "{}").unwrap();
        assert!(matches!(Partial::resume(&place), Err(PartialError::Unreadable(_))));
    }
}
