//! Restoring: a `dev` into a folder that is not there yet, and appears when it is whole; a server's
//! databases where there are none.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ticketlens_engine::Engine;
use ticketlens_store::{Act, Actor, AuditEntry, BackupPlace, Key, Store, TicketFilter, Visibility};
use ticketlens_ticket::Timestamp;
use tokio::task::spawn_blocking;

use super::{
    folder::{DATABASE, FolderError, INSTANCE, Manifest, beside, private_folder, verified},
    make::{failed, taken},
    work,
};
use crate::{
    dev::Database,
    exit::{Exit, Failure, Result, chain},
    instance::Instance,
    interrupt::Interrupt,
};

/// The name of the backup on the engine's own disk, while it is read.
const NAME: &str = "restore.tar";

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Tickets that are shown: those past their time are not.
    pub tickets: u64,
    /// Tenants.
    pub tenants: u64,
    /// Keys that are stored, revoked ones too.
    pub keys: u64,
    /// Of these, those that are neither revoked nor expired.
    pub usable_keys: u64,
    /// When the backup was begun.
    pub made_at: String,
}

/// Restores a backup of a `dev` into a new data folder.
pub async fn restore(backup: &Path, data: &Path) -> Result<Restored> {
    if !is_free(data).map_err(|error| unusable(data, &error))? {
        let what = format!("{} is not empty; a restore makes its folder", data.display());
        return Err(Failure::new(Exit::Usage, what).next(
            "name a folder that is not there yet with --data; to replace this one, stop its dev and \
             move it away",
        ));
    }
    let checked = {
        let backup = backup.to_owned();
        spawn_blocking(move || verified(&backup)).await
    };
    let checked = checked.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    let manifest = checked.map_err(failed)?;
    // One that is there has a name, also where it was given as `.`.
    let data = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    let making = Making::new(&data).map_err(failed)?;
    let mut interrupt = Interrupt::listen()?;
    tokio::select! {
        restored = steps(backup, making, manifest) => restored,
        () = interrupt.asked() => Err(Failure::new(Exit::Interrupted, "nothing was restored")),
    }
}

async fn steps(backup: &Path, making: Making, manifest: Manifest) -> Result<Restored> {
    let data = &making.folder;
    let folder = taken(data)?;
    let disk = Engine::backups(&data.join("clickhouse"));
    let copied = {
        let (from, to) = (backup.join(DATABASE), disk.join(NAME));
        spawn_blocking(move || fs::create_dir_all(&disk).and_then(|()| lent(&from, &to))).await
    };
    let copied = copied.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    copied.map_err(|error| unusable(data, &error))?;
    let database = Database::start(data, Some(0), &[]).await?;
    let restored = async {
        let place = BackupPlace::new(Engine::BACKUP_DISK, NAME);
        let place = place.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        from_place(&database.store()?, &place, manifest.made_at).await
    };
    let restored = restored.await;
    let stopped = database.stop().await;
    let restored = restored?;
    stopped?;
    let instance = Instance::read(backup);
    let kept = instance.and_then(|instance| {
        fs::remove_file(Engine::backups(&data.join("clickhouse")).join(NAME))?;
        instance.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?.write(data)
    });
    kept.map_err(|error| unusable(&backup.join(INSTANCE), &error))?;
    drop(folder);
    making.done().map_err(failed)?;
    Ok(restored)
}

/// Restores a backup on a disk of a server's ClickHouse.
pub async fn restore_server(store: &Store, disk: &str, name: &str) -> Result<Restored> {
    let place = BackupPlace::new(disk, name);
    let place =
        place.map_err(|e| Failure::new(Exit::Usage, format!("--disk, or the name: {e}")))?;
    from_place(store, &place, "the backup was begun".to_owned()).await
}

/// Restores, brings the tables up to date, and counts.
async fn from_place(store: &Store, place: &BackupPlace, made_at: String) -> Result<Restored> {
    work::restored(store, place).await?;
    let failed = |e: &(dyn std::error::Error + 'static)| {
        Failure::new(Exit::Failed, format!("it was restored, and can't be used: {}", chain(e)))
    };
    store.migrate().await.map_err(|e| failed(&e))?;
    let tickets = store.count_tickets(&Visibility::All, &TicketFilter::default()).await;
    let tenants = store.list_tenants().await.map_err(|e| failed(&e))?.len();
    let keys = store.list_keys(None).await.map_err(|e| failed(&e))?;
    let now = Timestamp::now();
    let is_usable =
        |key: &&Key| key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > now);
    let usable_keys = keys.iter().filter(is_usable).count() as u64;
    let tickets = tickets.map_err(|e| failed(&e))?;
    let entry = AuditEntry::new(Act::BackupRestore, Actor::Program { part: "backup restore" });
    let entry = entry.changing("made_at", &made_at);
    store.record_audit(entry, tickets).await.map_err(|e| failed(&e))?;
    let (tenants, keys) = (tenants as u64, keys.len() as u64);
    Ok(Restored { tickets, tenants, keys, usable_keys, made_at })
}

fn is_free(data: &Path) -> io::Result<bool> {
    match fs::read_dir(data) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// For the engine to read: a second name where both are on one disk.
fn lent(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} can't be used: {error}", path.display()))
}

/// A data folder in the making, `<data>.restoring`. Dropped before it is done, it is removed.
struct Making {
    folder: PathBuf,
    whole: PathBuf,
}

impl Making {
    fn new(data: &Path) -> Result<Self, FolderError> {
        let folder = beside(data, "restoring");
        private_folder(&folder).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => FolderError::BrokenOff(folder.clone()),
            _ => FolderError::File { path: folder.clone(), source },
        })?;
        Ok(Self { folder, whole: data.to_owned() })
    }

    fn done(self) -> Result<(), FolderError> {
        let file = |source| FolderError::File { path: self.whole.clone(), source };
        // An empty folder gives way.
        fs::rename(&self.folder, &self.whole).map_err(file)
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        // Renamed by now, or of no use.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
