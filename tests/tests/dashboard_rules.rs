//! Our own rules for the dashboards: what the schema allows and we don't.

#[path = "dashboard_rules/links.rs"]
mod links;
#[path = "dashboard_rules/looks.rs"]
mod looks;
#[path = "dashboard_rules/page.rs"]
mod page;
#[path = "dashboard_rules/panels.rs"]
mod panels;
#[path = "dashboard_rules/queries.rs"]
mod queries;
#[path = "dashboard_rules/whole.rs"]
mod whole;

use serde_json::{Value, json};
use ticketlens_tests::dashboards::{Dashboard, list, text};

/// What is wrong with a set of dashboards that belong together, one line a problem.
fn problems(all: &[Dashboard]) -> Vec<String> {
    let mut found = Vec::new();
    for dashboard in all {
        let mut say = |what: String| found.push(format!("{}: {what}", dashboard.name));
        whole::check(dashboard, &mut say);
        panels::check(dashboard, &mut say);
        page::check(dashboard, all, &mut say);
        queries::check(dashboard, &mut say);
        links::check(dashboard, all, &mut say);
        looks::check(dashboard, &mut say);
    }
    found
}

/// Every text in it.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// A panel, variable or target as a message names it.
fn named(of: &Value) -> String {
    let name = ["title", "name", "refId"].map(|key| text(of, key));
    let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or("(no name)");
    format!("{name:?}")
}

#[test]
fn every_dashboard_follows_the_rules() {
    let problems = problems(&Dashboard::all());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A good dashboard for each rule to be broken in.
fn good() -> Dashboard {
    let source = json!({"type": "grafana-clickhouse-datasource", "uid": "ticketlens"});
    let sql = "SELECT ticket_id AS \"Id\" FROM tickets WHERE $__timeFilter_ms(executed_at) \
               AND $__conditionalAll(tenant IN (SELECT decodeURLComponent(arrayJoin(extractAll(\
               '${tenant:customqueryparam}', '=([^&]*)')))), $tenant)";
    let definition = "SELECT tenant FROM tenants ORDER BY tenant";
    let list = json!({
        "id": 1, "type": "table", "title": "List", "description": "All of them.",
        "datasource": source, "gridPos": {"h": 8, "w": 24, "x": 0, "y": 0},
        "targets": [{
            "refId": "A", "datasource": source, "editorType": "sql", "queryType": "table",
            "format": 1, "pluginVersion": "4.20.0", "rawSql": sql
        }],
        "fieldConfig": {
            "defaults": {
                "unit": "s", "color": {"mode": "thresholds"},
                "thresholds": {"mode": "absolute", "steps": [{"color": "text", "value": null}]},
                "links": [{
                    "title": "Open",
                    "url": "/d/ticketlens-overview/overview?${__url_time_range}&${tenant:queryparam}"
                }]
            },
            "overrides": [{
                "matcher": {"id": "byName", "options": "Id"},
                "properties": [{"id": "custom.cellOptions", "value": {"type": "gauge"}},
                               {"id": "color", "value": {"mode": "fixed", "fixedColor": "blue"}}]
            }]
        }
    });
    let json = json!({
        "uid": "ticketlens-overview", "title": "Overview", "description": "What it is for.",
        "schemaVersion": 42, "tags": ["ticketlens"], "refresh": "", "timezone": "browser",
        "time": {"from": "now-7d", "to": "now"}, "panels": [list], "annotations": {"list": []},
        "links": [{"title": "Again", "type": "link", "keepTime": true, "includeVars": true,
                   "url": "/d/ticketlens-overview/overview"}],
        "templating": {"list": [{
            "name": "tenant", "label": "Tenant", "description": "Whose.", "type": "query",
            "datasource": source, "query": {"rawSql": definition}, "definition": definition,
            "multi": true, "includeAll": true
        }]}
    });
    Dashboard { name: "overview".to_owned(), json }
}

/// Each rule is broken once, and noticed.
#[test]
fn what_breaks_a_rule_is_said() {
    assert_eq!(problems(&[good()]), [""; 0]);
    let target = "/panels/0/targets/0/rawSql";
    let link = "/panels/0/fieldConfig/defaults/links/0/url";
    let cases = [
        ("/id", json!(7), "id"),
        ("/uid", json!("other"), "uid"),
        ("/schemaVersion", json!(41), "schemaVersion"),
        ("/refresh", json!("5s"), "refresh"),
        ("/description", json!(""), "description"),
        ("/templating/list/0/description", json!(""), "description"),
        ("/templating/list/0/definition", json!("SELECT 1"), "definition"),
        ("/templating/list/0/datasource/uid", json!("mine"), "data source"),
        ("/panels/0/title", json!(""), "title"),
        ("/panels/0/description", json!(""), "description"),
        ("/panels/0/type", json!("text"), "type"),
        ("/panels/0/type", json!("traces"), "format"),
        ("/panels/0/gridPos/x", json!(13), "24 columns"),
        ("/panels/0/gridPos/w", json!(23), "hole"),
        ("/panels/0/gridPos/y", json!(1), "hole"),
        ("/panels/0/datasource/uid", json!("${source}"), "data source"),
        ("/panels/0/targets/0/datasource/uid", json!("mine"), "data source"),
        ("/panels/0/targets/0/format", json!("table"), "format"),
        ("/panels/0/targets/0/editorType", json!("builder"), "editorType"),
        ("/panels/0/targets/0/pluginVersion", json!(""), "pluginVersion"),
        ("/panels/0/fieldConfig/defaults/thresholds/steps", json!([]), "thresholds"),
        ("/panels/0/fieldConfig/overrides/0/properties/1", json!({"id": "unit"}), "thresholds"),
        ("/panels/0/fieldConfig/overrides/0/properties/0/value/type", json!("markdown"), "cells"),
        (target, json!("SELECT ticket_id AS \"Ticket\" FROM tickets"), "can be opened"),
        (target, json!("SELECT 1 FROM ticketlens.tickets"), "ticketlens.tickets"),
        (target, json!("SELECT 1 FROM system.tables"), "system.tables"),
        (target, json!("SELECT 1 FROM tickets WHERE tenant = 'acme'"), "tenant"),
        (target, json!("SELECT 1 FROM tickets WHERE tenant IN ('acme')"), "tenant"),
        (target, json!("SELECT 1 FROM tickets SETTINGS final = 1"), "SETTINGS"),
        (target, json!("SELECT 1\n  -- It's one.\nFROM tickets"), "quote in a comment"),
        (target, json!("SELECT 1 WHERE a = ${nada:percentencode}"), "nada"),
        (target, json!("SELECT 1 WHERE a = '${tenant:singlequote}'"), "singlequote"),
        (target, json!("SELECT 1 WHERE a IN ($tenant)"), "$tenant"),
        (target, json!("SELECT f('${tenant:customqueryparam}')"), "$__conditionalAll"),
        (target, json!("SELECT $__conditionalAll(f('$&'), $tenant)"), "$&"),
        (target, json!("SELECT $__timeInterval_ms($__fromTime_ms)"), "within"),
        (link, json!("/d/other/overview?${__url_time_range}"), "other"),
        (link, json!("/d/ticketlens-overview/overview"), "time"),
        (link, json!("/d/ticketlens-overview/overview?${__url_time_range}&var-x=1"), "var-x"),
        (link, json!("/d/ticketlens-overview/overview?${__url_time_range}&${x:queryparam}"), "${x"),
        (
            link,
            json!("/d/ticketlens-overview/o?${__url_time_range}&var-tenant=${__value.raw}"),
            "encoded",
        ),
        (link, json!("https://example.com/"), "host"),
        ("/links/0/url", json!("/d/nowhere/x"), "nowhere"),
        ("/links/0/keepTime", json!(false), "time"),
    ];
    for (pointer, value, said) in cases {
        let mut broken = good();
        match broken.json.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => broken.json[pointer.trim_start_matches('/')] = value.clone(),
        }
        let found = problems(&[broken]);
        assert!(found.iter().any(|one| one.contains(said)), "{pointer} = {value}: {found:?}");
    }
}

/// The same as the page of one ticket.
fn good_page() -> Dashboard {
    let mut json = good().json;
    json["uid"] = json!("ticketlens-ticket");
    json["links"][0]["url"] = json!("/d/ticketlens-ticket/ticket");
    json["timepicker"] = json!({"hidden": true});
    let defaults = &mut json["panels"][0]["fieldConfig"]["defaults"];
    defaults["links"] = json!([]);
    defaults["noValue"] = json!("–");
    defaults["mappings"] =
        json!([{"type": "value", "options": {"FAILED": {"color": "#E02F44", "index": 0}}}]);
    Dashboard { name: "ticket".to_owned(), json }
}

#[test]
fn what_breaks_a_rule_of_the_ticket_s_page_is_said() {
    assert_eq!(problems(&[good_page()]), [""; 0]);
    let defaults = "/panels/0/fieldConfig/defaults";
    for (pointer, value, said) in [
        ("/timepicker/hidden", json!(false), "time range"),
        (&format!("{defaults}/noValue"), json!("No errors"), "No errors"),
        (&format!("{defaults}/mappings/0/options/FAILED/color"), json!("red"), "paints FAILED"),
        (
            "/panels/0/fieldConfig/overrides/0/properties/1",
            json!({"id": "noValue", "value": "Nothing was said"}),
            "Nothing was said",
        ),
        (
            "/panels/0/fieldConfig/overrides/0/properties/1",
            json!({"id": "mappings", "value": [{"options": {"SUCCESS": {"color": "green"}}}]}),
            "paints SUCCESS",
        ),
    ] {
        let mut broken = good_page();
        *broken.json.pointer_mut(pointer).unwrap() = value.clone();
        let found = problems(&[broken]);
        assert!(found.iter().any(|one| one.contains(said)), "{pointer} = {value}: {found:?}");
    }
}

#[test]
fn a_link_that_loses_a_filter_of_the_list_is_said() {
    for (name, count) in [("ticket", 6), ("tickets", 1)] {
        let mut all = Dashboard::all();
        let broken = all.iter_mut().find(|one| one.name == name).unwrap();
        let text = broken.json.to_string().replace("&${said:queryparam}", "");
        broken.json = serde_json::from_str(&text).unwrap();
        let found = problems(&all);
        assert_eq!(found.len(), count, "{found:?}");
        assert!(found.iter().all(|one| one.contains("loses the list's filter said")), "{found:?}");
    }
}

#[test]
fn panels_must_not_overlap_and_graphs_have_units() {
    let mut broken = good();
    let mut second = broken.json["panels"][0].clone();
    second["gridPos"]["x"] = json!(11);
    second["type"] = json!("timeseries");
    second["fieldConfig"]["defaults"].as_object_mut().unwrap().remove("unit");
    broken.json["panels"].as_array_mut().unwrap().push(second);
    let found = problems(&[broken]);
    for said in ["overlap", "unit", "used twice", "format"] {
        assert!(found.iter().any(|one| one.contains(said)), "{said}: {found:?}");
    }
    assert_eq!(list(&good().json, "panels").len(), 1);
}

#[test]
fn colours_that_few_tell_apart_and_graphs_that_say_too_much_are_noticed() {
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut broken = good();
        let panel = &mut broken.json["panels"][0];
        panel["type"] = json!("timeseries");
        panel["maxDataPoints"] = json!(48);
        change(panel);
        problems(&[broken]).join("\n")
    };
    let colour = |name: &str| {
        let mapping = json!([{"type": "value", "options": {"FAILED": {"color": name}}}]);
        broken(&|panel| {
            let cell = json!({"id": "mappings", "value": mapping});
            panel["fieldConfig"]["overrides"][0]["properties"][1] = cell;
        })
    };
    assert!(colour("red").contains("paints FAILED"));
    assert!(!colour("#E02F44").contains("paints"));
    let line = broken(&|panel| {
        panel["fieldConfig"]["overrides"][0] = json!({
            "matcher": {"id": "byName", "options": "SUCCESS"},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": "green"}}]
        });
    });
    assert!(line.contains("paints SUCCESS"), "{line}");
    assert!(broken(&|panel| panel["maxDataPoints"] = json!(100)).contains("maxDataPoints"));
    let says = broken(&|panel| {
        panel["fieldConfig"]["defaults"]["noValue"] = json!("No tickets in this time range");
    });
    assert!(says.contains("tooltips"), "{says}");
    let good = broken(&|_| {});
    assert!(!good.contains("tooltips") && !good.contains("maxDataPoints"), "{good}");
}

#[test]
fn what_is_in_a_closed_row_stands_below_it() {
    let with = |y: u64, width: u64| {
        let mut dashboard = good();
        let mut inner = dashboard.json["panels"][0].clone();
        inner["gridPos"] = json!({"h": 4, "w": width, "x": 0, "y": y});
        inner["id"] = json!(3);
        inner["title"] = json!("Within");
        let row = |id: u64, y: u64, panels: Value| {
            json!({"id": id, "type": "row", "title": "Row", "collapsed": true, "panels": panels,
                   "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        };
        let panels = dashboard.json["panels"].as_array_mut().unwrap();
        panels.extend([row(2, 8, json!([inner])), row(4, 9, json!([]))]);
        problems(&[dashboard])
    };
    assert_eq!(with(9, 24), [""; 0], "what is below moves down once the row is opened");
    for (y, width) in [(10, 24), (9, 23)] {
        assert!(with(y, width)[0].contains("hole below 9"), "{:?}", with(y, width));
    }
}
