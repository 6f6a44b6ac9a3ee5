//! The dashboard itself, and its variables.

use serde_json::Value;
use ticketlens_tests::dashboards::{Dashboard, list, text};

use super::{named, texts};

/// Links and people's bookmarks lead here: fixed for good.
const UIDS: [(&str, &str); 5] = [
    ("feedback", "ticketlens-feedback"),
    ("overview", "ticketlens-overview"),
    ("ticket", "ticketlens-ticket"),
    ("tickets", "ticketlens-tickets"),
    ("value", "ticketlens-value"),
];

pub fn check(dashboard: &Dashboard, say: &mut impl FnMut(String)) {
    let json = &dashboard.json;
    if !UIDS.contains(&(dashboard.name.as_str(), dashboard.uid())) {
        say(format!("its uid is {:?}", dashboard.uid()));
    }
    if json["schemaVersion"] != 42 {
        say(format!("schemaVersion is {}", json["schemaVersion"]));
    }
    if json.get("id").is_some_and(|id| !id.is_null()) {
        say("it has an id, which each Grafana gives by itself".to_owned());
    }
    if json["refresh"] != "" {
        say(format!("it asks again by itself: refresh is {}", json["refresh"]));
    }
    for key in ["title", "description", "timezone"] {
        if text(json, key).is_empty() {
            say(format!("it has no {key}"));
        }
    }
    if !list(json, "tags").contains(&Value::from("ticketlens")) {
        say("it lacks the tag ticketlens".to_owned());
    }
    for found in texts(json) {
        if found.contains("://") || found.contains("localhost") || found.contains("127.0.0.1") {
            say(format!("it names a host: {found}"));
        }
    }
    for variable in dashboard.variables() {
        for key in ["name", "label", "description"] {
            if text(variable, key).is_empty() {
                say(format!("the variable {} has no {key}", named(variable)));
            }
        }
        if text(variable, "type") == "query" {
            source(variable, "the variable", say);
            if variable["definition"] != variable["query"]["rawSql"] {
                say(format!("the variable {} shows another definition", named(variable)));
            }
        }
    }
    for annotation in dashboard.annotations().iter().filter(|one| one["builtIn"] != 1) {
        source(annotation, "the annotation", say);
        source(&annotation["target"], "the annotation", say);
    }
}

/// Only by its uid, which is the same in every organisation.
pub fn source(of: &Value, what: &str, say: &mut impl FnMut(String)) {
    let source = &of["datasource"];
    if source["uid"] != "ticketlens" || source["type"] != "grafana-clickhouse-datasource" {
        say(format!("{what} {} has the data source {source}", named(of)));
    }
}
