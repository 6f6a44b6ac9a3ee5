//! What everybody must be able to see: colours that are told apart without red and green, and graphs that
//! say no more than there is.

use serde_json::Value;
use ticketlens_tests::dashboards::{Dashboard, list, text};

use super::named;

/// Told apart also by who sees no red or no green (tried with deuteranopia simulated).
const STATUSES: [(&str, &str); 4] = [
    ("SUCCESS", "#5794F2"),
    ("FAILED", "#E02F44"),
    ("ESCALATED", "#FADE2A"),
    ("CANCELLED", "#8e8e8e"),
];

/// Points of a graph, at most: with more, an interval of a day or a week has a ticket or none.
const POINTS: u64 = 60;

pub fn check(dashboard: &Dashboard, say: &mut impl FnMut(String)) {
    for panel in dashboard.panels() {
        let mut say = |what: String| say(format!("{} {what}", named(panel)));
        if text(panel, "type") == "timeseries" {
            graph(panel, &mut say);
        }
        mapped(&panel["fieldConfig"]["defaults"]["mappings"], &mut say);
        for field in list(&panel["fieldConfig"], "overrides") {
            statuses(field, &mut say);
        }
    }
}

fn graph(panel: &Value, say: &mut impl FnMut(String)) {
    if panel["maxDataPoints"].as_u64().is_none_or(|points| points > POINTS) {
        say(format!("has more than {POINTS} points (maxDataPoints)"));
    }
    // It stands in each tooltip, for each line that has no point there.
    let none = text(&panel["fieldConfig"]["defaults"], "noValue");
    if none.contains(' ') {
        say(format!("says {none:?} in its tooltips (noValue)"));
    }
}

/// A status has its colour, as the name of a line and as the value of a cell.
fn statuses(field: &Value, say: &mut impl FnMut(String)) {
    for property in list(field, "properties") {
        match text(property, "id") {
            "mappings" => mapped(&property["value"], say),
            "color" => painted(&property["value"]["fixedColor"], &field["matcher"]["options"], say),
            _ => {}
        }
    }
}

fn mapped(mappings: &Value, say: &mut impl FnMut(String)) {
    for mapping in mappings.as_array().into_iter().flatten() {
        for (status, of_it) in mapping["options"].as_object().into_iter().flatten() {
            painted(&of_it["color"], &Value::from(status.as_str()), say);
        }
    }
}

fn painted(is: &Value, status: &Value, say: &mut impl FnMut(String)) {
    let known = STATUSES.into_iter().find(|(name, _)| status == name);
    if let Some((name, colour)) = known.filter(|(_, colour)| !is.is_null() && is != colour) {
        say(format!("paints {name} {is} and not {colour}"));
    }
}
