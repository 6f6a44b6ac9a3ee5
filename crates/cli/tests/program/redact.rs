//! What would leave is shown, and nothing leaves.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    dev::{call, program, said},
    runs,
};

const KEY: [&str; 2] = ["--hash-key", "0123456789abcdef"];

#[test]
fn before_and_after_stand_side_by_side_with_a_summary() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = runs::lines(2);
    lines.insert(1, "not json, of Mia Li".into());
    runs::file(folder.path(), "runs.jsonl", &lines);
    let shown = call(folder.path(), &[&["redact", "runs.jsonl"], &KEY[..]].concat()).ended(1);
    let line =
        "    Hi, Mia Li here (mia.li@example.com)           │ Hi, [known-value] here ([email])";
    assert_eq!(shown.out.lines().filter(|l| *l == line).count(), 2, "{}", shown.out);
    assert!(!shown.out.contains("HAT069"), "what does not change is not shown: {}", shown.out);
    assert!(shown.out.contains("2 tickets, 2 changed, 6 values taken out"), "{}", shown.out);
    assert!(shown.out.contains("1 line malformed: not JSON"), "{}", shown.out);
    assert!(shown.err.contains("line 2: not JSON"), "{}", shown.err);
    assert!(!shown.err.contains("Mia"), "{}", shown.err);
    assert!(shown.err.contains("nothing was sent"), "{}", shown.err);
    // A pipe gets no colours.
    assert!(!shown.out.contains('\u{1b}'));

    let all = call(folder.path(), &["redact", "runs.jsonl", "--all", "--limit", "1"]).ended(0);
    assert!(all.out.contains("HAT069") && !all.out.contains("T-1"), "{}", all.out);
    assert!(all.err.contains("no --hash-key"), "{}", all.err);
}

#[test]
fn json_never_holds_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut odd = runs::run(0);
    odd["badge"] = json!("B-77");
    odd["host"] = json!("10.1.2.3");
    odd["nickname"] = json!("Speedy");
    odd["customer"] = json!("c-42");
    odd["workflow"] = json!("mail mia.li@example.com");
    runs::file(folder.path(), "runs.jsonl", &[odd.to_string()]);
    let own = ["--ip-addresses", "--secret-keys", "badge,door", "--exempt-keys", "nickname"];
    let args = [&["redact", "runs.jsonl", "--json"], &KEY[..], &own].concat();
    let shown = call(folder.path(), &args).ended(0);
    for raw in ["Mia", "mia.li", "B-77", "10.1.2.3", "c-42"] {
        assert!(!shown.out.contains(raw), "{raw}: {}", shown.out);
    }
    let [ticket] = &shown.json_lines()[..] else { panic!("one ticket: {}", shown.out) };
    let attributes = &ticket["record"]["attributes"];
    assert_eq!(attributes["badge"], "[secret]");
    assert_eq!(attributes["host"], "[ip]");
    assert_eq!(attributes["nickname"], "Speedy");
    assert_eq!(attributes["ticket.customer"], "hmac:aec5de4fb9cfade1");
    assert_eq!(ticket["record"]["resource"]["service.name"], "mail [email]");
    assert_eq!(ticket["redactions_by"]["email"], 1);
    let changed = ticket["changed"].as_array().unwrap();
    assert!(changed.contains(&json!("body.steps[0].input")), "{changed:?}");

    let args = ["redact", "runs.jsonl", "--json", "--capture", "timeline"];
    let timeline = &call(folder.path(), &args).ended(0).json_lines()[0];
    assert_eq!(timeline["record"]["attributes"]["ticket.capture"], "TIMELINE");
    assert_eq!(timeline["record"]["body"]["steps"][0].get("input"), None);
    let left_out = timeline["left_out"].as_array().unwrap();
    assert!(left_out.contains(&json!("body.ticket")), "{left_out:?}");

    let args = ["redact", "runs.jsonl", "--json", "--drop-messages"];
    let silent = &call(folder.path(), &args).ended(0).json_lines()[0];
    assert_eq!(silent["record"]["attributes"]["ticket.capture"], "FULL_TRACE");
    assert_eq!(silent["record"]["body"].get("ticket"), None);
    assert_eq!(silent["record"]["body"]["steps"][0].get("input"), None, "a message");
    assert!(silent["record"]["body"]["steps"][2].get("input").is_some(), "a tool call");
    let left_out = silent["left_out"].as_array().unwrap();
    assert!(left_out.contains(&json!("body.ticket")), "{left_out:?}");
}

#[test]
fn a_subject_is_a_hash_or_its_redacted_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = runs::run(0);
    run["trace"]["ticket"] = json!({"subject": "Refund, from mia.li@example.com"});
    runs::file(folder.path(), "runs.jsonl", &[run.to_string()]);
    let subject = |own: &[&str]| {
        let args = [&["redact", "runs.jsonl", "--json"], own].concat();
        let ticket = &call(folder.path(), &args).ended(0).json_lines()[0];
        ticket["record"]["body"]["ticket"]["subject"].as_str().unwrap().to_owned()
    };
    let hash = subject(&KEY);
    assert!(hash.starts_with("hmac:"), "{hash}");
    assert_eq!(subject(&[&KEY[..], &["--subject", "hash"]].concat()), hash);
    for in_place in ["IN_PLACE", "in_place", "in-place"] {
        assert_eq!(subject(&["--subject", in_place]), "Refund, from [email]");
    }
    assert_eq!(
        subject(&[&KEY[..], &["--subject", "IN_PLACE", "--personal-keys", "subject"]].concat()),
        hash
    );
    let mut by_variable = program(folder.path());
    by_variable.args(["redact", "runs.jsonl", "--json"]).env("TICKETLENS_SUBJECT", "IN_PLACE");
    assert!(said(&mut by_variable).ended(0).out.contains("Refund, from [email]"));
}

#[test]
fn standard_input_and_the_environment_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = program(folder.path());
    command.args(["redact", "-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.env("TICKETLENS_HASH_KEY", KEY[1]).env("TICKETLENS_CAPTURE", "METRICS_ONLY");
    let mut child = command.spawn().unwrap();
    let mut run = runs::run(1);
    run["customer"] = json!("c-42");
    writeln!(child.stdin.take().unwrap(), "{run}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let ticket: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(ticket["record"]["body"], json!(null));
    assert_eq!(ticket["record"]["attributes"]["ticket.customer"], "hmac:aec5de4fb9cfade1");
}

#[test]
fn colours_are_there_when_asked_for_and_gone_with_no_color() {
    let folder = tempfile::tempdir().unwrap();
    runs::file(folder.path(), "runs.jsonl", &runs::lines(1));
    let forced = |no_color: bool| {
        let mut command = program(folder.path());
        command.args(["redact", "runs.jsonl"]).env_remove("NO_COLOR");
        if no_color {
            command.env("NO_COLOR", "1")
        } else {
            command.env("CLICOLOR_FORCE", "1")
        };
        said(&mut command).ended(0).out
    };
    assert!(forced(false).contains("\u{1b}[31mMia Li\u{1b}[0m"), "{}", forced(false));
    assert!(forced(false).contains("\u{1b}[32m[known-value]\u{1b}[0m"));
    assert!(!forced(true).contains('\u{1b}'));
}

#[test]
fn what_is_wrong_is_said_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    runs::file(folder.path(), "runs.jsonl", &runs::lines(1));
    let short = call(folder.path(), &["redact", "runs.jsonl", "--hash-key", "s3cr3t"]).ended(2);
    assert!(short.err.contains("at least 16") && !short.err.contains("s3cr3t"), "{}", short.err);
    call(folder.path(), &["redact", "runs.jsonl", "--secret-keys", "12"]).ended(2);
    call(folder.path(), &["redact", "runs.jsonl", "--capture", "ALL"]).ended(2);
    call(folder.path(), &["redact", "no-such-file.jsonl"]).ended(2);
    call(folder.path(), &["redact", "runs.jsonl", "--limit", "0"]).ended(2);
}
