//! The statements that make and unmake a reader on a server with ClickHouse's own access control,
//! as text. Every name in them is a checked identifier or quoted; the one secret is a digest.

use super::{
    guarded::{GUARDED, Guarded},
    quoting::literal,
    reader::Reader,
};
use crate::DatabaseName;

/// What a login needs besides the receiver's own rights to make readers and to remove them.
pub const GRANTS_TO_PROVISION: &[&str] = &[
    "GRANT ACCESS MANAGEMENT, SET DEFINER, CREATE DATABASE, CREATE VIEW, DROP DATABASE, DROP VIEW \
     ON *.* TO …",
    "GRANT SELECT ON *.* TO … WITH GRANT OPTION",
];

/// One statement, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it does, to put before "failed".
    pub doing: &'static str,
    /// The text. `{on_cluster}` is filled in when it is run.
    pub(crate) sql: String,
}

impl Statement {
    pub(super) fn new(doing: &'static str, sql: String) -> Self {
        Self { doing, sql }
    }

    /// The text as it is run on one server.
    pub fn sql(&self) -> String {
        self.sql.replace("{on_cluster} ", "")
    }
}

/// One line of a settings profile, as `system.settings_profile_elements` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// The setting.
    pub name: &'static str,
    /// Its value; `None` leaves the server's.
    pub value: Option<&'static str>,
    /// The least and the most it may be set to.
    pub bounds: Option<(&'static str, &'static str)>,
    /// `CHANGEABLE_IN_READONLY` or `CONST`, where it is not simply what it is.
    pub writability: Option<&'static str>,
}

const fn plain(name: &'static str, value: &'static str) -> Setting {
    Setting { name, value: Some(value), bounds: None, writability: None }
}

const fn only(name: &'static str, writability: &'static str) -> Setting {
    Setting { name, value: None, bounds: None, writability: Some(writability) }
}

/// What holds a reader: nothing is written, nothing is set but what Grafana sets for a panel (its
/// time, its rows, ad-hoc filters), and no query takes all of the server.
pub const READER_SETTINGS: &[Setting] = &[
    plain("readonly", "1"),
    plain("allow_ddl", "0"),
    Setting {
        name: "max_execution_time",
        value: Some("20"),
        bounds: Some(("1", "60")),
        writability: Some("CHANGEABLE_IN_READONLY"),
    },
    plain("max_memory_usage", "1000000000"),
    // Long before that: a year of all tenants, grouped, is slow and not refused.
    plain("max_bytes_before_external_group_by", "300000000"),
    plain("max_bytes_before_external_sort", "300000000"),
    plain("max_result_rows", "1000000"),
    only("limit", "CHANGEABLE_IN_READONLY"),
    only("additional_table_filters", "CHANGEABLE_IN_READONLY"),
];

/// What a reader's query can't bring along into its definer's views. A filter would be run there
/// with the definer's rights on the base tables, and read others' sorting keys with
/// `mergeTreeIndex`.
pub const DEFINER_SETTINGS: &[Setting] =
    &[only("limit", "CONST"), only("additional_table_filters", "CONST")];

/// The settings profiles of an installation, by name.
pub(super) fn profiles(database: &DatabaseName) -> [(String, &'static [Setting]); 2] {
    [(reader_profile(database), READER_SETTINGS), (definer_profile(database), DEFINER_SETTINGS)]
}

pub(super) fn reader_profile(database: &DatabaseName) -> String {
    format!("{database}_reader")
}

pub(super) fn definer_profile(database: &DatabaseName) -> String {
    format!("{database}_definer")
}

/// The policy that lets everyone else see what grants let them see, as before there were any.
pub(super) fn everyone(database: &DatabaseName) -> String {
    format!("{database}_everyone")
}

fn settings(settings: &[Setting]) -> String {
    let one = |setting: &Setting| {
        let mut text = setting.name.to_owned();
        if let Some(value) = setting.value {
            text.push_str(&format!(" = {value}"));
        }
        if let Some((least, most)) = setting.bounds {
            text.push_str(&format!(" MIN {least} MAX {most}"));
        }
        if let Some(writability) = setting.writability {
            text.push_str(&format!(" {writability}"));
        }
        text
    };
    settings.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn create_profile(name: &str, of: &[Setting]) -> Statement {
    Statement::new(
        "making a settings profile",
        format!(
            "CREATE SETTINGS PROFILE IF NOT EXISTS {name} {{on_cluster}} SETTINGS {}",
            settings(of)
        ),
    )
}

pub(super) fn alter_profile(name: &str, of: &[Setting]) -> Statement {
    Statement::new(
        "changing a settings profile",
        format!("ALTER SETTINGS PROFILE {name} {{on_cluster}} SETTINGS {}", settings(of)),
    )
}

pub(super) fn drop_profile(name: &str) -> Statement {
    Statement::new(
        "dropping a settings profile",
        format!("DROP SETTINGS PROFILE IF EXISTS {name} {{on_cluster}}"),
    )
}

/// Once a table has a policy, whoever has none may see nothing in it. This one comes first, so that
/// the receiver is never blind, not even for a moment.
pub(super) fn create_everyone(database: &DatabaseName, guarded: &Guarded) -> Statement {
    let name = everyone(database);
    Statement::new(
        "making the row policy of everyone else",
        format!(
            "CREATE ROW POLICY IF NOT EXISTS {name} {{on_cluster}} ON {}.{} AS PERMISSIVE \
             FOR SELECT USING 1 TO ALL",
            database.store(),
            guarded.table
        ),
    )
}

/// Restrictive: whatever other policies let a definer see, it sees of that its own rows only. One
/// of that name that says something else is changed in one step.
pub(super) fn policy(reader: &Reader, guarded: &Guarded, exists: bool) -> Statement {
    let (doing, verb) = if exists {
        ("changing a row policy", "ALTER ROW POLICY")
    } else {
        ("making a row policy", "CREATE ROW POLICY IF NOT EXISTS")
    };
    Statement::new(
        doing,
        format!(
            "{verb} {name} {{on_cluster}} ON {store}.{table} \
             AS RESTRICTIVE FOR SELECT USING {filter} TO {definer}",
            name = reader.name(),
            store = reader.source().store(),
            table = guarded.table,
            filter = reader.filter(guarded.tenant_column),
            definer = reader.definer(),
        ),
    )
}

pub(super) fn drop_policy(name: &str, database: &DatabaseName, guarded: &Guarded) -> Statement {
    Statement::new(
        "dropping a row policy",
        format!(
            "DROP ROW POLICY IF EXISTS {name} {{on_cluster}} ON {}.{}",
            database.store(),
            guarded.table
        ),
    )
}

/// A user that nobody logs in as: no host may, and nobody knows the password.
pub(super) fn create_definer(reader: &Reader, digest: &str) -> Statement {
    Statement::new(
        "making the definer",
        format!(
            "CREATE USER IF NOT EXISTS {} {{on_cluster}} IDENTIFIED WITH sha256_hash BY {} \
             HOST NONE SETTINGS PROFILE {}",
            reader.definer(),
            literal(digest),
            literal(&definer_profile(reader.source())),
        ),
    )
}

/// The digest and not the password: statements stand in the server's own log of queries.
pub(super) fn create_login(reader: &Reader, digest: &str) -> Statement {
    Statement::new(
        "making the login",
        format!(
            "CREATE USER IF NOT EXISTS {name} {{on_cluster}} IDENTIFIED WITH sha256_hash BY {} \
             HOST ANY DEFAULT DATABASE {name} SETTINGS PROFILE {}",
            literal(digest),
            literal(&reader_profile(reader.source())),
            name = reader.name(),
        ),
    )
}

pub(super) fn set_password(reader: &Reader, digest: &str) -> Statement {
    Statement::new(
        "changing the password",
        format!(
            "ALTER USER {} {{on_cluster}} IDENTIFIED WITH sha256_hash BY {}",
            reader.name(),
            literal(digest)
        ),
    )
}

pub(super) fn set_profile(user: &str, profile: &str) -> Statement {
    Statement::new(
        "giving a user its settings profile",
        format!("ALTER USER {user} {{on_cluster}} SETTINGS PROFILE {}", literal(profile)),
    )
}

/// `WITH REPLACE OPTION`: what it was granted besides is gone in the same step.
pub(super) fn grant(user: &str, on: &[String]) -> Statement {
    let rights: Vec<_> = on.iter().map(|on| format!("SELECT ON {on}")).collect();
    Statement::new(
        "granting rights",
        format!("GRANT {{on_cluster}} {} TO {user} WITH REPLACE OPTION", rights.join(", ")),
    )
}

pub(super) fn drop_user(name: &str) -> Statement {
    Statement::new("dropping a user", format!("DROP USER IF EXISTS {name} {{on_cluster}}"))
}

/// What a definer may read: the base tables that have policies, and the contract's views on them.
pub(super) fn definer_reads(reader: &Reader) -> Vec<String> {
    let store = reader.source().store();
    let tables = GUARDED.iter().map(|guarded| format!("{store}.{}", guarded.table));
    tables.chain([format!("{}.*", reader.source())]).collect()
}

/// What a login may read.
pub(super) fn login_reads(reader: &Reader) -> Vec<String> {
    vec![format!("{}.*", reader.name())]
}
