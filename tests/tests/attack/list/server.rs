//! The server itself: what it is made of, what may be done to it, and where it could reach.

use super::{
    Attack,
    Control::{AdminGets, AdminIsHeard, AdminMay, AdminSees, NobodyMay},
    DENIED,
    Outcome::{self, Answers, Refused},
    THROWN, attack,
};

const READONLY: Outcome = Refused(&[164]);

pub fn structure() -> Vec<Attack> {
    let a = attack;
    vec![
        a(
            "databases",
            "SHOW DATABASES",
            Answers("ticketlens_t_acme"),
            AdminSees("ticketlens_store"),
        ),
        a(
            "tables",
            "SELECT count() FROM system.tables WHERE database != currentDatabase()",
            Answers("0"),
            AdminMay,
        ),
        a(
            "their sizes",
            "SELECT total_rows FROM system.tables WHERE name = 'keys'",
            Answers(""),
            AdminSees("1"),
        ),
        a(
            "columns",
            "SELECT count() FROM system.columns WHERE database != currentDatabase()",
            Answers("0"),
            AdminMay,
        ),
        a("parts", "SELECT sum(rows) FROM system.parts", DENIED, AdminMay),
        a(
            "tables of a database",
            "SHOW TABLES FROM ticketlens_store",
            Answers(""),
            AdminSees("keys"),
        ),
        a("a definition", "SHOW CREATE TABLE ticketlens_store.keys", DENIED, AdminSees("digest")),
        a(
            "the contract's definition",
            "SHOW CREATE VIEW ticketlens.tickets",
            DENIED,
            AdminSees("ticketlens_store"),
        ),
        a("a description", "DESCRIBE ticketlens_store.keys", DENIED, AdminSees("digest")),
        a(
            "a description of a query",
            "DESCRIBE (SELECT * FROM ticketlens_store.keys)",
            DENIED,
            AdminSees("digest"),
        ),
        a("existence", "EXISTS TABLE ticketlens_store.keys", DENIED, AdminSees("1")),
        a("a tenant's existence", "EXISTS DATABASE ticketlens_t_globex", DENIED, AdminSees("1")),
        a(
            "a column's existence",
            "SELECT hasColumnInTable('ticketlens_store', 'keys', 'digest')",
            DENIED,
            AdminSees("1"),
        ),
        a("a plan", "EXPLAIN SELECT * FROM ticketlens_store.keys", DENIED, AdminMay),
        a(
            "an estimate",
            "EXPLAIN ESTIMATE SELECT * FROM ticketlens_store.tickets",
            DENIED,
            AdminSees("5"),
        ),
        a(
            "a pipeline",
            "EXPLAIN PIPELINE SELECT * FROM ticketlens_store.tickets",
            DENIED,
            AdminMay,
        ),
        a("queries that run", "SELECT * FROM system.processes", DENIED, AdminMay),
        a(
            "queries that ran",
            "SELECT * FROM system.query_log",
            Refused(&[60, 497]),
            NobodyMay("there are no logs of queries in the embedded engine"),
        ),
        a("users", "SHOW USERS", DENIED, AdminSees("ticketlens_all")),
        a("policies", "SHOW ROW POLICIES", DENIED, AdminSees("ticketlens_definer_t_globex")),
        a("rights", "SHOW ACCESS", DENIED, AdminMay),
        a(
            "rights of another",
            "SHOW GRANTS FOR ticketlens_all",
            DENIED,
            AdminSees("ticketlens_all"),
        ),
        a(
            "a user's making",
            "SHOW CREATE USER ticketlens_all",
            DENIED,
            AdminSees("ticketlens_all"),
        ),
    ]
}

pub fn rights() -> Vec<Attack> {
    let a = attack;
    vec![
        a("writing", "SET readonly = 0", READONLY, AdminMay),
        a("writing, in a query", "SELECT 1 SETTINGS readonly = 2", READONLY, AdminMay),
        a("writing, by the URL", "SELECT 1", READONLY, AdminMay).with("&readonly=0"),
        a("definitions", "SELECT 1 SETTINGS allow_ddl = 1", Refused(&[392]), AdminMay)
            .control("SELECT 1 SETTINGS allow_ddl = 0"),
        a("memory", "SELECT 1 SETTINGS max_memory_usage = 0", READONLY, AdminMay)
            .control("SELECT 1 SETTINGS max_memory_usage = 1000000000"),
        a("others' cached answers", "SELECT 1 SETTINGS use_query_cache = 1", READONLY, AdminMay),
        a(
            "all the time there is",
            "SELECT 1 SETTINGS max_execution_time = 0",
            Refused(&[452]),
            AdminMay,
        ),
        a(
            "another's rights",
            "EXECUTE AS ticketlens_all SELECT 1",
            Refused(&[344, 497]),
            NobodyMay("turned off on this server"),
        ),
        a("rights to oneself", "GRANT SELECT ON *.* TO ticketlens_t_acme", DENIED, AdminGets(495)),
        a("an own user", "CREATE USER x", DENIED, AdminGets(514)),
        a(
            "a policy's end",
            "DROP ROW POLICY ticketlens_definer_t_acme ON ticketlens_store.tickets",
            DENIED,
            AdminGets(495),
        ),
        a("a password", "ALTER USER ticketlens_t_acme IDENTIFIED BY 'x'", DENIED, AdminGets(495)),
        a("ending queries", "KILL QUERY WHERE user = 'admin'", DENIED, AdminMay)
            .control("KILL QUERY WHERE 0"),
        a("ending the server", "SYSTEM SHUTDOWN", DENIED, AdminMay)
            .control("SYSTEM DROP MARK CACHE"),
        a(
            "inserting",
            "INSERT INTO tickets (tenant) VALUES ('globex')",
            Refused(&[48, 164, 497]),
            AdminGets(48),
        ),
        a("deleting", "ALTER TABLE ticketlens_store.tickets DELETE WHERE 1", DENIED, AdminMay)
            .control("ALTER TABLE ticketlens_store.tickets DELETE WHERE 0"),
        a(
            "deleting what was done",
            "ALTER TABLE ticketlens_store.audit DELETE WHERE 1",
            DENIED,
            AdminMay,
        )
        .control("ALTER TABLE ticketlens_store.audit DELETE WHERE 0"),
        a(
            "a backup",
            "BACKUP TABLE tickets TO File('{folder}/written')",
            DENIED,
            NobodyMay("backups have no place configured"),
        ),
    ]
}

pub fn views() -> Vec<Attack> {
    let a = attack;
    vec![
        a("the provider's definer", "CREATE OR REPLACE VIEW tickets DEFINER = ticketlens_definer_all SQL SECURITY DEFINER AS SELECT * FROM ticketlens.tickets", DENIED, AdminMay)
            .control("CREATE VIEW ticketlens_t_globex.more DEFINER = ticketlens_definer_all SQL SECURITY DEFINER AS SELECT * FROM ticketlens.tickets"),
        a("no security", "ALTER TABLE tickets MODIFY SQL SECURITY NONE", Refused(&[164, 497]), AdminMay)
            .control("ALTER TABLE ticketlens_t_globex.more MODIFY SQL SECURITY INVOKER"),
        a("another query", "ALTER TABLE tickets MODIFY QUERY SELECT * FROM ticketlens.tickets", DENIED, NobodyMay("plain views can't be changed so")),
        a("dropping one", "DROP VIEW tickets", DENIED, AdminMay).control("DROP VIEW ticketlens_t_globex.more"),
        a("a table of one's own", "CREATE TABLE x (a UInt8) ENGINE = Memory", DENIED, AdminMay).control("CREATE TABLE default.x (a UInt8) ENGINE = Memory"),
        a("a temporary one", "CREATE TEMPORARY TABLE x AS SELECT * FROM ticketlens_store.keys", DENIED, NobodyMay("HTTP without a session has none")),
        a("a materialised one", "CREATE MATERIALIZED VIEW x ENGINE = Memory AS SELECT * FROM ticketlens_store.tickets", DENIED, AdminMay)
            .control("CREATE MATERIALIZED VIEW default.y ENGINE = Memory AS SELECT * FROM ticketlens_store.tickets"),
        a("a function that stays", "CREATE FUNCTION f AS (x) -> x", DENIED, AdminMay),
    ]
}

/// Files, and other machines.
pub fn places() -> Vec<Attack> {
    let a = attack;
    vec![
        a(
            "a file",
            "SELECT * FROM file('{file}', LineAsString)",
            DENIED,
            AdminSees("canary-in-a-file"),
        ),
        a(
            "a file, as a value",
            "SELECT file('{file}')",
            Refused(&[THROWN]),
            NobodyMay("shadowed, as no grant guards it"),
        ),
        a(
            "a file, as a table's name",
            "SELECT * FROM default.`{file}`",
            Refused(&[60, 497]),
            NobodyMay("its format is in no ending"),
        ),
        a("a folder", "SELECT * FROM filesystem('{folder}')", DENIED, AdminMay),
        a(
            "a lake in it",
            "SELECT * FROM icebergLocal('{folder}')",
            DENIED,
            NobodyMay("there is no lake in it"),
        ),
        a(
            "a program",
            "SELECT * FROM executable('id', TSV, 'a String')",
            DENIED,
            NobodyMay("no folder of programs is there"),
        ),
        a(
            "writing a file",
            "INSERT INTO FUNCTION file('{folder}/written', TSV, 'a String') SELECT 'x'",
            DENIED,
            AdminMay,
        ),
        a(
            "an answer as a file",
            "SELECT 1 INTO OUTFILE '{folder}/written'",
            Refused(&[358]),
            NobodyMay("clients write files, servers don't"),
        ),
        a("an address", "SELECT * FROM url('{url}/x', CSV, 'a String')", DENIED, AdminIsHeard),
        a("an address, described", "DESCRIBE url('{url}/x', CSVWithNames)", DENIED, AdminIsHeard),
        a(
            "sending there",
            "INSERT INTO FUNCTION url('{url}/x', CSV, 'a String') SELECT ticket_id FROM tickets",
            DENIED,
            AdminIsHeard,
        ),
        a(
            "a bucket",
            "SELECT * FROM s3('{url}/bucket/x.csv', NOSIGN, CSV, 'a String')",
            DENIED,
            AdminIsHeard,
        ),
        a(
            "another ClickHouse",
            "SELECT * FROM remote('127.0.0.1:1', 'system', 'one')",
            DENIED,
            AdminGets(519),
        ),
        a(
            "a MySQL",
            "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
            DENIED,
            AdminGets(279),
        ),
        a(
            "a PostgreSQL",
            "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
            DENIED,
            AdminGets(614),
        ),
        a(
            "a Redis",
            "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String, v String')",
            DENIED,
            AdminGets(1000),
        ),
    ]
}
