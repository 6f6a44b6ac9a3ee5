//! The page of one ticket: read from top to bottom, whatever of the ticket is there.

use serde_json::Value;
use ticketlens_tests::dashboards::{Dashboard, list, text};

use super::named;

/// Told apart by who can't tell red from green, in the light and in the dark.
const STATUSES: [(&str, &str); 4] = [
    ("SUCCESS", "#5794F2"),
    ("FAILED", "#E02F44"),
    ("ESCALATED", "#FADE2A"),
    ("CANCELLED", "#8e8e8e"),
];

pub fn check(dashboard: &Dashboard, say: &mut impl FnMut(String)) {
    if dashboard.name != "ticket" {
        return;
    }
    for panel in dashboard.panels() {
        empty(panel, say);
        for mapped in mappings(panel) {
            for (status, colour) in STATUSES {
                let is = &mapped["options"][status]["color"];
                if !is.is_null() && is != colour {
                    say(format!("{} paints {status} {is}, not {colour}", named(panel)));
                }
            }
        }
    }
    if dashboard.json["timepicker"]["hidden"] != true {
        say("it offers a time range, which chooses nothing here".to_owned());
    }
}

/// A panel without rows can't tell why: "No errors" would be said of a ticket that is not there.
/// What a missing value means is for the query to say.
fn empty(panel: &Value, say: &mut impl FnMut(String)) {
    let configured = &panel["fieldConfig"];
    let overridden = list(configured, "overrides")
        .iter()
        .flat_map(|one| list(one, "properties"))
        .filter(|property| property["id"] == "noValue")
        .map(|property| text(property, "value"));
    for said in overridden.chain([text(&configured["defaults"], "noValue")]) {
        if !["", " ", "–"].contains(&said) {
            say(format!("{} says {said:?} where it knows nothing", named(panel)));
        }
    }
}

fn mappings(panel: &Value) -> impl Iterator<Item = &Value> {
    let configured = &panel["fieldConfig"];
    let overridden = list(configured, "overrides")
        .iter()
        .flat_map(|one| list(one, "properties"))
        .filter(|property| property["id"] == "mappings")
        .flat_map(|property| list(property, "value"));
    list(&configured["defaults"], "mappings").iter().chain(overridden)
}
