//! Whole runs, as the program sends them: a ticket's page tells every step of them, once.

use std::{collections::BTreeSet, path::Path, process::Command};

use secrecy::ExposeSecret as _;
use ticketlens_store::{KeyRequest, Scope};
use ticketlens_tests::{
    Database, Login, Receiver,
    dashboards::{Dashboard, Expansion, Query, Table},
    program,
};

use crate::{ask, opened};

/// What is sent, how many tickets that are, and what some of their steps look like.
struct Sent {
    arguments: Vec<String>,
    tickets: usize,
    /// Ticket, who, the start of what, the start of what came of it.
    steps: Vec<[&'static str; 4]>,
}

fn sent() -> Vec<Sent> {
    let file = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let runs = |path: &str, tickets, steps| Sent {
        arguments: vec!["send".into(), file(path).display().to_string()],
        tickets,
        steps,
    };
    let made_up = vec![
        ["RAIL-000", "agent", "→ get_customer", ""],
        ["RAIL-000", "tool", "get_customer(customer_number=hmac:", "{\"name\": {\"first_name\""],
    ];
    let real = vec![
        ["AIR-000-0", "customer", "Hi! I'm looking to book a flight from New York", ""],
        ["AIR-000-0", "agent", "To assist you with booking a flight, I'll need", ""],
        [
            "AIR-000-0",
            "failed tool",
            "book_reservation(user_id=hmac:",
            "✗ ToolError: Error: payment amount does not add up, total price is 305, but paid 255",
        ],
        ["AIR-000-0", "tool", "calculate(expression=305 - 250)", "55.0"],
    ];
    let agent = Sent {
        arguments: ["demo", "--tickets", "60", "--tenant", "acme"].map(Into::into).into(),
        tickets: 60,
        steps: vec![
            ["SUP-1001", "failed tool", "create_return_label(", "✗ invalid_arguments: argument"],
            ["SUP-1001", "retrieval", "knowledge_base: Refund for a", "0.93 Returns and refunds: "],
            [
                "SUP-1001",
                "agent",
                "The label goes to the address on the order.\n→ create_return",
                "",
            ],
        ],
    };
    let mut all = vec![runs("data/made_up_runs.jsonl", 6, made_up), agent];
    let path = "../../shared/data/support_runs.jsonl";
    all.extend(file(path).is_file().then(|| runs(path, 100, real)));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_s_page_tells_every_step_of_whole_runs() {
    let database = Database::start();
    let readers = database.readers(&["acme"]).await;
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    // The sample agent asks for its tenant first.
    let request =
        KeyRequest { tenant: None, scope: Scope::Admin, note: String::new(), expires_at: None };
    let admin = database.store().create_key(request).await.unwrap();
    let page = Dashboard::named("ticket");
    let acme = readers.tenant("acme");
    let mut seen = BTreeSet::new();
    for sent in sent() {
        let demo = sent.arguments[0] == "demo";
        let key = if demo { admin.secret.expose_secret() } else { key.as_str() };
        let output = Command::new(program("ticketlens"))
            .args(&sent.arguments)
            .args(["--endpoint", &receiver.grpc()])
            .env("TICKETLENS_KEY", key)
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{said}");
        let executions = "SELECT ticket_id, toString(execution_id) AS execution FROM tickets";
        let mut found = acme.table(executions).unwrap().rows;
        found.retain(|row| seen.insert(row[0].clone()));
        assert_eq!(found.len(), sent.tickets, "{said}");
        for (at, row) in found.iter().enumerate() {
            let wanted: Vec<_> = sent.steps.iter().filter(|step| step[0] == row[0]).collect();
            if !wanted.is_empty() || at % 4 == 0 {
                tells(&page, acme, &row[0], &row[1], &wanted);
            }
        }
    }
}

/// The page of one of them.
fn tells(
    page: &Dashboard,
    login: &Login,
    ticket: &str,
    execution: &str,
    wanted: &[&[&'static str; 4]],
) {
    let chosen = opened(page).one("tenant", "acme").one("ticket", ticket);
    let chosen = chosen.one("execution", execution);
    let steps = answer(page, login, &chosen, "Step by step");
    for [_, who, what, result] in wanted {
        let fits = |row: &&Vec<String>| {
            row[2] == *who && row[3].starts_with(what) && row[4].starts_with(result)
        };
        let found = steps.rows.iter().find(fits);
        assert!(found.is_some(), "{ticket}: {who} {what} {result} in {:#?}", steps.rows);
    }
    let sql = format!(
        "SELECT kind, name, is_error, input, output, action, action_input, error_message, step_id, \
         parent_id FROM ticket_trace WHERE execution_id = '{execution}' ORDER BY position"
    );
    let stored = login.table(&sql).unwrap();
    assert_eq!(steps.rows.len(), stored.rows.len(), "{ticket}: a row for each step");
    let spans = answer(page, login, &chosen, "Timeline");
    assert_eq!(spans.rows.len(), stored.rows.len() + 1, "{ticket}: a span for each, and its own");
    for (step, row) in stored.rows.iter().zip(&steps.rows) {
        let [kind, name, is_error, input, output, action, given, error, id, parent] = &step[..]
        else {
            panic!("ten columns: {step:?}")
        };
        let (what, result) = (&row[3], &row[4]);
        let holds = |cell: &str, text: &str| start(cell).contains(&start(text));
        let told = match kind.as_str() {
            "message" => row[2] == *name && what == input,
            "react" => what.starts_with(output.as_str()) && what.contains(action.as_str()),
            "retrieval" => holds(what, &format!("{name}: {input}")) && !result.is_empty(),
            _ => what.starts_with(name.as_str()) && (is_error == "1" || holds(result, output)),
        };
        assert!(told, "{ticket}: {step:?} is told by {row:?}");
        if kind == "tool" && !given.is_empty() {
            assert!(what.contains('='), "{ticket}: arguments of {row:?}");
        }
        assert!(is_error != "1" || result.contains(error.as_str()), "{ticket}: {row:?}");
        if is_error == "1" && kind != "react" {
            let of = |id: &str| {
                let id = format!("step {id}");
                spans.rows.iter().find(|span| span[1] == id).unwrap()
            };
            assert_eq!(of(id)[7], "2", "{ticket}: it is red");
            assert!(of(id)[4].contains('✗'), "{ticket}: {:?}", of(id)[4]);
            let caller = of(parent);
            assert_eq!(caller[7], "2", "{ticket}: so is who called it");
            assert!(caller[4].ends_with(" (failed)"), "{ticket}: {:?}", caller[4]);
            assert_eq!(caller[8], format!("its {kind} {name} failed: {error}"), "{ticket}");
        }
    }
    let errors = answer(page, login, &chosen, "Errors");
    let status = &spans.rows[0][4];
    let failed = status.contains(" FAILED");
    assert_eq!(errors.rows[0][0] == "ticket", failed, "{ticket}: {status}, {:?}", errors.rows);
    let asked = answer(page, login, &chosen, "Asked");
    let first = stored.rows.iter().find(|step| step[0] == "message").unwrap();
    assert!(asked.rows[0][0].contains(&first[3]), "{ticket}: {:?}", asked.rows);
}

fn answer(page: &Dashboard, login: &Login, chosen: &Expansion, title: &str) -> Table {
    let of = |query: &Query<'_>| query.name.starts_with(&format!("ticket: {title} ("));
    ask(login, chosen, &page.queries().into_iter().find(of).unwrap())
}

/// The first hundred letters and digits: what is set apart for reading is the same text.
fn start(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).take(100).collect()
}
