//! `ticketlens tickets export`: out and in again, and on after a kill.

mod stalled;

use std::{fs, path::Path, process::Stdio};

use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::RowAccessor,
};
use serde_json::Value;

use self::stalled::Stalled;
use crate::{
    dev::{Dev, kill, program, until, wait},
    runs,
};

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A key of another tenant to send with.
pub fn other(dev: &Dev) -> String {
    dev.call(&["tenant", "add", "other"]).ended(0);
    let key = ["key", "create", "--tenant", "other", "--scope", "ingest"];
    dev.call(&key).ended(0).out.trim().to_owned()
}

#[test]
fn what_is_exported_can_be_sent_and_is_the_same_when_exported_again() {
    let dev = Dev::start();
    let folder = dev.folder.path();
    let own = |mut run: Value| {
        run["customer"] = "mia.li@example.com".into();
        run["model"] = "gpt-4o".into();
        run["input_tokens"] = 12.into();
        run["queue"] = "emea".into();
        run.to_string()
    };
    let mut lines: Vec<_> = (0..8).map(|number| own(runs::run(number))).collect();
    let mut timeline = runs::run(8);
    timeline["capture"] = "TIMELINE".into();
    let mut metrics = runs::run(9);
    metrics["capture"] = "METRICS_ONLY".into();
    lines.extend([timeline.to_string(), metrics.to_string()]);
    runs::file(folder, "runs.jsonl", &lines);
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let whole = runs::whole();
    for whole in &whole {
        dev.call(&["send", whole.file.to_str().unwrap()]).ended(0);
    }
    let count = lines.len() + whole.iter().map(|whole| whole.lines).sum::<usize>();

    let said = dev.call(&["tickets", "export", "one.jsonl", "--tenant", "demo"]).ended(0);
    assert!(said.out.starts_with(&format!("exported {count} tickets (")), "{}", said.out);
    let one = read(folder, "one.jsonl");
    assert_eq!(one.lines().count(), count);
    let first: Value =
        serde_json::from_str(one.lines().find(|line| line.contains("\"T-1\"")).unwrap()).unwrap();
    assert!(first["customer"].as_str().unwrap().starts_with("hmac:"), "{first}");
    assert_eq!((&first["queue"], &first["input_tokens"]), (&"emea".into(), &12.into()));
    assert_eq!(first["trace"]["steps"][2]["output"], "[{\"flight\": \"HAT069\"}]");
    assert!(!one.contains("mia.li@example.com"));
    let timeline = one.lines().find(|line| line.contains("\"T-8\"")).unwrap();
    let timeline: Value = serde_json::from_str(timeline).unwrap();
    assert_eq!(timeline["trace"]["steps"].as_array().unwrap().len(), 3);

    // Into another tenant, with another key of the hashes: what is one already stays as it is.
    let key = other(&dev);
    let hash = ["--hash-key", "another key, of sixteen and more"];
    dev.call(&[&["send", "one.jsonl", "--key", &key], &hash[..]].concat()).ended(0);
    dev.call(&["tickets", "export", "two.jsonl", "--tenant", "other"]).ended(0);
    let two = read(folder, "two.jsonl");
    for (one, two) in one.lines().zip(two.lines()) {
        let [one, two] = [one, two].map(|line| serde_json::from_str::<Value>(line).unwrap());
        assert_eq!(one, two);
    }
    assert_eq!(one, two);
    assert_eq!(dev.call(&["tickets", "export", "-", "--tenant", "demo"]).ended(0).out, one);
}

#[test]
fn an_export_that_was_killed_goes_on_and_neither_loses_nor_doubles_a_ticket() {
    let dev = Dev::start();
    let folder = dev.folder.path();
    runs::file(folder, "runs.jsonl", &runs::lines(250));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let file = dev.file();
    let receiver = file["running"]["grpc_endpoint"].as_str().unwrap();
    let key = file["read_key"].as_str().unwrap();

    let through = Stalled::start(receiver, usize::MAX);
    let at = |through: &Stalled| ["--endpoint", &through.endpoint, "--key", key].map(str::to_owned);
    let whole = at(&through);
    let whole: Vec<_> = whole.iter().map(String::as_str).collect();
    dev.call(&[&["tickets", "export", "whole.jsonl"], &whole[..]].concat()).ended(0);
    let whole = read(folder, "whole.jsonl");
    assert_eq!(whole.lines().count(), 250);

    // In the middle of the second of three pages nothing more comes.
    let stalled = Stalled::start(receiver, through.bytes() * 6 / 10);
    let mut export = program(folder)
        .args(["tickets", "export", "runs2.jsonl"])
        .args(at(&stalled))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let going = || fs::read(folder.join("runs2.jsonl.cursor")).unwrap_or_default();
    let tickets = || {
        let going: Option<Value> = serde_json::from_slice(&going()).ok();
        going.and_then(|going| going["tickets"].as_u64()).unwrap_or_default()
    };
    until("a page is written", || tickets() == 100);
    kill("KILL", export.id());
    wait(&mut export);
    let torn = read(folder, "runs2.jsonl.partial") + "{\"ticket_id\": \"T-";
    fs::write(folder.join("runs2.jsonl.partial"), torn).unwrap();

    let again = dev.call(&["tickets", "export", "runs2.jsonl"]).ended(2);
    assert!(again.err.contains("ticketlens tickets export runs2.jsonl --resume"), "{}", again.err);
    let other = ["tickets", "export", "runs2.jsonl", "--resume", "--status", "FAILED"];
    dev.call(&other).ended(2);
    let said = dev.call(&["tickets", "export", "runs2.jsonl", "--resume"]).ended(0);
    assert!(said.out.starts_with("exported 250 tickets"), "{}", said.out);
    assert_eq!(read(folder, "runs2.jsonl"), whole);
    assert!(!folder.join("runs2.jsonl.cursor").exists());
    dev.call(&["tickets", "export", "runs2.jsonl"]).ended(2);
}

#[test]
fn ctrl_c_names_the_command_that_goes_on() {
    let dev = Dev::start();
    let folder = dev.folder.path();
    runs::file(folder, "runs.jsonl", &runs::lines(250));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let file = dev.file();
    let receiver = file["running"]["grpc_endpoint"].as_str().unwrap();
    let key = file["read_key"].as_str().unwrap();
    let through = Stalled::start(receiver, usize::MAX);
    dev.call(&["tickets", "export", "a.csv", "--endpoint", &through.endpoint, "--key", key])
        .ended(0);
    let stalled = Stalled::start(receiver, through.bytes() * 6 / 10);
    let mut export = program(folder)
        .args(["tickets", "export", "b.csv", "--endpoint", &stalled.endpoint, "--key", key])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("a page is written", || {
        read_if_there(folder, "b.csv.cursor").contains("\"tickets\":100")
    });
    kill("INT", export.id());
    assert_eq!(wait(&mut export).code(), Some(130));
    let said = String::from_utf8(export.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.contains("ticketlens tickets export b.csv --resume"), "{said}");
    dev.call(&["tickets", "export", "b.csv", "--resume"]).ended(0);
    let (a, b) = (read(folder, "a.csv"), read(folder, "b.csv"));
    assert!(a.starts_with("tenant,ticket_id,execution_id,executed_at,"), "{a}");
    assert_eq!(a, b);
    assert_eq!(a.lines().count(), 251);
}

fn read_if_there(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

#[test]
fn a_later_export_takes_what_was_executed_since_and_bad_wishes_are_refused() {
    let dev = Dev::start();
    let folder = dev.folder.path();
    runs::file(folder, "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let first = dev.call(&["tickets", "export", "first.jsonl", "--json"]).ended(0).json();
    assert_eq!((&first["tickets"], &first["format"]), (&3.into(), &"jsonl".into()));
    let cursor = first["cursor"].as_str().unwrap();
    let none = dev.call(&["tickets", "export", "none.jsonl", "--cursor", cursor, "--json"]);
    let none = none.ended(0).json();
    assert_eq!((&none["tickets"], &none["cursor"]), (&0.into(), &cursor.into()));
    let later: Vec<_> = (0..5).map(|number| runs::run(number).to_string()).collect();
    runs::file(folder, "later.jsonl", &later);
    dev.call(&["send", "later.jsonl"]).ended(0);
    let since = dev.call(&["tickets", "export", "-", "--cursor", cursor]).ended(0);
    let ids: Vec<_> = since.json_lines().iter().map(|line| line["ticket_id"].clone()).collect();
    assert_eq!(ids, ["T-3", "T-4"]);

    let missing = dev.call(&["tickets", "export", "x.jsonl", "--resume"]).ended(2);
    assert!(missing.err.contains("nothing to go on with"), "{}", missing.err);
    dev.call(&["tickets", "export", "-", "--resume"]).ended(2);
    // What was refused leaves nothing behind.
    let key = dev.file()["ingest_key"].as_str().unwrap().to_owned();
    let ingest = ["tickets", "export", "x.jsonl", "--key", &key];
    dev.call(&ingest).ended(5);
    dev.call(&["tickets", "export", "x.jsonl", "--cursor", "1nonsense"]).ended(2);
    let left = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().starts_with("x.jsonl")));
}

#[test]
fn parquet_is_whole_or_not_there() {
    let dev = Dev::start();
    let folder = dev.folder.path();
    runs::file(folder, "runs.jsonl", &runs::lines(250));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let file = dev.file();
    let receiver = file["running"]["grpc_endpoint"].as_str().unwrap();
    let key = file["read_key"].as_str().unwrap();
    let through = Stalled::start(receiver, usize::MAX);
    let at = ["--endpoint", &through.endpoint, "--key", key];
    dev.call(&[&["tickets", "export", "a.parquet"], &at[..]].concat()).ended(0);

    dev.call(&["tickets", "export", "a.jsonl"]).ended(0);
    let lines = read(folder, "a.jsonl");
    let file = fs::File::open(folder.join("a.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let schema = reader.metadata().file_metadata().schema().clone();
    let column = |name: &str| schema.get_fields().iter().position(|f| f.name() == name).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 250);
    for (row, line) in rows.iter().zip(lines.lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row.get_string(column(name)).unwrap().as_str();
        assert_eq!(text("execution_id"), line["execution_id"]);
        assert_eq!(text("customer"), line["customer"].as_str().unwrap_or_default());
        assert_eq!(
            row.get_double(column("duration_seconds")).unwrap(),
            line["execution_time_seconds"]
        );
        assert_eq!(serde_json::from_str::<Value>(text("trace")).unwrap(), line["trace"]);
        assert_eq!(serde_json::from_str::<Value>(text("metrics")).unwrap(), line["metrics"]);
    }

    // Ended in order, it leaves nothing; killed, a part that nothing can be made of.
    for (signal, code) in [("INT", Some(130)), ("KILL", None)] {
        let stalled = Stalled::start(receiver, through.bytes() * 6 / 10);
        let mut export = program(folder)
            .args(["tickets", "export", "b.parquet", "--endpoint", &stalled.endpoint, "--key", key])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("a page is there", || {
            read_if_there(folder, "b.parquet.cursor").contains("\"tickets\":100")
        });
        kill(signal, export.id());
        assert_eq!(wait(&mut export).code(), code);
        assert_eq!(folder.join("b.parquet.partial").exists(), signal == "KILL");
    }
    let no = dev.call(&["tickets", "export", "b.parquet", "--resume"]).ended(2);
    assert!(no.err.contains("remove b.parquet.partial and b.parquet.cursor"), "{}", no.err);
    dev.call(&["tickets", "export", "-", "--format", "parquet"]).ended(2);
}
