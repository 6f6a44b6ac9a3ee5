//! The data folder as the child process prepares it: locked, configured, and with the two files the engine
//! needs to find there.
//!
//! ```text
//! <data>/engine.lock          held by the living engine, names its pid
//! <data>/engine.log[.1]       the engine's own messages, bounded
//! <data>/config/config.xml    written anew at every start
//! <data>/config/users.xml     written anew at every start; password digests, mode 0600
//! <data>/clickhouse/          the database
//! <data>/backups/             backups, where any were made
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::protocol::{Order, Refusal};

/// How often a folder that is in use is tried again.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// A prepared folder. The lock goes with this value, or with the process, however it dies.
pub(crate) struct Folder {
    pub(crate) lock: File,
    /// The engine's `--path`.
    pub(crate) database: PathBuf,
    pub(crate) config_file: PathBuf,
}

impl Folder {
    /// Takes the lock, and only then touches anything else.
    pub(crate) fn prepare(order: &Order) -> Result<Self, Refusal> {
        let root = &order.data_dir;
        private_dir(root)?;
        let lock = lock(&root.join("engine.lock"), Duration::from_millis(order.lock_wait_ms))?;
        let database = root.join("clickhouse");
        let config = root.join("config");
        private_dir(&config)?;
        private_dir(&database)?;
        let config_file = config.join("config.xml");
        private_file(&config_file, &order.config_xml)?;
        private_file(&config.join("users.xml"), &order.users_xml)?;
        Ok(Self { lock, database, config_file })
    }

    /// What only the library needs, because `clickhouse local` differs from a server.
    pub(crate) fn prepare_for_library(&self) -> Result<(), Refusal> {
        self.declare_system_database()?;
        self.shadow_file_function()
    }

    /// Without this file the engine keeps the database `system` in memory only, and a configured system log
    /// fails from the second start on, with `SYSTEM FLUSH LOGS` hanging.
    fn declare_system_database(&self) -> Result<(), Refusal> {
        let path = self.database.join("metadata").join("system.sql");
        if path.exists() {
            return Ok(());
        }
        private_dir(&self.database.join("metadata"))?;
        let uuid = random_uuid().map_err(|error| folder(&path, &error.to_string()))?;
        private_file(&path, &format!("ATTACH DATABASE _ UUID '{uuid}'\nENGINE = Atomic\n"))
    }

    /// As `clickhouse local` sees it, the scalar function `file('/any/path')` reads any file and needs no
    /// grant. A function of that name can't be created with SQL, but one found on disk is loaded, and it
    /// wins over the built-in. Written at every start, so that nothing can have replaced it.
    fn shadow_file_function(&self) -> Result<(), Refusal> {
        let functions = self.database.join("user_defined");
        private_dir(&functions)?;
        private_file(
            &functions.join("function_file.sql"),
            "CREATE FUNCTION file AS (x) -> throwIf(1, 'file() is disabled')\n",
        )
    }
}

fn lock(path: &Path, wait: Duration) -> Result<File, Refusal> {
    let failed = |error: io::Error| folder(path, &error.to_string());
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let deadline = Instant::now() + wait;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(LOCK_POLL),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // A holder that has not written its pid yet is still a holder.
                let _ = file.read_to_string(&mut holder);
                return Err(Refusal::InUse { pid: holder.trim().parse().ok() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    let pid = std::process::id();
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{pid}"))
        .map_err(failed)?;
    Ok(file)
}

/// Makes the folder, and its parents, readable by its owner alone; one that exists is left as it is.
fn private_dir(path: &Path) -> Result<(), Refusal> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| folder(path, &error.to_string()))
}

/// Replaces the file in one step, readable by its owner alone.
fn private_file(path: &Path, content: &str) -> Result<(), Refusal> {
    let beside = path.with_extension("new");
    let write = || -> io::Result<()> {
        // A leftover of a killed start keeps its mode otherwise.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(content.as_bytes())?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| folder(path, &error.to_string()))
}

fn folder(path: &Path, message: &str) -> Refusal {
    Refusal::Folder { path: path.to_owned(), message: message.to_owned() }
}

/// A random UUID (version 4); a system without randomness is an error, not a panic.
fn random_uuid() -> Result<Uuid, getrandom::Error> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn order(data_dir: &Path) -> Order {
        Order {
            protocol: crate::protocol::PROTOCOL,
            source: crate::source::Source::Library("/nowhere/libchdb.so".into()),
            data_dir: data_dir.to_owned(),
            http_port: 0,
            native_port: 0,
            config_xml: "<clickhouse/>".into(),
            users_xml: "<clickhouse/>".into(),
            lock_wait_ms: 0,
        }
    }

    #[test]
    fn a_locked_folder_names_its_holder_and_stays_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let held = Folder::prepare(&order(dir.path())).unwrap();
        let mut second = order(dir.path());
        second.users_xml = "<overwritten/>".into();
        assert_eq!(
            Folder::prepare(&second).err(),
            Some(Refusal::InUse { pid: Some(std::process::id()) })
        );
        let users = fs::read_to_string(dir.path().join("config/users.xml")).unwrap();
        assert_eq!(users, "<clickhouse/>");
        drop(held);
        assert!(Folder::prepare(&second).is_ok());
    }

    #[test]
    fn what_holds_digests_is_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let users = dir.path().join("config/users.xml");
        Folder::prepare(&order(dir.path())).unwrap();
        fs::set_permissions(&users, fs::Permissions::from_mode(0o644)).unwrap();
        Folder::prepare(&order(dir.path())).unwrap();
        assert_eq!(fs::metadata(&users).unwrap().permissions().mode() & 0o777, 0o600);
        let config = fs::metadata(dir.path().join("config")).unwrap();
        assert_eq!(config.permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn the_system_database_keeps_its_uuid() {
        let dir = tempfile::tempdir().unwrap();
        let read =
            || fs::read_to_string(dir.path().join("clickhouse/metadata/system.sql")).unwrap();
        Folder::prepare(&order(dir.path())).unwrap().prepare_for_library().unwrap();
        let first = read();
        Folder::prepare(&order(dir.path())).unwrap().prepare_for_library().unwrap();
        assert_eq!(read(), first);
        assert!(first.contains("ENGINE = Atomic"), "{first}");
    }
}
