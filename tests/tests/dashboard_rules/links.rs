//! Links: to dashboards and variables that are there, with the time range, values encoded.

use serde_json::Value;
use ticketlens_tests::dashboards::{Dashboard, list, text};

pub fn check(dashboard: &Dashboard, all: &[Dashboard], say: &mut impl FnMut(String)) {
    for link in list(&dashboard.json, "links") {
        if link["keepTime"] != true {
            say(format!("the link {} leaves the time range behind", link["title"]));
        }
        address(dashboard, all, link, say);
    }
    for panel in dashboard.panels() {
        for link in Dashboard::field_links(panel) {
            let url = text(link, "url");
            if url.starts_with("/d/") && !url.contains("${__url_time_range}") {
                say(format!("the link {url} leaves the time range behind"));
            }
            address(dashboard, all, link, say);
        }
    }
}

fn address(from: &Dashboard, all: &[Dashboard], link: &Value, say: &mut impl FnMut(String)) {
    let url = text(link, "url");
    if text(link, "title").is_empty() {
        say(format!("the link {url} has no title"));
    }
    references(from, url, say);
    if url.starts_with("/explore?") {
        return;
    }
    let path = url.strip_prefix("/d/").and_then(|path| path.split(['/', '?']).next());
    let Some(target) = path.and_then(|uid| all.iter().find(|one| one.uid() == uid)) else {
        say(format!("the link {url} leads nowhere"));
        return;
    };
    for parameter in url.split_once('?').map_or("", |(_, query)| query).split('&') {
        let name = parameter.split('=').next().unwrap_or_default();
        let variable = name.strip_prefix("var-");
        let variable =
            variable.or_else(|| parameter.strip_prefix("${")?.strip_suffix(":queryparam}"));
        if variable.is_some_and(|name| !has(target, name)) {
            say(format!("the link {url} sets {parameter}, which {} has not", target.name));
        }
    }
}

/// What Grafana is to put into an address.
fn references(from: &Dashboard, url: &str, say: &mut impl FnMut(String)) {
    for (at, _) in url.match_indices("${") {
        let inner = url[at + 2..].split('}').next().unwrap_or_default();
        let (name, format) = inner.split_once(':').unwrap_or((inner, ""));
        let value = ["__value.raw", "__field.labels.", "__data.fields."];
        if name == "__url_time_range" {
            continue;
        }
        if value.iter().any(|value| name.starts_with(value)) {
            if format != "percentencode" {
                say(format!("the link {url} has ${{{inner}}}, which is not encoded"));
            }
        } else if !has(from, name) {
            say(format!("the link {url} has ${{{inner}}}, which is no variable"));
        }
    }
}

fn has(dashboard: &Dashboard, name: &str) -> bool {
    dashboard.variables().iter().any(|variable| text(variable, "name") == name)
}
