//! The `dev` instance of a folder: its ports and keys, in a file only its owner can read.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::exit::{self, Exit, Failure};

/// Where `dev` keeps its data unless told otherwise.
pub const DATA_DIR: &str = ".ticketlens";

/// What a command needs to find the `dev` of this folder: nothing in the usual place.
pub fn data_flag(data: &Path) -> String {
    if data == Path::new(DATA_DIR) { String::new() } else { format!(" --data {}", data.display()) }
}

/// What `dev` writes to `DATA/dev.json` and the other commands read. Never printed whole.
#[derive(Clone, Serialize, Deserialize)]
pub struct Instance {
    /// Layout of this file.
    pub version: u32,
    /// Present while it runs.
    pub running: Option<Running>,
    /// The tenant made at first start.
    pub tenant: String,
    /// Writes that tenant's tickets.
    pub ingest_key: String,
    /// Reads them.
    pub read_key: String,
    /// Sees and does everything.
    pub admin_key: String,
    /// What customers are hashed with here, the same over restarts: one customer, one hash.
    pub hash_key: String,
    /// Where its ClickHouse was last: a Grafana finds it there again.
    #[serde(default)]
    pub clickhouse_port: Option<u16>,
    /// Who may read in the database, for panels: the provider and every tenant.
    #[serde(default)]
    pub readers: Vec<ReaderLogin>,
}

/// A login to the database of a `dev`. Its name is also its database's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderLogin {
    /// Whose rows it sees; everyone's without.
    pub tenant: Option<String>,
    /// Login name.
    pub user: String,
    /// Password.
    pub password: String,
}

/// The one thing that every layout of the file has.
#[derive(Deserialize)]
struct Layout {
    version: u64,
}

/// Where a running instance listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// OTLP/gRPC and the query API.
    pub grpc_endpoint: String,
    /// OTLP/HTTP.
    pub http_endpoint: String,
    /// The embedded ClickHouse, for those who want to look.
    pub clickhouse_url: String,
}

/// Version of the layout.
pub const VERSION: u32 = 1;

impl Instance {
    /// The file in a data folder.
    pub fn path(data: &Path) -> PathBuf {
        data.join("dev.json")
    }

    /// Reads the file; `None` when there is none. Who no longer holds the folder does not run,
    /// whatever the file says: it was killed, and its ports may be another's by now.
    pub fn read(data: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(Self::path(data)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let refused = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        // What serde says would quote what stands there: keys.
        let not_ours = |_| refused("it is not what dev wrote".to_owned());
        let Layout { version } = serde_json::from_str(&text).map_err(not_ours)?;
        if version > u64::from(VERSION) {
            return Err(refused(format!(
                "a later version of ticketlens wrote it (layout {version}, this one knows \
                 {VERSION}); use that version, or another folder"
            )));
        }
        let mut instance: Self = serde_json::from_str(&text).map_err(not_ours)?;
        if instance.running.is_some() && !Folder::is_taken(data)? {
            instance.running = None;
        }
        Ok(Some(instance))
    }

    /// Reads it for a command. A file that can't be read is a configuration that can't be.
    pub fn find(data: &Path) -> exit::Result<Option<Self>> {
        Self::read(data).map_err(|error| unusable(data, &error))
    }

    /// Replaces the file in one step, readable by its owner only.
    pub fn write(&self, data: &Path) -> io::Result<()> {
        let path = Self::path(data);
        let new = path.with_extension("json.new");
        // What a write that was broken off has left may be open to others, and stay so.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(new, path)
    }
}

/// Why it can't be used, and what helps.
fn unusable(data: &Path, error: &io::Error) -> Failure {
    let what = format!("{} can't be used: {error}", Instance::path(data).display());
    // What is whole must not be moved away: its keys are in use.
    let next = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "it is only for the user who started that `ticketlens dev`: run this as the user who \
                     started it, or name another folder with --data"
        }
        _ => {
            "name another folder with --data, or move this file away and start `ticketlens dev` \
                     again: the tickets are kept, every sender needs the new keys it makes, and with its \
                     new hash key a customer has another hash than in the tickets before"
        }
    };
    Failure::new(Exit::Usage, what).next(next)
}

/// Looks at a folder before it counts as taken.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A data folder taken by this process for as long as it lives: the kernel lets go of it even
/// when the process is killed.
#[derive(Debug)]
pub struct Folder {
    _lock: File,
}

/// The folder can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another `dev` runs on it.
    #[error("a ticketlens dev already runs on this folder")]
    Taken,
    /// It can't be made or written.
    #[error("the folder can't be used")]
    Unusable(#[from] io::Error),
}

impl Folder {
    /// Makes the folder where there is none, and takes it.
    pub fn take(data: &Path) -> Result<Self, FolderError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(data)?;
        let path = Self::lock_path(data);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        for look in 1..=LOOKS {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _lock: lock }),
                // Somebody may just be asking whether it is taken.
                Err(TryLockError::WouldBlock) if look < LOOKS => thread::sleep(BETWEEN_LOOKS),
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Err(FolderError::Taken)
    }

    /// Whether somebody has taken the folder.
    fn is_taken(data: &Path) -> io::Result<bool> {
        let lock = match File::open(Self::lock_path(data)) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        // Let go of at once: with the file.
        match lock.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn lock_path(data: &Path) -> PathBuf {
        data.join("dev.lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> Instance {
        Instance {
            version: VERSION,
            running: None,
            tenant: "demo".into(),
            ingest_key: "i".into(),
            read_key: "r".into(),
            admin_key: "a".into(),
            hash_key: "h".into(),
            clickhouse_port: None,
            readers: Vec::new(),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let data = tempfile::tempdir().unwrap();
        assert!(Instance::read(data.path()).unwrap().is_none());
        instance().write(data.path()).unwrap();
        instance().write(data.path()).unwrap();
        let read = Instance::read(data.path()).unwrap().unwrap();
        assert_eq!(read.ingest_key, "i");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(Instance::path(data.path())).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn who_is_gone_does_not_run_whatever_the_file_says() {
        let data = tempfile::tempdir().unwrap();
        let running = Running {
            pid: 1,
            grpc_endpoint: "http://127.0.0.1:9".into(),
            http_endpoint: "http://127.0.0.1:8".into(),
            clickhouse_url: "http://127.0.0.1:7".into(),
        };
        let is_running = || Instance::read(data.path()).unwrap().unwrap().running.is_some();
        Instance { running: Some(running), ..instance() }.write(data.path()).unwrap();
        assert!(!is_running(), "nobody ever took the folder");
        let folder = Folder::take(data.path()).unwrap();
        assert!(is_running() && is_running());
        drop(folder);
        assert!(!is_running());
        // Asking has left the folder free.
        Folder::take(data.path()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_a_broken_off_write_left_does_not_lend_its_mode_to_keys() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let data = tempfile::tempdir().unwrap();
        let left = data.path().join("dev.json.new");
        let mode = || {
            let path = Instance::path(data.path());
            fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
        };
        fs::write(&left, "half of it").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
        instance().write(data.path()).unwrap();
        assert_eq!(mode(), 0o600);
        // Nor is anything written through a link.
        let elsewhere = data.path().join("elsewhere");
        fs::write(&elsewhere, "another's").unwrap();
        symlink(&elsewhere, &left).unwrap();
        instance().write(data.path()).unwrap();
        assert_eq!(mode(), 0o600);
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "another's");
    }

    #[test]
    fn a_broken_file_is_not_quoted() {
        let data = tempfile::tempdir().unwrap();
        fs::write(Instance::path(data.path()), "{\"admin_key\": 17secret").unwrap();
        let error = Instance::read(data.path()).err().unwrap();
        assert!(!error.to_string().contains("secret"));
    }

    #[test]
    fn a_file_of_another_user_is_not_to_be_moved_away() {
        let advice =
            |error: io::Error| unusable(Path::new("d"), &error).advice().unwrap().to_owned();
        let denied = advice(io::ErrorKind::PermissionDenied.into());
        assert!(
            denied.contains("as the user who started it") && !denied.contains("away"),
            "{denied}"
        );
        let broken = advice(io::ErrorKind::InvalidData.into());
        assert!(broken.contains("new hash key") && broken.contains("every sender"), "{broken}");
    }

    #[test]
    fn what_a_later_version_wrote_is_refused_and_stays() {
        let data = tempfile::tempdir().unwrap();
        let later = r#"{"version": 2, "keys": {"admin": "17secret"}}"#;
        fs::write(Instance::path(data.path()), later).unwrap();
        let error = Instance::read(data.path()).err().unwrap().to_string();
        assert!(error.contains("a later version of ticketlens wrote it (layout 2"), "{error}");
        assert!(!error.contains("secret"));
        assert_eq!(fs::read_to_string(Instance::path(data.path())).unwrap(), later);
    }

    #[test]
    fn a_folder_is_taken_once_at_a_time() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::take(&data.path().join("new")).unwrap();
        let again = Folder::take(&data.path().join("new"));
        assert!(matches!(again, Err(FolderError::Taken)));
        drop(folder);
        Folder::take(&data.path().join("new")).unwrap();
    }
}
