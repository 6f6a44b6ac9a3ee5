//! What can't be done is said, with what to do next and an exit code that means it.

use std::{fs, net::TcpListener};

use crate::{
    dev::{Dev, call, program, said},
    runs,
};

#[test]
fn without_a_receiver_it_says_how_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    runs::file(folder.path(), "runs.jsonl", &runs::lines(1));
    for args in
        [&["send", "runs.jsonl"][..], &["tickets", "count"], &["tenant", "list"], &["key", "list"]]
    {
        let failed = call(folder.path(), args).ended(4);
        assert!(failed.err.contains("ticketlens dev"), "{args:?}: {}", failed.err);
    }
    // A port nobody listens on: bound, and given back.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{free}");
    let failed =
        call(folder.path(), &["tickets", "count", "--endpoint", &endpoint, "--key", "k"]).ended(4);
    assert!(failed.err.contains(&endpoint), "{}", failed.err);
    call(folder.path(), &["tickets", "count", "--endpoint", &endpoint]).ended(2);
    call(folder.path(), &["send", "nothing.jsonl"]).ended(4);
}

#[test]
fn a_wrong_key_is_refused_before_the_file_is_read_on() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(50));
    let good = dev.file()["ingest_key"].as_str().unwrap().to_owned();
    let mut wrong = good.clone();
    let last = if wrong.pop() == Some('a') { 'b' } else { 'a' };
    wrong.push(last);
    for key in ["nonsense", &wrong] {
        let refused = dev.call(&["send", "runs.jsonl", "--key", key]).ended(5);
        assert_eq!(refused.out, "");
        assert!(refused.err.contains("the key came from --key"), "{}", refused.err);
        assert!(!refused.err.contains(&good) && !refused.out.contains(&good));
        dev.call(&["tickets", "count", "--key", key]).ended(5);
    }
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "0\n");
}

#[test]
fn a_refusal_names_where_the_key_came_from() {
    let dev = Dev::start();
    let file = dev.file();
    let grpc = file["running"]["grpc_endpoint"].as_str().unwrap();
    let ingest = file["ingest_key"].as_str().unwrap();
    let keyed = |args: &[&str], key: &str| {
        said(program(dev.folder.path()).args(args).env("TICKETLENS_KEY", key))
    };
    // What is exported for workflows keeps nobody from reading.
    for key in [ingest, "nonsense"] {
        assert_eq!(keyed(&["tickets", "count"], key).ended(0).out, "0\n");
    }
    for key in [ingest, "nonsense"] {
        let refused = keyed(&["tickets", "count", "--endpoint", grpc], key).ended(5);
        assert!(refused.err.contains("the key came from TICKETLENS_KEY"), "{}", refused.err);
        assert!(!refused.err.contains(key), "no key is shown");
    }
}

#[test]
fn what_answers_and_is_no_receiver_is_named() {
    let dev = Dev::start();
    let file = dev.file();
    let url = |name: &str| file["running"][name].as_str().unwrap().to_owned();
    let key = file["admin_key"].as_str().unwrap();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(1));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    // Takes every connection, and lets go of it.
    std::thread::spawn(move || silent.incoming().for_each(drop));
    let tls = url("grpc_endpoint").replace("http://", "https://");
    for (endpoint, says) in [
        (url("http_endpoint"), "a receiver's OTLP/HTTP port"),
        (url("clickhouse_url"), "ClickHouse's HTTP port"),
        (tls, "does not use TLS"),
        (address, "no gRPC server"),
    ] {
        for command in [&["tickets", "list"][..], &["send", "runs.jsonl"]] {
            let args = [command, &["--endpoint", &endpoint, "--key", key]].concat();
            let failed = dev.call(&args).ended(4);
            assert!(failed.err.contains(says), "{command:?} {says}: {}", failed.err);
            let came_from = says.contains("TLS") || failed.err.contains("came from --endpoint");
            assert!(came_from, "{}", failed.err);
        }
    }
}

#[test]
fn a_variable_that_is_empty_counts_as_unset() {
    let folder = tempfile::tempdir().unwrap();
    runs::file(folder.path(), "runs.jsonl", &runs::lines(1));
    let mut redact = program(folder.path());
    redact.args(["redact", "runs.jsonl"]);
    for name in ["CAPTURE", "DROP_MESSAGES", "SUBJECT", "HASH_KEY", "LOG", "LOG_FORMAT", "DATA"] {
        redact.env(format!("TICKETLENS_{name}"), "");
    }
    said(&mut redact).ended(0);
    let nothing = said(program(folder.path()).arg("serve").env("TICKETLENS_CONFIG", "")).ended(2);
    assert!(nothing.err.contains("--config <FILE>"), "{}", nothing.err);
}

#[test]
fn a_folder_or_port_that_is_taken_is_named() {
    let dev = Dev::start();
    let second = dev
        .call(&["dev", "--grpc-port", "0", "--http-port", "0", "--clickhouse-port", "0"])
        .ended(1);
    let pid = dev.server.pid().to_string();
    assert!(second.err.contains("already runs") && second.err.contains(&pid), "{}", second.err);

    let other = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let failed = call(other.path(), &["dev", "--grpc-port", "0", "--http-port", &port]).ended(1);
    assert!(failed.err.contains("--http-port") && failed.err.contains(&port), "{}", failed.err);
}

#[test]
fn nothing_that_is_missing_is_an_empty_answer() {
    let dev = Dev::start();
    let missing = dev.call(&["tickets", "show", "no-such\u{1b}[2Jticket"]).ended(3);
    assert!(!missing.err.contains('\u{1b}'), "{:?}", missing.err);
    dev.call(&["key", "revoke", "aaaaaaaa"]).ended(3);
    dev.call(&["tenant", "remove", "nobody", "--yes"]).ended(3);
    for command in [&["tickets", "count"][..], &["tickets", "list"], &["key", "list"]] {
        let mistyped = dev.call(&[command, &["--tenant", "nobody"]].concat()).ended(3);
        assert!(mistyped.err.contains("ticketlens tenant list"), "{}", mistyped.err);
    }
    let cursor = dev.call(&["tickets", "list", "--cursor", "nonsense"]).ended(2);
    assert!(cursor.err.contains("--cursor: this is not"), "{}", cursor.err);
    let every = dev.call(&["tickets", "overview", "--every", "1h"]).ended(2);
    assert!(every.err.contains("--every: needs --since"), "{}", every.err);
    dev.call(&["tickets", "compare", "1", "2", "--workflow-version", "1"]).ended(2);
    let days = dev.call(&["tenant", "set", "demo", "--trace-days", "0"]).ended(2);
    assert!(days.err.contains("1..=3653"), "{}", days.err);
    dev.call(&["tickets", "list", "--since", "monday"]).ended(2);
}

#[test]
fn a_configuration_is_checked_without_touching_anything() {
    let folder = tempfile::tempdir().unwrap();
    let good = "[clickhouse]\nurl = \"http://127.0.0.1:1\"\n";
    fs::write(folder.path().join("good.toml"), good).unwrap();
    fs::write(folder.path().join("bad.toml"), "grpc_listen = \"x\"\nhttp_listen = \"y\"\n")
        .unwrap();
    call(folder.path(), &["check-config", "--config", "good.toml"]).ended(0);
    let bad = call(folder.path(), &["check-config", "--config", "bad.toml"]).ended(2);
    for says in ["grpc_listen", "http_listen", "clickhouse.url"] {
        assert!(bad.err.contains(says), "{says}: {}", bad.err);
    }
    // A database nobody listens for.
    call(folder.path(), &["migrate", "--dry-run", "--config", "good.toml"]).ended(4);
}

#[test]
fn who_may_read_the_metrics_is_checked_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let digest = "ab".repeat(32);
    let check = |metrics: &str| {
        let config = format!("[clickhouse]\nurl = \"http://127.0.0.1:1\"\n[metrics]\n{metrics}\n");
        fs::write(folder.path().join("receiver.toml"), config).unwrap();
        call(folder.path(), &["check-config", "--config", "receiver.toml"])
    };
    let good = check(&format!("listen = \"127.0.0.1:9464\"\nkey_sha256 = \"{digest}\"")).ended(0);
    assert!(good.out.contains("127.0.0.1:9464/metrics (no TLS, a key)"), "{}", good.out);
    let bad = check("listen = \"0.0.0.0:4318\"\nkey_sha256 = \"no digest\"").ended(2);
    for says in ["metrics.listen", "metrics.key_sha256"] {
        assert!(bad.err.contains(says), "{says}: {}", bad.err);
    }
    assert!(!bad.err.contains("no digest"), "{}", bad.err);
}

#[test]
fn an_admin_key_is_made_without_a_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let made = call(folder.path(), &["key", "create", "--scope", "admin", "--offline"]).ended(0);
    assert_eq!(made.out.lines().count(), 1);
    let line = made.err.lines().find(|line| line.contains("admin_key_sha256")).unwrap();
    let config = format!("{}\n[clickhouse]\nurl = \"http://127.0.0.1:1\"\n", line.trim());
    fs::write(folder.path().join("receiver.toml"), config).unwrap();
    let checked = call(folder.path(), &["check-config", "--config", "receiver.toml"]).ended(0);
    assert!(checked.out.contains("1 in this file"), "{}", checked.out);
    assert!(checked.out.contains("0.0.0.0:4318/metrics (no TLS, no key)"), "{}", checked.out);
    call(folder.path(), &["key", "create", "--scope", "ingest", "--offline"]).ended(2);
}
