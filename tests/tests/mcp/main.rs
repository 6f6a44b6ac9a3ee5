//! Tickets as tools, asked by a client in another language: `mcp` of PyPI, over HTTP and over the
//! standard streams of the real program, against a real receiver.
#![expect(clippy::expect_used)]

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

use serde_json::Value;
use ticketlens::{Lens, Status, Ticket};
use ticketlens_store::Scope;
use ticketlens_tests::{Database, Receiver, peer, program};

/// Far beyond what it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The tools there are.
const TOOLS: [&str; 7] = [
    "compare_versions",
    "explain_schema",
    "get_ticket",
    "list_failures",
    "list_feedback",
    "overview",
    "search_tickets",
];

/// What the client prints for each call.
fn asked(arguments: &[&str]) -> Vec<Value> {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mcp/client.py");
    let mut python = Command::new(peer("mcp", "venv/bin/python3"));
    let output = python.arg(client).args(arguments).output().expect("python runs");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_python_lists_and_calls_every_tool() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let ingest = database.tenant_key("acme", Scope::Ingest).await;
    let read = database.tenant_key("acme", Scope::Read).await;
    let lens = Lens::builder().workflow("flow").endpoint(receiver.grpc()).key(ingest);
    let lens = lens.build().expect("a lens");
    for (n, status) in [Status::Failed, Status::Success, Status::Success].into_iter().enumerate() {
        lens.emit(Ticket::new(format!("T-{n}"), status, Duration::from_secs(1)));
    }
    assert_eq!(lens.shutdown(PATIENCE).sent, 3);

    let document = ticketlens_tests::document::read("docs/mcp.md");
    let curl = &ticketlens_tests::document::blocks(&document, "```sh curl")[0];
    let curl = curl.replace("127.0.0.1:4318", &receiver.http().to_string());
    let mut shell = Command::new("bash");
    let shell = shell.args(["-euo", "pipefail", "-c", &curl]).env("TICKETLENS_READ_KEY", &read);
    let told = String::from_utf8(shell.output().expect("bash runs").stdout).expect("text");
    assert!(told.contains("\"total\":3"), "{told}");

    let url = format!("http://{}/mcp", receiver.http());
    let over_http = asked(&["http", &url, &read, "T-1"]);
    let binary = program("ticketlens").display().to_string();
    let over_streams = asked(&["stdio", &binary, &receiver.grpc(), &read, "T-1"]);
    for calls in [over_http, over_streams] {
        for mode in ["auto", "legacy"] {
            let of_mode: Vec<_> = calls.iter().filter(|call| call["mode"] == mode).collect();
            let names: BTreeSet<_> =
                of_mode.iter().filter_map(|call| call["tool"].as_str()).collect();
            assert_eq!(names, BTreeSet::from(TOOLS), "{mode}");
            for call in of_mode {
                assert_eq!((&call["is_error"], &call["read_only"]), (&false.into(), &true.into()));
                let found = call["structure"]["tickets"].as_array().map_or(1, Vec::len);
                assert_eq!(found, 1, "{call}");
            }
        }
    }
}
