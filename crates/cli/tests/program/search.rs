//! `ticketlens tickets search`: what was said, with the place where it stands.

use crate::{dev::Dev, runs};

#[test]
fn what_was_said_is_found_with_its_step_and_what_was_removed_is_not() {
    let dev = Dev::start();
    // The sample's tickets are of another day; these were executed just now.
    let now = jiff::Timestamp::now().to_string();
    let line = |number| {
        let mut run = runs::run(number);
        run["executed_at"] = now.clone().into();
        run.to_string()
    };
    let lines: Vec<_> = (0..6).map(line).collect();
    runs::file(dev.folder.path(), "runs.jsonl", &lines);
    dev.call(&["send", "runs.jsonl"]).ended(0);

    let found = dev.call(&["tickets", "search", "look", "\"flight up\""]).ended(0);
    assert_eq!(found.out.matches("react agent · output  I look the flight up.\n").count(), 6);
    assert!(!found.out.contains('\u{1b}'), "a pipe gets no colours");
    let exact = dev.call(&["tickets", "search", "leaves at s", "--json"]).ended(0).json_lines();
    assert_eq!(exact.len(), 6);
    assert_eq!(exact[0]["snippets"][0]["field"], "output");
    assert_eq!(exact[0]["snippets"][0]["step"], serde_json::Value::Null);

    // A page after the other, each ticket once.
    let first = dev.call(&["tickets", "search", "hat069", "--limit", "4", "--json"]).ended(0);
    let cursor = first.err.trim().rsplit(' ').next().unwrap();
    let rest = dev.call(&["tickets", "search", "hat069", "--json", "--cursor", cursor]).ended(0);
    assert_eq!((first.json_lines().len(), rest.json_lines().len()), (4, 2));

    // Nothing says what the gate removed, nor what is too far back.
    for words in ["mia", "mia.li@example.com", "nobody-said-this"] {
        let none = dev.call(&["tickets", "search", words]).ended(0);
        assert!(none.out.starts_with("No ticket says it since "), "{}", none.out);
        assert!(!none.err.contains(words), "{}", none.err);
    }
    let before = dev.call(&["tickets", "search", "flight", "--until", "1d"]).ended(0);
    assert!(before.out.starts_with("No ticket says it"), "{}", before.out);
    let bad = dev.call(&["tickets", "search", "…"]).ended(2);
    assert!(bad.err.contains("holds no word"), "{}", bad.err);

    // Whoever sees several tenants names one.
    let file = dev.file();
    let (url, key) = (&file["running"]["grpc_endpoint"], &file["admin_key"]);
    let (url, key) = (url.as_str().unwrap(), key.as_str().unwrap());
    let which = ["tickets", "search", "flight", "--endpoint", url, "--key", key];
    let which = dev.call(&which).ended(2);
    assert!(which.err.contains("--tenant NAME"), "{}", which.err);
    let of = ["tickets", "search", "flight", "--endpoint", url, "--key", key, "--tenant", "demo"];
    assert!(dev.call(&of).ended(0).out.contains("T-5"));
}
