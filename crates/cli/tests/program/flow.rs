//! The main job: send tickets, count them, open one; tenants and keys; a second life.

use std::{fs, net::TcpListener};

use serde_json::Value;

use crate::{
    dev::{Dev, call, program, said},
    runs,
};

#[test]
fn tickets_are_sent_counted_listed_and_opened() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(30));
    let sent = dev.call(&["send", "runs.jsonl", "--json"]).ended(0).json();
    assert_eq!((&sent["lines"], &sent["sent"]), (&30.into(), &30.into()), "{sent}");

    // The same file again stores nothing twice.
    let again = dev.call(&["send", "runs.jsonl"]).ended(0);
    assert!(again.out.starts_with("30 of 30 sent to demo at 127.0.0.1:"), "{}", again.out);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "30\n");
    let failed = dev.call(&["tickets", "count", "--status", "failed", "--json"]).ended(0).json();
    assert_eq!(failed["count"], 8);

    // Newest first, a page at a time.
    let first = dev.call(&["tickets", "list", "--limit", "20", "--json"]).ended(0);
    let ids = |lines: &[Value]| -> Vec<String> {
        lines.iter().map(|t| t["ticket_id"].as_str().unwrap().to_owned()).collect()
    };
    let newest = ids(&first.json_lines());
    assert_eq!((newest.len(), newest[0].as_str()), (20, "T-29"));
    // The whole line can be pasted.
    let next: Vec<_> = first.err.lines().last().unwrap().split_whitespace().skip(1).collect();
    assert_eq!(next[..2], ["tickets", "list"], "{}", first.err);
    let second = dev.call(&next).ended(0);
    let rest = ids(&second.json_lines());
    assert_eq!((rest.len(), rest[0].as_str(), rest[9].as_str()), (10, "T-9", "T-0"));
    let listed = dev.call(&["tickets", "list", "--category", "TEST"]).ended(0).out;
    let status = listed.find("status").unwrap();
    let is_aligned = |row: &str| row.is_char_boundary(status) && row[..status].ends_with("  ");
    assert!(listed.lines().count() == 31 && listed.lines().all(is_aligned), "{listed}");
    assert!(!listed.contains('…'), "a pipe gets whole cells: {listed}");
    assert!(!listed.contains('\u{1b}'), "a pipe gets no colours");
    let wide = dev.call(&["tickets", "list", "--wide"]).ended(0).out;
    let heading = wide.lines().next().unwrap();
    assert!(["tenant", "tokens", "confidence"].iter().all(|name| heading.contains(name)), "{wide}");
    let by_tokens = dev.call(&["tickets", "list", "--sort=-tokens"]).ended(0).out;
    assert!(by_tokens.lines().next().unwrap().contains("  tokens  "), "{by_tokens}");
    let none = dev.call(&["tickets", "list", "--since", "2030-01-01"]).ended(0);
    assert_eq!(none.out, "No tickets match.\n");

    let page = dev.call(&["tickets", "show", "T-4"]).ended(0).out;
    for says in [
        "Ticket T-4 · FAILED · TEST",
        "flow 1",
        "TaskFailed",
        "Timeline",
        "Iteration 1 · agent",
        "I look the flight up.",
        "find_flight",
        "HAT069",
        "no seats",
        "HAT069 leaves at six.",
    ] {
        assert!(page.contains(says), "{says}:\n{page}");
    }
    let document = dev.call(&["tickets", "show", "T-4", "--json"]).ended(0);
    assert_eq!(document.json()["trace"]["output"]["response"], "HAT069 leaves at six.");
    for personal in ["Mia Li", "mia.li@example.com"] {
        assert!(!page.contains(personal) && !document.out.contains(personal), "{personal}");
    }
    let overview = dev.call(&["tickets", "overview", "--json"]).ended(0).json();
    assert_eq!((&overview["total"], &overview["lost"]), (&30.into(), &0.into()));
    assert!(dev.call(&["tickets", "overview"]).ended(0).out.contains("73.3 %"));
    let nothing = ["tickets", "overview", "--workflow", "nothing", "--json"];
    assert!(dev.call(&nothing).ended(0).json()["duration_average_seconds"].is_null());
    let by = dev.call(&["tickets", "overview", "--by", "status"]).ended(0).out;
    assert!(by.contains("\nstatus   tickets"), "{by}");
    let compared = dev.call(&["tickets", "compare", "1", "9"]).ended(0);
    assert!(compared.err.contains("there are no tickets of version 9"), "{}", compared.err);
}

#[test]
fn malformed_lines_are_reported_and_the_rest_is_sent() {
    let dev = Dev::start();
    let mut lines = runs::lines(5);
    lines.insert(1, "{ s3cr3t".to_owned());
    lines.insert(3, r#"{"ticket_id": "s3cr3t"}"#.to_owned());
    runs::file(dev.folder.path(), "runs.jsonl", &lines);
    let sent = dev.call(&["send", "runs.jsonl"]).ended(1);
    assert!(sent.out.starts_with("5 of 7 sent"), "{}", sent.out);
    assert!(sent.err.contains("line 2: not JSON") && sent.err.contains("line 4: "), "{}", sent.err);
    assert!(!sent.err.contains("s3cr3t") && !sent.out.contains("s3cr3t"));

    // From a pipe, too.
    let text = runs::lines(8).join("\n");
    let file = runs::file(dev.folder.path(), "more.jsonl", &[text]);
    let piped = std::fs::File::open(file).unwrap();
    said(program(dev.folder.path()).args(["send", "-"]).stdin(piped)).ended(0);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "8\n");
}

#[test]
fn whole_runs_are_stored_once_without_what_is_personal() {
    for runs in runs::whole() {
        let dev = Dev::start();
        let file = runs.file.to_str().unwrap();
        let count = runs.lines;
        for _ in 0..2 {
            let sent = dev.call(&["send", file]).ended(0);
            assert!(sent.out.starts_with(&format!("{count} of {count} sent")), "{}", sent.out);
            assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, format!("{count}\n"));
        }
        let page = dev.call(&["tickets", "show", runs.ticket, "--full"]).ended(0).out;
        assert!(runs.says.iter().all(|says| page.contains(says)), "{page}");
        for personal in runs.personal {
            assert!(!page.contains(personal), "{personal}");
        }
    }
}

#[test]
fn tenants_and_keys_are_kept_apart() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["tenant", "add", "acme", "--display-name", "Acme", "--capture", "TIMELINE"])
        .ended(0);
    dev.call(&["tenant", "add", "acme"]).ended(1);
    let key = |scope: &str| {
        let made = dev.call(&["key", "create", "--tenant", "acme", "--scope", scope]).ended(0);
        assert_eq!(made.out.lines().count(), 1, "the key stands alone on stdout");
        assert!(!made.err.contains(made.out.trim()), "and nowhere else");
        made.out.trim().to_owned()
    };
    let (ingest, read) = (key("ingest"), key("read"));
    dev.call(&["send", "runs.jsonl", "--key", &ingest]).ended(0);
    // A key that is set for one tenant sends nothing to another.
    let set = said(
        program(dev.folder.path()).args(["send", "runs.jsonl"]).env("TICKETLENS_KEY", &ingest),
    );
    let refused = set.ended(2);
    assert!(refused.err.contains("TICKETLENS_KEY is a key of tenant acme"), "{}", refused.err);
    assert_eq!(dev.call(&["tickets", "count", "--tenant", "acme"]).ended(0).out, "3\n");
    assert_eq!(dev.call(&["tickets", "count", "--tenant", "demo"]).ended(0).out, "0\n");
    assert_eq!(dev.call(&["tickets", "count", "--key", &read]).ended(0).out, "3\n");

    // What a key is not for, it does not do; what it may not see, it does not find.
    let demo_read = dev.file()["read_key"].as_str().unwrap().to_owned();
    assert_eq!(dev.call(&["tickets", "count", "--key", &demo_read]).ended(0).out, "0\n");
    dev.call(&["tickets", "show", "T-1", "--key", &demo_read]).ended(3);
    dev.call(&["tickets", "count", "--key", &ingest]).ended(5);
    dev.call(&["send", "runs.jsonl", "--key", &read]).ended(5);
    dev.call(&["tenant", "list", "--key", &read]).ended(5);

    // The tenant's level holds, whatever is sent.
    let page = dev.call(&["tickets", "show", "T-1", "--tenant", "acme"]).ended(0).out;
    assert!(page.contains("captured as TIMELINE") && !page.contains("HAT069"), "{page}");

    let changed =
        dev.call(&["tenant", "set", "acme", "--trace-days", "3", "--json"]).ended(0).json();
    assert_eq!((&changed["trace_days"], &changed["capture"]), (&3.into(), &"TIMELINE".into()));
    dev.call(&["tenant", "show", "nobody"]).ended(3);

    let id = ingest.rsplit('_').nth(1).unwrap();
    assert_eq!(dev.call(&["key", "list", "--tenant", "acme", "--json"]).json_lines().len(), 2);
    dev.call(&["key", "revoke", id]).ended(0);
    crate::dev::until("the revoked key is refused", || {
        dev.call(&["send", "runs.jsonl", "--key", &ingest]).code == 5
    });
    assert!(dev.call(&["key", "list"]).ended(0).out.contains("revoked"));

    let asked = dev.call(&["tenant", "remove", "acme"]).ended(2);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    let removed = dev.call(&["tenant", "remove", "acme", "--yes", "--json"]).ended(0).json();
    assert_eq!((&removed["tickets"], &removed["keys_revoked"]), (&3.into(), &1.into()));
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "0\n");
}

#[test]
fn a_tenant_opts_out_of_keys_and_messages() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(1));
    let args = ["tenant", "add", "acme", "--deny-keys", "passengers, seat", "--json"];
    let added = dev.call(&args).ended(0).json();
    assert_eq!(added["deny_keys"], serde_json::json!(["passengers", "seat"]));
    assert_eq!(added["drop_messages"], false);
    let set = |what: &[&str]| dev.call(&[&["tenant", "set", "acme"], what].concat());
    let listed = set(&["--drop-messages", "true"]).ended(0).out;
    assert!(listed.contains("FULL_TRACE, no messages, without"), "{listed}");
    assert!(listed.contains("2 keys"), "{listed}");
    let one = set(&["--deny-keys", "seat", "--drop-messages", "false"]).ended(0).out;
    assert!(one.contains("FULL_TRACE, without seat"), "{one}");
    set(&["--drop-messages", "true"]).ended(0);
    let none = set(&["--deny-keys", "", "--json"]).ended(0).json();
    assert_eq!((&none["deny_keys"], &none["drop_messages"]), (&[0; 0][..].into(), &true.into()));
    let wrong = set(&["--deny-keys", "12"]).ended(2);
    assert!(wrong.err.contains("--deny-keys: "), "{}", wrong.err);
    set(&["--drop-messages", "perhaps"]).ended(2);

    let key = dev.call(&["key", "create", "--tenant", "acme", "--scope", "ingest"]).ended(0).out;
    dev.call(&["send", "runs.jsonl", "--key", key.trim()]).ended(0);
    let page = dev.call(&["tickets", "show", "T-0", "--tenant", "acme"]).ended(0).out;
    assert!(page.contains("no question and no answer") && !page.contains("Hi, "), "{page}");
    assert!(page.contains("FULL_TRACE"), "{page}");
}

#[test]
fn a_subject_is_readable_when_the_sender_and_the_tenant_say_so() {
    let dev = Dev::start();
    let mut lines = Vec::new();
    for id in ["T-0", "T-1", "T-2"] {
        let mut run = runs::run(0);
        (run["ticket_id"], run["execution_id"]) = (id.into(), serde_json::Value::Null);
        run["trace"]["ticket"] = serde_json::json!({"subject": "Refund, from mia.li@example.com"});
        lines.push(run.to_string());
    }
    for (n, line) in lines.iter().enumerate() {
        runs::file(dev.folder.path(), &format!("{n}.jsonl"), std::slice::from_ref(line));
    }
    let added = dev.call(&["tenant", "add", "acme", "--json"]).ended(0).json();
    assert_eq!(added["subject"], "HASH");
    let key = dev.call(&["key", "create", "--tenant", "acme", "--scope", "ingest"]).ended(0).out;
    let send = |n: usize, own: &[&str]| {
        let file = format!("{n}.jsonl");
        dev.call(&[&["send", &file, "--key", key.trim()], own].concat()).ended(0);
        dev.call(&["tickets", "show", &format!("T-{n}"), "--tenant", "acme"]).ended(0).out
    };
    let readable = "Refund, from [email]";
    let hashed = send(0, &["--subject", "IN_PLACE"]);
    assert!(!hashed.contains("Refund") && hashed.contains("hmac:"), "{hashed}");
    let set = |what: &str| dev.call(&["tenant", "set", "acme", "--subject", what]);
    let listed = set("in-place").ended(0).out;
    assert!(listed.contains("FULL_TRACE, readable subjects"), "{listed}");
    let shown = send(1, &["--subject", "IN_PLACE"]);
    assert!(shown.contains(readable), "{shown}");
    let hashed = send(2, &[]);
    assert!(!hashed.contains("Refund"), "{hashed}");
    assert!(!set("HASH").ended(0).out.contains("readable"));
    set("PLAIN").ended(2);
}

#[test]
fn a_tenant_is_given_limits_that_stay_until_they_are_taken_away() {
    let dev = Dev::start();
    let added = dev.call(&["tenant", "add", "acme", "--max-records-per-second", "200", "--json"]);
    let added = added.ended(0).json();
    assert_eq!(added["max_records_per_second"], 200);
    assert!(added["max_bytes_per_second"].is_null() && added["max_records_per_day"].is_null());
    let set = |what: &[&str]| dev.call(&[&["tenant", "set", "acme"], what].concat());
    let day = ["--max-records-per-day", "1000000", "--max-bytes-per-second", "65536"];
    let listed = set(&day).ended(0).out;
    for said in ["may send", "200 records/s", "65,536", "bytes/s", "1,000,000", "records/day"] {
        assert!(listed.contains(said), "{said}: {listed}");
    }
    // Whoever knows nothing of limits changes none.
    let other = set(&["--trace-days", "7", "--json"]).ended(0).json();
    assert_eq!(
        (&other["trace_days"], &other["max_records_per_day"]),
        (&7.into(), &1_000_000.into())
    );
    set(&["--max-records-per-second", "none"]).ended(0);
    // Whoever says nought means none of it, which is not what taking the limit away does.
    assert!(set(&["--max-bytes-per-second", "0"]).ended(2).err.contains("write none"));
    set(&["--max-bytes-per-second", "None"]).ended(0);
    let none = set(&["--max-records-per-day", "none", "--json"]).ended(0).json();
    for limit in ["max_records_per_second", "max_bytes_per_second", "max_records_per_day"] {
        assert!(none[limit].is_null(), "{none}");
    }
    let listed = dev.call(&["tenant", "show", "acme"]).ended(0).out;
    assert!(!listed.contains("may send"), "{listed}");
    set(&["--max-records-per-second", "many"]).ended(2);
    let wrong = set(&["--max-records-per-day", &u64::MAX.to_string()]).ended(2);
    assert!(wrong.err.contains("a limit is at most"), "{}", wrong.err);
}

#[test]
fn a_ticket_or_a_customer_is_erased_for_good() {
    let dev = Dev::start();
    let of_the_same = |number| {
        let mut run = runs::run(number);
        run["customer"] = "c-42".into();
        run.to_string()
    };
    let lines: Vec<_> = (0..6).map(of_the_same).collect();
    runs::file(dev.folder.path(), "runs.jsonl", &lines);
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let of = ["tickets", "erase", "--tenant", "demo"];
    let erase = |what: &[&str]| dev.call(&[&of, what].concat());

    let asked = erase(&["--ticket", "T-1"]).ended(2);
    assert!(asked.err.contains("--yes") && asked.err.contains("ticket T-1"), "{}", asked.err);
    let nothing = erase(&["--yes"]).ended(2);
    assert!(nothing.err.contains("--ticket <ID>|--customer <HASH>"), "{}", nothing.err);
    erase(&["--ticket", "T-1", "--customer", "hmac:0000000000000000", "--yes"]).ended(2);
    let unknown = erase(&["--ticket", "T-99"]).ended(3);
    assert!(unknown.err.contains("demo has no ticket T-99"), "{}", unknown.err);
    erase(&["--customer", "c-42", "--yes"]).ended(2);
    erase(&["--customer", "hmac:0000000000000000", "--yes"]).ended(3);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "6\n");

    let erased = erase(&["--ticket", "T-1", "--yes"]).ended(0);
    assert_eq!(erased.out, "erased 1 execution of ticket T-1\n");
    dev.call(&["tickets", "show", "T-1"]).ended(3);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "5\n");

    // The hash is the one that `redact` shows in the same folder: both know the key of `dev`.
    let shown = dev.call(&["redact", "runs.jsonl", "--json", "--limit", "1"]).ended(0).json();
    let customer = shown["record"]["attributes"]["ticket.customer"].as_str().unwrap().to_owned();
    let erased = erase(&["--customer", &customer, "--yes", "--json"]).ended(0).json();
    assert_eq!(erased["erased"], 5);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "0\n");
}

#[test]
fn a_second_life_has_the_same_tickets_keys_and_database_port() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = port.to_string();
    let dev = Dev::start_with(tempfile::tempdir().unwrap(), &["--clickhouse-port", &port]);
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let before = dev.file();
    let folder = dev.into_folder();
    let stopped = call(folder.path(), &["tickets", "count"]).ended(4);
    assert!(stopped.err.contains("is not running"), "{}", stopped.err);

    let dev = Dev::start_with(folder, &[]);
    assert_eq!(dev.call(&["tickets", "count"]).ended(0).out, "3\n");
    assert_eq!(dev.file()["running"]["clickhouse_url"], format!("http://127.0.0.1:{port}"));
    for key in ["ingest_key", "read_key", "admin_key", "hash_key"] {
        assert_eq!(dev.file()[key], before[key], "{key}");
    }
}

#[test]
fn a_ticket_that_is_sent_again_is_told_from_a_new_one() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    runs::file(dev.folder.path(), "more.jsonl", &runs::lines(5));
    let before =
        |file: &str| dev.call(&["send", file, "--json"]).ended(0).json()["stored_before"].clone();
    assert_eq!([before("runs.jsonl"), before("more.jsonl"), before("more.jsonl")], [0, 3, 5]);
    let said = dev.call(&["send", "runs.jsonl"]).ended(0).out;
    assert!(
        said.contains("3 of 3 sent") && said.contains("3  of these, at least, were already stored"),
        "{said}"
    );
}

#[test]
fn a_number_of_several_tenants_is_asked_for_by_name() {
    let dev = Dev::start();
    dev.call(&["tenant", "add", "acme"]).ended(0);
    let key = dev.call(&["key", "create", "--tenant", "acme", "--scope", "ingest"]).ended(0);
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(1));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    assert!(dev.call(&["tickets", "show", "T-0"]).ended(0).out.contains("demo"));
    dev.call(&["send", "runs.jsonl", "--key", key.out.trim()]).ended(0);
    let asked = dev.call(&["tickets", "show", "T-0"]).ended(2);
    assert!(asked.err.contains("(acme, demo)") && asked.err.contains("--tenant"), "{}", asked.err);
    for (tenant, other) in [("acme", "demo"), ("demo", "acme")] {
        let shown = dev.call(&["tickets", "show", "T-0", "--tenant", tenant]).ended(0).out;
        assert!(shown.contains(tenant) && !shown.contains(other), "{shown}");
        assert!(!shown.contains("Other executions"), "{shown}");
    }
}

#[test]
fn the_example_and_what_env_prints_can_be_used() {
    let dev = Dev::start();
    let example = dev.call(&["example"]).ended(0).out;
    fs::write(dev.folder.path().join("runs.jsonl"), example).unwrap();
    let sent = dev.call(&["send", "runs.jsonl"]).ended(0);
    assert!(sent.out.starts_with("4 of 4 sent") && !sent.out.contains("attribute"), "{}", sent.out);
    let shown = dev.call(&["tickets", "show", "4712"]).ended(0).out;
    for says in ["FAILED", "payment_timeout", "returns.md", "http.py:88 post", "A colleague will"] {
        assert!(shown.contains(says), "{says}: {shown}");
    }
    let file = dev.file();
    let plain = dev.call(&["env", "--plain", "--grpc"]).ended(0).out;
    let key = file["ingest_key"].as_str().unwrap();
    let grpc = file["running"]["grpc_endpoint"].as_str().unwrap();
    for line in [
        format!("OTEL_EXPORTER_OTLP_ENDPOINT={grpc}"),
        "OTEL_EXPORTER_OTLP_PROTOCOL=grpc".to_owned(),
        format!("OTEL_EXPORTER_OTLP_HEADERS=x-api-key={key}"),
        format!("TICKETLENS_KEY={key}"),
    ] {
        assert!(plain.lines().any(|said| said == line), "a line is not as it should be");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    call(elsewhere.path(), &["env"]).ended(4);
}

#[test]
fn the_demonstration_shows_its_tickets_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let ports = ["--grpc-port", "0", "--http-port", "0", "--clickhouse-port", "0"];
    let demo = ["dev", "--demo", "40", "--exit-after-demo"];
    let shown = call(folder.path(), &[&demo[..], &ports].concat()).ended(0).out;
    for says in ["40 tickets of a sample support agent", "By status", "Timeline", "Iteration 1"] {
        assert!(shown.contains(says), "{says}:\n{shown}");
    }
    for personal in ["@example.com", "4242 4242", "5555 5555"] {
        assert!(!shown.contains(personal), "{personal}:\n{shown}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(1));
    let shown = |variable: (&str, &str)| {
        dev.call(&["send", "runs.jsonl"]).ended(0);
        let mut show = program(dev.folder.path());
        said(show.args(["tickets", "show", "T-0"]).env(variable.0, variable.1)).ended(0).out
    };
    assert!(shown(("CLICOLOR_FORCE", "1")).contains("\u{1b}["));
    assert!(!shown(("NO_COLOR", "1")).contains('\u{1b}'));
}
