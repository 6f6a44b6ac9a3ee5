//! Keys that follow each other, and what the audit tells of them: to the provider and to the tenant.

use serde_json::Value;

use crate::{
    dev::Dev,
    runs,
    stub::{Grafana, PASSWORD},
};

fn id_of(key: &str) -> String {
    key.trim().rsplit('_').nth(1).unwrap().to_owned()
}

fn told(lines: &[Value]) -> Vec<[&str; 3]> {
    lines
        .iter()
        .map(|line| ["act", "tenant", "outcome"].map(|name| line[name].as_str().unwrap()))
        .collect()
}

#[test]
fn a_key_is_rotated_used_and_marked_before_it_ends() {
    let dev = Dev::start();
    dev.call(&["tenant", "add", "acme"]).ended(0);
    let make = ["key", "create", "--tenant", "acme", "--scope", "ingest", "--note", "eu"];
    let first = dev.call(&make).ended(0).out;
    let rotated = dev.call(&["key", "rotate", &id_of(&first), "--overlap", "180h"]).ended(0);
    assert_eq!(rotated.out.lines().count(), 1, "the key stands alone on stdout: {}", rotated.out);
    assert!(rotated.err.contains(&format!("follows {}", id_of(&first))), "{}", rotated.err);

    // Both work, and the list says which were used and what ends.
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    for key in [first.trim(), rotated.out.trim()] {
        dev.call(&["send", "runs.jsonl", "--key", key]).ended(0);
    }
    let listed = dev.call(&["key", "list", "--tenant", "acme"]).ended(0);
    let row = |id: &str| listed.out.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
    assert!(row(&id_of(&first)).contains("rotated, works until 2"), "{}", listed.out);
    assert!(row(&id_of(&rotated.out)).contains("  active  "), "{}", listed.out);
    assert!(!listed.err.contains("expires within 14 days"), "it has its successor: {}", listed.err);
    let soon = [&make[..], &["--expires", "180h"]].concat();
    let soon = id_of(&dev.call(&soon).ended(0).out);
    let listed = dev.call(&["key", "list", "--tenant", "acme"]).ended(0);
    assert!(listed.out.contains("EXPIRES in 7 days ("), "{}", listed.out);
    assert!(listed.err.contains("one key expires within 14 days"), "{}", listed.err);
    assert_eq!(dev.call(&["key", "revoke", &soon]).ended(0).out, format!("revoked {soon}\n"));
    let again = dev.call(&["key", "revoke", &soon]).ended(0).out;
    assert!(again.starts_with(&format!("{soon} was revoked already, 2")), "{again}");
    let mut keys = dev.call(&["key", "list", "--tenant", "acme", "--json"]).ended(0).json_lines();
    keys.retain(|key| key["id"] != soon.as_str());
    assert!(
        keys.iter().all(|key| key["last_used_at"].is_string() && key["note"] == "eu"),
        "{keys:?}"
    );

    // It leaked: at once.
    let now =
        dev.call(&["key", "rotate", &id_of(&rotated.out), "--overlap", "0", "--json"]).ended(0);
    let document = now.json();
    assert_eq!(document["rotated"]["id"], id_of(&rotated.out).as_str());
    assert!(document["rotated"]["last_used_at"].is_string(), "{document}");
    let revoked = dev.call(&["key", "revoke", &id_of(&first), "--json"]).ended(0).json();
    assert!(revoked["last_used_at"].is_string(), "{revoked}");
    // The admin key of the configuration is no key that is stored.
    let admin = id_of(dev.file()["admin_key"].as_str().unwrap());
    for command in ["revoke", "rotate"] {
        let refused = dev.call(&["key", command, &admin]).ended(3);
        assert!(refused.err.contains("is replaced there"), "{command}: {}", refused.err);
    }
    dev.call(&["send", "runs.jsonl", "--key", rotated.out.trim()]).ended(5);
    dev.call(&["send", "runs.jsonl", "--key", document["key"].as_str().unwrap()]).ended(0);
    let again = dev.call(&["key", "rotate", &id_of(&rotated.out)]).ended(1);
    assert!(again.err.contains("make a new one instead"), "{}", again.err);
    let desks = ["key", "create", "--tenant", "acme", "--scope", "feedback"];
    let desks = dev.call(&desks).ended(0);
    dev.call(&["send", "runs.jsonl", "--key", desks.out.trim()]).ended(5);
    dev.call(&["key", "rotate", &id_of(&first), "--overlap", "soon"]).ended(2);
}

#[test]
fn the_audit_tells_the_provider_everything_and_a_tenant_its_own() {
    let dev = Dev::start();
    dev.call(&["tenant", "add", "acme"]).ended(0);
    let read = ["key", "create", "--tenant", "acme", "--scope", "read"];
    let read = dev.call(&read).ended(0).out;
    dev.call(&["tenant", "set", "acme", "--trace-days", "7"]).ended(0);
    let all = dev.call(&["audit", "list", "--all", "--json"]).ended(0).json_lines();
    let listed = told(&all);
    assert_eq!(listed[0], ["tenant.update", "acme", "done"]);
    assert_eq!(all[0]["changed"]["trace_days"], "30 → 7");
    assert_eq!(listed.last(), Some(&["store.migrate", "", "done"]));
    assert!(listed.iter().any(|[_, tenant, _]| *tenant == "demo"), "{listed:?}");
    let own = dev.call(&["audit", "list", "--json", "--key", read.trim()]).ended(0).json_lines();
    let acts = [
        ["tenant.update", "acme", "done"],
        ["key.create", "acme", "done"],
        ["tenant.create", "acme", "done"],
    ];
    assert_eq!(told(&own), acts);
    dev.call(&["audit", "list", "--tenant", "demo", "--key", read.trim()]).ended(5);
    let two = dev.call(&["audit", "list", "--limit", "2"]).ended(0);
    assert_eq!(two.out.lines().count(), 3, "{}", two.out);
    assert!(two.err.contains("--all"), "{}", two.err);
    let keys = dev.call(&["audit", "list", "--act", "key.create", "--tenant", "acme", "--json"]);
    assert_eq!(keys.ended(0).json_lines().len(), 1);
    let none = dev.call(&["audit", "list", "--until", "2020-01-01"]).ended(0);
    assert_eq!(none.out, "No acts match.\n");
    let unknown = dev.call(&["audit", "list", "--act", "key.destroy"]).ended(2);
    assert!(unknown.err.contains("key.revoke, tickets.erase"), "{}", unknown.err);

    // What was removed is still told, to the provider.
    dev.call(&["tenant", "remove", "acme", "--yes"]).ended(0);
    let former = dev.call(&["audit", "list", "--tenant", "acme", "--json"]).ended(0).json_lines();
    assert_eq!(told(&former)[0], ["tenant.delete", "acme", "done"]);
}

#[test]
fn what_is_done_in_grafana_is_told() {
    let (dev, grafana) = (Dev::start(), Grafana::start());
    let call = |args: &[&str]| {
        let mut command = crate::dev::program(dev.folder.path());
        command.args(args).env("TICKETLENS_GRAFANA_URL", &grafana.url);
        crate::dev::said(command.env("TICKETLENS_GRAFANA_PASSWORD", PASSWORD)).ended(0)
    };
    call(&["grafana", "provision", "demo"]);
    call(&["grafana", "remove", "demo"]);
    let acts = dev.call(&["audit", "list", "--limit", "2", "--json"]).ended(0).json_lines();
    assert_eq!(
        told(&acts),
        [["grafana.remove", "demo", "done"], ["grafana.provision", "demo", "done",]]
    );
    assert!(acts.iter().all(|act| act["affected"].as_u64().unwrap() > 0), "{acts:?}");
}
