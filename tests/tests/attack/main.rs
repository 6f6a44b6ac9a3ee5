//! A tenant's login against everything that is not its own: rows, keys, the system, files, other
//! machines. What a Grafana viewer can send is what is sent here, over the same protocol.
//!
//! Each attack is also run by one who may do it, and succeeds then: a query that could never work
//! would prove nothing.
#![expect(clippy::unwrap_used)]

mod list;

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use list::{Attack, Control, Outcome};
use ticketlens_tests::{Answer, Database, Login, Readers};

/// What belongs to another tenant, or to nobody who reads: in no answer to this one.
const SECRETS: [&str; 7] = [
    "globex-ticket",
    "globex-trace",
    "digest-of-a-key",
    "canary-in-a-file",
    "globex-step",
    "globex-act",
    "globex-comment",
];

/// A database with two tenants, and the places attacks reach for.
struct Scene {
    database: Database,
    readers: Readers,
    folder: tempfile::TempDir,
    /// Where a request would be heard.
    url: String,
    heard: Arc<AtomicUsize>,
}

impl Scene {
    async fn set() -> Self {
        let database = Database::start();
        let readers = database.readers(&["acme", "globex"]).await;
        for (tenant, tickets) in [("acme", 2), ("globex", 3)] {
            database.query(&format!(
                "INSERT INTO ticketlens_store.tickets (tenant, executed_at, execution_id, \
                 ticket_id, received_at, duration_seconds, status, instance, sequence, trace_json, \
                 steps, trace_expires_at, expires_at) SELECT '{tenant}', now64(9) - number, \
                 generateUUIDv4(), concat('{tenant}-ticket-', toString(number)), now64(6), 1, \
                 'SUCCESS', 'process', number, '{{\"whose\":\"{tenant}-trace\"}}', \
                 [('s1', '', 'node', '{tenant}-step', 1, 0, 1, 'OK', '')], \
                 now() + 86400, now() + 86400 FROM numbers({tickets})"
            ));
            // On a ticket of its own, and on one of a number that acme has as well.
            database.query(&format!(
                "INSERT INTO ticketlens_store.feedback (tenant, ticket_id, name, source, \
                 feedback_id, given_at, received_at, score, comment, trace_expires_at, expires_at) \
                 SELECT '{tenant}', concat(['{tenant}', 'acme'][number + 1], '-ticket-0'), 'csat', \
                 'HUMAN', '{tenant}-feedback', now64(9) - number, now64(6), 1, \
                 '{tenant}-comment', now() + 86400, now() + 86400 FROM numbers(2)"
            ));
            database.query(&format!(
                "INSERT INTO ticketlens_store.audit (at, id, outcome, tenant, tenant_since, act, \
                 subject) SELECT now64(6), '{tenant}', 'done', name, created_at, 'key.create', \
                 '{tenant}-act' FROM ticketlens_store.tenants FINAL WHERE name = '{tenant}'"
            ));
        }
        // One part, as inserts of several tenants and merges make it.
        for table in ["tickets", "feedback", "tenants"] {
            database.query(&format!("OPTIMIZE TABLE ticketlens_store.{table} FINAL"));
        }
        database.query(
            "INSERT INTO ticketlens_store.keys (id, tenant, digest) \
             VALUES ('key', 'globex', 'digest-of-a-key')",
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "canary-in-a-file\n").unwrap();
        let (url, heard) = listen();
        Self { database, readers, folder, url, heard }
    }

    fn acme(&self) -> &Login {
        self.readers.tenant("acme")
    }

    /// An administrator in the tenant's place: the same names mean the same.
    fn admin(&self) -> Login {
        Login { database: self.acme().database.clone(), ..self.database.admin() }
    }

    fn fill(&self, text: &str) -> String {
        let file = self.folder.path().join("file");
        let admin = self.database.admin();
        text.replace("{file}", &file.display().to_string())
            .replace("{folder}", &self.folder.path().display().to_string())
            .replace("{url}", &self.url)
            .replace("{native}", &admin.native_port.to_string())
            .replace("{password}", &admin.password)
    }
}

/// Counts who comes, and has nothing for anyone.
fn listen() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&heard);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            // Whoever has gone by then was heard all the same.
            let _ =
                connection.read(&mut [0; 4096]).and_then(|_| connection.write(answer.as_bytes()));
        }
    });
    (url, heard)
}

fn tells_a_secret(answer: &Answer) -> Option<&'static str> {
    SECRETS.into_iter().find(|secret| answer.body.contains(secret) || answer.head.contains(secret))
}

/// What is wrong with the answer to a tenant, if anything.
fn as_tenant(scene: &Scene, attack: &Attack) -> Option<String> {
    let sql = scene.fill(attack.sql);
    let answer = scene.acme().ask(&scene.fill(attack.parameters), &sql);
    let body = answer.body.trim_end();
    let as_expected = match attack.outcome {
        Outcome::Refused(codes) => answer.status != 200 && codes.contains(&answer.code()),
        Outcome::Answers(expected) => answer.status == 200 && body == expected,
    };
    let told = tells_a_secret(&answer);
    (told.is_some() || !as_expected).then(|| {
        format!("{}: {sql}\n  {} ({}), {told:?}: {body}", attack.what, answer.status, answer.code())
    })
}

/// The same by one who may: what is wrong with that answer, if anything.
fn as_one_who_may(scene: &Scene, attack: &Attack) -> Option<String> {
    let sql = scene.fill(attack.control_sql.unwrap_or(attack.sql));
    let parameters = scene.fill(attack.parameters);
    let admin = || scene.admin().ask(&parameters, &sql);
    let provider = || scene.readers.provider.ask(&parameters, &sql);
    let before = scene.heard.load(Ordering::SeqCst);
    let (answer, succeeds) = match attack.control {
        Control::AdminSees(text) => sees(admin(), text),
        Control::ProviderSees(text) => sees(provider(), text),
        Control::AdminMay => sees(admin(), ""),
        Control::AdminGets(code) => gets(admin(), code),
        Control::ProviderGets(code) => gets(provider(), code),
        Control::AdminIsHeard => {
            let answer = admin();
            (answer, scene.heard.load(Ordering::SeqCst) > before)
        }
        Control::NobodyMay(_why) => return None,
    };
    (!succeeds).then(|| {
        let Answer { status, body, .. } = &answer;
        format!("{} by one who may: {sql}\n  {status} ({}): {body}", attack.what, answer.code())
    })
}

fn sees(answer: Answer, text: &str) -> (Answer, bool) {
    let sees = answer.status == 200 && answer.body.contains(text);
    (answer, sees)
}

fn gets(answer: Answer, code: u32) -> (Answer, bool) {
    let gets = answer.code() == code;
    (answer, gets)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attack_gives_a_tenant_what_is_not_its_own() {
    let scene = Scene::set().await;
    let attacks = list::all();
    assert!(attacks.len() >= 120, "{} attacks", attacks.len());
    let wrong: Vec<_> = attacks.iter().filter_map(|attack| as_tenant(&scene, attack)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(scene.heard.load(Ordering::SeqCst), 0, "nothing was asked of another machine");
    assert!(!scene.folder.path().join("written").exists(), "no file was written");
    assert_eq!(scene.acme().query("SELECT count() FROM tickets").trim_end(), "2", "all is there");
    let wrong: Vec<_> =
        attacks.iter().filter_map(|attack| as_one_who_may(&scene, attack)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every table there is in the system databases, whatever a later version adds.
#[tokio::test(flavor = "multi_thread")]
async fn no_system_table_tells_a_tenant_of_others() {
    let scene = Scene::set().await;
    let tables = scene.database.query(
        "SELECT concat(database, '.', name) FROM system.tables \
         WHERE lower(database) IN ('system', 'information_schema') ORDER BY 1",
    );
    let others = ["globex", "ticketlens_store", "ticketlens_all", "ticketlens_definer_all"];
    let (mut denied, mut open) = (Vec::new(), Vec::new());
    for table in tables.lines() {
        let answer = scene.acme().ask("", &format!("SELECT * FROM {table} LIMIT 900000"));
        assert_eq!(tells_a_secret(&answer), None, "{table}");
        if answer.status == 200 {
            let told = others.into_iter().find(|other| answer.body.contains(other));
            assert_eq!(told, None, "{table}");
            open.push(table);
        } else {
            denied.push(table);
        }
    }
    for table in [
        "users",
        "roles",
        "grants",
        "row_policies",
        "settings_profiles",
        "quotas",
        "processes",
        "parts",
        "parts_columns",
        "databases_engines",
        "query_cache",
        "named_collections",
        "replicas",
        "mutations",
        "merges",
        "backups",
        "errors",
        "metrics",
        "events",
        "disks",
        "dictionaries",
        "clusters",
        "server_settings",
        "user_processes",
        "warnings",
    ] {
        let name = format!("system.{table}");
        assert!(!open.contains(&name.as_str()), "{name} is open");
    }
    assert!(denied.len() > 100 && open.len() < 30, "{} denied, open: {open:?}", denied.len());
}

/// What no policy hides, said in docs/grafana.md: how many rows a query had to look at. Rows of a
/// part are counted in blocks of 8,192 before anyone's are left out.
#[tokio::test(flavor = "multi_thread")]
async fn a_summary_counts_rows_of_the_blocks_that_were_read() {
    let scene = Scene::set().await;
    let read = |sql: &str| {
        let answer = scene.acme().ask("", sql);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let summary = answer.header("x-clickhouse-summary").unwrap().to_owned();
        let after = summary.split("\"read_rows\":\"").nth(1).unwrap();
        after.split('"').next().unwrap().parse::<u32>().unwrap()
    };
    assert_eq!(scene.acme().query("SELECT count() FROM tickets").trim_end(), "2");
    // Every query looks up the tenants that are there, and one row more for rows of before.
    const LOOKED_UP: u32 = 3;
    assert_eq!(read("SELECT sum(duration_seconds) FROM tickets"), 5 + LOOKED_UP);
    // Whether that block holds a ticket of anyone's can be told apart by it, for a number that is
    // known already.
    assert_eq!(
        read("SELECT count() FROM tickets WHERE ticket_id = 'globex-ticket-1'"),
        5 + LOOKED_UP
    );
    assert_eq!(read("SELECT count() FROM tickets WHERE ticket_id = 'nobodys-ticket'"), LOOKED_UP);
    // Not so by another tenant's name, or by what it said.
    assert_eq!(read("SELECT count() FROM tickets WHERE tenant = 'globex'"), LOOKED_UP);
    let said = "SELECT count() FROM tickets WHERE trace_json LIKE '%whose%'";
    let unsaid = "SELECT count() FROM tickets WHERE trace_json LIKE '%globex-trace%'";
    assert_eq!(read(said), read(unsaid));
}
