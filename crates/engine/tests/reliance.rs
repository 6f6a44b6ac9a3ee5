//! What the rest of TicketLens relies on and no documentation promises for the embedded engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::Path;

use support::{STOP, User, config, start, start_with};
use ticketlens_engine::{Access, Engine, EngineConfig, Limits};

/// An insert of one row with a deduplication token.
fn insert(admin: &User, token: &str, row: &str) {
    let token = format!("&insert_deduplication_token={token}");
    let answer = admin.insert("INSERT INTO t FORMAT TSV", &token, row.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn a_deduplication_token_holds_across_a_restart_and_wins_over_other_data() {
    let running = start();
    let admin = running.admin();
    admin.query(
        "CREATE TABLE t (a UInt64) ENGINE = ReplacingMergeTree ORDER BY a \
         SETTINGS non_replicated_deduplication_window = 100",
    );
    insert(&admin, "one", "1\n");
    insert(&admin, "one", "1\n");
    assert_eq!(admin.query("SELECT count() FROM t"), "1");
    let access = Access::admin_only(running.engine.admin_password());
    running.engine.restart(access, STOP).unwrap();
    insert(&admin, "one", "1\n");
    // To be known, and not to be used: other data under the same token is dropped.
    insert(&admin, "one", "2\n");
    assert_eq!(admin.query("SELECT groupArray(a) FROM t"), "[1]");
    insert(&admin, "two", "2\n");
    assert_eq!(admin.query("SELECT arraySort(groupArray(a)) FROM t"), "[1,2]");
}

#[test]
fn users_are_only_made_in_the_file() {
    let admin = start();
    let admin = admin.admin();
    for sql in [
        "CREATE USER x IDENTIFIED BY 'y'",
        "CREATE ROW POLICY p ON default.t USING 1 TO admin",
        "GRANT SELECT ON *.* TO admin",
    ] {
        assert_ne!(admin.error(sql), 0, "{sql}");
    }
    // Their text can be checked all the same.
    assert!(admin.query("EXPLAIN AST CREATE USER x IDENTIFIED BY 'y'").contains("CreateUser"));
}

#[test]
fn no_system_log_grows() {
    let running = start();
    let admin = running.admin();
    admin.query("SYSTEM FLUSH LOGS");
    let logs =
        "SELECT count() FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'";
    assert_eq!(admin.query(logs), "0");
}

#[test]
fn a_configuration_found_by_chance_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let trap =
        "<clickhouse><max_server_memory_usage>12345678</max_server_memory_usage></clickhouse>";
    // The engine's working folder and its home are the data folder.
    let clickhouse = folder.path().join(".clickhouse-local");
    std::fs::create_dir(&clickhouse).unwrap();
    for path in [folder.path().join("config.xml"), clickhouse.join("config.xml")] {
        std::fs::write(path, trap).unwrap();
    }
    let engine = Engine::start(config(&folder)).unwrap();
    let memory = "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'";
    assert_eq!(support::admin(&engine).query(memory), (1u64 << 30).to_string());
}

#[test]
fn the_limits_are_in_force() {
    let limits = Limits {
        memory_bytes: 900_000_000,
        mark_cache_bytes: 10_000_000,
        merge_threads: 3,
        concurrent_queries: 7,
    };
    let running = start_with(|config| EngineConfig { limits, ..config });
    let setting = |name: &str| {
        let sql = format!("SELECT value FROM system.server_settings WHERE name = '{name}'");
        running.admin().query(&sql)
    };
    assert_eq!(setting("max_server_memory_usage"), "900000000");
    assert_eq!(setting("mark_cache_size"), "10000000");
    assert_eq!(setting("background_pool_size"), "3");
    assert_eq!(setting("max_concurrent_queries"), "7");
    assert_eq!(setting("keep_alive_timeout"), "1");
}

#[test]
fn an_error_amid_a_stream_is_marked_in_the_body() {
    let running = start();
    let sql = "SELECT throwIf(number = 3000000), number FROM numbers(4000000) SETTINGS max_block_size = 1000";
    let answer = running.admin().ask("&wait_end_of_query=0", sql.as_bytes()).unwrap();
    // The status was sent before the error was met.
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("Code: 395"), "no mark of an error at the end of the answer");
}

#[test]
fn failed_queries_do_not_fill_the_log() {
    let running = start();
    for _ in 0..100 {
        running.admin().error("SELECT nonsense FROM nowhere");
    }
    assert_eq!(running.engine.stop(STOP), ticketlens_engine::Stopped::Clean);
    let log = std::fs::read_to_string(running.folder.path().join("engine.log")).unwrap();
    assert!(!log.contains("nonsense"), "{log}");
    assert!(log.len() < 1000, "{log}");
}

#[test]
fn files_of_the_data_folder_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let running = start();
    let mode = |path: &str| {
        let path = running.folder.path().join(Path::new(path));
        path.metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("config"), 0o700);
    assert_eq!(mode("clickhouse"), 0o700);
    assert_eq!(mode("config/users.xml"), 0o600);
    assert_eq!(mode("engine.log"), 0o600);
    assert_eq!(mode("engine.lock"), 0o600);
}

#[test]
fn a_backup_goes_to_its_disk_alone_and_one_that_is_cut_off_restores_nothing() {
    let running = start();
    let admin = running.admin();
    admin.query("CREATE DATABASE a");
    admin.query(
        "CREATE TABLE a.t (x UInt64, s String) ENGINE = ReplacingMergeTree ORDER BY x \
         SETTINGS min_bytes_for_wide_part = 0",
    );
    admin.query("INSERT INTO a.t SELECT number, randomPrintableASCII(50) FROM numbers(20000)");
    admin.query("DELETE FROM a.t WHERE x < 100");
    // Elsewhere nothing is written.
    let elsewhere = running.folder.path().join("elsewhere.tar");
    admin.error(&format!("BACKUP DATABASE a TO File('{}')", elsewhere.display()));
    admin.error("BACKUP DATABASE a TO Disk('default', 'a.tar')");
    admin.error("BACKUP DATABASE a TO Disk('backups', '../a.tar')");
    assert!(!elsewhere.exists());
    assert!(
        admin.query("BACKUP DATABASE a TO Disk('backups', 'a.tar')").contains("BACKUP_CREATED")
    );
    let backups = Engine::backups(running.folder.path());
    let whole = std::fs::read(backups.join("a.tar")).unwrap();
    for (name, bytes) in [("half.tar", whole.len() / 2), ("end.tar", whole.len() - 20_000)] {
        std::fs::write(backups.join(name), &whole[..bytes]).unwrap();
    }
    let sum = admin.query("SELECT count(), sum(cityHash64(x, s)) FROM a.t");
    admin.query("DROP DATABASE a SYNC");
    for cut_off in ["half.tar", "end.tar"] {
        admin.error(&format!("RESTORE DATABASE a FROM Disk('backups', '{cut_off}')"));
        let left = admin.query("SELECT count() FROM system.databases WHERE name = 'a'");
        assert_eq!(left, "0", "{cut_off}");
    }
    admin.query("RESTORE DATABASE a FROM Disk('backups', 'a.tar')");
    assert_eq!(admin.query("SELECT count(), sum(cityHash64(x, s)) FROM a.t"), sum);
    assert_ne!(admin.error("RESTORE DATABASE a FROM Disk('backups', 'a.tar')"), 0, "not twice");
}
