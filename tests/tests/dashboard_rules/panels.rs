//! Panels: what they say of themselves, where they stand, how they colour.

use std::collections::BTreeSet;

use serde_json::Value;
use ticketlens_tests::dashboards::{Dashboard, list, text};

use super::{named, whole::source};

/// Each type, with the format its queries have. None of them shows text as HTML or Markdown: what
/// models write is not to be trusted.
const TYPES: [(&str, &[u64]); 6] = [
    ("stat", &[0, 1]),
    ("timeseries", &[0]),
    ("barchart", &[1]),
    ("bargauge", &[1]),
    ("table", &[1]),
    ("traces", &[3]),
];

/// Types whose every number has the default unit.
const GRAPHS: [&str; 3] = ["timeseries", "barchart", "bargauge"];

pub fn check(dashboard: &Dashboard, say: &mut impl FnMut(String)) {
    let panels = dashboard.panels();
    grid(list(&dashboard.json, "panels"), 0, say);
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        if !ids.insert(panel["id"].as_u64()) {
            say(format!("the id {} is used twice", panel["id"]));
        }
        if text(panel, "title").is_empty() {
            say(format!("panel {} has no title", panel["id"]));
        }
        if text(panel, "type") == "row" {
            continue;
        }
        if !titles.insert((text(panel, "title"), text(panel, "type"))) {
            say(format!("the title {} is used twice", named(panel)));
        }
        if text(panel, "description").is_empty() {
            say(format!("{} has no description", named(panel)));
        }
        source(panel, "the panel", say);
        targets(panel, say);
        colours(panel, say);
        tickets_open(panel, say);
        if GRAPHS.contains(&text(panel, "type"))
            && text(&panel["fieldConfig"]["defaults"], "unit").is_empty()
        {
            say(format!("{} has no unit", named(panel)));
        }
    }
}

/// Within the grid, on no other, with no hole between them. What is in a closed row begins below it,
/// and moves down what stands there once it is opened.
fn grid(panels: &[Value], top: u64, say: &mut impl FnMut(String)) {
    let (mut placed, mut filled, mut bottom) = (Vec::new(), 0, top);
    for panel in panels {
        place(panel, &mut placed, say);
        let [_, y, w, h] = corner(panel);
        (filled, bottom) = (filled + w * h, bottom.max(y + h));
        let within = list(panel, "panels");
        if !within.is_empty() {
            grid(within, y + h, say);
        }
    }
    let area = 24 * (bottom - top);
    if filled < area {
        say(format!("panels leave a hole below {top}: they fill {filled} of {area}"));
    }
}

fn corner(panel: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap_or(99))
}

fn place<'a>(
    panel: &'a Value,
    placed: &mut Vec<(&'a Value, [u64; 4])>,
    say: &mut impl FnMut(String),
) {
    let [x, y, w, h] = corner(panel);
    if x + w > 24 || w == 0 || h == 0 {
        say(format!("{} is not within 24 columns", named(panel)));
    }
    for (other, [ox, oy, ow, oh]) in &*placed {
        if x < ox + ow && *ox < x + w && y < oy + oh && *oy < y + h {
            say(format!("{} and {} overlap", named(other), named(panel)));
        }
    }
    placed.push((panel, [x, y, w, h]));
}

fn targets(panel: &Value, say: &mut impl FnMut(String)) {
    let kind = text(panel, "type");
    let Some((_, formats)) = TYPES.iter().find(|(name, _)| *name == kind) else {
        say(format!("{} is of the type {kind:?}", named(panel)));
        return;
    };
    if list(panel, "targets").is_empty() {
        say(format!("{} asks nothing", named(panel)));
    }
    for target in list(panel, "targets") {
        source(target, "the target", say);
        if !target["format"].as_u64().is_some_and(|format| formats.contains(&format)) {
            say(format!("{} has the format {}", named(panel), target["format"]));
        }
        if target["editorType"] != "sql" {
            say(format!("{} has no editorType sql", named(panel)));
        }
        for key in ["refId", "queryType", "pluginVersion", "rawSql"] {
            if text(target, key).is_empty() {
                say(format!("{} has no {key}", named(panel)));
            }
        }
    }
}

/// Whoever reads of a ticket can open it.
fn tickets_open(panel: &Value, say: &mut impl FnMut(String)) {
    let mut targets = list(panel, "targets").iter();
    let lists = targets.any(|target| text(target, "rawSql").contains("AS \"Ticket\""));
    let opens = |link: &&Value| text(link, "url").starts_with("/d/ticketlens-ticket/");
    if lists && !Dashboard::field_links(panel).iter().any(opens) {
        say(format!("{} lists tickets, and none can be opened", named(panel)));
    }
}

/// What is coloured by its value has values to be coloured by.
fn colours(panel: &Value, say: &mut impl FnMut(String)) {
    let defaults = &panel["fieldConfig"]["defaults"];
    if defaults["color"]["mode"] == "thresholds" && !steps(&defaults["thresholds"]) {
        say(format!("{} has no thresholds", named(panel)));
    }
    let graded = list(&defaults["thresholds"], "steps").len() > 1;
    for field in list(&panel["fieldConfig"], "overrides") {
        let property = |id: &str| {
            let found = list(field, "properties").iter().find(|one| one["id"] == id);
            found.map_or(&Value::Null, |one| &one["value"])
        };
        let name = format!("{} of {}", field["matcher"]["options"], named(panel));
        let cell = text(property("custom.cellOptions"), "type");
        if !["", "auto", "gauge", "pill", "color-text", "color-background", "json-view"]
            .contains(&cell)
        {
            say(format!("{name} has cells of the type {cell:?}"));
        }
        let coloured = ["gauge", "pill", "color-text", "color-background"].contains(&cell)
            || property("color")["mode"] == "thresholds";
        let known = steps(property("thresholds"))
            || !property("mappings").is_null()
            || property("color")["mode"] == "fixed";
        if coloured && !known && !graded {
            say(format!("{name} has no thresholds, and is coloured by them"));
        }
    }
}

/// Whether there are steps, the first without a value.
fn steps(thresholds: &Value) -> bool {
    list(thresholds, "steps").first().is_some_and(|step| step["value"].is_null())
}
