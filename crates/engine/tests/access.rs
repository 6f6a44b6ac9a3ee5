//! Who gets in, and what they see: the layout of `users.xml` under attack.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use secrecy::SecretString;
use support::{Running, STOP, User, name, start, start_with};
use ticketlens_engine::{Access, EngineConfig, GuardedTable, Reader, Rows};

/// Error codes of ClickHouse.
const AUTHENTICATION_FAILED: u32 = 516;
const ACCESS_DENIED: u32 = 497;
const FUNCTION_THROW_IF: u32 = 395;
const READONLY: u32 = 164;
const SETTING_OUT_OF_BOUNDS: u32 = 452;
/// What `merge()` says when it sees no table at all.
const CANNOT_EXTRACT_TABLE_STRUCTURE: u32 = 636;
const TOO_MANY_SESSIONS: u32 = 700;

fn reader(user: &str, rows: Rows) -> Reader {
    Reader {
        user: name(user),
        password: SecretString::from(format!("{user} password")),
        database: name(&format!("t_{user}")),
        definer: name(&format!("def_{user}")),
        rows,
    }
}

fn layout() -> Access {
    Access {
        admin_password: SecretString::from("admin password"),
        guarded: vec![GuardedTable {
            database: name("app_store"),
            table: name("tickets"),
            tenant_column: name("tenant"),
        }],
        invoker_views: Vec::new(),
        readers: vec![
            reader("acme", Rows::OfTenant("acme".into())),
            reader("odd", Rows::OfTenant(r"o'dd \ <&>".into())),
            reader("provider", Rows::All),
        ],
    }
}

/// Two tenants' rows, an index and a projection that could leak, and a database of views for each reader.
fn with_rows() -> Running {
    with_rows_as(layout())
}

fn with_rows_as(access: Access) -> Running {
    let running = start_with(|config| EngineConfig { access: Some(access), ..config });
    let admin = running.admin();
    admin.query("CREATE DATABASE app_store");
    admin.query(
        "CREATE TABLE app_store.tickets (tenant String, x Int64, message String, \
         INDEX words (message) TYPE text(tokenizer = splitByNonAlpha), \
         PROJECTION by_message (SELECT * ORDER BY message)) \
         ENGINE = MergeTree ORDER BY tenant",
    );
    admin.query(
        r"INSERT INTO app_store.tickets VALUES ('acme', 1, 'hello'), ('globex', 2, 'topsecret'), ('o\'dd \\ <&>', 3, 'odd')",
    );
    for reader in layout().readers {
        let (database, definer) = (reader.database, reader.definer);
        admin.query(&format!("CREATE DATABASE {database}"));
        admin.query(&format!(
            "CREATE VIEW {database}.tickets DEFINER = {definer} SQL SECURITY DEFINER \
             AS SELECT tenant, x, message FROM app_store.tickets"
        ));
    }
    running
}

fn login(running: &Running, user: &str) -> User {
    running.user(user, &format!("{user} password"))
}

#[test]
fn only_the_right_password_gets_in() {
    let running = start();
    assert_eq!(running.user("admin", "wrong").error("SELECT 1"), AUTHENTICATION_FAILED);
    assert_eq!(running.user("admin", "").error("SELECT 1"), AUTHENTICATION_FAILED);
    assert_eq!(running.user("nobody", "").error("SELECT 1"), AUTHENTICATION_FAILED);
    assert_eq!(running.admin().query("SELECT 1"), "1");
}

#[test]
fn the_built_in_user_is_locked_out() {
    let running = start();
    assert_eq!(running.user("default", "").error("SELECT 1"), TOO_MANY_SESSIONS);
    // Over the native protocol too: tests/abuse.rs.
    let grants = running.admin().query("SHOW GRANTS FOR default");
    assert_eq!(grants, "GRANT SYSTEM LISTEN ON *.* TO default");
}

#[test]
fn a_definer_has_no_login() {
    let running = with_rows();
    for definer in ["def_acme", "def_provider"] {
        assert_eq!(running.user(definer, "").error("SELECT 1"), AUTHENTICATION_FAILED);
    }
}

#[test]
fn each_reader_sees_its_rows_and_the_provider_all() {
    let running = with_rows();
    let rows = |user: &str| {
        login(&running, user).query(&format!("SELECT x FROM t_{user}.tickets ORDER BY x"))
    };
    assert_eq!(rows("acme"), "1");
    assert_eq!(rows("odd"), "3");
    assert_eq!(rows("provider"), "1\n2\n3");
    assert_eq!(running.admin().query("SELECT count() FROM app_store.tickets"), "3");
}

#[test]
fn a_reader_reaches_nothing_but_its_views() {
    let running = with_rows();
    let acme = login(&running, "acme");
    for sql in [
        "SELECT * FROM app_store.tickets",
        "SELECT * FROM t_provider.tickets",
        "SELECT * FROM t_odd.tickets",
        "SELECT * FROM mergeTreeProjection('app_store', 'tickets', 'by_message')",
        "SELECT * FROM mergeTreeIndex('app_store', 'tickets')",
        "SELECT * FROM mergeTreeTextIndex('app_store', 'tickets', 'words')",
        "SELECT * FROM merge('app_store', 'tickets')",
        "SELECT * FROM remote('127.0.0.1:1', 'app_store', 'tickets', 'default', '')",
        "SELECT * FROM url('http://127.0.0.1/', 'CSV', 'a String')",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM executable('id', 'TSV', 'a String')",
        "CREATE TABLE t_acme.x (a UInt8) ENGINE = Memory",
        "INSERT INTO t_acme.tickets VALUES ('globex', 1, '')",
        "DROP VIEW t_acme.tickets",
        "SYSTEM SHUTDOWN",
        "SYSTEM STOP LISTEN HTTP",
        "KILL QUERY WHERE 1",
        "CREATE USER x",
    ] {
        let code = acme.error(sql);
        let refusals = [ACCESS_DENIED, READONLY, CANNOT_EXTRACT_TABLE_STRUCTURE];
        assert!(refusals.contains(&code), "{sql}: {code}");
    }
    assert_eq!(acme.query("SHOW DATABASES"), "t_acme");
}

#[test]
fn an_error_tells_nothing_of_others_rows() {
    let running = with_rows();
    let acme = login(&running, "acme");
    // Each would fail if a row of another tenant were looked at before it is filtered away.
    for sql in [
        "SELECT count() FROM t_acme.tickets WHERE throwIf(message = 'topsecret') = 0",
        "SELECT sum(throwIf(message LIKE 'top%')) + 1 FROM t_acme.tickets",
        "SELECT count() FROM t_acme.tickets WHERE throwIf(x = 2) = 0",
    ] {
        assert_eq!(acme.query(sql), "1", "{sql}");
    }
    // They do fail for one who may see that row.
    let provider = login(&running, "provider");
    let sql = "SELECT count() FROM t_provider.tickets WHERE throwIf(message = 'topsecret') = 0";
    assert_eq!(provider.error(sql), FUNCTION_THROW_IF);
}

#[test]
fn a_reader_may_change_its_time_limit_within_bounds_and_nothing_else() {
    let running = with_rows();
    let acme = login(&running, "acme");
    assert_eq!(acme.query("SELECT getSetting('max_execution_time')"), "20");
    assert_eq!(acme.query("SELECT 1 SETTINGS max_execution_time = 60"), "1");
    assert_eq!(acme.error("SELECT 1 SETTINGS max_execution_time = 61"), SETTING_OUT_OF_BOUNDS);
    assert_eq!(acme.error("SELECT 1 SETTINGS max_execution_time = 0"), SETTING_OUT_OF_BOUNDS);
    assert_eq!(acme.error("SELECT 1 SETTINGS max_memory_usage = 0"), READONLY);
    assert_eq!(acme.error("SELECT 1 SETTINGS readonly = 0"), READONLY);
}

#[test]
fn a_readers_filter_stays_outside_the_definers_rights() {
    let running = with_rows();
    // A filter on the base table would run as the definer, who may read it, policy or not.
    let index = "(SELECT throwIf(count() > 0) FROM mergeTreeIndex(app_store, tickets)) = 0";
    let counted = |table: &str, filter: &str| {
        format!(
            "SELECT count() FROM t_acme.tickets \
             SETTINGS additional_table_filters = {{'{table}': '{filter}'}}"
        )
    };
    let acme = login(&running, "acme");
    assert_eq!(acme.query(&counted("app_store.tickets", index)), "1");
    assert_eq!(acme.error(&counted("t_acme.tickets", index)), ACCESS_DENIED);
    assert_eq!(acme.query(&counted("t_acme.tickets", "x = 1")), "1");
    assert_eq!(acme.query(&counted("t_acme.tickets", "x = 2")), "0");
    assert_eq!(acme.query("SELECT count() FROM t_acme.tickets SETTINGS limit = 1"), "1");
    // For one who may read the table, the same filter finds what it looks for.
    let on_table = "SELECT count() FROM app_store.tickets SETTINGS additional_table_filters = ";
    let sql = format!("{on_table}{{'app_store.tickets': '{index}'}}");
    assert_eq!(running.admin().error(&sql), FUNCTION_THROW_IF);
}

/// The definer is the invoker of views between its own and the tables: its filter applies beneath.
#[test]
fn views_of_the_invokers_may_stand_between() {
    let access = Access { invoker_views: vec![name("app")], ..layout() };
    let running = with_rows_as(access);
    let admin = running.admin();
    admin.query("CREATE DATABASE app");
    admin.query("CREATE VIEW app.tickets AS SELECT tenant, x, message FROM app_store.tickets");
    for reader in layout().readers {
        let (database, definer) = (reader.database, reader.definer);
        admin.query(&format!(
            "CREATE VIEW {database}.nested DEFINER = {definer} SQL SECURITY DEFINER \
             AS SELECT tenant, x, message FROM app.tickets"
        ));
    }
    let rows = |user: &str| {
        login(&running, user).query(&format!("SELECT x FROM t_{user}.nested ORDER BY x"))
    };
    assert_eq!((rows("acme"), rows("odd")), ("1".to_owned(), "3".to_owned()));
    assert_eq!(rows("provider"), "1\n2\n3");
    let acme = login(&running, "acme");
    assert_eq!(acme.error("SELECT * FROM app.tickets"), ACCESS_DENIED);
    let sql = "SELECT count() FROM t_acme.nested WHERE throwIf(message = 'topsecret') = 0";
    assert_eq!(acme.query(sql), "1");
}

#[test]
fn no_file_is_read_whoever_asks() {
    let running = with_rows();
    let users = [running.admin(), login(&running, "acme")];
    let forms = [
        "SELECT file('/etc/passwd')",
        "SELECT FILE('/etc/passwd')",
        "SELECT `file`('/etc/passwd')",
        "SELECT file('/etc/passwd', 'otherwise')",
        "SELECT * APPLY file FROM (SELECT '/etc/passwd' AS z)",
        "SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/passwd' AS z)",
        "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
        "WITH (x -> file(x)) AS f SELECT f('/etc/passwd')",
        "SELECT 1 WHERE file('/etc/passwd') != ''",
        "SELECT * FROM numbers(length(file('/etc/passwd')))",
        "SELECT toString(file(materialize('/etc/passwd')))",
        "SELECT * FROM values('a String', file('/etc/passwd'))",
        "SELECT * FROM format(TSV, 'x String, y String DEFAULT file(\\'/etc/passwd\\')', 'a')",
    ];
    for user in &users {
        for form in forms {
            let answer = user.ask("", form.as_bytes()).unwrap();
            assert!(!answer.body.contains("root:"), "{form} read the file");
        }
        assert_eq!(user.error("SELECT file('/etc/passwd')"), FUNCTION_THROW_IF);
    }
    // Its place can't be taken, and dropping it fails or does not outlive a restart.
    assert_ne!(users[0].error("CREATE OR REPLACE FUNCTION file AS (x) -> x"), 0);
    let _ = users[0].ask("", b"DROP FUNCTION file");
    running.engine.restart(layout(), STOP).unwrap();
    assert_eq!(users[1].error("SELECT file('/etc/passwd')"), FUNCTION_THROW_IF);
}

#[test]
fn a_definer_of_no_tables_reads_none() {
    let access = Access { guarded: Vec::new(), ..layout() };
    let running = start_with(|config| EngineConfig { access: Some(access), ..config });
    let admin = running.admin();
    admin.query("CREATE TABLE secrets (a UInt8) ENGINE = MergeTree ORDER BY a");
    admin.query("CREATE DATABASE t_acme");
    admin.query(
        "CREATE VIEW t_acme.tickets (a UInt8) DEFINER = def_acme SQL SECURITY DEFINER AS SELECT a FROM default.secrets",
    );
    assert_eq!(login(&running, "acme").error("SELECT * FROM t_acme.tickets"), ACCESS_DENIED);
}
