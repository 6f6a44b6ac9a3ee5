//! ClickHouse: whether it answers, which one it is, its settings, our tables in it, our login's rights.

use ticketlens_show::safe;
use ticketlens_store::{Fault, MigrateError, MissingRight, SchemaState, ServerSettings};

use super::{
    check::{Check, Outcome},
    setup::Setup,
};

/// Asked before everything else of ClickHouse.
pub const REACHABLE: &str = "clickhouse.reachable";
/// Which one it is.
pub const VERSION: &str = "clickhouse.version";
/// The settings our login gets.
pub const SETTINGS: &str = "clickhouse.settings";
/// Whether our tables are what this program knows.
pub const MIGRATIONS: &str = "clickhouse.migrations";
/// Whether the tables are what the program writes.
pub const TABLES: &str = "clickhouse.tables";
/// What our login may do.
pub const GRANTS: &str = "clickhouse.grants";

/// The version that the tests run on; docs/compatibility.md says it, too.
const TESTED: &str = "26.7";
/// Columns that are named.
const COLUMNS: usize = 20;
/// Months that one insert may be of: a Collector that was cut off sends several at once.
const MONTHS: u64 = 24;
/// Seconds that a search or a purge may take.
const SECONDS: u64 = 30;
/// Bytes that a search of many tickets may take.
const BYTES: u64 = 1_000_000_000;

/// Judges whether it answers; `asked` says who was asked and where, e.g. `at http://c:8123/`.
pub fn reachable(answer: Result<(), &Fault>, asked: &str, setup: &Setup) -> Check {
    let fault = match answer {
        Ok(()) => return Check::ok(REACHABLE, format!("answers {asked}")),
        Err(fault) => fault,
    };
    let next = match fault {
        // Its ClickHouse, login and settings are its own: there is nothing to change.
        _ if matches!(setup, Setup::Dev(_)) => &setup.unanswered(),
        // READONLY
        Fault::Refused { code: 164, .. } => {
            "the login may not even set what we need: give it a settings profile with readonly = 0"
        }
        // SETTING_CONSTRAINT_VIOLATION
        Fault::Refused { code: 452, .. } => {
            "its settings profile forbids what each commit needs: allow async_insert = 0 and \
             cancel_http_readonly_queries_on_client_close"
        }
        // UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED
        Fault::Refused { code: 192..=194 | 516, .. } => {
            "check user and password: [clickhouse] in the configuration, \
             TICKETLENS_CLICKHOUSE_PASSWORD"
        }
        Fault::Refused { .. } => "look at ClickHouse's own log",
        Fault::Handshake | Fault::NoTls => {
            "have the machine that connects trust its certificate (SSL_CERT_FILE names one's own \
             authority), and name the host as the certificate does"
        }
        _ => &setup.unanswered(),
    };
    Check::problem(REACHABLE, format!("{fault} {asked}"), next)
}

/// Judges its version by the one that is tested.
pub fn version(version: &str) -> Check {
    let mut parts = version.split('.');
    let release = [parts.next(), parts.next()].map(Option::unwrap_or_default).join(".");
    if release == TESTED {
        return Check::ok(VERSION, format!("{version}, which is tested"));
    }
    Check::warning(
        VERSION,
        format!("{version} is not the version that is tested, {TESTED}"),
        "docs/compatibility.md says what was tried; try an upgrade with a copy first",
    )
}

/// Judges the settings our login gets.
pub fn settings(settings: &ServerSettings) -> Check {
    let mut harmful = Vec::new();
    if settings.readonly != 0 {
        harmful.push(format!("readonly = {}: nothing can be stored", settings.readonly));
    }
    if settings.async_insert_is_fixed {
        harmful.push("async_insert can't be set: OK would not mean committed".to_owned());
    }
    let next = format!(
        "change the settings profile of this login: readonly = 0, async_insert changeable, \
         max_partitions_per_insert_block at least {MONTHS}, max_execution_time at least {SECONDS}, \
         max_memory_usage at least {BYTES}; 0 is no limit"
    );
    if !harmful.is_empty() {
        return Check::problem(SETTINGS, harmful.join("; "), next);
    }
    let is_low = |value: u64, least: u64| value != 0 && value < least;
    for (name, value, least, what) in [
        (
            "max_partitions_per_insert_block",
            settings.max_partitions_per_insert_block,
            MONTHS,
            "tickets of many months are refused together",
        ),
        (
            "max_execution_time",
            settings.max_execution_time,
            SECONDS,
            "searches and purges break off",
        ),
        ("max_memory_usage", settings.max_memory_usage, BYTES, "searches are refused"),
    ] {
        if is_low(value, least) {
            harmful.push(format!("{name} = {value}: {what}"));
        }
    }
    match harmful.is_empty() {
        true => Check::ok(SETTINGS, "nothing in them hurts"),
        false => Check::warning(SETTINGS, harmful.join("; "), next),
    }
}

/// Judges whether our tables are what the program knows that was asked. `applies_them` where a receiver's
/// start does.
pub fn migrations(state: SchemaState, applies_them: bool, setup: &Setup) -> Check {
    match state {
        SchemaState::Pending(pending) if pending.is_empty() => Check::ok(MIGRATIONS, "up to date"),
        SchemaState::Pending(pending) => {
            let told = pending.iter().map(|one| format!("{:04} {}", one.number, one.name));
            let migrate = setup.migrate();
            let next = match (applies_them, setup) {
                (_, Setup::Dev(_)) => format!("restart the dev, which applies them: `{migrate}`"),
                (true, _) => {
                    format!("start the receiver again, which applies them, or run `{migrate}`")
                }
                (false, _) => format!("run `{migrate}`: the configuration says migrate = false"),
            };
            let found = format!("not applied: {}", told.collect::<Vec<_>>().join(", "));
            Check::problem(MIGRATIONS, found, next)
        }
        SchemaState::Newer { number } => Check::problem(
            MIGRATIONS,
            MigrateError::Newer { number }.to_string(),
            "use the program that applied it, or a later one; docs/compatibility.md, \"A rollback\"",
        ),
        SchemaState::Changed { number } => Check::problem(
            MIGRATIONS,
            MigrateError::Changed { number }.to_string(),
            "use the program that applied it: this one was built from other sources",
        ),
    }
}

/// Judges the columns of the tickets table that differ. Where migrations are due they may bring them:
/// `migrations` tells of that.
pub fn tables(differing: &[String], migrations: &Check) -> Check {
    if differing.is_empty() {
        return Check::ok(TABLES, "the tickets table is as the receiver writes it");
    }
    if migrations.outcome == Outcome::Problem {
        return Check::skipped(
            TABLES,
            "needs tables that are up to date; see clickhouse.migrations",
        );
    }
    let named: Vec<_> = differing.iter().take(COLUMNS).map(|name| safe::line(name)).collect();
    let more = differing.len() - named.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    Check::problem(
        TABLES,
        format!(
            "the tickets table differs from what the receiver writes in: {}{more}",
            named.join(", ")
        ),
        "somebody changed the table, though every migration was applied: bring these columns back as \
         crates/store/migrations of its version has them, or restore a backup (docs/operating.md); until \
         then tickets may be refused, and no receiver starts",
    )
}

/// Judges what the login lacks, each with the statement that gives it. One that may only read lacks all
/// rights to write, and no statement gives it them: `settings` says what does.
pub fn grants(missing: &[MissingRight], is_readonly: bool) -> Check {
    if is_readonly {
        return Check::skipped(GRANTS, "needs a login that may write; see clickhouse.settings");
    }
    if missing.is_empty() {
        return Check::ok(GRANTS, "the login may do all that the receiver does");
    }
    let told = missing.iter().map(|right| {
        // An older receiver does not say on what; its statement does.
        let on = if right.on.is_empty() { String::new() } else { format!(" on {}", right.on) };
        format!("{}{on} {}", right.rights, right.what_for)
    });
    let found = format!("the login lacks {}", told.collect::<Vec<_>>().join("; "));
    let statements = missing.iter().map(|right| format!("\n  {};", right.statement));
    let next = format!("as an administrator of ClickHouse:{}", statements.collect::<String>());
    match missing.iter().any(|right| right.is_vital) {
        true => Check::problem(GRANTS, found, next),
        false => Check::warning(GRANTS, found, next),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io, path::Path};

    use ticketlens_store::PendingMigration;

    use super::*;

    #[test]
    fn a_database_that_does_not_let_us_in_says_why() {
        let refused = |code| Fault::Refused { code, name: "NAME".to_owned() };
        for (fault, says) in [
            (Fault::Unreachable(io::ErrorKind::ConnectionRefused), "check that it runs"),
            (Fault::TimedOut, "check that it runs"),
            (Fault::Handshake, "SSL_CERT_FILE"),
            (refused(164), "readonly = 0"),
            (refused(452), "async_insert = 0"),
            (refused(516), "TICKETLENS_CLICKHOUSE_PASSWORD"),
            (refused(999), "log"),
        ] {
            let check = reachable(Err(&fault), "at http://c:8123/", &Setup::Elsewhere);
            assert_eq!(check.outcome, Outcome::Problem);
            assert!(check.next.as_ref().unwrap().contains(says), "{check:?}");
        }
        let answers = reachable(Ok(()), "at http://c:8123/", &Setup::Elsewhere);
        assert_eq!(answers.found, "answers at http://c:8123/");
        let dev = reachable(Err(&refused(516)), "by way of the receiver", &Setup::Dev("d".into()));
        assert!(dev.next.unwrap().contains("restart the dev"));
    }

    #[test]
    fn another_version_than_the_tested_one_is_a_warning() {
        assert_eq!(version("26.7.3.1").outcome, Outcome::Ok);
        for other in ["26.70.1.1", "25.8.2.29", "27.1.1.1", "26", ""] {
            assert_eq!(version(other).outcome, Outcome::Warning, "{other}");
        }
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
        let document = fs::read_to_string(document).unwrap();
        assert!(document.contains(&format!("| ClickHouse | {TESTED}, the version we test")));
    }

    #[test]
    fn settings_that_lose_tickets_are_a_problem_and_low_limits_a_warning() {
        let good = ServerSettings { max_partitions_per_insert_block: 100, ..Default::default() };
        let judged = |change: &dyn Fn(&mut ServerSettings)| {
            let mut changed = good.clone();
            change(&mut changed);
            settings(&changed).outcome
        };
        assert_eq!(settings(&good).outcome, Outcome::Ok);
        assert_eq!(judged(&|s| s.readonly = 2), Outcome::Problem);
        assert_eq!(judged(&|s| s.async_insert_is_fixed = true), Outcome::Problem);
        assert_eq!(judged(&|s| s.max_partitions_per_insert_block = 1), Outcome::Warning);
        assert_eq!(judged(&|s| s.max_partitions_per_insert_block = 0), Outcome::Ok);
        assert_eq!(judged(&|s| s.max_execution_time = 5), Outcome::Warning);
        assert_eq!(judged(&|s| s.max_memory_usage = 1_000), Outcome::Warning);
    }

    #[test]
    fn what_is_not_applied_is_a_problem_and_who_applies_it_is_told() {
        let file = Setup::File("r.toml".into());
        let none = SchemaState::Pending(Vec::new());
        assert_eq!(migrations(none, true, &file).outcome, Outcome::Ok);
        let pending = || {
            SchemaState::Pending(vec![PendingMigration { number: 12, name: "views".to_owned() }])
        };
        let at_start = migrations(pending(), true, &file);
        assert_eq!(at_start.found, "not applied: 0012 views");
        assert!(at_start.next.unwrap().starts_with("start the receiver again"));
        let by_hand = migrations(pending(), false, &file);
        assert_eq!(by_hand.outcome, Outcome::Problem);
        let next = by_hand.next.unwrap();
        assert!(next.contains("migrate = false"), "{next}");
        assert!(next.contains("`ticketlens migrate --config r.toml`"), "{next}");
        let of_dev = migrations(pending(), true, &Setup::Dev(".ticketlens".into()));
        assert_eq!(of_dev.next.unwrap(), "restart the dev, which applies them: `ticketlens dev`");
    }

    #[test]
    fn a_database_of_another_program_is_a_problem() {
        let newer = migrations(SchemaState::Newer { number: 999 }, true, &Setup::Elsewhere);
        assert_eq!(newer.outcome, Outcome::Problem);
        assert!(newer.found.contains("999"), "{newer:?}");
        let changed = migrations(SchemaState::Changed { number: 1 }, true, &Setup::Elsewhere);
        assert_eq!(changed.outcome, Outcome::Problem);
    }

    #[test]
    fn a_table_that_somebody_changed_is_a_problem_that_names_columns() {
        let names = |n: usize| (0..n).map(|n| format!("c{n}")).collect::<Vec<_>>();
        let up_to_date = Check::ok(MIGRATIONS, "");
        assert_eq!(tables(&[], &up_to_date).outcome, Outcome::Ok);
        let changed = tables(&names(2), &up_to_date);
        assert_eq!(changed.outcome, Outcome::Problem);
        assert!(changed.found.ends_with("writes in: c0, c1"), "{changed:?}");
        assert!(tables(&names(22), &up_to_date).found.ends_with("c19 and 2 more"));
        let due = Check::problem(MIGRATIONS, "", "");
        assert_eq!(tables(&names(2), &due).outcome, Outcome::Skipped);
    }

    #[test]
    fn a_missing_right_comes_with_the_statement_that_gives_it() {
        let without = |is_vital| {
            let (rights, what_for) = ("SELECT".to_owned(), "to look".to_owned());
            let (on, statement) = ("db.audit".to_owned(), "the statement".to_owned());
            grants(&[MissingRight { rights, on, what_for, is_vital, statement }], false)
        };
        assert_eq!(without(true).outcome, Outcome::Problem);
        assert_eq!(without(false).outcome, Outcome::Warning);
        let next = without(true).next.unwrap();
        assert_eq!(next, "as an administrator of ClickHouse:\n  the statement;");
        assert_eq!(without(true).found, "the login lacks SELECT on db.audit to look");
        assert_eq!(grants(&[], false).outcome, Outcome::Ok);
        assert_eq!(grants(&[], true).outcome, Outcome::Skipped, "no statement helps");
    }
}
