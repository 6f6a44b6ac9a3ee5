//! The dashboards, as they stand in `grafana/dashboards`: in the program, so that no file has to be
//! found beside it. Who sees one tenant only is not asked which.

use serde_json::{Value, json};
use ticketlens_store::Reader;

use crate::error::{Error, Result};

const TEXTS: [&str; 5] = [
    include_str!("../../../grafana/dashboards/overview.json"),
    include_str!("../../../grafana/dashboards/tickets.json"),
    include_str!("../../../grafana/dashboards/ticket.json"),
    include_str!("../../../grafana/dashboards/feedback.json"),
    include_str!("../../../grafana/dashboards/value.json"),
];

/// A dashboard.
pub(crate) struct Dashboard {
    /// The same in every organisation.
    pub(crate) uid: String,
    /// Classic JSON.
    pub(crate) json: Value,
}

/// The row of a dashboard that compares tenants.
const BY_TENANT: &str = "By tenant";

/// All of them, for whoever reads as this.
pub(crate) fn of(reader: &Reader) -> Result<Vec<Dashboard>> {
    let mut all = all()?;
    if reader.tenant().is_some() {
        all.iter_mut().for_each(|dashboard| of_one_tenant(&mut dashboard.json));
    }
    Ok(all)
}

fn all() -> Result<Vec<Dashboard>> {
    let read = |text: &&str| {
        let mut json: Value = serde_json::from_str(text).ok()?;
        let uid = json["uid"].as_str()?.to_owned();
        // Grafana numbers them itself.
        json["id"] = Value::Null;
        json.as_object_mut()?.shift_remove("version");
        Some(Dashboard { uid, json })
    };
    let read: Option<Vec<_>> = TEXTS.iter().map(read).collect();
    read.ok_or(Error::Dashboard)
}

/// Takes away what compares and chooses tenants. Queries and links stay: the filter is still there, with one
/// value.
fn of_one_tenant(dashboard: &mut Value) {
    let variables = dashboard["templating"]["list"].as_array_mut().into_iter().flatten();
    for variable in variables.filter(|variable| variable["name"] == "tenant") {
        // Neither its name nor its value is shown.
        variable["hide"] = 2.into();
    }
    let Some(panels) = dashboard["panels"].as_array_mut() else { return };
    take_row(panels, BY_TENANT);
    let overrides = panels.iter_mut().flat_map(|panel| {
        let overrides = panel["fieldConfig"]["overrides"].as_array_mut();
        overrides.into_iter().flatten()
    });
    for column in overrides.filter(|column| column["matcher"]["options"] == "Tenant") {
        if let Some(properties) = column["properties"].as_array_mut() {
            let hidden = json!({"viz": true, "legend": false, "tooltip": false});
            properties.push(json!({"id": "custom.hideFrom", "value": hidden}));
        }
    }
}

/// Takes a row with its panels away, and moves up what was below.
fn take_row(panels: &mut Vec<Value>, title: &str) {
    let is_row = |panel: &Value| panel["type"] == "row";
    let at = |panel: &Value| panel["gridPos"]["y"].as_u64().unwrap_or_default();
    let Some(first) = panels.iter().position(|row| is_row(row) && row["title"] == title) else {
        return;
    };
    let next = panels[first + 1..].iter().position(is_row).map(|next| first + 1 + next);
    let height = next.map(|next| at(&panels[next]) - at(&panels[first])).unwrap_or_default();
    panels.drain(first..next.unwrap_or(panels.len()));
    for below in &mut panels[first..] {
        below["gridPos"]["y"] = (at(below) - height).into();
    }
}

/// Whether what Grafana has is this one: it adds an id, a version, and leaves the rest alone.
pub(crate) fn is_like(there: &Value, ours: &Dashboard) -> bool {
    let strip = |json: &Value| {
        let mut json = json.clone();
        if let Some(fields) = json.as_object_mut() {
            fields.shift_remove("id");
            fields.shift_remove("version");
        }
        json
    };
    strip(there) == strip(&ours.json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dashboard_has_a_uid_of_its_own_and_no_number() {
        let all = all().unwrap();
        let mut uids: Vec<_> = all.iter().map(|d| d.uid.as_str()).collect();
        uids.sort_unstable();
        let known = ["feedback", "overview", "ticket", "tickets", "value"];
        assert_eq!(uids, known.map(|name| format!("ticketlens-{name}")));
        for dashboard in &all {
            let mut there = dashboard.json.clone();
            there["id"] = 17.into();
            there["version"] = 3.into();
            assert!(is_like(&there, dashboard));
            there["title"] = "Mine".into();
            assert!(!is_like(&there, dashboard));
        }
    }

    #[test]
    fn who_sees_one_tenant_is_not_asked_which() {
        let texts = |dashboards: &[Dashboard], title: &str| {
            let panels = dashboards.iter().flat_map(|one| one.json["panels"].as_array().unwrap());
            panels.filter(|panel| panel["title"] == title).count()
        };
        let all = all().unwrap();
        let database = ticketlens_store::DatabaseName::default();
        let own = |visibility| of(&Reader::new(&database, visibility)).unwrap();
        let provider = own(ticketlens_store::Visibility::All);
        assert!(provider.iter().zip(&all).all(|(one, other)| one.json == other.json));
        let tenant = own(ticketlens_store::Visibility::Tenant("acme".parse().unwrap()));
        for (title, there) in [("By tenant", 2), ("Tenants", 1), ("Value by tenant", 1)] {
            assert_eq!((texts(&all, title), texts(&tenant, title)), (there, 0), "{title}");
        }
        for dashboard in &tenant {
            let variables = dashboard.json["templating"]["list"].as_array().unwrap();
            let own = variables.iter().find(|variable| variable["name"] == "tenant").unwrap();
            assert_eq!(own["hide"], 2, "{}", dashboard.uid);
        }
        let overview = tenant.iter().find(|one| one.uid == "ticketlens-overview").unwrap();
        let panels = overview.json["panels"].as_array().unwrap();
        let tops: Vec<_> = panels.iter().map(|p| p["gridPos"]["y"].as_u64().unwrap()).collect();
        assert!(tops.is_sorted() && tops[6] == 4, "no hole below the first row: {tops:?}");
    }
}
