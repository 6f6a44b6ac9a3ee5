//! Old tickets purged, a retention put to stored tickets, and what is stored, as an operator does it.

use serde_json::Value;

use crate::{
    dev::{Dev, Said},
    runs,
};

/// Tickets of three months: ten of each.
fn of_three_months() -> Vec<String> {
    let of = |month: u32| {
        (0..10).map(move |n| {
            let mut run = runs::run(n);
            run["ticket_id"] = format!("{month}-{n}").into();
            run["executed_at"] = format!("2026-{month:02}-03T08:00:{n:02}Z").into();
            run.to_string()
        })
    };
    [8, 9, 10].into_iter().flat_map(of).collect()
}

fn filled() -> Dev {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &of_three_months());
    dev.call(&["send", "runs.jsonl"]).ended(0);
    dev
}

fn purge(dev: &Dev, args: &[&str]) -> Said {
    dev.call(&[&["tickets", "purge"], args].concat())
}

fn count(dev: &Dev) -> String {
    dev.call(&["tickets", "count"]).ended(0).out
}

#[test]
fn a_dry_run_says_what_the_real_run_does() {
    let dev = filled();
    let old = ["--older-than", "2026-10-01", "--status", "failed"];
    let dry = purge(&dev, &[&old[..], &["--dry-run"]].concat()).ended(0);
    let says = "would purge 6 tickets of demo, executed before 2026-10-01 00:00:00 UTC, about ";
    assert!(dry.out.starts_with(says), "{}", dry.out);
    assert!(dry.out.contains("2026-08  3") || dry.out.contains("2026-08        3"), "{}", dry.out);
    assert!(dry.err.contains("--older-than 2026-10-01T00:00:00Z"), "{}", dry.err);
    assert_eq!(count(&dev), "30\n");

    // Nobody is there to be asked.
    let unasked = purge(&dev, &old).ended(2);
    assert!(unasked.err.contains("Purge 6 tickets of demo"), "{}", unasked.err);
    assert!(unasked.err.contains("--yes"), "{}", unasked.err);
    assert_eq!(count(&dev), "30\n");

    let done = purge(&dev, &[&old[..], &["--yes"]].concat()).ended(0);
    assert_eq!(done.out, "purged 6 tickets of demo, executed before 2026-10-01 00:00:00 UTC\n");
    assert_eq!(count(&dev), "24\n");
    let again = purge(&dev, &old).ended(0);
    assert!(again.out.starts_with("No tickets match"), "{}", again.out);

    let json = |args: &[&str]| {
        let all = ["--older-than", "2026-11-01", "--tenant", "demo", "--json"];
        purge(&dev, &[&all[..], args].concat()).ended(0).json()
    };
    let (would, did) = (json(&["--dry-run"]), json(&["--yes"]));
    assert_eq!((&would["dry_run"], &did["dry_run"]), (&true.into(), &false.into()));
    for field in ["tickets", "by_tenant", "by_month", "executed_before"] {
        assert_eq!(would[field], did[field], "{field}");
    }
    assert_eq!(did["tickets"], 24);
    assert_eq!(did["by_month"][2], serde_json::json!({ "month": "2026-10", "count": 10 }));
    assert_eq!(count(&dev), "0\n");
}

#[test]
fn what_a_purge_may_not_be_is_told_before_anything_goes() {
    let dev = filled();
    purge(&dev, &["--yes"]).ended(2);
    let future = purge(&dev, &["--older-than", "2999-01-01", "--yes"]).ended(2);
    assert!(future.err.contains("lies in the future"), "{}", future.err);
    purge(&dev, &["--older-than", "soon", "--yes"]).ended(2);
    let nobody = purge(&dev, &["--older-than", "1d", "--tenant", "nobody", "--yes"]).ended(3);
    assert!(nobody.err.contains("tenant list"), "{}", nobody.err);
    let read = dev.file()["read_key"].as_str().unwrap().to_owned();
    purge(&dev, &["--older-than", "1d", "--yes", "--key", &read]).ended(5);
    assert_eq!(count(&dev), "30\n");
}

#[test]
fn a_retention_is_applied_to_stored_tickets_when_asked() {
    let dev = filled();
    let set = |args: &[&str]| dev.call(&[&["tenant", "set", "demo"], args].concat());
    let trace = |dev: &Dev| {
        let shown = dev.call(&["tickets", "show", "10-1", "--json"]).ended(0).json();
        shown["trace"] != Value::Null
    };
    // What was received just now outlives a day.
    let dry = set(&["--trace-days", "1", "--apply", "--dry-run"]).ended(0);
    assert_eq!(
        dry.out,
        "30 tickets of demo would expire at another time; deleted at once: nothing\n"
    );
    let days = |dev: &Dev| dev.call(&["tenant", "show", "demo", "--json"]).ended(0).json();
    assert_eq!(days(&dev)["trace_days"], 30, "a dry run changes nothing");
    let applied = set(&["--trace-days", "1", "--apply", "--json"]).ended(0).json_lines();
    assert_eq!((&applied[0]["trace_days"], &applied[1]["tickets"]), (&1.into(), &30.into()));
    assert!(trace(&dev));
    let none = set(&["--apply"]).ended(0);
    assert!(none.out.contains("0 tickets of demo now expire at another time"), "{}", none.out);
    set(&["--dry-run"]).ended(2);
    let never = set(&["--trace-days", "900", "--apply", "--dry-run"]).ended(2);
    assert!(never.err.contains("cannot exceed metrics_days"), "{}", never.err);
    dev.call(&["tenant", "set", "nobody", "--apply"]).ended(3);
}

#[test]
fn stats_say_what_is_stored_to_whom_it_concerns() {
    let dev = filled();
    let stats = |args: &[&str]| dev.call(&[&["tickets", "stats"], args].concat());
    let shown = stats(&[]).ended(0).out;
    for says in ["tickets   30\n", "rows      30\n", "oldest    2026-08-03 08:00:00 UTC", "demo"] {
        assert!(shown.contains(says), "{says}:\n{shown}");
    }
    assert!(shown.contains("growth    not known before a full day"), "{shown}");
    let by_status = stats(&["--by", "status", "--json"]).ended(0).json();
    assert_eq!((&by_status["rows"], &by_status["by"]), (&30.into(), &"status".into()));
    let of = |n: usize| &by_status["groups"][n];
    let rows = of(0)["rows"].as_u64().unwrap() + of(1)["rows"].as_u64().unwrap();
    assert_eq!(rows, 30);
    assert!(by_status["disk"]["free_bytes"].as_u64().unwrap() > 0);
    assert_eq!(by_status["days_until_full"], Value::Null);

    // A tenant's own key sees its share, and nothing of the disk.
    let read = dev.file()["read_key"].as_str().unwrap().to_owned();
    let own = stats(&["--key", &read, "--json"]).ended(0).json();
    assert_eq!((&own["bytes_are_a_share"], &own["disk"]), (&true.into(), &Value::Null));
    let ingest = dev.file()["ingest_key"].as_str().unwrap().to_owned();
    stats(&["--key", &ingest]).ended(5);
    stats(&["--disk", "100"]).ended(2);
    stats(&["--by", "colour"]).ended(2);
    stats(&["--tenant", "nobody"]).ended(3);
}
