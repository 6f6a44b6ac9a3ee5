//! The page of one ticket: read from top to bottom, whatever of the ticket is there.

use serde_json::Value;
use ticketlens_tests::dashboards::{Dashboard, list, text};

use super::named;

pub fn check(dashboard: &Dashboard, all: &[Dashboard], say: &mut impl FnMut(String)) {
    if dashboard.name != "ticket" {
        return;
    }
    if let Some(list) = all.iter().find(|one| one.name == "tickets") {
        way_back(dashboard, list, say);
    }
    for panel in dashboard.panels() {
        empty(panel, say);
    }
    if dashboard.json["timepicker"]["hidden"] != true {
        say("it offers a time range, which chooses nothing here".to_owned());
    }
}

/// What the list was filtered by comes along, and goes back.
fn way_back(page: &Dashboard, tickets: &Dashboard, say: &mut impl FnMut(String)) {
    let to = |from: &Dashboard, uid: &str| {
        let panels = from.panels().into_iter().flat_map(Dashboard::field_links);
        let links = list(&from.json, "links").iter().chain(panels);
        let urls = links.map(|link| text(link, "url").to_owned());
        urls.filter(|url| url.starts_with(&format!("/d/{uid}/"))).collect::<Vec<_>>()
    };
    let links = [to(page, tickets.uid()), to(page, page.uid()), to(tickets, page.uid())];
    for variable in tickets.variables() {
        // Of the tenants there may be several in the list; the page is of one.
        let name = text(variable, "name");
        for url in links.iter().flatten().filter(|_| name != "tenant") {
            if !url.contains(&format!("${{{name}:queryparam}}")) {
                say(format!("the link {url} loses the list's filter {name}"));
            }
        }
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
