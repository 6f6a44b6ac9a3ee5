//! The alerts in `grafana/alerting`, which are examples: off, whole, and right about a world whose
//! answers are known. And the provisioning files beside them.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use serde_json::Value;
use ticketlens_tests::{
    Database, Login,
    dashboards::{Dashboard, Expansion, list, text},
    document::read,
};

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(&format!("grafana/{path}")))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rules(file: &Value) -> Vec<&Value> {
    list(file, "groups").iter().flat_map(|group| list(group, "rules")).collect()
}

#[test]
fn nobody_is_told_anything_unless_asked() {
    let file = yaml("alerting/ticketlens.yaml");
    assert!(!rules(&file).is_empty());
    let mut uids = BTreeSet::new();
    for rule in rules(&file) {
        let title = text(rule, "title");
        assert_eq!(rule["isPaused"], true, "{title}");
        assert!(uids.insert(text(rule, "uid")), "{title}: its uid is another's");
        // Grafana's bound for uids.
        assert!(text(rule, "uid").len() <= 40, "{title}");
        assert!(!text(&rule["annotations"], "summary").is_empty(), "{title}");
        let queries = list(rule, "data");
        let condition = queries.iter().find(|query| query["refId"] == rule["condition"]);
        assert_eq!(condition.expect("a condition")["datasourceUid"], "__expr__", "{title}");
        for query in queries {
            assert_eq!(query["refId"], query["model"]["refId"], "{title}");
            let source = text(query, "datasourceUid");
            assert!(["ticketlens", "__expr__"].contains(&source), "{title}: {source}");
            // What only dashboards expand would reach the database as it stands.
            let sql = text(&query["model"], "rawSql");
            assert!(!sql.contains("${") && !sql.contains("conditionalAll"), "{title}: {sql}");
        }
    }
}

/// The tenants for which a rule of that name would alert now.
fn alerting(login: &Login, rule: &Value) -> Vec<String> {
    let query = list(rule, "data").iter().find(|query| query["datasourceUid"] == "ticketlens");
    let query = query.expect("a query");
    let evaluator = &list(rule, "data")[1]["model"]["conditions"][0]["evaluator"];
    let bound = evaluator["params"][0].as_f64().expect("a bound");
    let now = jiff::Timestamp::now().as_millisecond();
    let from = now - query["relativeTimeRange"]["from"].as_i64().expect("a range") * 1000;
    let expansion = Expansion::of(&Dashboard::named("overview"), from, now);
    let sql = expansion.expand(text(&query["model"], "rawSql")).unwrap();
    let table = login.table(&sql).unwrap();
    // As Grafana reads a table for alerts: texts are labels, and one column is the number.
    let numbers = table.columns.iter().filter(|column| !column.kind.contains("String"));
    assert_eq!(numbers.count(), 1, "{sql}");
    let fires = |value: f64| match text(evaluator, "type") {
        "lt" => value < bound,
        "gt" => value > bound,
        other => panic!("{other}"),
    };
    let rows = table.rows.iter().filter(|row| fires(row[1].parse().unwrap()));
    let mut tenants: Vec<_> = rows.map(|row| row[0].clone()).collect();
    tenants.sort();
    tenants
}

/// Tickets of a tenant: how many succeeded and failed, how many minutes ago, and how many numbers
/// of their sequence are left out.
fn tickets(database: &Database, tenant: &str, done: (u32, u32), minutes: u32, gap: u32) {
    let (succeeded, failed) = done;
    let total = succeeded + failed;
    database.query(&format!(
        "INSERT INTO ticketlens_store.tickets (tenant, executed_at, execution_id, ticket_id, status, \
         sequence, instance, received_at, trace_expires_at, expires_at) \
         SELECT '{tenant}', now64(9) - {minutes} * 60 - number, generateUUIDv4(), toString(number), \
         if(number < {succeeded}, 'SUCCESS', 'FAILED'), if(number = 0, 1, number + 1 + {gap}), 'p', \
         now64(6) - {minutes} * 60, now() + 86400, now() + 86400 FROM numbers({total})"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_alert_is_for_those_it_is_about() {
    let database = Database::start();
    let readers = database.readers(&["well", "ill", "few", "silent"]).await;
    tickets(&database, "well", (25, 5), 5, 0);
    tickets(&database, "ill", (10, 15), 5, 2);
    // Too few to tell.
    tickets(&database, "few", (0, 19), 5, 0);
    tickets(&database, "silent", (30, 0), 3 * 24 * 60, 0);
    let file = yaml("alerting/ticketlens.yaml");
    let who = |login: &Login| -> Vec<_> {
        rules(&file).iter().map(|rule| (text(rule, "uid"), alerting(login, rule))).collect()
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        who(&readers.provider),
        [
            ("ticketlens-success", named(&["ill"])),
            ("ticketlens-silence", named(&["silent"])),
            ("ticketlens-gaps", named(&["ill"])),
        ]
    );
    let none = named(&[]);
    assert_eq!(
        who(readers.tenant("silent")),
        [
            ("ticketlens-success", none.clone()),
            ("ticketlens-silence", named(&["silent"])),
            ("ticketlens-gaps", none),
        ],
        "a tenant is told of itself"
    );
}

#[test]
fn the_provisioning_files_name_what_the_dashboards_name() {
    let sources = yaml("provisioning/datasources/ticketlens.yaml");
    let source = &list(&sources, "datasources")[0];
    assert_eq!(source["uid"], "ticketlens");
    assert_eq!(source["type"], "grafana-clickhouse-datasource");
    assert_eq!(source["editable"], false);
    let password = text(&source["secureJsonData"], "password");
    assert!(password.starts_with('$'), "a password comes from the environment");
    // The plugin asks for four seconds more, and a reader may have 60.
    let timeout: u32 = text(&source["jsonData"], "queryTimeout").parse().unwrap();
    assert!(timeout <= 55, "{timeout}");
    let providers = yaml("provisioning/dashboards/ticketlens.yaml");
    let provider = &list(&providers, "providers")[0];
    assert_eq!(provider["allowUiUpdates"], false);
    assert_eq!(provider["disableDeletion"], true);
}
