//! The list of prices: imported, listed, changed, and what is said of each change.

use std::fs;

use serde_json::Value;

use crate::dev::{Dev, call};

const OURS: &str =
    r#"{"provider":"our-gpus","model":"llama-*","currency":"EUR","input":"0.2","output":"0.4"}"#;

#[test]
fn a_dev_begins_with_public_prices_and_says_which_a_model_has() {
    let dev = Dev::start();
    let again = dev.call(&["prices", "import", "--start-list", "--json"]).ended(0).json();
    assert!(again["same"].as_u64().unwrap() > 3_000, "{again}");
    assert_eq!((&again["added"], &again["changed"]), (&0.into(), &0.into()));
    let some = dev.call(&["prices", "list", "--provider", "anthropic", "--limit", "3"]).ended(0);
    assert_eq!(some.out.lines().count(), 4, "{}", some.out);
    assert!(some.err.contains("3 of ") && some.err.contains("--all"), "{}", some.err);
    let priced = ["prices", "list", "--model", "gpt-4o-2024-08-06", "--at", "2026-11-01", "--json"];
    let priced = dev.call(&priced).ended(0).json_lines();
    assert_eq!(priced[0]["model"], "gpt-4o-2024-08-06");
    assert_eq!(priced[0]["input"], "2.5");
    assert!(priced[0].get("service_tier").is_none() && priced[1]["service_tier"] == "batch");
    let tiers = dev.call(&["prices", "list", "--model", "gemini-2.5-pro"]).ended(0).out;
    assert!(tiers.lines().nth(2).unwrap().contains("200,000"), "{tiers}");
    let none = dev.call(&["prices", "list", "--model", "ours-7b", "--provider", "us"]).ended(3);
    assert!(none.err.contains("a call of ours-7b at us has no price at 20"), "{}", none.err);
    let nothing = dev.call(&["prices", "list", "no-such-model"]).ended(0);
    assert_eq!(nothing.out, "No prices match.\n");

    // What was listed is imported as it was.
    let all = dev.call(&["prices", "list", "--all", "--json"]).ended(0);
    fs::write(dev.folder.path().join("all.jsonl"), &all.out).unwrap();
    let array = format!("[{}]", all.out.trim_end().replace('\n', ",\n"));
    fs::write(dev.folder.path().join("all.json"), array).unwrap();
    for file in ["all.jsonl", "all.json"] {
        let same = dev.call(&["prices", "import", file, "--replace-all", "--json"]).ended(0).json();
        let said = ["added", "changed", "removed", "same"].map(|name| same[name].as_u64().unwrap());
        assert_eq!(said, [0, 0, 0, all.out.lines().count() as u64]);
    }
}

#[test]
fn a_file_is_imported_whole_or_not_at_all() {
    let dev = Dev::start();
    let write = |name: &str, text: &str| fs::write(dev.folder.path().join(name), text).unwrap();
    write("bad.jsonl", &format!("{OURS}\n\n{}\n", OURS.replace("\"0.2\"", "0.2")));
    let bad = dev.call(&["prices", "import", "bad.jsonl"]).ended(2);
    assert!(bad.err.contains("bad.jsonl, line 3: input: "), "{}", bad.err);
    assert!(bad.err.contains("1 of 2 entries are refused; nothing was imported"), "{}", bad.err);
    write("ours.jsonl", OURS);
    let would =
        dev.call(&["prices", "import", "ours.jsonl", "--replace-all", "--dry-run"]).ended(0);
    assert!(would.out.starts_with("1 new, 0 changed, 0 the same, "), "{}", would.out);
    assert!(would.err.contains("nothing was changed"), "{}", would.err);
    let none = dev.call(&["prices", "list", "--provider", "our-gpus"]).ended(0);
    assert_eq!(none.out, "No prices match.\n");
    let done = dev.call(&["prices", "import", "ours.jsonl", "--replace-all"]).ended(0);
    assert_eq!((done.out, done.err), (would.out, String::new()));
    let all = dev.call(&["prices", "list", "--all", "--json"]).ended(0).json_lines();
    assert_eq!(all, [serde_json::from_str::<Value>(OURS).unwrap()]);
    write("empty.json", " \n");
    let empty = dev.call(&["prices", "import", "empty.json", "--replace-all"]).ended(2);
    assert!(empty.err.contains("empty.json is empty"), "{}", empty.err);
    write("none.json", "[]");
    let gone = dev.call(&["prices", "import", "none.json", "--replace-all"]).ended(0);
    assert_eq!(gone.out, "0 new, 0 changed, 0 the same, 1 removed\n");
    dev.call(&["prices", "import", "nowhere.json"]).ended(2);
    dev.call(&["prices", "import"]).ended(2);
    let read = dev.file()["read_key"].as_str().unwrap().to_owned();
    dev.call(&["prices", "list", "--key", &read]).ended(5);
    dev.call(&["prices", "import", "ours.jsonl", "--key", &read]).ended(5);
}

#[test]
fn one_price_is_set_and_removed_and_what_else_it_means_is_said() {
    let dev = Dev::start();
    let key = ["--provider", "our-gpus", "--model", "llama-*"];
    let set = |more: &[&str]| {
        dev.call(&[&["prices", "set"], &key[..], &["--output", "0.4"], more].concat())
    };
    assert_eq!(set(&["--input", "0.2"]).ended(0).out, "added our-gpus llama-*\n");
    let changed = set(&["--input", "0.25", "--source", "an invoice"]).ended(0);
    assert_eq!(
        changed.out,
        "changed our-gpus llama-*: input 0.2 → 0.25, source none → an invoice\n"
    );
    let later = ["--input", "0.3", "--above", "1000", "--valid-from", "2026-01-01"];
    let later = set(&later).ended(0);
    let says = "calls with 1,000 tokens of input or fewer have no price from 2026-01-01 on";
    assert!(later.err.contains(says), "{}", later.err);
    let own = ["prices", "set", "--provider", "openai", "--model", "gpt-4o*", "--input", "2"];
    let own = dev.call(&[&own[..], &["--output", "8"]].concat()).ended(0);
    assert!(own.err.contains("keep it: ") && own.err.contains("gpt-4o-2024-"), "{}", own.err);

    let remove = |more: &[&str]| dev.call(&[&["prices", "remove"], &key[..], more].concat());
    let wrong = remove(&["--valid-from", "2026-01-01"]).ended(3);
    assert!(wrong.err.contains("--above 1000 --valid-from 2026-01-01"), "{}", wrong.err);
    remove(&["--valid-from", "2026-01-01", "--above", "1000"]).ended(0);
    assert_eq!(remove(&[]).ended(0).out, "removed our-gpus llama-*\n");
    assert_eq!(remove(&["--json"]).ended(3).out, "");

    let wrong = set(&["--input", "0.2", "--service-tier", "Batch"]).ended(2);
    assert!(wrong.err.contains("--service-tier: "), "{}", wrong.err);
    set(&["--input", "1,5"]).ended(2);
    let acts = dev.call(&["audit", "list", "--json"]).ended(0).json_lines();
    let set =
        acts.iter().rfind(|act| act["act"] == "price.set" && act["changed"]["input"] != "0.2");
    let set = set.unwrap();
    assert_eq!(set["subject"], "our-gpus llama-*");
    assert_eq!(set["changed"]["input"], "0.2 → 0.25");
    let started = acts.iter().find(|act| act["act"] == "prices.import").unwrap();
    assert_eq!(started["changed"]["replaces"], "by key");
    assert_eq!(started["changed"]["added"], started["affected"].to_string());
}

#[test]
fn a_missing_price_is_put_to_stored_tickets_on_purpose() {
    let dev = Dev::start();
    let line = r#"{"ticket_id":"4711","executed_at":"NOW","execution_time_seconds":1,"status":"SUCCESS","gen_ai.provider.name":"our-gpus","gen_ai.request.model":"llama-3","gen_ai.usage.input_tokens":1000000,"gen_ai.usage.output_tokens":1000000}"#;
    let line = line.replace("NOW", &jiff::Timestamp::now().to_string());
    fs::write(dev.folder.path().join("t.jsonl"), line).unwrap();
    dev.call(&["send", "t.jsonl"]).ended(0);
    let apply = |more: &[&str]| dev.call(&[&["prices", "apply", "--since", "7d"], more].concat());
    let nothing = apply(&[]).ended(0).out;
    assert_eq!(nothing, "Every ticket since then costs what the list says.\n");
    fs::write(dev.folder.path().join("ours.json"), OURS).unwrap();
    dev.call(&["prices", "import", "ours.json"]).ended(0);

    let would = apply(&["--dry-run"]).ended(0);
    assert!(
        would.out.starts_with("1 ticket would cost something else: 1 had no cost"),
        "{}",
        would.out
    );
    assert!(
        would.out.lines().any(|line| line.starts_with("EUR") && line.ends_with("0.6")),
        "{}",
        would.out
    );
    assert!(would.err.contains("nothing was changed"));
    // Without a terminal nobody is asked.
    apply(&[]).ended(2);
    assert_eq!(apply(&["--dry-run", "--json"]).ended(0).json()["sums"][0]["after"], "0.6");
    let done = apply(&["--yes", "--tenant", "demo"]).ended(0).out;
    assert!(done.starts_with("1 ticket now cost something else"), "{done}");
    assert_eq!(apply(&["--json"]).ended(0).json()["tickets"], 0);
    apply(&["--tenant", "nobody"]).ended(3);
    let future = dev.call(&["prices", "apply", "--since", "2999-01-01"]).ended(2);
    assert!(future.err.contains("lies in the future"), "{}", future.err);
    let act = dev.call(&["audit", "list", "--act", "prices.apply", "--json"]).ended(0).json_lines();
    assert_eq!((&act[0]["affected"], &act[0]["tenant"]), (&1.into(), &"demo".into()));

    dev.call(&["prices", "import", "--replace-all", "--start-list"]).ended(0);
    let lost = apply(&["--yes"]).ended(0).out;
    assert!(lost.contains("1 have none by it, as the list has no price"), "{lost}");
}

#[test]
fn without_a_receiver_a_file_is_checked_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.jsonl"), "{}\n").unwrap();
    let bad = call(folder.path(), &["prices", "import", "bad.jsonl"]).ended(2);
    assert!(bad.err.contains("line 1: missing field `provider`"), "{}", bad.err);
    call(folder.path(), &["prices", "list"]).ended(4);
}
