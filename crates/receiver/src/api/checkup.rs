//! `GetCheckup`: what ClickHouse tells this receiver of itself. The questions cost it several queries, so
//! one caller asks at a time: neither two admins nor a loop multiply them.

use std::{collections::HashMap, time::Duration};

use ticketlens_api::v1;
use ticketlens_store::{self as store, Fault};
use tokio::time::timeout;
use tonic::Status;

use super::{admin::Admin, messages::timestamp};
use crate::{auth::KeySource, reply::Refusal};

/// How long a caller waits for the one before it.
const WITHIN: Duration = Duration::from_secs(5);

impl<S: KeySource> Admin<S> {
    /// Asks every question once.
    pub(super) async fn checkup(&self) -> Result<v1::Checkup, Status> {
        let Ok(_alone) = timeout(WITHIN, self.checking.lock()).await else {
            return Err(Refusal::TooManyQueries.into());
        };
        let mut checkup = match self.store.checkup().await {
            Ok(checkup) => message(checkup),
            Err(fault) => v1::Checkup { fault: Some(of_fault(fault)), ..Default::default() },
        };
        checkup.migrates_at_start = self.migrates;
        Ok(checkup)
    }
}

fn message(checkup: store::Checkup) -> v1::Checkup {
    let mut faults = Faults::default();
    v1::Checkup {
        fault: None,
        migrates_at_start: false,
        clock: faults.or("clock", checkup.clock, |clock| timestamp(clock.at)),
        version: faults.or("version", checkup.version, |version| version),
        settings: faults.or("settings", checkup.settings, of_settings),
        schema: faults.or("schema", checkup.schema, of_schema),
        missing_rights: faults.or("missing_rights", checkup.missing_rights, of_rights),
        parts: faults.or("parts", checkup.parts, of_parts),
        detached: faults.or("detached", checkup.detached, of_detached),
        gaps: faults.or("gaps", checkup.gaps, of_gaps),
        open: faults.or("open", checkup.open, of_open),
        rejected: faults.or("rejected", checkup.rejected, of_rejected),
        copies: faults.or("copies", checkup.copies, of_copies),
        throttled: faults.or("throttled", checkup.throttled, of_throttled),
        refused_keys: faults.or("refused_keys", checkup.refused_keys, of_refused_keys),
        tables: faults.or("tables", checkup.tables, of_tables),
        faults: faults.0,
    }
}

/// Why questions were not answered, by their names.
#[derive(Default)]
struct Faults(HashMap<String, v1::DatabaseFault>);

impl Faults {
    /// The answer as a message; where there is none, it is kept why.
    fn or<T, M>(
        &mut self,
        question: &str,
        answer: Result<T, Fault>,
        message: impl FnOnce(T) -> M,
    ) -> Option<M> {
        let kept = |fault| self.0.insert(question.to_owned(), of_fault(fault));
        answer.map_err(kept).ok().map(message)
    }
}

fn of_fault(fault: Fault) -> v1::DatabaseFault {
    let (kind, code, name) = match fault {
        Fault::Refused { code, name } => ("refused", code, name),
        Fault::Unreachable(why) => ("unreachable", 0, why.to_string()),
        Fault::Handshake => ("handshake", 0, String::new()),
        Fault::NoTls => ("no_tls", 0, String::new()),
        Fault::Interrupted => ("interrupted", 0, String::new()),
        Fault::TimedOut => ("timed_out", 0, String::new()),
        Fault::Gateway(status) => ("gateway", status.map_or(0, u32::from), String::new()),
        _ => ("unreadable", 0, String::new()),
    };
    v1::DatabaseFault { kind: kind.to_owned(), code, name }
}

fn of_settings(settings: store::ServerSettings) -> v1::ServerSettings {
    let store::ServerSettings {
        readonly,
        max_partitions_per_insert_block,
        max_execution_time,
        max_memory_usage,
        async_insert_is_fixed,
    } = settings;
    v1::ServerSettings {
        readonly,
        max_partitions_per_insert_block,
        max_execution_time,
        max_memory_usage,
        async_insert_is_fixed,
    }
}

fn of_schema(state: store::SchemaState) -> v1::SchemaState {
    let mut message = v1::SchemaState::default();
    match state {
        store::SchemaState::Pending(pending) => {
            let of_one =
                |store::PendingMigration { number, name }| v1::PendingMigration { number, name };
            message.pending = pending.into_iter().map(of_one).collect();
        }
        store::SchemaState::Newer { number } => message.newer = Some(number),
        store::SchemaState::Changed { number } => message.changed = Some(number),
    }
    message
}

fn of_tables(differing: Vec<String>) -> v1::TableState {
    v1::TableState { differing }
}

fn of_rights(missing: Vec<store::MissingRight>) -> v1::MissingRights {
    let of_one = |store::MissingRight { rights, on, what_for, is_vital, statement }| {
        v1::MissingRight { rights, on, what_for, is_vital, statement }
    };
    v1::MissingRights { rights: missing.into_iter().map(of_one).collect() }
}

fn of_parts(parts: Option<store::Parts>) -> v1::MostParts {
    let store::Parts { table, partition, most, refused_from } = parts.unwrap_or_default();
    v1::MostParts { table, partition, most, refused_from }
}

fn of_detached(groups: Vec<store::DetachedParts>) -> v1::DetachedParts {
    let of_one =
        |store::DetachedParts { table, reason, parts }| v1::DetachedGroup { table, reason, parts };
    v1::DetachedParts { groups: groups.into_iter().map(of_one).collect() }
}

fn of_gaps(store::Gaps { processes, missing, tenants }: store::Gaps) -> v1::LedgerGaps {
    v1::LedgerGaps { processes, missing, tenants }
}

fn of_open(store::OpenLeft { processes, open, tenants }: store::OpenLeft) -> v1::OpenTickets {
    v1::OpenTickets { processes, open, tenants }
}

fn of_rejected(groups: Vec<store::Rejected>) -> v1::Rejections {
    let of_one = |store::Rejected { reason, records, tenants }| v1::RejectedGroup {
        reason,
        records,
        tenants,
    };
    v1::Rejections { groups: groups.into_iter().map(of_one).collect() }
}

fn of_refused_keys(keys: Vec<store::RefusedKey>) -> v1::RefusedKeys {
    let of_one = |store::RefusedKey { key_id, tenant, scope, reason, calls }| v1::RefusedKey {
        key_id,
        tenant,
        scope,
        reason,
        calls,
    };
    v1::RefusedKeys { keys: keys.into_iter().map(of_one).collect() }
}

fn of_throttled(tenants: Vec<store::Throttled>) -> v1::ThrottledTenants {
    let of_one = |store::Throttled { tenant, requests, limits }| v1::ThrottledTenant {
        tenant,
        requests,
        limits,
    };
    v1::ThrottledTenants { tenants: tenants.into_iter().map(of_one).collect() }
}

fn of_copies(store::Copies { rows, executions, tenants }: store::Copies) -> v1::StoredCopies {
    v1::StoredCopies { rows, executions, tenants }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever reads it looks a fault up by the name of the field that is absent.
    #[test]
    fn a_question_without_an_answer_has_its_fault_by_the_name_of_its_field() {
        let silent = store::Checkup {
            clock: Err(Fault::TimedOut),
            version: Err(Fault::TimedOut),
            settings: Err(Fault::TimedOut),
            schema: Err(Fault::TimedOut),
            missing_rights: Err(Fault::TimedOut),
            parts: Err(Fault::TimedOut),
            detached: Err(Fault::TimedOut),
            gaps: Err(Fault::TimedOut),
            open: Err(Fault::TimedOut),
            rejected: Err(Fault::TimedOut),
            copies: Err(Fault::TimedOut),
            throttled: Err(Fault::TimedOut),
            refused_keys: Err(Fault::TimedOut),
            tables: Err(Fault::TimedOut),
        };
        let message = message(silent);
        let told = format!("{:?}", v1::Checkup { faults: HashMap::new(), ..message.clone() });
        for question in message.faults.keys() {
            assert!(told.contains(&format!(" {question}: None")), "{question}: {told}");
        }
        let absent = told.matches(": None").count();
        assert_eq!(message.faults.len() + 1, absent, "all but `fault` itself");
    }
}
