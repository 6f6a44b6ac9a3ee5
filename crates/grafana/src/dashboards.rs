//! The dashboards, as they stand in `grafana/dashboards`: in the program, so that no file has to be
//! found beside it.

use serde_json::Value;

use crate::error::{Error, Result};

const TEXTS: [&str; 3] = [
    include_str!("../../../grafana/dashboards/overview.json"),
    include_str!("../../../grafana/dashboards/tickets.json"),
    include_str!("../../../grafana/dashboards/ticket.json"),
];

/// A dashboard.
pub(crate) struct Dashboard {
    /// The same in every organisation.
    pub(crate) uid: String,
    /// Classic JSON.
    pub(crate) json: Value,
}

/// All of them.
pub(crate) fn all() -> Result<Vec<Dashboard>> {
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
        assert_eq!(uids, ["ticketlens-overview", "ticketlens-ticket", "ticketlens-tickets"]);
        for dashboard in &all {
            let mut there = dashboard.json.clone();
            there["id"] = 17.into();
            there["version"] = 3.into();
            assert!(is_like(&there, dashboard));
            there["title"] = "Mine".into();
            assert!(!is_like(&there, dashboard));
        }
    }
}
