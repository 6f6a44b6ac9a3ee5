//! The HTTP API as strangers meet it: its description held against the specification, and a client
//! that a generator made of it asking a real receiver.
#![expect(clippy::expect_used)]

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::Value;
use ticketlens_store::Scope;
use ticketlens_tests::{
    Database, Receiver,
    document::{blocks, read},
    peer, program,
    workspace::root,
};

/// Runs it to its end; what it printed, if it ended well.
fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} ended with {status}\n{out}\n{err}");
    out.into_owned()
}

fn python(module: &str) -> Command {
    let mut python = Command::new(peer("api", "venv/bin/python3"));
    python.args(["-m", module]);
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_generated_from_the_description_reads_tickets() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let ingest = database.tenant_key("acme", Scope::Ingest).await;
    let read = database.tenant_key("acme", Scope::Read).await;
    let folder = tempfile::tempdir().expect("a folder");

    let document = folder.path().join("openapi.json");
    let asked = "GET /openapi.json HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    let answer = receiver.exchange(asked);
    let (_, text) = answer.split_once("\r\n\r\n").expect("a body");
    fs::write(&document, text).expect("written");
    run(python("openapi_spec_validator").arg(&document));

    let client = folder.path().join("ticketlens_http");
    let warnings = run(python("openapi_python_client")
        .args(["generate", "--meta", "none", "--fail-on-warning", "--path"])
        .arg(&document)
        .arg("--output-path")
        .arg(&client)
        .arg("--config")
        .arg(root().join("tests/tests/http_api/generator.yaml")));
    assert!(!warnings.contains("Warning"), "{warnings}");

    let runs = root().join("tests/data/made_up_runs.jsonl");
    run(Command::new(program("ticketlens"))
        .args(["send", "--endpoint", &receiver.grpc()])
        .arg(&runs)
        .env("TICKETLENS_KEY", &ingest));
    let told = run(Command::new(peer("api", "venv/bin/python3"))
        .arg(root().join("tests/tests/http_api/ask.py"))
        .env("PYTHONPATH", folder.path())
        .env("TICKETLENS_HTTP", format!("http://{}", receiver.http()))
        .env("TICKETLENS_KEY", &read));
    assert_eq!(told.trim(), "all as described");
}

/// What docs/api.md asks with curl is answered.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_commands_are_answered() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Read).await;
    let script = blocks(&read("docs/api.md"), "```sh test").remove(0);
    let address = format!("http://{}", receiver.http());
    let lines = script.lines().filter(|line| line.starts_with("curl "));
    let mut asked = 0;
    for line in lines {
        let line = line.replace("http://127.0.0.1:4318", &address);
        let told = run(Command::new("sh").args(["-c", &line]).env("KEY", &key));
        let told: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{line}: {told}"));
        assert!(told.get("status").is_none(), "{line}: {told}");
        asked += 1;
    }
    assert!(asked > 1, "only {asked} commands");
}
