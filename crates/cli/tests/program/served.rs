//! The receiver against a ClickHouse of one's own: from nothing to a stored ticket.

use std::{fs, path::Path};

use secrecy::ExposeSecret;
use ticketlens_engine::{Engine, EngineConfig};

use crate::{
    dev::{Said, Server, call, program, said},
    runs,
};

/// Calls the program with a receiver in its environment.
fn at(folder: &Path, endpoint: &str, key: &str, args: &[&str]) -> Said {
    let mut command = program(folder);
    said(command.args(args).env("TICKETLENS_ENDPOINT", endpoint).env("TICKETLENS_KEY", key))
}

#[test]
fn from_an_empty_database_to_a_stored_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(EngineConfig::temporary(folder.path().join("engine"))).unwrap();
    let made = call(folder.path(), &["key", "create", "--scope", "admin", "--offline"]).ended(0);
    let admin = made.out.trim();
    let digest = made.err.lines().find(|line| line.contains("admin_key_sha256")).unwrap();
    let config = format!(
        "grpc_listen = \"127.0.0.1:0\"\nhttp_listen = \"127.0.0.1:0\"\n{}\n[clickhouse]\n\
         url = \"{}\"\nuser = \"{}\"\n",
        digest.trim(),
        engine.http_url(),
        engine.admin_user(),
    );
    fs::write(folder.path().join("receiver.toml"), config).unwrap();
    let password = engine.admin_password();
    let configured = |args: &[&str]| {
        let mut command = program(folder.path());
        command.args(args).args(["--config", "receiver.toml"]);
        command.env("TICKETLENS_CLICKHOUSE_PASSWORD", password.expose_secret());
        command
    };

    let pending = said(&mut configured(&["migrate", "--dry-run"])).ended(0);
    assert!(pending.out.contains("would apply 0001"), "{}", pending.out);
    let applied = said(&mut configured(&["migrate"])).ended(0);
    assert_eq!(applied.out, pending.out.replace("would apply", "applied"));
    assert_eq!(said(&mut configured(&["migrate"])).ended(0).out, "up to date\n");

    let mut server = Server::start(&mut configured(&["serve"]));
    let line = server.wait_for("serving OTLP/gRPC");
    let endpoint = format!("http://{}", line.rsplit('=').next().unwrap());
    at(folder.path(), &endpoint, admin, &["tenant", "add", "acme"]).ended(0);
    let key = ["key", "create", "--tenant", "acme", "--scope", "ingest"];
    let ingest = at(folder.path(), &endpoint, admin, &key).ended(0).out;
    runs::file(folder.path(), "runs.jsonl", &runs::lines(3));
    at(folder.path(), &endpoint, ingest.trim(), &["send", "runs.jsonl"]).ended(0);
    let count = ["tickets", "count", "--tenant", "acme"];
    assert_eq!(at(folder.path(), &endpoint, admin, &count).ended(0).out, "3\n");
    assert_eq!(server.end("TERM").code(), Some(0));
}

#[test]
fn a_database_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = "grpc_listen = \"127.0.0.1:0\"\nhttp_listen = \"127.0.0.1:0\"\n\
                  start_timeout_seconds = 0\n[clickhouse]\nurl = \"http://127.0.0.1:1\"\n";
    fs::write(folder.path().join("receiver.toml"), config).unwrap();
    let failed = call(folder.path(), &["serve", "--config", "receiver.toml"]).ended(4);
    assert!(failed.err.contains("[clickhouse]"), "{}", failed.err);
}
