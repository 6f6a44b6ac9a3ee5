//! Waiting for the database to have made or read a backup, through a receiver or on its own.

use std::time::Duration;

use ticketlens_api::{CreateBackupRequest, GetBackupRequest};
use ticketlens_show as show;
use ticketlens_store::{BackupError, BackupId, BackupPlace, BackupState, Store};
use tonic::Code;

use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result, chain},
    terminal::{note, spinner},
};

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(200);

/// Looks in a row that nobody answers, a minute's: whoever restarts takes less.
const UNANSWERED: u32 = 300;

/// Has a receiver's ClickHouse make a backup on a disk of its own; returns its bytes.
pub async fn on_disk(admin: &mut Admin, disk: &str, name: &str) -> Result<u64> {
    let request = CreateBackupRequest { disk: disk.to_owned(), name: name.to_owned() };
    let begun = admin.create_backup(request).await;
    let id = begun.map_err(|s| refused(&s))?.into_inner().id;
    let working = spinner();
    working.set_message("backing up");
    let mut unanswered = 0;
    loop {
        let state = admin.get_backup(GetBackupRequest { id: id.clone() }).await;
        let state = match state {
            // It goes on in the database.
            Err(status) if status.code() == Code::Unavailable && unanswered < UNANSWERED => {
                unanswered += 1;
                tokio::time::sleep(LOOK).await;
                continue;
            }
            state => state.map_err(|s| refused(&s))?.into_inner(),
        };
        unanswered = 0;
        match state.state.as_str() {
            "DONE" => {
                working.finish_and_clear();
                return Ok(state.bytes);
            }
            "FAILED" => {
                working.finish_and_clear();
                let what = format!("there is no backup: {}", state.error);
                return Err(Failure::new(Exit::Failed, what));
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Waits for what was begun; returns its bytes.
pub async fn over(
    store: &Store,
    begun: Result<BackupId, BackupError>,
    doing: &'static str,
) -> Result<u64> {
    let id = begun.map_err(|error| failed(&error))?;
    let working = spinner();
    working.set_message(doing);
    let mut unanswered = 0;
    let ended = loop {
        match store.backup_state(&id).await {
            Ok(BackupState::Running) => {
                unanswered = 0;
                tokio::time::sleep(LOOK).await;
            }
            Ok(BackupState::Done { bytes }) => break Ok(bytes),
            Ok(BackupState::Failed(error)) => break Err(failed(&error)),
            Err(error) if error.is_retryable() && unanswered < UNANSWERED => {
                unanswered += 1;
                tokio::time::sleep(LOOK).await;
            }
            Err(error) => break Err(failed(&error)),
        }
    };
    working.finish_and_clear();
    ended
}

/// A backup at a place of the embedded engine's; returns its bytes.
pub async fn made(store: &Store, place: &BackupPlace) -> Result<u64> {
    over(store, store.start_backup(place).await, "backing up").await
}

/// A restore from a place; returns its bytes.
pub async fn restored(store: &Store, place: &BackupPlace) -> Result<u64> {
    over(store, store.start_restore(place).await, "restoring").await
}

fn failed(error: &BackupError) -> Failure {
    let exit = if error.is_retryable() { Exit::Unreachable } else { Exit::Failed };
    let failure = Failure::new(exit, chain(error));
    match (error, error.advice()) {
        (_, Some(advice)) => failure.next(advice),
        (BackupError::NotEmpty { views, tables }, _) => failure.next(format!(
            "restore into a ClickHouse without them; to replace what is there, first stop the \
             receivers, and then:\nDROP DATABASE {views}; DROP DATABASE {tables}"
        )),
        _ => failure,
    }
}

/// What a restore means for what happened since, said where nobody misses it.
pub fn note_since(made_at: &str, tickets_seen: u64) {
    note(&format!(
        "\
What happened after {made_at} is not in it:
  - tickets that were erased or purged since are back: erase them again, `ticketlens tickets erase`
  - keys that were revoked and tenants that were removed since are back: `ticketlens key list`
  - tickets that were received since are not there, nor are tenants and keys that were made since
  - settings of tenants that were changed since are as they were: `ticketlens tenant list`
What is past its retention by now is not shown ({} tickets are), and leaves the disk soon.",
        show::count(tickets_seen)
    ));
}
