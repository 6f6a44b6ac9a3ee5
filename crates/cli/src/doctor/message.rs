//! The receiver's checkup as this program's own would be: what it asked, and what was answered.

use std::{collections::HashMap, io};

use ticketlens_api as api;
use ticketlens_store::{
    Checkup, ClockReading, Copies, DetachedParts, Fault, Gaps, MissingRight, OpenLeft, Parts,
    PendingMigration, RefusedKey, Rejected, SchemaState, ServerSettings, Throttled,
};
use ticketlens_ticket::Timestamp;

use super::check::Unanswered;

/// Reads it. `around` is our clock before it was asked for and after it had come: the clock in it was read
/// in between.
///
/// # Errors
/// Where ClickHouse does not answer the receiver.
pub fn checkup(
    message: api::Checkup,
    around: (Timestamp, Timestamp),
) -> Result<Checkup<Unanswered>, Fault> {
    if let Some(fault) = &message.fault {
        return Err(of_fault(fault));
    }
    let faults = Faults(message.faults);
    let (before, after) = around;
    Ok(Checkup {
        clock: faults.or("clock", message.clock, |at| ClockReading {
            at: of_time(at),
            before,
            after,
        }),
        version: faults.or("version", message.version, |version| version),
        settings: faults.or("settings", message.settings, of_settings),
        schema: faults.or("schema", message.schema, of_schema),
        missing_rights: faults.or("missing_rights", message.missing_rights, of_rights),
        parts: faults.or("parts", message.parts, of_parts),
        detached: faults.or("detached", message.detached, of_detached),
        gaps: faults.or("gaps", message.gaps, |gaps| Gaps {
            processes: gaps.processes,
            missing: gaps.missing,
            tenants: gaps.tenants,
        }),
        open: faults.or("open", message.open, |left| OpenLeft {
            processes: left.processes,
            open: left.open,
            tenants: left.tenants,
        }),
        rejected: faults.or("rejected", message.rejected, of_rejected),
        throttled: faults.or("throttled", message.throttled, of_throttled),
        refused_keys: faults.or("refused_keys", message.refused_keys, of_refused_keys),
        tables: faults.or("tables", message.tables, of_tables),
        copies: faults.or("copies", message.copies, |copies| Copies {
            rows: copies.rows,
            executions: copies.executions,
            tenants: copies.tenants,
        }),
    })
}

/// Why questions were not answered, by their names.
struct Faults(HashMap<String, api::DatabaseFault>);

impl Faults {
    /// What is neither answered nor a fault was not asked: the receiver is older than the question.
    fn or<M, T>(
        &self,
        question: &str,
        answer: Option<M>,
        read: impl FnOnce(M) -> T,
    ) -> Result<T, Unanswered> {
        let why = || match self.0.get(question) {
            Some(fault) => Unanswered::Fault(of_fault(fault)),
            None => Unanswered::NotAsked,
        };
        answer.map(read).ok_or_else(why)
    }
}

fn of_fault(fault: &api::DatabaseFault) -> Fault {
    let api::DatabaseFault { kind, code, name } = fault;
    match kind.as_str() {
        "refused" => Fault::Refused { code: *code, name: name.clone() },
        "unreachable" => Fault::Unreachable(of_system(name)),
        "handshake" => Fault::Handshake,
        "no_tls" => Fault::NoTls,
        "interrupted" => Fault::Interrupted,
        "timed_out" => Fault::TimedOut,
        "gateway" => Fault::Gateway(u16::try_from(*code).ok().filter(|code| *code != 0)),
        _ => Fault::Unreadable,
    }
}

/// The system's words for why there was no connection.
fn of_system(name: &str) -> io::ErrorKind {
    use io::ErrorKind as Kind;
    let known = [
        Kind::ConnectionRefused,
        Kind::ConnectionReset,
        Kind::ConnectionAborted,
        Kind::HostUnreachable,
        Kind::NetworkUnreachable,
        Kind::NetworkDown,
        Kind::AddrNotAvailable,
        Kind::PermissionDenied,
        Kind::TimedOut,
        Kind::NotFound,
    ];
    known.into_iter().find(|kind| kind.to_string() == name).unwrap_or(Kind::Other)
}

fn of_time(prost_types::Timestamp { seconds, nanos }: prost_types::Timestamp) -> Timestamp {
    let nanos = seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(nanos));
    Timestamp::from_unix_nanos(u64::try_from(nanos).unwrap_or_default())
}

fn of_settings(settings: api::ServerSettings) -> ServerSettings {
    ServerSettings {
        readonly: settings.readonly,
        max_partitions_per_insert_block: settings.max_partitions_per_insert_block,
        max_execution_time: settings.max_execution_time,
        max_memory_usage: settings.max_memory_usage,
        async_insert_is_fixed: settings.async_insert_is_fixed,
    }
}

fn of_schema(state: api::SchemaState) -> SchemaState {
    let of_one = |api::PendingMigration { number, name }| PendingMigration { number, name };
    match (state.newer, state.changed) {
        (Some(number), _) => SchemaState::Newer { number },
        (_, Some(number)) => SchemaState::Changed { number },
        _ => SchemaState::Pending(state.pending.into_iter().map(of_one).collect()),
    }
}

fn of_tables(state: api::TableState) -> Vec<String> {
    state.differing
}

fn of_rights(missing: api::MissingRights) -> Vec<MissingRight> {
    let of_one = |api::MissingRight { rights, what_for, is_vital, statement, on }| MissingRight {
        rights,
        on,
        what_for,
        is_vital,
        statement,
    };
    missing.rights.into_iter().map(of_one).collect()
}

fn of_parts(parts: api::MostParts) -> Option<Parts> {
    let api::MostParts { table, partition, most, refused_from } = parts;
    (!table.is_empty()).then_some(Parts { table, partition, most, refused_from })
}

fn of_detached(detached: api::DetachedParts) -> Vec<DetachedParts> {
    let of_one =
        |api::DetachedGroup { table, reason, parts }| DetachedParts { table, reason, parts };
    detached.groups.into_iter().map(of_one).collect()
}

fn of_rejected(rejected: api::Rejections) -> Vec<Rejected> {
    let of_one =
        |api::RejectedGroup { reason, records, tenants }| Rejected { reason, records, tenants };
    rejected.groups.into_iter().map(of_one).collect()
}

fn of_refused_keys(refused: api::RefusedKeys) -> Vec<RefusedKey> {
    let of_one = |api::RefusedKey { key_id, tenant, scope, reason, calls }| RefusedKey {
        key_id,
        tenant,
        scope,
        reason,
        calls,
    };
    refused.keys.into_iter().map(of_one).collect()
}

fn of_throttled(throttled: api::ThrottledTenants) -> Vec<Throttled> {
    let of_one =
        |api::ThrottledTenant { tenant, requests, limits }| Throttled { tenant, requests, limits };
    throttled.tenants.into_iter().map(of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: (Timestamp, Timestamp) =
        (Timestamp::from_unix_nanos(1), Timestamp::from_unix_nanos(9));

    fn fault(kind: &str, code: u32, name: &str) -> api::DatabaseFault {
        api::DatabaseFault { kind: kind.to_owned(), code, name: name.to_owned() }
    }

    #[test]
    fn a_fault_is_the_one_that_the_receiver_met() {
        let refused = Fault::Refused { code: 497, name: "ACCESS_DENIED".to_owned() };
        for (told, met) in [
            (fault("refused", 497, "ACCESS_DENIED"), refused),
            (
                fault("unreachable", 0, "connection refused"),
                Fault::Unreachable(io::ErrorKind::ConnectionRefused),
            ),
            (
                fault("unreachable", 0, "what no system says"),
                Fault::Unreachable(io::ErrorKind::Other),
            ),
            (fault("handshake", 0, ""), Fault::Handshake),
            (fault("no_tls", 0, ""), Fault::NoTls),
            (fault("interrupted", 0, ""), Fault::Interrupted),
            (fault("timed_out", 0, ""), Fault::TimedOut),
            (fault("gateway", 502, ""), Fault::Gateway(Some(502))),
            (fault("gateway", 0, ""), Fault::Gateway(None)),
            (fault("a later one", 0, ""), Fault::Unreadable),
        ] {
            let message = api::Checkup { fault: Some(told), ..Default::default() };
            assert_eq!(checkup(message, NOW), Err(met));
        }
    }

    #[test]
    fn a_fault_is_found_by_the_name_of_its_question() {
        // As the fields of the message are called.
        let names = [
            "clock",
            "version",
            "settings",
            "schema",
            "missing_rights",
            "parts",
            "detached",
            "gaps",
            "open",
            "rejected",
            "copies",
            "throttled",
            "refused_keys",
            "tables",
        ];
        let numbered = names
            .iter()
            .zip(1..)
            .map(|(name, code)| ((*name).to_owned(), fault("refused", code, name)));
        let message = api::Checkup { faults: numbered.collect(), ..Default::default() };
        let read = checkup(message, NOW).unwrap();
        let told = format!("{read:?}");
        for (name, code) in names.iter().zip(1..) {
            let told_of_it =
                format!("{name}: Err(Fault(Refused {{ code: {code}, name: \"{name}\" }}))");
            assert!(told.contains(&told_of_it), "{name}: {told}");
        }
    }

    #[test]
    fn each_question_has_its_answer_or_its_own_fault() {
        let message = api::Checkup {
            version: Some("26.7.3.1".to_owned()),
            clock: Some(prost_types::Timestamp { seconds: 1, nanos: 2 }),
            parts: Some(api::MostParts::default()),
            schema: Some(api::SchemaState { changed: Some(3), ..Default::default() }),
            faults: [("settings".to_owned(), fault("timed_out", 0, ""))].into(),
            ..Default::default()
        };
        let read = checkup(message, NOW).unwrap();
        assert_eq!(read.version.unwrap(), "26.7.3.1");
        let clock = read.clock.unwrap();
        assert_eq!((clock.at.as_unix_nanos(), clock.before), (1_000_000_002, NOW.0));
        let late = Err(Unanswered::Fault(Fault::TimedOut));
        assert_eq!((read.parts, read.settings), (Ok(None), late));
        assert_eq!(read.schema, Ok(SchemaState::Changed { number: 3 }));
        assert_eq!(read.copies, Err(Unanswered::NotAsked));
    }
}
