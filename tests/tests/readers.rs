//! Readers on the real engine: each sees its own rows, by the same names.
#![expect(clippy::unwrap_used)]

use secrecy::SecretString;
use ticketlens_store::{Change, GRANTS_TO_PROVISION, Reader, ReaderError, Visibility};
use ticketlens_tests::{Database, Login};

/// Two tickets for acme, three for globex, a rejection, an hour's usage, a key and an act for each, and
/// feedback on acme-0, which globex does not have, and on globex-0.
fn seed(database: &Database) {
    for (tenant, tickets) in [("acme", 2), ("globex", 3)] {
        database.query(&format!(
            "INSERT INTO ticketlens_store.tickets (tenant, executed_at, execution_id, ticket_id, \
             received_at, duration_seconds, status, instance, sequence, trace_json, steps, \
             trace_expires_at, expires_at) SELECT '{tenant}', now64(9) - number, \
             generateUUIDv4(), concat('{tenant}-', toString(number)), now64(6), 1, 'SUCCESS', \
             'process', number, '{{\"whose\":\"{tenant}\"}}', \
             [('s1', '', 'node', '{tenant} step', 1, 0, 1, 'OK', '')], \
             now() + 86400, now() + 86400 FROM numbers({tickets})"
        ));
        database.query(&format!(
            "INSERT INTO ticketlens_store.audit (at, id, outcome, tenant, tenant_since, act) \
             SELECT now64(6), '{tenant}', 'done', name, created_at, 'key.create' \
             FROM ticketlens_store.tenants FINAL WHERE name = '{tenant}'"
        ));
        database.query(&format!(
            "INSERT INTO ticketlens_store.feedback (tenant, ticket_id, name, source, feedback_id, \
             given_at, received_at, score, trace_expires_at, expires_at) SELECT DISTINCT '{tenant}', \
             arrayJoin(['acme-0', '{tenant}-0']), 'csat', 'HUMAN', 'f', now64(9), now64(6), 1, \
             now() + 86400, now() + 86400"
        ));
        for rows in [
            "rejections (tenant, hour, reason, rejected) VALUES ('{}', now(), 'too_large', 7)",
            "usage (tenant, hour, records, bytes, throttled) VALUES ('{}', now(), 1, 2, 3)",
        ] {
            let rows = rows.replace("{}", tenant);
            database.query(&format!("INSERT INTO ticketlens_store.{rows}"));
        }
        database.query(&format!(
            "INSERT INTO ticketlens_store.keys (id, tenant, digest) VALUES ('{tenant}', '{tenant}', 'digest')"
        ));
    }
}

fn tenants_in(login: &Login, view: &str) -> String {
    let sql = format!("SELECT arraySort(groupUniqArray(toString(tenant))), count() FROM {view}");
    login.query(&sql).trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_names_mean_each_readers_own_rows() {
    let database = Database::start();
    let readers = database.readers(&["acme", "globex", "acme-definer"]).await;
    seed(&database);
    // acme-definer has no tickets, and is no way to acme's definer.
    let counts = [
        ("tickets", [5, 2, 3, 0]),
        ("ticket_steps", [5, 2, 3, 0]),
        ("ticket_feedback", [3, 1, 2, 0]),
        ("rated_tickets", [2, 1, 1, 0]),
        ("rejections", [2, 1, 1, 0]),
        ("usage", [2, 1, 1, 0]),
        ("audit", [2, 1, 1, 0]),
        ("ledger", [2, 1, 1, 0]),
        ("tenants", [3, 1, 1, 1]),
    ];
    for (view, [all, acme, globex, none]) in counts {
        let listed = |names: &str, count: u32| format!("[{names}]\t{count}");
        let tenants =
            if view == "tenants" { "'acme','acme-definer','globex'" } else { "'acme','globex'" };
        assert_eq!(tenants_in(&readers.provider, view), listed(tenants, all), "{view}");
        assert_eq!(tenants_in(readers.tenant("acme"), view), listed("'acme'", acme), "{view}");
        assert_eq!(
            tenants_in(readers.tenant("globex"), view),
            listed("'globex'", globex),
            "{view}"
        );
        let own = if view == "tenants" { "'acme-definer'" } else { "" };
        assert_eq!(tenants_in(readers.tenant("acme-definer"), view), listed(own, none), "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_follow_the_contract_and_a_second_time_nothing_changes() {
    let database = Database::start();
    let readers = database.readers(&["acme"]).await;
    let store = database.store();
    let (reader, login) = &readers.all()[1];
    assert_eq!(store.publish_views(reader).await, Ok(Change::Unchanged));
    let columns = |of: &str| {
        database.query(&format!(
            "SELECT table, name, type, comment FROM system.columns WHERE database = '{of}' \
             ORDER BY table, position"
        ))
    };
    assert_eq!(columns(reader.name()), columns("ticketlens"));

    // What a later migration does.
    database.query("CREATE VIEW ticketlens.more (tenant String COMMENT 'it''s \\'s') AS SELECT toString(tenant) AS tenant FROM ticketlens_store.tickets");
    database.query("CREATE OR REPLACE VIEW ticketlens.rejections (tenant String COMMENT 'changed') AS SELECT toString(tenant) AS tenant FROM ticketlens_store.rejections");
    database.query("DROP VIEW ticketlens.ledger");
    assert_eq!(store.publish_views(reader).await, Ok(Change::Updated));
    assert_eq!(columns(reader.name()), columns("ticketlens"));
    assert_eq!(login.query("SELECT count() FROM more"), "0\n");
    assert_eq!(store.publish_views(reader).await, Ok(Change::Unchanged));

    // A view that somebody replaced by one of the reader's own rights is put right again.
    database.query("CREATE OR REPLACE VIEW ticketlens_t_acme.more (tenant String COMMENT 'it''s \\'s') AS SELECT toString(tenant) AS tenant FROM ticketlens.more");
    assert_eq!(store.publish_views(reader).await, Ok(Change::Updated));

    assert_eq!(store.published_readers().await.unwrap().len(), 2);
    assert_eq!(store.withdraw_views(reader).await, Ok(Change::Removed));
    assert_eq!(store.withdraw_views(reader).await, Ok(Change::Unchanged));
    assert_eq!(store.published_readers().await.unwrap(), [readers.all()[0].0.clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_views_without_policies_and_none_in_a_database_of_somebody_elses() {
    let database = Database::start();
    database.readers(&["acme"]).await;
    let store = database.store();
    let reader = |tenant: &str| {
        let whose = Visibility::Tenant(tenant.parse().unwrap());
        Reader::new(&store.config().database, whose)
    };
    let globex = reader("globex");
    let unguarded = store.publish_views(&globex).await;
    assert!(matches!(unguarded, Err(ReaderError::Unguarded { .. })), "{unguarded:?}");
    assert_eq!(database.query("EXISTS DATABASE ticketlens_t_globex"), "0\n");

    database.query("CREATE DATABASE ticketlens_t_globex");
    let taken = Err(ReaderError::Taken("ticketlens_t_globex".to_owned()));
    assert_eq!(store.publish_views(&globex).await, taken);
    assert_eq!(store.withdraw_views(&globex).await, taken);
    assert_eq!(database.query("EXISTS DATABASE ticketlens_t_globex"), "1\n");
}

/// Also where a receiver still knows the tenant that had the name before.
#[tokio::test(flavor = "multi_thread")]
async fn no_reader_sees_the_rows_of_a_former_tenant() {
    let database = Database::start();
    let readers = database.readers(&["acme", "globex"]).await;
    seed(&database);
    let views = [
        "tickets",
        "ticket_steps",
        "ticket_trace",
        "ticket_feedback",
        "rated_tickets",
        "ledger",
        "rejections",
        "usage",
    ];
    let counted = |login: &Login| {
        let count = |view| format!("SELECT count() FROM {view} WHERE tenant = 'acme'");
        views.map(|view| login.query(&count(view)))
    };
    let before = counted(readers.tenant("acme"));
    for (since, is_present) in [("created_at - 1", false), ("created_at", true)] {
        again(&database, since);
        for login in [readers.tenant("acme"), &readers.provider] {
            for (now, before) in counted(login).iter().zip(&before) {
                assert_eq!(now != before, is_present, "{since}: {now}");
            }
        }
    }
}

/// Stores what is stored of acme once more, at other times, for a tenant of the name that was added
/// then.
fn again(database: &Database, since: &str) {
    for (table, other) in [
        ("tickets", "executed_at - 7 AS executed_at, 'another' AS instance"),
        ("feedback", "'another' AS name"),
        ("rejections", "hour - 3600 AS hour"),
        ("usage", "hour - 3600 AS hour"),
    ] {
        let since = format!(
            "(SELECT {since} FROM ticketlens_store.tenants FINAL WHERE name = 'acme') AS tenant_since"
        );
        database.query(&format!(
            "INSERT INTO ticketlens_store.{table} SELECT * REPLACE ({since}, {other}) FROM \
             (SELECT * FROM ticketlens_store.{table} WHERE tenant = 'acme' AND tenant_since = 0)"
        ));
    }
}

/// The rows of a span are found by the sorting key, and a ticket by its index, through both views
/// and the policy.
#[tokio::test(flavor = "multi_thread")]
async fn predicates_reach_the_primary_key_through_the_views() {
    let database = Database::start();
    let readers = database.readers(&["acme", "globex"]).await;
    seed(&database);
    let explained = |condition: &str| {
        let sql = format!("EXPLAIN indexes = 1 SELECT count() FROM tickets WHERE {condition}");
        readers.tenant("acme").query(&sql)
    };
    let span = explained("executed_at > now() - 3600");
    for part in ["executed_at in [", "tenant in ['acme', 'acme']"] {
        assert!(span.replace('\\', "").contains(part), "{part}: {span}");
    }
    let ticket = explained("ticket_id = 'acme-1'");
    assert!(ticket.contains("Name: by_ticket"), "{ticket}");
}

/// What docs/grafana.md says is run on a server, in the order it says.
#[test]
fn the_statements_are_those_in_the_documentation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/grafana.md");
    let text = std::fs::read_to_string(path).unwrap();
    let block = text.split("```sql\n").nth(1).unwrap().split("\n```").next().unwrap();
    let whose = Visibility::Tenant("acme".parse().unwrap());
    let reader = Reader::new(&"ticketlens".parse().unwrap(), whose);
    let run = reader.statements(&SecretString::from("x")).unwrap();
    let run: Vec<_> = run.iter().map(|statement| without_digest(&statement.sql())).collect();
    assert_eq!(block.split(";\n").collect::<Vec<_>>(), run);
    assert!(text.contains(&GRANTS_TO_PROVISION.join(";\n")), "{GRANTS_TO_PROVISION:?}");
}

fn without_digest(sql: &str) -> String {
    match sql.split_once("sha256_hash BY '") {
        None => sql.to_owned(),
        Some((before, rest)) => {
            let (digest, after) = rest.split_once('\'').unwrap();
            assert_eq!(digest.len(), 64);
            format!("{before}sha256_hash BY '…'{after}")
        }
    }
}
