//! What docs/privacy.md says is so: its examples are run, its lists are the gate's own.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};
use ticketlens_redact::{Gate, GateConfig, HashKey, KEY_LISTS, KeyClass, Known, detectors};
use ticketlens_tests::{
    document::{blocks, read},
    program,
};
use ticketlens_ticket::{Capture, Status, Ticket, Trace};

/// Times each example is run, with other random bodies.
const ROUNDS: u64 = 25;

fn document() -> String {
    read("docs/privacy.md")
}

fn gate() -> Gate {
    let hash_key = Some(HashKey::new(*b"0123456789abcdef"));
    Gate::new(GateConfig { hash_key, ip_addresses: true, ..GateConfig::default() }).unwrap()
}

/// The rows of every table with this heading, each as its cells without code marks.
fn rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == heading {
            let table = lines.by_ref().skip(1).take_while(|line| line.starts_with('|'));
            rows.extend(table.map(|line| {
                let cells = line.trim_matches('|').split(" | ");
                cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
            }));
        }
    }
    assert!(!rows.is_empty(), "there is a table {heading}");
    rows
}

/// Random bodies, the same in every run of the tests.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ z >> 31) >> 8).unwrap()
    }

    fn body(&mut self, letters: &str, ends: &str, length: usize) -> String {
        let mut pick = |from: &str| char::from(from.as_bytes()[self.next() % from.len()]);
        // No body ends in a sign: it could be the sentence's.
        (0..length).map(|at| pick(if at + 1 == length { ends } else { letters })).collect()
    }

    /// Fills in `<alnum 36>`.
    fn fill(&mut self, template: &str) -> String {
        const DIGITS: &str = "0123456789";
        const HEX: &str = "0123456789abcdef";
        const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        const URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
        let mut out = String::new();
        let mut rest = template;
        while let Some((text, more)) = rest.split_once('<') {
            out.push_str(text);
            let (name, behind) = more.split_once('>').expect("a placeholder ends");
            let (name, length) = name.split_once(' ').unwrap_or((name, "0"));
            let length = length.parse().expect("a placeholder's length");
            out.push_str(&match name {
                "digits" => self.body(DIGITS, DIGITS, length),
                "hex" => self.body(HEX, HEX, length),
                "upper" => self.body(UPPER, UPPER, length),
                "base32" => self.body(BASE32, BASE32, length),
                "alnum" => self.body(ALNUM, ALNUM, length),
                "url" => self.body(URL, ALNUM, length),
                "uuid" => [8, 4, 4, 4, 12].map(|part| self.body(HEX, HEX, part)).join("-"),
                other => panic!("<{other}> is no placeholder"),
            });
            rest = behind;
        }
        out + rest
    }
}

/// Every example: detector, before, after.
fn examples() -> Vec<[String; 3]> {
    let rows = rows(&document(), "| detector | before | after |");
    rows.into_iter().map(|row| row.try_into().expect("three cells")).collect()
}

#[test]
fn every_example_is_what_the_gate_does() {
    let gate = gate();
    let known = ["Amelia Ahmed", "975 Sunset Drive", "1990-04-05"].map(str::to_owned);
    let known = Known::new(&known).unwrap();
    let mut wrong = Vec::new();
    for [detector, before, after] in examples() {
        let is_random = before.contains('<') && !before.contains("16777217");
        for round in 0..if is_random { ROUNDS } else { 1 } {
            let before = Random(round).fill(&before);
            let mut pass = gate.pass((detector == "known-value").then_some(&known));
            let is = pass.text(&before).into_owned();
            let counts: BTreeMap<_, _> = pass.counts().iter().collect();
            if is != after || counts.keys().copied().ne([detector.as_str()]) {
                let start: String = before.chars().take(200).collect();
                wrong.push(format!(
                    "{detector} {counts:?}\n  {start}\n  is  {is:.200}\n  not {after}"
                ));
                break;
            }
            assert_eq!(gate.pass(None).text(&is), is, "{detector}: what is clean stays");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_detector_has_an_example_and_every_example_a_detector() {
    let names: BTreeSet<_> = detectors().collect();
    assert!(names.len() > 90, "{names:?}");
    let examples = examples();
    let documented: BTreeSet<_> = examples.iter().map(|[name, ..]| name.as_str()).collect();
    let missing: Vec<_> = names.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/privacy.md lacks {missing:?}");
    let unknown: Vec<_> = documented.difference(&names).collect();
    assert!(unknown.is_empty(), "docs/privacy.md names {unknown:?}, which no detector is");
}

#[test]
fn what_is_said_to_stay_stays() {
    let gate = gate();
    let known = Known::new(&["Mia Li".to_owned(), "Grace Hopper".to_owned()]).unwrap();
    for row in rows(&document(), "| stays | why |") {
        assert_eq!(gate.pass(Some(&known)).text(&row[0]), row[0].as_str());
    }
}

#[test]
fn the_lists_of_keys_are_the_gates_own() {
    let (gate, document) = (gate(), document());
    for list in KEY_LISTS {
        let fence = match (list.class, list.whole) {
            (KeyClass::Secret, false) => "secret",
            (KeyClass::Secret, true) => "secret-whole",
            (KeyClass::Personal, false) => "personal",
            (KeyClass::Personal, true) => "personal-whole",
            (KeyClass::Name, _) => "name",
            (KeyClass::Plain, _) => "plain",
            (other, _) => panic!("a list of {other:?}"),
        };
        let block = blocks(&document, &format!("```text {fence}")).remove(0);
        let documented: BTreeSet<_> = block.split_whitespace().collect();
        for key in &documented {
            assert_eq!(gate.classify(key), list.class, "{key}");
        }
        let listed: BTreeSet<_> = list.keys.iter().copied().collect();
        let missing: Vec<_> = listed.difference(&documented).collect();
        let gone: Vec<_> = documented.difference(&listed).collect();
        assert!(missing.is_empty() && gone.is_empty(), "{fence}: lacks {missing:?}, has {gone:?}");
    }
}

/// Whether there is something at `steps[].error.type`.
fn has(value: &Value, path: &str) -> bool {
    let pointer = format!("/{}", path.replace("[]", ".0").replace('.', "/"));
    value.pointer(&pointer).is_some()
}

#[test]
fn the_levels_keep_what_the_table_says() {
    let full = json!({
        "ticket": "asked", "planning": "plan", "errors": ["e"], "output": "out", "mine": 1,
        "steps": [{
            "id": "s", "parent_id": "p", "kind": "tool", "name": "n", "iteration": 1, "start_ms": 1,
            "duration_ms": 2, "status": "ERROR", "action": "a", "action_input": {"x": 1},
            "input": "i", "output": "o", "attributes": {"k": 1}, "mine": 1,
            "error": {"type": "T", "message": "m", "stack": "s"},
        }],
    });
    let heading = "| in the record | `METRICS_ONLY` | `TIMELINE` | `FULL_TRACE` |";
    let mut looked_at = 0;
    for row in rows(&document(), heading) {
        let paths: Vec<_> = row[0].split('`').filter(|part| part.chars().all(in_a_path)).collect();
        for (said, level) in row[1..].iter().zip(["METRICS_ONLY", "TIMELINE", "FULL_TRACE"]) {
            let mut ticket = Ticket::new("1", Status::Success, Duration::ZERO);
            ticket.capture = level.parse::<Capture>().unwrap();
            ticket.trace = Trace::from(full.clone());
            let left = serde_json::to_value(ticket.redact(&gate()).trace()).unwrap();
            let others = ["mine", "steps[].mine"].map(|path| (path, row[0].contains("any other")));
            let of_step = row[0].contains("of a step");
            let other =
                others.into_iter().find(|(path, is)| *is && path.starts_with("steps") == of_step);
            for path in paths.iter().copied().chain(other.map(|(path, _)| path)) {
                assert_eq!(has(&left, path), said == "yes", "{path} at {level}");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 60, "only {looked_at} places were looked at");
}

#[test]
fn of_a_steps_attributes_a_timeline_keeps_what_a_model_call_used() {
    let attributes =
        json!({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5, "mine": 1});
    let mut ticket = Ticket::new("1", Status::Success, Duration::ZERO);
    ticket.capture = Capture::Timeline;
    ticket.trace = Trace::from(json!({"steps": [{"kind": "llm", "attributes": attributes}]}));
    let left = serde_json::to_value(ticket.redact(&gate()).trace()).unwrap();
    let kept = json!({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5});
    assert_eq!(left["steps"][0]["attributes"], kept);
}

#[test]
fn without_messages_is_what_the_table_says() {
    let step = |kind: &str| {
        json!({
            "id": "s", "parent_id": "p", "kind": kind, "name": "n", "iteration": 1, "start_ms": 1,
            "duration_ms": 2, "status": "ERROR", "action": "a", "action_input": {"x": 1},
            "input": "i", "output": "o", "attributes": {"k": 1}, "mine": 1,
            "error": {"type": "T", "message": "m", "stack": "s"},
        })
    };
    let kinds = ["message", "node", "react", "llm", "tool", "retrieval", "other"];
    let mut ticket = Ticket::new("1", Status::Success, Duration::ZERO);
    ticket.drop_messages = true;
    ticket.trace = Trace::from(json!({
        "ticket": "asked", "planning": "plan", "errors": ["e"], "output": "out", "mine": 1,
        "message": "m", "messages": ["m"], "steps": kinds.map(step),
    }));
    let redacted = ticket.redact(&gate());
    assert_eq!(redacted.capture(), Capture::FullTrace);
    let left = serde_json::to_value(redacted.trace()).unwrap();
    let steps = left["steps"].as_array().unwrap();
    let mut looked_at = 0;
    for row in rows(&document(), "| at `FULL_TRACE` without messages | kept |") {
        let (place, keys) = row[0].split_once(": ").expect("a place and its keys");
        let places = match place {
            "the trace" => std::slice::from_ref(&left),
            "a message step" => &steps[..1],
            "any other step" => &steps[1..],
            other => panic!("{other} is no place"),
        };
        let keys = keys.split('`').filter(|key| !key.is_empty() && key.chars().all(in_a_path));
        let other = row[0].contains("any other key").then_some("mine");
        for key in keys.chain(other) {
            for place in places {
                assert_eq!(place.get(key).is_some(), row[1] == "yes", "{key} of {place}");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 50, "only {looked_at} places were looked at");
}

#[test]
fn denied_keys_are_removed_as_the_table_says() {
    let denied_keys = vec!["seat_number".to_owned(), "email".to_owned()];
    let exempt_keys = vec!["my_seat_number".to_owned()];
    let gate = Gate::new(GateConfig { denied_keys, exempt_keys, ..GateConfig::default() }).unwrap();
    let mut walked = 0;
    for row in rows(&document(), "| sent | stored |") {
        assert_eq!(gate.pass(None).text(&row[0]), row[1].as_str());
        let Ok(mut value) = serde_json::from_str::<Value>(&row[0]) else { continue };
        gate.pass(None).value(&mut value).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(&row[1]).unwrap());
        walked += 1;
    }
    assert!(walked > 0, "some of what is sent is JSON");
}

#[test]
fn subject_lines_are_stored_as_the_table_says() {
    let document = document();
    let line = between(&document, "of `{\"subject\"", "`:");
    let sent: Value = serde_json::from_str(&format!("{{\"subject\"{line}")).unwrap();
    let gate = |subject: &str, hash_key: &[u8; 16]| {
        let hash_key = Some(HashKey::new(*hash_key));
        let subject = subject.parse().unwrap();
        Gate::new(GateConfig { hash_key, subject, ..GateConfig::default() }).unwrap()
    };
    let known = Known::new(&["Mia Li".to_owned()]).unwrap();
    let mut looked_at = 0;
    for row in rows(&document, "| the workflow | the tenant | what is stored |") {
        let (workflow, tenant) =
            (gate(&row[0], b"0123456789abcdef"), gate(&row[1], b"fedcba9876543210"));
        let mut stored = sent.clone();
        workflow.pass(Some(&known)).value(&mut stored).unwrap();
        let left = stored.clone();
        tenant.pass(None).value(&mut stored).unwrap();
        if row[2].starts_with('{') {
            assert_eq!(stored, serde_json::from_str::<Value>(&row[2]).unwrap(), "{row:?}");
        } else {
            assert!(stored["subject"].as_str().unwrap().starts_with("hmac:"), "{row:?}");
            assert_eq!(stored == left, row[2].contains("the workflow's"), "{row:?}");
        }
        looked_at += 1;
    }
    assert_eq!(looked_at, 4);
}

/// What stands between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, behind) = text.split_once(from).expect("where it begins");
    behind.split_once(to).expect("where it ends").0
}

fn in_a_path(c: char) -> bool {
    c.is_ascii_lowercase() || matches!(c, '_' | '.' | '[' | ']')
}

#[test]
fn the_receivers_own_lists_are_a_good_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receiver.toml");
    let gate = blocks(&document(), "```toml").remove(0);
    let digest = "0".repeat(64);
    let database = "[clickhouse]\nurl = \"http://127.0.0.1:1\"\n";
    fs::write(&file, format!("admin_key_sha256 = \"{digest}\"\n{database}{gate}")).unwrap();
    let program = program("ticketlens");
    let check =
        Command::new(program).args(["check-config", "--config"]).arg(&file).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn every_command_a_reader_can_copy_works() {
    let folder = tempfile::tempdir().unwrap();
    let line = json!({
        "ticket_id": "4711", "executed_at": "2026-11-20T09:30:00Z", "execution_time_seconds": 8,
        "status": "SUCCESS", "customer": "c-42", "trace": { "output": "to mia@example.com" },
    });
    fs::write(folder.path().join("runs.jsonl"), line.to_string()).unwrap();
    let programs = program("ticketlens").parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), env::var("PATH").unwrap_or_default());
    let mut said = Vec::new();
    for script in blocks(&document(), "```sh test") {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env_remove("TICKETLENS_HASH_KEY")
            .env_remove("TICKETLENS_CAPTURE")
            .env_remove("TICKETLENS_DROP_MESSAGES")
            .env_remove("TICKETLENS_SUBJECT")
            .output()
            .expect("bash runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{error}");
        said.push(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let [checked, hashed] = &said[..] else { panic!("how to check, and a customer's hash") };
    assert!(checked.contains("to [email]"), "{checked}");
    assert!(hashed.contains("hmac:aec5de4fb9cfade1"), "{hashed}");
    let leaves = fs::read_to_string(folder.path().join("leaves.jsonl")).unwrap();
    assert!(leaves.contains("[email]") && !leaves.contains("mia@"), "{leaves}");
}
