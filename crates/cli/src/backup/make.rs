//! Making a backup of a `dev`: of one that runs, through its receiver; of one that is stopped, with its
//! engine started for it.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use ticketlens_api::{CountTicketsRequest, TicketFilter};
use ticketlens_engine::Engine;
use ticketlens_store::{BackupPlace, TicketFilter as StoredFilter, Visibility};
use tokio::task::spawn_blocking;

use super::{
    folder::{FolderError, Partial, beside, moved},
    work,
};
use crate::{
    api::{self, Admin, refused},
    dev::Database,
    exit::{Exit, Failure, Result, chain},
    instance::{Folder, FolderError as DataError, Instance},
    interrupt::Interrupt,
    target::Target,
};

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    /// Tickets there were when it was begun.
    pub tickets: u64,
    /// Bytes of its parts.
    pub bytes: u64,
    /// When it was begun.
    pub made_at: String,
}

/// Backs a `dev` up into a new folder. `running` is the receiver of one that runs.
pub async fn make(data: &Path, whole: &Path, running: Option<&Target>) -> Result<Made> {
    let lock = one_at_a_time(data)?;
    let partial = Partial::new(whole).map_err(failed)?;
    let mut interrupt = Interrupt::listen()?;
    let made = tokio::select! {
        made = steps(data, partial, running) => made,
        () = interrupt.asked() => Err(Failure::new(Exit::Interrupted, "there is no backup")
            .next("the database may go on for a while; what it leaves goes with the next backup")),
    };
    drop(lock);
    made
}

async fn steps(data: &Path, partial: Partial, running: Option<&Target>) -> Result<Made> {
    let made_at = Timestamp::now().strftime("%FT%TZ").to_string();
    remove_left(data, running.is_some()).map_err(|error| unusable(data, &error))?;
    let staging = Staging::new(data);
    let tickets = match running {
        Some(target) => through_receiver(target, &staging).await?,
        None => with_engine(data, &staging).await?,
    };
    let data = data.to_owned();
    let sealed = spawn_blocking(move || {
        let database = partial.database();
        let file = |source| FolderError::File { path: database.clone(), source };
        moved(&staging.path(), &database).and_then(|()| private(&database)).map_err(file)?;
        let instance = Instance::read(&data).and_then(|found| {
            let mut instance = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            instance.running = None;
            instance.write(partial.path())
        });
        let path = Instance::path(&data);
        instance.map_err(|source| FolderError::File { path, source })?;
        let bytes = partial.seal(made_at.clone(), tickets)?;
        Ok(Made { tickets, bytes, made_at })
    });
    let sealed = sealed.await.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    sealed.map_err(failed)
}

/// Returns how many tickets there were.
async fn through_receiver(target: &Target, staging: &Staging) -> Result<u64> {
    let channel = target.connect().await?;
    let filter = Some(TicketFilter::default());
    let counted = api::tickets(channel.clone()).count_tickets(CountTicketsRequest { filter }).await;
    let tickets = counted.map_err(|s| refused(&s))?.into_inner().count;
    work::on_disk(&mut Admin::new(channel), Engine::BACKUP_DISK, &staging.name).await?;
    Ok(tickets)
}

/// Returns how many tickets there are.
async fn with_engine(data: &Path, staging: &Staging) -> Result<u64> {
    let _folder = taken(data)?;
    let database = Database::start(data, Some(0), &[]).await?;
    let made = async {
        let store = database.store()?;
        let tickets = store.count_tickets(&Visibility::All, &StoredFilter::default()).await;
        let tickets = tickets.map_err(|e| Failure::new(Exit::Failed, chain(&e)))?;
        work::made(&store, &staging.place()?).await.map(|_| tickets)
    };
    let made = made.await;
    let stopped = database.stop().await;
    let tickets = made?;
    stopped.map(|()| tickets)
}

/// Takes the data folder of a `dev` that does not run.
pub fn taken(data: &Path) -> Result<Folder> {
    Folder::take(data).map_err(|error| match error {
        DataError::Taken => {
            let what =
                format!("a ticketlens dev is just starting or stopping on {}", data.display());
            Failure::new(Exit::Failed, what).next("try again")
        }
        DataError::Unusable(error) => unusable(data, &error),
    })
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} can't be used: {error}", path.display()))
}

pub fn failed(error: FolderError) -> Failure {
    let next = match &error {
        FolderError::Exists(_) => "name a folder that is not there yet",
        FolderError::NoParent(_) => "make it first, or correct the name",
        FolderError::BrokenOff(_) => "remove it, or name another folder",
        FolderError::NotWhole(_)
        | FolderError::Unreadable(_)
        | FolderError::CutOff { .. }
        | FolderError::Changed(_) => "nothing was restored; copy the backup again, or use another",
        FolderError::Later { .. } => "nothing was restored; use that version",
        FolderError::File { .. } => "is there space, and the right to write?",
    };
    let exit = match &error {
        FolderError::Exists(_) | FolderError::NoParent(_) | FolderError::BrokenOff(_) => {
            Exit::Usage
        }
        FolderError::NotWhole(_) => Exit::NotFound,
        _ => Exit::Failed,
    };
    Failure::new(exit, error.to_string()).next(next)
}

/// Two backups of one folder at a time would take each other's leftovers away.
fn one_at_a_time(data: &Path) -> Result<File> {
    let path = data.join("backup.lock");
    let lock = File::options().write(true).create(true).truncate(false).open(&path);
    let lock = lock.map_err(|error| unusable(&path, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let what = format!("another backup of {} is being made", data.display());
            Err(Failure::new(Exit::Failed, what).next("wait for it"))
        }
        Err(TryLockError::Error(error)) => Err(unusable(&path, &error)),
    }
}

/// How the name of a file begins that the engine writes for us. Others on that disk are not ours.
const UNDERWAY: &str = "underway-";

/// Removes what backups that were broken off have left with the engine of a folder; what it may still
/// be writing only if none runs.
pub fn remove_left(data: &Path, is_running: bool) -> io::Result<()> {
    for entry in fs::read_dir(Engine::backups(&data.join("clickhouse"))).into_iter().flatten() {
        let entry = entry?;
        let path = entry.path();
        let is_ours = entry.file_name().as_encoded_bytes().starts_with(UNDERWAY.as_bytes());
        let is_lock = path.extension().is_some_and(|ending| ending == "lock");
        let is_written = is_lock || beside(&path, "lock").exists();
        if is_ours && !(is_running && is_written) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The file that the engine writes, in its own folder. Dropped, it is removed.
struct Staging {
    folder: PathBuf,
    name: String,
}

impl Staging {
    fn new(data: &Path) -> Self {
        let folder = Engine::backups(&data.join("clickhouse"));
        let (now, pid) = (Timestamp::now().as_microsecond(), std::process::id());
        Self { folder, name: format!("{UNDERWAY}{now}-{pid}.tar") }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    fn place(&self) -> Result<BackupPlace> {
        BackupPlace::new(Engine::BACKUP_DISK, &self.name)
            .map_err(|error| Failure::new(Exit::Failed, error.to_string()))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Moved away by now, or of no use.
        let _ = fs::remove_file(self.path());
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn private(_: &Path) -> io::Result<()> {
    Ok(())
}
