//! The receiver against a ClickHouse of one's own: from nothing to a stored ticket.

use std::{fs, path::Path};

use secrecy::ExposeSecret;
use ticketlens_engine::{Engine, EngineConfig};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};

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

/// With mutual TLS: commands and `send` show the certificate that the environment names.
#[test]
fn a_receiver_that_asks_for_certificates_is_administrated_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    write("authority.pem", authority.pem());
    for (name, purpose) in [
        ("localhost", ExtendedKeyUsagePurpose::ServerAuth),
        ("client", ExtendedKeyUsagePurpose::ClientAuth),
    ] {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        write(&format!("{name}.pem"), params.signed_by(&key, &authority).unwrap().pem());
        write(&format!("{name}.key"), key.serialize_pem());
    }
    let engine = Engine::start(EngineConfig::temporary(folder.path().join("engine"))).unwrap();
    let made = call(folder.path(), &["key", "create", "--scope", "admin", "--offline"]).ended(0);
    let digest = made.err.lines().find(|line| line.contains("admin_key_sha256")).unwrap();
    let config = format!(
        "grpc_listen = \"127.0.0.1:0\"\nhttp_listen = \"127.0.0.1:0\"\n{}\n[clickhouse]\n\
         url = \"{}\"\nuser = \"{}\"\n[tls]\ncertificate = \"localhost.pem\"\n\
         key = \"localhost.key\"\nclient_ca = \"authority.pem\"\n",
        digest.trim(),
        engine.http_url(),
        engine.admin_user(),
    );
    write("receiver.toml", config);
    let mut serve = program(folder.path());
    serve.args(["serve", "--config", "receiver.toml"]);
    serve.env("TICKETLENS_CLICKHOUSE_PASSWORD", engine.admin_password().expose_secret());
    let mut server = Server::start(&mut serve);
    let line = server.wait_for("serving OTLP/gRPC");
    let endpoint = format!("https://localhost:{}", line.rsplit(':').next().unwrap());
    let command = |key: &str, args: &[&str]| {
        let mut command = program(folder.path());
        command.args(args).env("TICKETLENS_ENDPOINT", &endpoint).env("TICKETLENS_KEY", key.trim());
        command.env("SSL_CERT_FILE", "authority.pem");
        command
    };
    let with_certificate = |key: &str, args: &[&str]| {
        let mut command = command(key, args);
        command.env("TICKETLENS_CLIENT_CERTIFICATE", "client.pem");
        said(command.env("TICKETLENS_CLIENT_KEY", "client.key"))
    };

    let refused = said(&mut command(&made.out, &["tenant", "add", "acme"])).ended(5);
    assert!(refused.err.contains("asks for a client certificate"), "{}", refused.err);
    with_certificate(&made.out, &["tenant", "add", "acme"]).ended(0);
    let key = ["key", "create", "--tenant", "acme", "--scope", "ingest"];
    let ingest = with_certificate(&made.out, &key).ended(0).out;
    runs::file(folder.path(), "runs.jsonl", &runs::lines(3));
    with_certificate(&ingest, &["send", "runs.jsonl"]).ended(0);
    let count = ["tickets", "count", "--tenant", "acme"];
    assert_eq!(with_certificate(&made.out, &count).ended(0).out, "3\n");
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
