//! A place in Grafana for each tenant: made, left alone, put right, taken away.

use std::{fs, net::TcpListener};

use serde_json::Value;

use crate::{
    dev::{Dev, Said, program, said},
    stub::{Grafana, PASSWORD},
};

/// Calls the program with a Grafana in its environment.
fn call(dev: &Dev, grafana: &Grafana, args: &[&str]) -> Said {
    with_password(dev, &grafana.url, PASSWORD, args)
}

fn with_password(dev: &Dev, url: &str, password: &str, args: &[&str]) -> Said {
    let mut command = program(dev.folder.path());
    command.args(args).env("TICKETLENS_GRAFANA_URL", url);
    let said = said(command.env("TICKETLENS_GRAFANA_PASSWORD", password));
    for secret in [PASSWORD, &reader_password(dev, "ticketlens_t_demo").unwrap()] {
        assert!(!said.out.contains(secret) && !said.err.contains(secret), "{args:?} says a secret");
    }
    said
}

fn reader_password(dev: &Dev, user: &str) -> Option<String> {
    let file = dev.file();
    let readers = file["readers"].as_array().unwrap();
    let reader = readers.iter().find(|reader| reader["user"] == *user)?;
    Some(reader["password"].as_str().unwrap().to_owned())
}

/// What was done, as `what: change` for each tenant.
fn changes(said: &Said) -> Vec<String> {
    let of = |line: &Value| {
        let steps = line["steps"].as_array().unwrap().clone();
        let words = steps.into_iter().map(|step| {
            format!("{}: {}", step["what"].as_str().unwrap(), step["change"].as_str().unwrap())
        });
        words.collect::<Vec<_>>()
    };
    said.json_lines().iter().flat_map(of).collect()
}

#[test]
fn everyone_gets_a_place_and_a_second_run_changes_nothing() {
    let (dev, grafana) = (Dev::start(), Grafana::start());
    let made = call(&dev, &grafana, &["grafana", "provision", "--all"]).ended(0);
    assert_eq!(made.out.matches("ClickHouse answers").count(), 2, "{}", made.out);
    {
        let id = grafana.org("demo").unwrap();
        let state = grafana.state();
        let demo = &state.orgs[&id];
        let source = demo.data_source.as_ref().unwrap();
        assert_eq!(source["jsonData"]["username"], "ticketlens_t_demo");
        assert_eq!(source["jsonData"]["defaultDatabase"], "ticketlens_t_demo");
        let password = reader_password(&dev, "ticketlens_t_demo").unwrap();
        assert_eq!(source["secureJsonData"]["password"], password.as_str());
        let uids: Vec<_> = demo.dashboards.keys().map(String::as_str).collect();
        let known = ["feedback", "overview", "ticket", "tickets", "value"];
        assert_eq!(uids, known.map(|name| format!("ticketlens-{name}")));
        assert_eq!(demo.home, "ticketlens-overview");
        let main = state.orgs[&1].data_source.as_ref().unwrap();
        assert_eq!(main["jsonData"]["username"], "ticketlens_all");
    }
    grafana.changes();
    let again = call(&dev, &grafana, &["grafana", "provision", "--all", "--json"]).ended(0);
    assert!(again.json_lines().iter().all(|line| line["changed"] == false), "{}", again.out);
    assert!(grafana.changes().is_empty());
    let shown = call(&dev, &grafana, &["grafana", "show"]).ended(0);
    assert_eq!(shown.out.matches("ClickHouse answers").count(), 2, "{}", shown.out);
}

#[test]
fn a_tenant_comes_with_its_place_and_goes_with_it() {
    let (dev, grafana) = (Dev::start(), Grafana::start());
    call(&dev, &grafana, &["tenant", "add", "skyline-air", "--grafana"]).ended(0);
    let id = grafana.org("skyline-air").unwrap();
    let database =
        grafana.state().orgs[&id].data_source.as_ref().unwrap()["jsonData"]["defaultDatabase"]
            .clone();
    assert_eq!(database, "ticketlens_t_skyline_air");
    // The admin has looked at it, and does still.
    grafana.state().active = id;
    call(&dev, &grafana, &["tenant", "remove", "skyline-air", "--yes"]).ended(0);
    assert_eq!(grafana.org("skyline-air"), None);
    assert_eq!(reader_password(&dev, "ticketlens_t_skyline_air"), None);

    // A Grafana that does not let us in holds nothing of the rest up.
    call(&dev, &grafana, &["tenant", "add", "globex", "--grafana"]).ended(0);
    let remove = ["tenant", "remove", "globex", "--yes"];
    let half = with_password(&dev, &grafana.url, "wrong", &remove).ended(5);
    assert!(half.err.contains("ticketlens grafana remove globex"), "{}", half.err);
    dev.call(&["tenant", "show", "globex"]).ended(3);
    assert_eq!(reader_password(&dev, "ticketlens_t_globex"), None);
    call(&dev, &grafana, &["grafana", "remove", "globex"]).ended(0);
    assert_eq!(grafana.org("globex"), None);

    // Where no Grafana is named, it is said what may be left and what takes it away.
    call(&dev, &grafana, &["tenant", "add", "acme", "--grafana"]).ended(0);
    let removed = dev.call(&["tenant", "remove", "acme", "--yes"]).ended(0);
    assert!(removed.err.contains("ticketlens grafana remove acme"), "{}", removed.err);
    assert!(grafana.org("acme").is_some());
    call(&dev, &grafana, &["grafana", "remove", "acme"]).ended(0);
    assert_eq!(grafana.org("acme"), None);
    let again = call(&dev, &grafana, &["grafana", "remove", "acme", "--json"]).ended(0);
    assert!(changes(&again).iter().all(|step| step.ends_with("unchanged")), "{}", again.out);
}

#[test]
fn what_was_changed_by_hand_is_put_right_and_nothing_else() {
    let (dev, grafana) = (Dev::start(), Grafana::start());
    let provision = ["grafana", "provision", "demo", "--json"];
    call(&dev, &grafana, &provision).ended(0);
    let id = grafana.org("demo").unwrap();
    let passwords = |grafana: &Grafana| {
        let state = grafana.state();
        state.orgs[&id].data_source.as_ref().unwrap()["secureJsonData"]["password"].clone()
    };
    let before = passwords(&grafana);
    {
        let mut state = grafana.state();
        let org = state.orgs.get_mut(&id).unwrap();
        org.dashboards.get_mut("ticketlens-ticket").unwrap().0["title"] = "Mine".into();
        let source = org.data_source.as_mut().unwrap();
        source["jsonData"]["port"] = 1.into();
        source["jsonData"]["maxOpenConns"] = 7.into();
        org.home.clear();
    }
    let updated = changes(&call(&dev, &grafana, &provision).ended(0));
    let changed: Vec<_> = updated.iter().filter(|step| !step.ends_with("unchanged")).collect();
    assert_eq!(
        changed,
        ["data source: updated", "dashboard ticketlens-ticket: updated", "home dashboard: made"]
    );
    assert_eq!(passwords(&grafana), before);
    let max =
        grafana.state().orgs[&id].data_source.as_ref().unwrap()["jsonData"]["maxOpenConns"].clone();
    assert_eq!(max, 7, "what others set besides stays");

    grafana.state().is_healthy = false;
    let sick = call(&dev, &grafana, &provision).ended(1);
    assert!(sick.err.contains("--grafana-clickhouse"), "{}", sick.err);
    let native =
        ["grafana", "provision", "demo", "--grafana-clickhouse", "native://clickhouse:9000"];
    call(&dev, &grafana, &native).ended(1);
    let settings = grafana.state().orgs[&id].data_source.as_ref().unwrap()["jsonData"].clone();
    assert_eq!((&settings["protocol"], &settings["port"]), (&"native".into(), &9000.into()));
}

#[test]
fn what_is_in_the_way_is_told_before_anything_is_changed() {
    let (dev, grafana) = (Dev::start(), Grafana::start());
    let provision = ["grafana", "provision", "--all"];
    let refused = with_password(&dev, &grafana.url, "wrong", &provision).ended(5);
    assert!(refused.err.contains("TICKETLENS_GRAFANA_PASSWORD"), "{}", refused.err);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = with_password(&dev, &format!("http://{nobody}"), PASSWORD, &provision).ended(4);
    assert!(away.err.contains("--grafana-url"), "{}", away.err);
    let unnamed = dev.call(&provision).ended(2);
    assert!(unnamed.err.contains("TICKETLENS_GRAFANA_URL"), "{}", unnamed.err);

    grafana.state().is_server_admin = false;
    let refused = call(&dev, &grafana, &provision).ended(5);
    assert!(refused.err.contains("server admin"), "{}", refused.err);
    grafana.state().is_server_admin = true;
    grafana.state().has_plugin = false;
    let missing = call(&dev, &grafana, &provision).ended(1);
    assert!(missing.err.contains("grafana cli plugins install"), "{}", missing.err);
    grafana.state().has_plugin = true;
    call(&dev, &grafana, &["grafana", "provision", "nobody"]).ended(3);

    // Somebody's own organisation of that name: the people in it are not the tenant's.
    let theirs = crate::stub::Org { name: "demo".into(), ..Default::default() };
    grafana.state().orgs.insert(7, theirs);
    let taken = call(&dev, &grafana, &provision).ended(1);
    assert!(taken.err.contains("--adopt"), "{}", taken.err);
    let kept = call(&dev, &grafana, &["grafana", "remove", "demo"]).ended(1);
    assert!(kept.err.contains("did not make"), "{}", kept.err);
    let shown = call(&dev, &grafana, &["grafana", "show", "--json"]).ended(0).json_lines();
    assert!(shown[1]["problem"].as_str().unwrap().contains("did not make"), "{shown:?}");
    assert!(grafana.changes().is_empty(), "nothing was changed");
    call(&dev, &grafana, &["grafana", "provision", "demo", "--adopt"]).ended(0);
    assert!(grafana.state().orgs[&7].data_source.is_some());
}

#[test]
fn dashboards_may_come_by_files() {
    let (dev, grafana) = (Dev::start(), Grafana::start());
    let folder = dev.folder.path().join("provisioning");
    let folder = folder.to_str().unwrap();
    let by_files = ["--provisioning", folder, "--dashboards-path", "/var/lib/grafana/dashboards"];
    let args = |first: &[&'static str]| [first, &by_files].concat();
    call(&dev, &grafana, &args(&["grafana", "provision", "--all"])).ended(0);
    let id = grafana.org("demo").unwrap();
    let file = format!("{folder}/dashboards/ticketlens-demo.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!("orgId: {id}\n")), "{text}");
    assert!(grafana.state().orgs[&id].dashboards.is_empty());
    assert!(grafana.changes().iter().any(|change| change.ends_with("/dashboards/reload")));
    call(&dev, &grafana, &args(&["grafana", "remove", "demo"])).ended(0);
    assert!(!fs::exists(&file).unwrap());
    // What is the provider's own goes without its organisation.
    call(&dev, &grafana, &args(&["grafana", "remove", "--provider"])).ended(0);
    let state = grafana.state();
    assert!(state.orgs[&1].data_source.is_none() && state.orgs[&1].home.is_empty());
}
