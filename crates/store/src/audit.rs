//! The audit: what was done to an installation, told before it is done and after.
//!
//! An act is written down *before* it is done, and is not done where that fails; its outcome is
//! written after. So no act can be done without a trace: where the program or the database dies in
//! between, the act stays *begun*, which says that it may have been done.
//!
//! Nothing here changes or deletes a row, and nothing else may: rows go by their age (400 days).

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use ticketlens_ticket::Timestamp;
use uuid::Uuid;

use crate::{
    Act, Actor, AuditEntry, Fault, Migration, Store, TenantName,
    micros::{from_micros, micros},
};

/// Why an act was not written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Before it was done: so it was not.
    #[error("it was not done, as it cannot be written to the audit")]
    NotBegun(#[source] Fault),
    /// After it was done: the audit tells of it as begun.
    #[error("it was done, and its outcome cannot be written to the audit")]
    NotEnded(#[source] Fault),
}

impl AuditError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotBegun(fault) => fault.is_retryable(),
            // The act would be done twice.
            Self::NotEnded(_) => false,
        }
    }
}

/// How an act ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done {
        /// To how many.
        affected: u64,
    },
    /// It was not done, or not all of it.
    Failed {
        /// Why, in a word of a fixed set.
        reason: &'static str,
    },
}

/// An act that is written down, and to be done now.
#[derive(Clone, Debug)]
#[must_use = "its outcome is still to be written: BegunAct::ended"]
pub struct BegunAct {
    row: AuditRow,
}

#[derive(Clone, Debug, Row, Serialize, Deserialize)]
struct AuditRow {
    /// Microseconds since the epoch, as all times here.
    at: i64,
    id: String,
    written_at: i64,
    outcome: String,
    reason: String,
    actor: String,
    key_id: String,
    origin: String,
    tenant: String,
    tenant_since: i64,
    act: String,
    subject: String,
    changed: Vec<(String, String)>,
    affected: u64,
}

impl AuditRow {
    fn new(entry: AuditEntry, tenant_since: i64) -> Self {
        let now = micros(Timestamp::now());
        let AuditEntry { act, actor, tenant, subject, changed } = entry;
        let (actor, key_id, origin) = match actor {
            Actor::Key { id, origin } => ("key", id.to_string(), origin),
            Actor::Program { part } => ("program", String::new(), part.to_owned()),
        };
        Self {
            at: now,
            id: Uuid::new_v4().to_string(),
            written_at: now,
            outcome: "begun".to_owned(),
            reason: String::new(),
            actor: actor.to_owned(),
            key_id,
            origin,
            tenant: tenant.as_ref().map(TenantName::to_string).unwrap_or_default(),
            tenant_since,
            act: act.to_string(),
            subject,
            changed,
            affected: 0,
        }
    }

    fn ended(&mut self, outcome: &Outcome) {
        // Later than the first row, whatever this machine's clock says.
        self.written_at = micros(Timestamp::now()).max(self.at);
        match outcome {
            Outcome::Done { affected } => {
                "done".clone_into(&mut self.outcome);
                self.affected = *affected;
            }
            Outcome::Failed { reason } => {
                "failed".clone_into(&mut self.outcome);
                (*reason).clone_into(&mut self.reason);
            }
        }
    }
}

impl BegunAct {
    /// When it began.
    pub fn at(&self) -> Timestamp {
        from_micros(self.row.at)
    }

    /// What it was done to, where that is known only now, e.g. the id of a new key.
    pub fn on(mut self, subject: impl std::fmt::Display) -> Self {
        self.row.subject = subject.to_string();
        self
    }

    /// What it changed, where that is known only now.
    pub fn changed(mut self, changes: Vec<(String, String)>) -> Self {
        self.row.changed = changes;
        self
    }

    /// Writes how it ended.
    ///
    /// # Errors
    /// [`AuditError::NotEnded`]: what was done stays done, and is told as begun.
    pub async fn ended(self, store: &Store, outcome: Outcome) -> Result<(), AuditError> {
        let Self { mut row } = self;
        row.ended(&outcome);
        let written = async {
            // Its tenant is there only now.
            if row.act == Act::TenantCreate.as_str() {
                row.tenant_since = store.since_of(&row.tenant).await?;
            }
            store.write("{store}.audit", std::slice::from_ref(&row)).await
        };
        written.await.map_err(AuditError::NotEnded)
    }
}

impl Store {
    /// Writes down that an act begins. Do it only then.
    ///
    /// # Errors
    /// [`AuditError::NotBegun`]: don't do it.
    pub async fn begin_act(&self, entry: AuditEntry) -> Result<BegunAct, AuditError> {
        let begun = async {
            let row = self.row_of(entry).await?;
            self.write("{store}.audit", std::slice::from_ref(&row)).await?;
            Ok(BegunAct { row })
        };
        begun.await.map_err(AuditError::NotBegun)
    }

    /// Writes down an act that was done already: for what can't be held back until the audit answers.
    ///
    /// # Errors
    /// [`AuditError::NotEnded`].
    pub async fn record_audit(&self, entry: AuditEntry, affected: u64) -> Result<(), AuditError> {
        let written = async {
            let mut row = self.row_of(entry).await?;
            row.ended(&Outcome::Done { affected });
            self.write("{store}.audit", &[row]).await
        };
        written.await.map_err(AuditError::NotEnded)
    }

    /// Writes down which migrations were applied: the first of them make the audit.
    ///
    /// # Errors
    /// [`AuditError::NotEnded`].
    pub async fn record_migrations(
        &self,
        part: &'static str,
        applied: &[Migration],
    ) -> Result<(), AuditError> {
        let named = applied.iter().map(|m| format!("{:04} {}", m.number, m.name));
        let named = named.collect::<Vec<_>>().join(", ");
        let entry = AuditEntry::new(Act::StoreMigrate, Actor::Program { part });
        self.record_audit(entry.changing("applied", named), applied.len() as u64).await
    }

    /// Writes down acts that keys asked for and may not do, with how often, in one insert.
    ///
    /// # Errors
    /// When ClickHouse does not take them.
    pub async fn record_denials(&self, denied: Vec<(AuditEntry, u64)>) -> Result<(), Fault> {
        let mut rows = Vec::with_capacity(denied.len());
        for (entry, calls) in denied {
            let mut row = self.row_of(entry).await?;
            "denied".clone_into(&mut row.outcome);
            row.affected = calls;
            rows.push(row);
        }
        if rows.is_empty() { Ok(()) } else { self.write("{store}.audit", &rows).await }
    }

    async fn row_of(&self, entry: AuditEntry) -> Result<AuditRow, Fault> {
        let name = entry.tenant.as_ref().map(TenantName::to_string).unwrap_or_default();
        let since = self.since_of(&name).await?;
        Ok(AuditRow::new(entry, since))
    }

    /// The `created_at` of the tenant that has the name, or had it last; 0 for none.
    async fn since_of(&self, tenant: &str) -> Result<i64, Fault> {
        if tenant.is_empty() {
            return Ok(0);
        }
        let sql = "SELECT toUnixTimestamp64Micro(created_at) FROM {store}.tenants FINAL \
                   WHERE name = {name:String}";
        let query = self.sql(sql).param("name", tenant);
        Ok(self.in_time(query.fetch_optional::<i64>()).await?.unwrap_or(0))
    }
}
