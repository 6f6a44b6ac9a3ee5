//! `CreateBackup` and `GetBackup`: ClickHouse's own backups, begun and watched through the receiver.

use ticketlens_api::v1;
use ticketlens_store::{
    Act, AuditEntry, BackupError, BackupId, BackupPlace, BackupState, BegunAct, Outcome, Store,
};
use tonic::Status;

use super::{
    admin::Admin,
    audit::not_begun,
    scope::{Caller, invalid, store_failed},
};
use crate::auth::KeySource;

fn backup_failed(error: BackupError) -> Status {
    match (&error, error.advice()) {
        (BackupError::Unknown, _) => Status::not_found(error.to_string()),
        (_, Some(advice)) => Status::failed_precondition(says(&error, advice)),
        _ => store_failed(&error, error.is_retryable()),
    }
}

/// Code and name of ClickHouse's error, and what to do: neither holds data.
fn says(error: &BackupError, advice: &str) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}; {advice}", cause.unwrap_or_default())
}

async fn ended(store: &Store, begun: BegunAct, outcome: Outcome) {
    if let Err(error) = begun.ended(store, outcome).await {
        tracing::error!(
            name: "audit.end_not_written", %error, "the audit tells of a backup as begun"
        );
    }
}

impl<S: KeySource> Admin<S> {
    /// Begins a backup.
    pub(super) async fn begin_backup(
        &self,
        caller: Caller,
        request: v1::CreateBackupRequest,
    ) -> Result<v1::CreateBackupResponse, Status> {
        let place = BackupPlace::new(&request.disk, &request.name);
        let place = place.map_err(|error| invalid("disk, name", format!("each {error}")))?;
        let entry = AuditEntry::new(Act::BackupCreate, caller.actor());
        let entry = entry.changing("disk", request.disk).changing("name", request.name);
        let begun = self.store.begin_act(entry).await.map_err(not_begun)?;
        let id = match self.store.start_backup(&place).await {
            Ok(id) => id,
            Err(error) => {
                ended(&self.store, begun, Outcome::Failed { reason: "refused" }).await;
                return Err(backup_failed(error));
            }
        };
        self.backups.note(id.to_string(), begun);
        Ok(v1::CreateBackupResponse { id: id.to_string() })
    }

    /// How far a backup is.
    pub(super) async fn backup_state(
        &self,
        request: v1::GetBackupRequest,
    ) -> Result<v1::GetBackupResponse, Status> {
        let id: BackupId = request.id.parse().map_err(|error| invalid("id", error))?;
        let state = self.store.backup_state(&id).await.map_err(backup_failed)?;
        let outcome = match &state {
            BackupState::Running => None,
            BackupState::Done { .. } => Some(Outcome::Done { affected: 1 }),
            BackupState::Failed(_) => Some(Outcome::Failed { reason: "refused" }),
        };
        if let Some(outcome) = outcome
            && let Some(begun) = self.backups.taken(&request.id)
        {
            ended(&self.store, begun, outcome).await;
        }
        let (state, bytes, error) = match state {
            BackupState::Running => ("RUNNING", 0, String::new()),
            BackupState::Done { bytes } => ("DONE", bytes, String::new()),
            BackupState::Failed(error) => {
                ("FAILED", 0, says(&error, error.advice().unwrap_or("see ClickHouse's own log")))
            }
        };
        Ok(v1::GetBackupResponse { state: state.to_owned(), bytes, error })
    }
}
