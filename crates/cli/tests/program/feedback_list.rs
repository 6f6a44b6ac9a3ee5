//! What was said of tickets: listed, on a ticket's page, and in an export.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::{dev::Dev, export::other, runs};

/// Feedback on a ticket, as a record of OTLP/JSON.
fn record(ticket: &str, name: &str, score: f64, comment: &str, minutes: u64) -> Value {
    let attribute = |key: &str, value: Value| json!({ "key": key, "value": value });
    let text = |text: &str| json!({ "stringValue": text });
    let at = 1_796_000_000_000_000_000 + minutes * 60_000_000_000;
    json!({
        "timeUnixNano": at.to_string(),
        "eventName": "gen_ai.evaluation.result",
        "attributes": [
            attribute("ticket.id", text(ticket)),
            attribute("ticket.feedback.source", text("HUMAN")),
            attribute("gen_ai.evaluation.name", text(name)),
            attribute("gen_ai.evaluation.score.value", json!({ "doubleValue": score })),
            attribute("gen_ai.evaluation.explanation", text(comment)),
        ],
    })
}

fn send(dev: &Dev, records: &[Value]) {
    let file = dev.file();
    let (at, key) = (&file["running"]["http_endpoint"], file["ingest_key"].as_str().unwrap());
    let body =
        json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] }).to_string();
    let mut stream =
        TcpStream::connect(at.as_str().unwrap().trim_start_matches("http://")).unwrap();
    let request = format!(
        "POST /v1/logs HTTP/1.1\r\nHost: dev\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("rejected"), "{answer}");
}

#[test]
fn what_was_said_of_tickets_is_listed_shown_and_exported() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    send(
        &dev,
        &[
            record("T-1", "csat", 2.0, "Nobody called\nme back \u{9b}31m", 1),
            record("T-1", "relevance", 0.25, "", 2),
            record("T-2", "csat", 5.0, "Quick", 3),
            record("T-9", "csat", 3.0, "Not here yet", 4),
        ],
    );

    let list = dev.call(&["feedback", "list"]).ended(0);
    let lines: Vec<_> = list.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", list.out);
    assert!(lines[0].starts_with("given") && lines[1].contains("T-9"), "{}", list.out);
    assert!(list.out.contains("Nobody called\\nme back \\u{9b}31m"), "{}", list.out);
    let low =
        ["feedback", "list", "--name", "csat", "--max-score", "3", "--sort", "score", "--json"];
    let low = dev.call(&low).ended(0).json_lines();
    let tickets: Vec<_> = low.iter().map(|one| one["ticket_id"].as_str().unwrap()).collect();
    assert_eq!(tickets, ["T-1", "T-9"]);
    assert_eq!((&low[0]["score"], &low[0]["source"]), (&json!(2.0), &json!("HUMAN")));

    // A page after the other.
    let first = dev.call(&["feedback", "list", "--limit", "3", "--json"]).ended(0);
    let cursor = first.err.trim().rsplit(' ').next().unwrap();
    let rest = dev.call(&["feedback", "list", "--json", "--cursor", cursor]).ended(0);
    assert_eq!((first.json_lines().len(), rest.json_lines().len()), (3, 1));
    let other = ["feedback", "list", "--name", "csat", "--cursor", cursor];
    let other = dev.call(&other).ended(2);
    assert!(other.err.contains("--cursor: is of a list with other filters"), "{}", other.err);
    let none = dev.call(&["feedback", "list", "--ticket", "T-0"]).ended(0);
    assert_eq!(none.out, "No feedback matches.\n");
    for (wrong, says) in [
        (&["--source", "robot"][..], "--source: must be HUMAN, MODEL or CODE"),
        (
            &["--min-score", "3", "--max-score", "1"],
            "--max-score: must not be less than --min-score",
        ),
        (&["--since", "1h", "--until", "2h"], "is not before --until"),
    ] {
        let refused = dev.call(&[&["feedback", "list"], wrong].concat()).ended(2);
        assert!(refused.err.contains(says), "{}", refused.err);
    }

    let page = dev.call(&["tickets", "show", "T-1"]).ended(0).out;
    let (_, below) = page.split_once("HAT069 leaves at six.").unwrap();
    assert!(below.contains("\nFeedback ──") && below.contains("csat  2  HUMAN"), "{page}");
    assert!(below.contains("me back \\u{9b}31m"), "{page}");
    let shown = dev.call(&["tickets", "show", "T-1", "--json"]).ended(0).json();
    let names: Vec<_> = shown["feedback"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
    assert_eq!(names, ["relevance", "csat"]);

    let read = |name: &str| fs::read_to_string(dev.folder.path().join(name)).unwrap();
    for file in ["all.jsonl", "all.csv"] {
        dev.call(&["tickets", "export", file]).ended(0);
    }
    let exported = read("all.jsonl");
    let line = |ticket: &str| {
        let line = exported.lines().find(|line| line.contains(&format!("\"{ticket}\""))).unwrap();
        serde_json::from_str::<Value>(line).unwrap()
    };
    assert_eq!(line("T-1")["feedback"][1]["comment"], "Nobody called\nme back \u{9b}31m");
    assert_eq!(line("T-2")["feedback"].as_array().unwrap().len(), 1);
    assert!(line("T-0").get("feedback").is_none());
    let csv = read("all.csv");
    assert!(csv.lines().next().unwrap().ends_with(",csat"), "{csv}");
    let rated = csv.lines().find(|line| line.contains(",T-1,")).unwrap();
    assert!(rated.ends_with(",2.0"), "{rated}");
    assert!(csv.lines().find(|line| line.contains(",T-0,")).unwrap().ends_with(','), "{csv}");
}

#[test]
fn what_was_said_of_exported_tickets_is_given_again_with_them() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let mut unsigned = record("T-1", "tone", 0.1 + 0.2, "Nobody called\nme back \u{9b}31m", 1);
    unsigned["attributes"]
        .as_array_mut()
        .unwrap()
        .retain(|attribute| attribute["key"] != "ticket.feedback.source");
    send(&dev, &[unsigned, record("T-1", "csat", 2.0, "mail me: mia@example.com", 2)]);
    let shown = dev.call(&["tickets", "show", "T-2", "--json"]).ended(0).json();
    let execution = shown["execution_id"].as_str().unwrap();
    let evaluation = ["--name", "relevance", "--score", "-0.5", "--label", "off", "--id", "s-17"];
    let whose = ["--source", "MODEL", "--execution", execution, "--customer", "c-42"];
    let given = dev.call(&[&["feedback", "add", "T-2"], &evaluation[..], &whose].concat()).ended(0);
    assert_eq!(given.err, "");

    let read = |name: &str| fs::read_to_string(dev.folder.path().join(name)).unwrap();
    dev.call(&["tickets", "export", "one.jsonl", "--tenant", "demo"]).ended(0);
    let one = read("one.jsonl");
    assert_eq!(one.matches("\"given_at\"").count(), 3, "{one}");
    let key = other(&dev);
    let hash = ["--hash-key", "another key, of sixteen and more"];
    let sent = dev.call(&[&["send", "one.jsonl", "--key", &key], &hash[..]].concat()).ended(0);
    assert!(sent.out.contains("3  tickets\n") && sent.out.contains("3  feedback on tickets\n"));
    dev.call(&["tickets", "export", "two.jsonl", "--tenant", "other"]).ended(0);
    assert_eq!(one, read("two.jsonl"));
    let redact = dev.call(&["redact", "one.jsonl"]).ended(0);
    assert!(redact.err.contains("2 tickets have feedback, which is not shown"), "{}", redact.err);
}

#[test]
fn one_that_does_not_count_and_one_without_a_ticket_are_told() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(2));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let add =
        |ticket: &str, more: &[&str]| dev.call(&[&["feedback", "add", ticket], more].concat());
    assert_eq!(add("T-1", &["--csat", "1", "--id", "s-1"]).ended(0).err, "");
    for id in ["s-1", "s-2"] {
        let late = add("T-1", &["--csat", "5", "--id", id, "--at", "2h"]).ended(0);
        assert!(late.err.starts_with("a later one counts, of 20"), "{}", late.err);
    }
    assert_eq!(add("T-1", &["--csat", "5", "--source", "MODEL", "--at", "2h"]).ended(0).err, "");
    let nowhere = add("T-9", &["--csat", "5"]).ended(0);
    assert_eq!(nowhere.err, "no ticket of that number is here yet; check it, if it should be\n");
    let early = add("T-1", &["--csat", "5", "--at", "tomorrow"]).ended(2);
    assert!(early.err.contains("--at lies in the future"), "{}", early.err);
}

#[test]
fn what_was_said_of_no_ticket_is_erased_and_purged() {
    let dev = Dev::start();
    for ticket in ["ONLY", "OLD"] {
        dev.call(&["feedback", "add", ticket, "--csat", "2", "--at", "2026-01-01"]).ended(0);
    }
    let erase = ["tickets", "erase", "--tenant", "demo", "--ticket", "ONLY", "--yes"];
    let erased = dev.call(&erase).ended(0).out;
    assert_eq!(erased, "erased 0 executions and 1 piece of feedback of ticket ONLY\n");
    let none = dev.call(&erase).ended(3).err;
    assert!(none.contains("no ticket ONLY, and no feedback on one"), "{none}");

    let purge = ["tickets", "purge", "--older-than", "2026-02-01", "--tenant", "demo"];
    let would = dev.call(&[&purge[..], &["--dry-run", "--json"]].concat()).ended(0).json();
    assert_eq!((&would["tickets"], &would["feedback"]), (&0.into(), &1.into()));
    let purged = dev.call(&[&purge[..], &["--yes"]].concat()).ended(0).out;
    assert!(
        purged.starts_with("purged 0 tickets of no tenant and 1 piece of feedback"),
        "{purged}"
    );
    assert_eq!(dev.call(&["feedback", "list", "--json"]).ended(0).out.trim(), "");
}
