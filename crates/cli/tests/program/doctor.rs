//! `ticketlens doctor`: a system that is well, and one thing after another that is not.

mod altered;
mod stand_ins;
mod system;
mod through_the_receiver;

use std::{collections::BTreeSet, fs, path::Path};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use secrecy::SecretString;
use serde_json::{Value, json};
use ticketlens_engine::{Access, Engine, EngineConfig, Name, Reader, Rows};

use self::system::System;
use crate::{
    dev::{Dev, Said, call, program, said},
    runs,
    stub::{Grafana, PASSWORD},
};

/// How a check came out.
#[track_caller]
fn outcome(said: &Said, name: &str) -> String {
    check(said, name)["outcome"].as_str().unwrap().to_owned()
}

#[track_caller]
fn check(said: &Said, name: &str) -> Value {
    let document = said.json();
    let checks = document["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no check {name}: {}", said.out)).clone()
}

/// The names of checks that came out so; that of the disk is this machine's, and may be nearly full.
fn names(said: &Said, outcome: &str) -> Vec<String> {
    let document = said.json();
    let checks = document["checks"].as_array().unwrap().iter();
    let these = checks.filter(|check| check["outcome"] == outcome);
    let names = these.map(|check| check["name"].as_str().unwrap().to_owned());
    names.filter(|name| name != "clickhouse.disk" || outcome == "skipped").collect()
}

/// The names of all checks.
fn all_names(said: &Said) -> BTreeSet<String> {
    let document = said.json();
    let checks = document["checks"].as_array().unwrap().iter();
    checks.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}

/// The names of checks that did not come out well, though they were made.
fn bad(said: &Said) -> Vec<String> {
    [names(said, "problem"), names(said, "warning")].concat()
}

#[test]
fn a_dev_is_well_until_a_key_ends_and_a_ticket_is_missing() {
    let dev = Dev::start();
    let well = dev.call(&["doctor", "--json"]).ended(0);
    assert_eq!(bad(&well), [""; 0], "{}", well.out);
    for name in [
        "receiver.ready",
        "receiver.api",
        "clickhouse.version",
        "clock.clickhouse",
        "clock.receiver",
        "keys.ending",
        "tickets.ledger",
        "clickhouse.settings",
        "clickhouse.migrations",
        "clickhouse.grants",
        "clickhouse.parts",
        "clickhouse.detached_parts",
        "tickets.duplicates",
    ] {
        assert_eq!(outcome(&well, name), "ok", "{name}: {}", well.out);
    }
    assert_eq!(names(&well, "skipped"), ["grafana.reachable", "grafana.places"], "{}", well.out);
    for name in names(&well, "skipped") {
        let says = check(&well, &name)["found"].as_str().unwrap().to_owned();
        assert!(says.starts_with("needs "), "{name}: {says}");
    }

    let key = ["key", "create", "--tenant", "demo", "--scope", "read", "--expires", "3d"];
    let key = dev.call(&key).ended(0);
    // The demo's own read key stays, so the new one is not missed.
    let well = dev.call(&["doctor", "--json"]).ended(0);
    assert_eq!(outcome(&well, "keys.ending"), "ok", "{}", key.err);
    dev.call(&["tenant", "add", "acme"]).ended(0);
    let key = ["key", "create", "--tenant", "acme", "--scope", "ingest", "--expires", "3d"];
    dev.call(&key).ended(0);

    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    dev.call(&["tickets", "erase", "--ticket", "T-1", "--tenant", "demo", "--yes"]).ended(0);
    let ill = dev.call(&["doctor", "--json"]).ended(0);
    assert_eq!(names(&ill, "warning"), ["tickets.ledger", "keys.ending"], "{}", ill.out);
    let found = check(&ill, "keys.ending")["found"].to_string();
    assert!(found.contains("(acme, ingest) ends on"), "{found}");
    let found = check(&ill, "tickets.ledger")["found"].to_string();
    assert!(found.contains("1 ticket is missing") && found.contains("demo"), "{found}");
    dev.call(&["doctor", "--json", "--strict"]).ended(1);

    let told = dev.call(&["doctor"]).ended(0).out;
    assert!(told.starts_with("warning  tickets.ledger\n"), "{told}");
    assert!(told.contains("→ `ticketlens key rotate ID`"), "{told}");
    assert!(!told.contains("a ticket sent now would be stored"), "{told}");
    let told = dev.call(&["doctor", "--all"]).ended(0).out;
    assert!(told.contains("a ticket sent now would be stored"), "{told}");
}

#[test]
fn a_place_in_grafana_that_clickhouse_does_not_answer_is_found() {
    let (dev, grafana) = (Dev::start(), Grafana::start());
    let call = |password: &str, args: &[&str]| {
        let mut command = program(dev.folder.path());
        command.args(args).env("TICKETLENS_GRAFANA_URL", &grafana.url);
        said(command.env("TICKETLENS_GRAFANA_PASSWORD", password))
    };
    let well = call(PASSWORD, &["doctor", "--json"]).ended(0);
    assert_eq!(outcome(&well, "grafana.places"), "ok", "nobody must have one");
    call(PASSWORD, &["grafana", "provision", "--all"]).ended(0);
    let well = call(PASSWORD, &["doctor", "--json"]).ended(0);
    let found = check(&well, "grafana.places")["found"].to_string();
    assert!(found.contains("2, and ClickHouse answers"), "{found}");
    grafana.state().is_healthy = false;
    let ill = call(PASSWORD, &["doctor", "--json"]).ended(1);
    assert_eq!(names(&ill, "problem"), ["grafana.places"]);
    let refused = call("wrong-password", &["doctor", "--json"]).ended(1);
    assert_eq!(names(&refused, "problem"), ["grafana.reachable"]);
    assert!(!refused.out.contains("wrong-password"));
}

#[test]
fn a_receiver_is_well_until_its_database_and_it_are_gone() {
    let system = System::new("");
    // Nothing runs, and nothing is migrated; where the receiver listens nobody knows.
    let empty = said(&mut system.configured(&["doctor", "--json"])).ended(1);
    assert_eq!(names(&empty, "problem"), ["clickhouse.migrations"], "{}", empty.out);
    assert_eq!(outcome(&empty, "tickets.ledger"), "skipped");
    assert_eq!(outcome(&empty, "receiver.reachable"), "skipped");

    let (mut server, at) = system.serve();
    let well = system.doctor(&at).ended(0);
    assert_eq!(bad(&well), [""; 0], "{}", well.out);
    for name in [
        "clickhouse.settings",
        "clickhouse.migrations",
        "clickhouse.tables",
        "clickhouse.grants",
        "clickhouse.parts",
        "clickhouse.detached_parts",
        "tickets.duplicates",
        "receiver.maintenance",
        "keys.ended",
        "tls.file",
    ] {
        assert_eq!(outcome(&well, name), "ok", "{name}: {}", well.out);
    }
    assert_eq!(names(&well, "skipped"), ["grafana.reachable", "grafana.places"]);

    let mut maintenance = program(system.folder.path());
    maintenance.args(["maintenance", "on"]).env("TICKETLENS_KEY", &system.admin);
    said(maintenance.env("TICKETLENS_ENDPOINT", format!("http://{}", at[0]))).ended(0);
    let resting = system.doctor(&at).ended(0);
    let warned = ["receiver.ready", "receiver.maintenance"];
    assert_eq!(names(&resting, "warning"), warned, "from its beginning: {}", resting.out);

    system.stop_engine();
    let ill = system.doctor(&at).ended(1);
    assert_eq!(names(&ill, "problem"), ["clickhouse.reachable"], "{}", ill.out);
    for name in ["clickhouse.version", "clickhouse.disk", "tickets.ledger", "keys.ending"] {
        assert_eq!(outcome(&ill, name), "skipped", "{name}: {}", ill.out);
    }
    server.end("KILL");
    let gone = system.doctor(&at).ended(1);
    let problems = ["receiver.reachable", "receiver.api", "clickhouse.reachable"];
    assert_eq!(names(&gone, "problem"), problems, "{}", gone.out);
    // Scripts find each check, however it came out; and help has each.
    assert_eq!(all_names(&gone), all_names(&well));
    let help = call(system.folder.path(), &["doctor", "--help"]).ended(0).out;
    for name in all_names(&well) {
        let (group, short) = name.split_once('.').unwrap();
        assert!(help.contains(&format!("\n  {group} ")) && help.contains(short), "{name}: {help}");
    }
}

#[test]
fn a_certificate_that_does_not_hold_is_found_in_its_file_and_on_the_listener() {
    let system = System::new("[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
    let write = |from, until| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        fs::write(system.folder.path().join("c.pem"), certificate.pem()).unwrap();
        fs::write(system.folder.path().join("k.pem"), key.serialize_pem()).unwrap();
    };
    let doctor = |http: &str| {
        let http = format!("https://{http}");
        said(&mut system.configured(&["doctor", "--json", "--http-endpoint", &http]))
    };
    write(2090, 2091);
    let (early, [_, http]) = system.serve();
    let ill = doctor(&http).ended(1);
    assert_eq!(names(&ill, "problem"), ["tls.file", "tls.listener"], "{}", ill.out);
    let found = check(&ill, "tls.listener")["found"].to_string();
    assert!(found.contains("begins on 2090-01-01"), "{found}");
    drop(early);

    write(2020, 2021);
    let (_server, [_, http]) = system.serve();
    let ill = doctor(&http).ended(1);
    assert_eq!(names(&ill, "problem"), ["tls.file", "tls.listener"], "{}", ill.out);
    let found = check(&ill, "tls.listener")["found"].to_string();
    assert!(found.contains("ended on 2021-01-01"), "{found}");
    assert_eq!(outcome(&ill, "receiver.ready"), "ok", "the port itself answers");
    let needs = check(&ill, "receiver.api")["found"].to_string();
    assert!(needs.contains("TICKETLENS_KEY"), "{needs}");
    let holds = all_names(&ill);
    // Whoever checks before a start is told as well.
    let config = said(&mut system.configured(&["check-config"])).ended(1);
    assert!(config.err.contains("the certificate ended on 2021-01-01"), "{}", config.err);

    // Files that no receiver starts with end nothing: all else is checked.
    let another = KeyPair::generate().unwrap();
    fs::write(system.folder.path().join("k.pem"), another.serialize_pem()).unwrap();
    let ill = doctor(&http).ended(1);
    let found = check(&ill, "tls.file")["found"].to_string();
    assert!(found.contains("the certificate and the key cannot be used"), "{found}");
    fs::remove_file(system.folder.path().join("k.pem")).unwrap();
    let ill = doctor(&http).ended(1);
    let found = check(&ill, "tls.file")["found"].to_string();
    assert!(found.contains("tls.key: ") && found.contains("can't be read"), "{found}");
    assert_eq!(outcome(&ill, "clickhouse.migrations"), "ok", "{}", ill.out);
    assert_eq!(all_names(&ill), holds);
}

/// A login that may only look, as a reader's.
fn only_reads(folder: &Path) -> (Engine, &'static str) {
    let name = |text: &str| Name::new(text).unwrap();
    let mut access = Access::admin_only(SecretString::from("admin-password"));
    access.readers.push(Reader {
        user: name("ticketlens_all"),
        password: SecretString::from("reader-password"),
        // Its own would have to be made first, and a login begins in it.
        database: name("information_schema"),
        definer: name("ticketlens_definer_all"),
        rows: Rows::All,
    });
    let config = EngineConfig { access: Some(access), ..EngineConfig::temporary(folder) };
    (Engine::start(config).unwrap(), "reader-password")
}

#[test]
fn a_login_that_can_store_nothing_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, password) = only_reads(&folder.path().join("engine"));
    let config = format!(
        "grpc_listen = \"127.0.0.1:0\"\nhttp_listen = \"127.0.0.1:0\"\n[clickhouse]\nurl = \"{}\"\n\
         user = \"ticketlens_all\"\n",
        engine.http_url()
    );
    fs::write(folder.path().join("receiver.toml"), config).unwrap();
    let doctor = |password: &str| {
        let mut command = program(folder.path());
        command.args(["doctor", "--json", "--config", "receiver.toml"]);
        said(command.env("TICKETLENS_CLICKHOUSE_PASSWORD", password))
    };
    let ill = doctor(password).ended(1);
    assert_eq!(names(&ill, "problem"), ["clickhouse.reachable"], "{}", ill.out);
    let next = check(&ill, "clickhouse.reachable")["next"].to_string();
    assert!(next.contains("readonly = 0"), "{}", ill.out);
    let refused = doctor("another-password").ended(1);
    let next = check(&refused, "clickhouse.reachable")["next"].to_string();
    assert!(next.contains("TICKETLENS_CLICKHOUSE_PASSWORD"), "{next}");
    assert!(!refused.out.contains("another-password"));
}

/// What a script finds where nothing could be checked: the same as people are told.
#[track_caller]
fn error(said: &Said) -> String {
    let document = said.json();
    assert_eq!(document["outcome"], "error");
    assert_eq!((&document["checks"], &document["problems"]), (&json!([]), &json!(0)));
    let what = document["error"]["what"].as_str().unwrap();
    assert!(said.err.contains(what), "{}", said.err);
    assert!(document["error"]["next"].is_string(), "{document}");
    what.to_owned()
}

#[test]
fn where_nothing_is_known_to_run_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let failed = call(folder.path(), &["doctor"]).ended(4);
    assert!(failed.err.contains("no receiver is known here"), "{}", failed.err);
    assert_eq!(failed.out, "");
    let failed = call(folder.path(), &["doctor", "--json"]).ended(4);
    assert!(error(&failed).contains("no receiver is known here"));
    let failed = call(folder.path(), &["doctor", "--http-endpoint", "h:4318"]).ended(2);
    assert!(failed.err.contains("http://host:4318"), "{}", failed.err);
    // A port alone is enough, and hides nothing that was said wrongly.
    let port = ["doctor", "--http-endpoint", "http://127.0.0.1:9"];
    let failed = call(folder.path(), &[&port[..], &["--endpoint", "h:1"]].concat()).ended(2);
    assert!(failed.err.contains("is not an address of a receiver"), "{}", failed.err);
    call(folder.path(), &[&port[..], &["--data", "gone"]].concat()).ended(4);
}

#[test]
fn a_configuration_that_cannot_be_read_is_told_also_to_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = |more: &[&str]| call(folder.path(), &[&["doctor", "--json"], more].concat());
    let failed = doctor(&["--endpoint", "http://127.0.0.1:9"]).ended(2);
    assert!(error(&failed).contains("no key"));
    fs::write(folder.path().join("receiver.toml"), "limts = 1").unwrap();
    let failed = doctor(&["--config", "receiver.toml"]).ended(2);
    assert!(error(&failed).contains("receiver.toml has 2 problems"));

    // Whatever asks for the `dev` of a folder ends so, and nobody is shown what may be a key.
    fs::create_dir(folder.path().join(".ticketlens")).unwrap();
    fs::write(folder.path().join(".ticketlens/dev.json"), "{\"admin_key\": 17secret").unwrap();
    let failed = doctor(&[]).ended(2);
    assert!(error(&failed).contains("dev.json can't be used"));
    assert!(failed.err.contains("move this file away"), "{}", failed.err);
    assert!(failed.err.contains("new hash key"), "{}", failed.err);
    for args in [&["tenant", "list"][..], &["grafana", "show"], &["backup", "create", "b"]] {
        let failed = call(folder.path(), args).ended(2);
        assert!(failed.err.contains("dev.json can't be used"), "{args:?}: {}", failed.err);
        assert!(!failed.err.contains("secret"), "{}", failed.err);
    }
}

#[test]
fn an_address_of_grafana_that_is_none_is_told_as_that() {
    let folder = tempfile::tempdir().unwrap();
    for (url, says) in [
        ("notaurl", "notaurl is no address of a Grafana: it begins with neither"),
        ("http://admin:hunter2@grafana:3000", "without user, password or query"),
    ] {
        // There is no password, and none is asked for.
        let failed = call(folder.path(), &["doctor", "--json", "--grafana-url", url]).ended(2);
        assert!(error(&failed).contains(says), "{}", failed.out);
        assert!(!failed.out.contains("hunter2") && !failed.err.contains("hunter2"));
    }
    // A variable that is empty is as good as none.
    let mut doctor = program(folder.path());
    said(doctor.arg("doctor").env("TICKETLENS_GRAFANA_URL", "")).ended(4);
}
