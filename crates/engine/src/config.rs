//! The two files the engine reads at its start: `config.xml` (limits) and `users.xml` (access).

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use crate::{
    access::{Access, GuardedTable, Name, Reader, Rows},
    password::digest,
};

/// The disk that backups are written to and read from.
pub(crate) const BACKUP_DISK: &str = "backups";

/// The folder of that disk in the engine's data folder.
pub(crate) fn backups_folder(data_dir: &Path) -> PathBuf {
    data_dir.join(BACKUP_DISK)
}

/// What the engine may use of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory of all queries, merges and caches together, in bytes. Beyond it a query fails, not the engine.
    pub memory_bytes: u64,
    /// Cache of index marks, in bytes; part of the memory above.
    pub mark_cache_bytes: u64,
    /// Threads that merge parts.
    pub merge_threads: u32,
    /// Queries at one time, inserts included; one more is refused with error 202.
    pub concurrent_queries: u32,
}

impl Default for Limits {
    /// Fit for a laptop: 2 GiB, of which 128 MiB marks; 4 merges; 100 queries.
    fn default() -> Self {
        Self {
            memory_bytes: 2 << 30,
            mark_cache_bytes: 128 << 20,
            merge_threads: 4,
            concurrent_queries: 100,
        }
    }
}

/// Where a `clickhouse` program keeps its data and listens; the library gets the same as arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// With a slash at its end.
    pub(crate) path: String,
    pub(crate) http_port: u16,
    pub(crate) native_port: u16,
}

/// `config.xml`. No section for any system log: the tables `query_log` and the like don't exist, so they
/// can't grow either.
pub(crate) fn config_xml(limits: &Limits, server: Option<&Server>, backups: &Path) -> String {
    let mut xml = String::from("<clickhouse>\n");
    if let Some(server) = server {
        server_section(&mut xml, server);
    } else {
        element(&mut xml, "users_config", "users.xml");
    }
    element(&mut xml, "max_server_memory_usage", limits.memory_bytes);
    element(&mut xml, "mark_cache_size", limits.mark_cache_bytes);
    element(&mut xml, "background_pool_size", limits.merge_threads);
    element(&mut xml, "max_concurrent_queries", limits.concurrent_queries);
    backups_section(&mut xml, backups);
    // An open connection delays a stop by this long, in seconds. Clients must drop idle ones sooner.
    element(&mut xml, "keep_alive_timeout", 1);
    xml.push_str("</clickhouse>\n");
    xml
}

/// `BACKUP … TO Disk('backups', …)` works as on a server whose configuration has that disk; nowhere else
/// may a backup be written or read.
fn backups_section(xml: &mut String, folder: &Path) {
    let path = escape(&format!("{}/", folder.display()));
    let _ = writeln!(
        xml,
        "<storage_configuration><disks><{BACKUP_DISK}><type>local</type><path>{path}</path>\
         </{BACKUP_DISK}></disks></storage_configuration>\n\
         <backups><allowed_disk>{BACKUP_DISK}</allowed_disk></backups>"
    );
}

fn server_section(xml: &mut String, server: &Server) {
    element(xml, "path", &server.path);
    element(xml, "tmp_path", format!("{}tmp/", server.path));
    element(xml, "user_files_path", format!("{}user_files/", server.path));
    element(xml, "listen_host", "127.0.0.1");
    element(xml, "http_port", server.http_port);
    element(xml, "tcp_port", server.native_port);
    element(xml, "timezone", "UTC");
    element(xml, "shutdown_wait_unfinished", 5);
    xml.push_str("<logger><level>fatal</level><console>1</console></logger>\n");
    xml.push_str(
        "<user_directories><users_xml><path>users.xml</path></users_xml></user_directories>\n",
    );
    xml.push_str("<send_crash_reports><enabled>false</enabled></send_crash_reports>\n");
}

/// Everyone logs in from this machine only.
const LOCAL: &str = "<networks><ip>127.0.0.1</ip><ip>::1</ip></networks>";
/// An address no connection comes from: the user exists for views alone.
const NOWHERE: &str = "<no_password/><networks><ip>255.255.255.255</ip></networks>";

/// A reader changes nothing, no setting either, but for what Grafana sets: how long a panel may take, how many
/// rows it takes (`limit`), and ad-hoc filters (`additional_table_filters`).
///
/// A reader's settings go with its query into the definer's views. There a filter would be run with the
/// definer's rights on the base tables, and could read others' sorting keys with `mergeTreeIndex`: what is
/// constant for the definer is left behind at that door.
const PROFILES: &str = "\
<profiles>
<default/>
<boot><max_sessions_for_user>1</max_sessions_for_user></boot>
<reader><readonly>1</readonly><allow_ddl>0</allow_ddl>\
<max_execution_time>20</max_execution_time><max_memory_usage>1000000000</max_memory_usage>\
<max_bytes_before_external_group_by>300000000</max_bytes_before_external_group_by>\
<max_bytes_before_external_sort>300000000</max_bytes_before_external_sort>\
<max_result_rows>1000000</max_result_rows>\
<constraints><max_execution_time><changeable_in_readonly/><min>1</min><max>60</max></max_execution_time>\
<limit><changeable_in_readonly/></limit>\
<additional_table_filters><changeable_in_readonly/></additional_table_filters></constraints>\
</reader>
<definer><constraints><limit><const/></limit>\
<additional_table_filters><const/></additional_table_filters></constraints></definer>
</profiles>
<quotas><default/></quotas>
";

/// `users.xml`; [`access`](crate::access) says why it is laid out like this.
pub(crate) fn users_xml(access: &Access) -> String {
    let mut xml = format!("<clickhouse>\n{PROFILES}<users>\n");
    user(&mut xml, "default", &format!("<no_password/>{LOCAL}"), "boot", |xml| {
        grant(xml, "GRANT SYSTEM LISTEN ON *.*");
    });
    let login = format!("{}{LOCAL}", password(&digest(&access.admin_password)));
    // No grants given = all rights.
    user(&mut xml, Access::ADMIN, &login, "default", |xml| {
        xml.push_str("<access_management>1</access_management>");
        filters(xml, &access.guarded, &Rows::All);
    });
    for reader in &access.readers {
        reader_and_definer(&mut xml, reader, access);
    }
    xml.push_str("</users>\n</clickhouse>\n");
    xml
}

fn reader_and_definer(xml: &mut String, reader: &Reader, access: &Access) {
    let login = format!("{}{LOCAL}", password(&digest(&reader.password)));
    user(xml, reader.user.as_str(), &login, "reader", |xml| {
        // Views are named without their database; see docs/views.md.
        element(xml, "default_database", reader.database.as_str());
        grant(xml, &format!("GRANT SELECT ON {}.*", reader.database));
    });
    user(xml, reader.definer.as_str(), NOWHERE, "definer", |xml| {
        let table =
            |table: &GuardedTable| format!("GRANT SELECT ON {}.{}", table.database, table.table);
        let views = |database: &Name| format!("GRANT SELECT ON {database}.*");
        let tables = access.guarded.iter().map(table);
        grants(xml, tables.chain(access.invoker_views.iter().map(views)));
        filters(xml, &access.guarded, &reader.rows);
    });
}

fn user(xml: &mut String, name: &str, login: &str, profile: &str, rest: impl FnOnce(&mut String)) {
    let _ = write!(xml, "<{name}>{login}<profile>{profile}</profile><quota>default</quota>");
    rest(xml);
    let _ = writeln!(xml, "</{name}>");
}

fn password(digest: &str) -> String {
    format!("<password_sha256_hex>{digest}</password_sha256_hex>")
}

fn grant(xml: &mut String, query: &str) {
    grants(xml, std::iter::once(query.to_owned()));
}

fn grants(xml: &mut String, queries: impl Iterator<Item = String>) {
    xml.push_str("<grants>");
    for query in queries {
        let _ = write!(xml, "<query>{}</query>", escape(&query));
    }
    // A user with an empty list of grants has none; one without a list has all.
    xml.push_str("</grants>");
}

fn filters(xml: &mut String, guarded: &[GuardedTable], rows: &Rows) {
    if guarded.is_empty() {
        return;
    }
    xml.push_str("<databases>");
    let mut databases: Vec<&Name> = Vec::new();
    for table in guarded {
        if !databases.contains(&&table.database) {
            databases.push(&table.database);
        }
    }
    for database in databases {
        let _ = write!(xml, "<{database}>");
        for table in guarded.iter().filter(|table| table.database == *database) {
            let filter = escape(&filter(table, rows));
            let _ = write!(xml, "<{0}><filter>{filter}</filter></{0}>", table.table);
        }
        let _ = write!(xml, "</{database}>");
    }
    xml.push_str("</databases>");
}

fn filter(table: &GuardedTable, rows: &Rows) -> String {
    match rows {
        Rows::All => "1".to_owned(),
        Rows::OfTenant(tenant) => {
            let quoted = tenant.replace('\\', "\\\\").replace('\'', "\\'");
            format!("{} = '{quoted}'", table.tenant_column)
        }
    }
}

fn element(xml: &mut String, name: &str, value: impl ToString) {
    let _ = writeln!(xml, "<{name}>{}</{name}>", escape(&value.to_string()));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn access() -> Access {
        let name = |text: &str| Name::new(text).unwrap();
        Access {
            admin_password: SecretString::from("admin password"),
            guarded: vec![GuardedTable {
                database: name("ticketlens_store"),
                table: name("tickets"),
                tenant_column: name("tenant"),
            }],
            invoker_views: vec![name("ticketlens")],
            readers: vec![Reader {
                user: name("acme"),
                password: SecretString::from("acme password"),
                database: name("t_acme"),
                definer: name("def_acme"),
                rows: Rows::OfTenant("it's <a&b>\\".into()),
            }],
        }
    }

    #[test]
    fn users_hold_digests_and_no_password() {
        let xml = users_xml(&access());
        assert!(!xml.contains("admin password") && !xml.contains("acme password"), "{xml}");
        assert!(xml.contains(&digest(&"acme password".into())), "{xml}");
    }

    #[test]
    fn a_tenants_name_is_quoted_for_sql_and_for_xml() {
        let xml = users_xml(&access());
        assert!(xml.contains(r"<filter>tenant = 'it\'s &lt;a&amp;b&gt;\\'</filter>"), "{xml}");
    }

    #[test]
    fn a_definer_reads_the_tables_and_the_views_between_and_a_reader_its_own_database() {
        let xml = users_xml(&access());
        let of = |user: &str| {
            let rest = xml.split(&format!("<{user}>")).nth(1).unwrap();
            rest.split("</grants>").next().unwrap().matches("<query>").count()
        };
        assert!(xml.contains("<query>GRANT SELECT ON ticketlens_store.tickets</query>"), "{xml}");
        assert!(xml.contains("<query>GRANT SELECT ON ticketlens.*</query>"), "{xml}");
        assert!(xml.contains("<query>GRANT SELECT ON t_acme.*</query>"), "{xml}");
        assert_eq!((of("def_acme"), of("acme")), (2, 1));
    }

    #[test]
    fn a_definer_without_tables_gets_an_empty_list_of_grants() {
        let access = Access { guarded: Vec::new(), invoker_views: Vec::new(), ..access() };
        let xml = users_xml(&access);
        let definer = xml.split("<def_acme>").nth(1).unwrap();
        assert!(definer.starts_with(NOWHERE) && definer.contains("<grants></grants>"), "{xml}");
    }

    #[test]
    fn a_server_gets_its_paths_and_ports_from_the_file() {
        let server = Server { path: "/d&d/".into(), http_port: 1, native_port: 2 };
        let xml = config_xml(&Limits::default(), Some(&server), Path::new("/d&d/backups"));
        for part in [
            "<path>/d&amp;d/backups/</path>",
            "<allowed_disk>backups</allowed_disk>",
            "<path>/d&amp;d/</path>",
            "<http_port>1</http_port>",
            "<tcp_port>2</tcp_port>",
            "<listen_host>127.0.0.1</listen_host>",
            "<users_xml><path>users.xml</path></users_xml>",
            "<max_server_memory_usage>2147483648</max_server_memory_usage>",
        ] {
            assert!(xml.contains(part), "{part} is missing from {xml}");
        }
    }
}
