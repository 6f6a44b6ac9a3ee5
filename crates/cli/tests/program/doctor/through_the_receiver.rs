//! ClickHouse seen by way of the receiver alone: an address and an admin key, and nothing of the machine.

use std::{fs, path::Path};

use super::{
    altered, bad, check, names, outcome,
    system::{System, from_afar},
};
use crate::dev::{Dev, Said, program, said};

fn of_dev(dev: &Dev, key: &str) -> Said {
    let file = dev.file();
    let at = |port: &str| file["running"][port].as_str().unwrap().to_owned();
    let key = file[key].as_str().unwrap();
    from_afar(&at("grpc_endpoint"), &at("http_endpoint"), key)
}

const UNREADY: [&str; 2] = ["receiver.ready", "clickhouse.reachable"];
const NOT_ASKED: [&str; 2] = ["grafana.reachable", "grafana.places"];

#[test]
fn an_admin_key_sees_what_a_dev_sees_of_itself_and_a_tenants_key_nothing() {
    let dev = Dev::start();
    let own = dev.call(&["doctor", "--json"]).ended(0);
    assert_eq!(names(&own, "skipped"), NOT_ASKED, "{}", own.out);
    let seen = of_dev(&dev, "admin_key").ended(0);
    assert_eq!(bad(&seen), [""; 0], "{}", seen.out);
    // The file is on the receiver's machine.
    assert_eq!(names(&seen, "skipped"), ["tls.file", NOT_ASKED[0], NOT_ASKED[1]]);
    let well = |said: &Said| {
        let names = names(said, "ok").into_iter();
        names.filter(|name| name != "tls.file").collect::<Vec<_>>()
    };
    assert_eq!(well(&seen), well(&own));

    for key in ["read_key", "ingest_key"] {
        let refused = of_dev(&dev, key).ended(1);
        assert_eq!(names(&refused, "problem"), ["receiver.api"], "{}", refused.out);
        let api = check(&refused, "receiver.api");
        assert!(api["found"].to_string().contains("admin"), "{api}");
        let next = api["next"].to_string();
        assert!(next.contains("tladmin_") && next.contains("from TICKETLENS_KEY"), "{next}");
        for name in ["clickhouse.reachable", "clickhouse.grants", "tickets.ledger", "keys.ended"] {
            assert_eq!(outcome(&refused, name), "skipped", "{name}: {}", refused.out);
        }
        assert_eq!(outcome(&refused, "receiver.ready"), "ok", "that needs no key");
    }
}

#[test]
fn a_port_alone_is_looked_at_without_a_key() {
    let system = System::new("");
    let (mut server, [grpc, http]) = system.serve();
    let folder = tempfile::tempdir().unwrap();
    let doctor = |more: &[&str]| {
        let mut doctor = program(folder.path());
        said(
            doctor
                .args(["doctor", "--json", "--http-endpoint", &format!("http://{http}")])
                .args(more),
        )
    };
    let endpoint = format!("http://{grpc}");
    for (more, needs) in [(&[][..], "--endpoint"), (&["--endpoint", &endpoint], "TICKETLENS_KEY")] {
        let well = doctor(more).ended(0);
        let seen =
            ["reachable", "ready", "version", "workers"].map(|name| format!("receiver.{name}"));
        let seen = seen.into_iter().chain(["clock.receiver".to_owned(), "tls.listener".to_owned()]);
        assert_eq!(names(&well, "ok"), seen.collect::<Vec<_>>(), "{}", well.out);
        let found = check(&well, "receiver.api")["found"].to_string();
        assert!(found.contains(needs), "{found}");
        assert_eq!(outcome(&well, "clickhouse.reachable"), "skipped");
    }
    server.end("KILL");
    assert_eq!(names(&doctor(&[]).ended(1), "problem"), ["receiver.reachable"]);
}

#[test]
fn a_database_that_is_gone_is_told_as_the_receiver_says_it() {
    let system = System::new("");
    let (_server, at) = system.serve();
    let well = system.seen_from_afar(&at).ended(0);
    assert_eq!(bad(&well), [""; 0], "{}", well.out);
    system.stop_engine();
    let ill = system.seen_from_afar(&at).ended(1);
    // Whether or not it has noticed by itself.
    assert_eq!(names(&ill, "problem"), UNREADY, "{}", ill.out);
    let found = check(&ill, "clickhouse.reachable")["found"].to_string();
    assert!(found.contains("(connection refused) by way of the receiver"), "{found}");
    for name in ["clickhouse.version", "clickhouse.disk", "tickets.ledger", "keys.ending"] {
        assert_eq!(outcome(&ill, name), "skipped", "{name}: {}", ill.out);
    }
}

/// What docs/production.md grants the receiver's login.
fn documented() -> Vec<String> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/production.md");
    let document = fs::read_to_string(document).unwrap();
    let block = document.split("```sql").nth(1).unwrap().split("```").next().unwrap();
    let grants = block.lines().filter_map(|line| line.strip_prefix("GRANT "));
    grants.map(|grant| grant.strip_suffix(" TO ticketlens;").unwrap().to_owned()).collect()
}

#[test]
fn what_the_receivers_login_lacks_is_told_with_the_statement_that_gives_it() {
    let mut granted = documented();
    let system = System::altered(&[altered::only(&granted)]);
    let (_server, at) = system.serve();
    let well = system.seen_from_afar(&at).ended(0);
    assert_eq!(bad(&well), [""; 0], "{}", well.out);

    granted.retain(|grant| !grant.contains("detached_parts"));
    system.alter(&[altered::only(&granted)]);
    let seen = system.seen_from_afar(&at).ended(0);
    assert_eq!(names(&seen, "warning"), ["clickhouse.grants"], "{}", seen.out);
    let lacks = check(&seen, "clickhouse.grants");
    assert!(
        lacks["found"].to_string().contains("SELECT on system.detached_parts to tell"),
        "{lacks}"
    );
    let statement = "\n  GRANT SELECT ON system.detached_parts TO admin;";
    assert!(lacks["next"].as_str().unwrap().ends_with(statement), "{lacks}");
    // What can't be seen for it is skipped, and the rest is told.
    let skipped = ["clickhouse.detached_parts", "tls.file", NOT_ASKED[0], NOT_ASKED[1]];
    assert_eq!(names(&seen, "skipped"), skipped, "{}", seen.out);
    // One table of ours is told as that one, and not as all that is done with the others.
    granted.retain(|grant| !grant.contains("ticketlens_store"));
    let but_the_audit = [
        "tickets",
        "feedback",
        "keys",
        "tenants",
        "migrations",
        "rejections",
        "usage",
        "provider",
        "key_uses",
        "prices",
    ];
    granted.extend(but_the_audit.map(|table| format!("ALL ON ticketlens_store.{table}")));
    granted.push("SELECT ON ticketlens_store.audit".to_owned());
    system.alter(&[altered::only(&granted)]);
    let seen = system.seen_from_afar(&at).ended(0);
    assert_eq!(outcome(&seen, "clickhouse.grants"), "warning", "{}", seen.out);
    let lacks = check(&seen, "clickhouse.grants");
    let found = lacks["found"].as_str().unwrap();
    assert!(found.contains("INSERT on ticketlens_store.audit to administrate"), "{found}");
    assert!(!found.contains("to store tickets"), "{found}");
    assert!(lacks["next"].to_string().contains("GRANT INSERT ON ticketlens_store.audit TO admin;"));

    // The same, asked by this program itself.
    let own = system.doctor(&at).ended(0);
    assert_eq!(names(&own, "warning"), ["clickhouse.grants"], "{}", own.out);
}

#[test]
fn settings_that_somebody_forces_are_found() {
    let low = "<max_partitions_per_insert_block>5</max_partitions_per_insert_block>\
               <max_execution_time>7</max_execution_time>";
    let system = System::altered(&altered::profile(low));
    let (_server, at) = system.serve();
    let ill = system.seen_from_afar(&at).ended(0);
    assert_eq!(names(&ill, "warning"), ["clickhouse.settings"], "{}", ill.out);
    let found = check(&ill, "clickhouse.settings")["found"].to_string();
    assert!(found.contains("max_partitions_per_insert_block = 5"), "{found}");
    assert!(found.contains("max_execution_time = 7"), "{found}");

    // As a server has it that forces its users to wait for nothing: no commit would be one.
    let fixed = |value: u8| {
        let constraint = "<constraints><async_insert><const/></async_insert></constraints>";
        altered::profile(&format!("<async_insert>{value}</async_insert>{constraint}"))
    };
    system.alter(&fixed(1));
    let ill = system.seen_from_afar(&at).ended(1);
    assert_eq!(names(&ill, "problem"), UNREADY, "{}", ill.out);
    let next = check(&ill, "clickhouse.reachable")["next"].to_string();
    assert!(next.contains("async_insert = 0"), "{next}");
    // Who forces what we want does no harm.
    system.alter(&fixed(0));
    let well = system.seen_from_afar(&at).ended(0);
    assert_eq!(bad(&well), [""; 0], "{}", well.out);

    system.alter(&altered::profile("<readonly>2</readonly>"));
    let ill = system.seen_from_afar(&at).ended(1);
    // Such a login has no right to write either, and no grant would give it one.
    assert_eq!(names(&ill, "problem"), ["clickhouse.settings"], "{}", ill.out);
    let needs = check(&ill, "clickhouse.grants")["found"].to_string();
    assert!(needs.contains("see clickhouse.settings"), "{needs}");
    let found = check(&ill, "clickhouse.settings")["found"].to_string();
    assert!(found.contains("readonly = 2: nothing can be stored"), "{found}");
}

#[test]
fn a_table_that_somebody_changed_is_found() {
    let system = System::new("");
    let (_server, at) = system.serve();
    system.sql("ALTER TABLE ticketlens_store.tickets DROP COLUMN request_id");
    for ill in [system.seen_from_afar(&at).ended(1), system.doctor(&at).ended(1)] {
        assert_eq!(outcome(&ill, "clickhouse.migrations"), "ok", "{}", ill.out);
        assert_eq!(outcome(&ill, "clickhouse.tables"), "problem", "{}", ill.out);
        let found = check(&ill, "clickhouse.tables")["found"].to_string();
        assert!(found.contains("writes in: tickets.request_id"), "{found}");
    }
}

#[test]
fn who_is_turned_away_is_told() {
    let system = System::new("");
    let (_server, at) = system.serve();
    system.sql(
        "INSERT INTO ticketlens_store.audit \
         (at, id, written_at, outcome, actor, key_id, tenant, act, affected) VALUES \
         (now64(6), '1', now64(6), 'denied', 'key', 'k7k7k7k7', 'acme', 'admin.call', 3)",
    );
    system.sql(
        "INSERT INTO ticketlens_store.usage (tenant, hour, records, bytes, throttled) \
         VALUES ('acme', toStartOfHour(now()), 0, 0, 4)",
    );
    for told in [system.seen_from_afar(&at).ended(0), system.doctor(&at).ended(0)] {
        assert_eq!(names(&told, "warning"), ["keys.refused", "tenants.limits"], "{}", told.out);
        let found = check(&told, "keys.refused")["found"].to_string();
        assert!(found.contains("k7k7k7k7 (acme): wrong scope, 3 calls"), "{found}");
        let found = check(&told, "tenants.limits")["found"].to_string();
        assert!(found.contains("acme (4 requests)"), "{found}");
    }
}

#[test]
fn a_disk_that_is_full_is_found() {
    let system = System::altered(&[]);
    let (_server, at) = system.serve();
    let stats = system.call(&at, &["tickets", "stats", "--json"]).ended(0).json();
    let bytes = |name: &str| stats["disk"][name].as_u64().unwrap();
    let (free, total) = (bytes("free_bytes"), bytes("total_bytes"));
    // All that is free, and half of what is not: others of this machine may free some meanwhile.
    system.alter(&[altered::kept_free(free + (total - free) / 2)]);
    let ill = system.seen_from_afar(&at).ended(1);
    assert_eq!(outcome(&ill, "clickhouse.disk"), "problem", "{}", ill.out);
    let found = check(&ill, "clickhouse.disk")["found"].to_string();
    assert!(found.contains("0 B of") && found.contains("(0 %)"), "{found}");
}
