//! The data source: the same uid and name in every organisation, so that one set of dashboards
//! serves all; another login and default database in each.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use ticketlens_store::Reader;

use crate::address::ClickHouseAddress;

/// The plugin's id.
pub const PLUGIN: &str = "grafana-clickhouse-datasource";
/// The uid that dashboards name.
pub(crate) const UID: &str = "ticketlens";

/// What Grafana is asked for; with a password where it gets a new one.
pub(crate) fn wanted(
    reader: &Reader,
    address: &ClickHouseAddress,
    password: Option<&SecretString>,
) -> Value {
    let mut body = json!({
        "uid": UID,
        "name": "TicketLens",
        "type": PLUGIN,
        "access": "proxy",
        "isDefault": true,
        "jsonData": {
            "host": address.host,
            "port": address.port,
            "protocol": if address.is_http { "http" } else { "native" },
            "secure": address.secure,
            "username": reader.name(),
            "defaultDatabase": reader.name(),
            "dialTimeout": "10",
            "queryTimeout": "30",
        },
    });
    if let Some(password) = password {
        body["secureJsonData"] = json!({ "password": password.expose_secret() });
    }
    body
}

/// Whether what is there has a password.
pub(crate) fn has_password(there: &Value) -> bool {
    there["secureJsonFields"]["password"] == true
}

/// Whether it came from a file, and the API can't change it.
pub(crate) fn is_from_a_file(there: &Value) -> bool {
    there["readOnly"] == true
}

/// The database it looks at, which says whose it is.
pub(crate) fn database(there: &Value) -> &str {
    there["jsonData"]["defaultDatabase"].as_str().unwrap_or_default()
}

/// Whether everything that is wanted is there; what else somebody has set is theirs.
pub(crate) fn is_like(there: &Value, wanted: &Value) -> bool {
    let same = |key: &str| there[key] == wanted[key];
    let settings = wanted["jsonData"].as_object();
    ["name", "type", "access", "isDefault"].into_iter().all(same)
        && settings.is_some_and(|settings| {
            settings.iter().all(|(key, value)| there["jsonData"][key] == *value)
        })
}

/// What is wanted, with what somebody else has set besides.
pub(crate) fn merged(there: &Value, wanted: &Value) -> Value {
    let mut body = wanted.clone();
    let mut settings = there["jsonData"].as_object().cloned().unwrap_or_default();
    if let Some(ours) = wanted["jsonData"].as_object() {
        settings.extend(ours.clone());
    }
    body["jsonData"] = Value::Object(settings);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use ticketlens_store::Visibility;

    fn source(password: Option<&SecretString>) -> Value {
        let tenant = Visibility::Tenant("skyline-air".parse().unwrap());
        let reader = Reader::new(&"ticketlens".parse().unwrap(), tenant);
        wanted(&reader, &"natives://db.example.com".parse().unwrap(), password)
    }

    #[test]
    fn it_names_the_readers_login_and_database() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&source(None)).unwrap());
        let with = source(Some(&SecretString::from("hunter2")));
        assert_eq!(with["secureJsonData"]["password"], "hunter2");
    }

    #[test]
    fn what_others_set_besides_stays_and_makes_no_difference() {
        let mut there = source(None);
        there["jsonData"]["maxOpenConns"] = 9.into();
        there["version"] = 3.into();
        assert!(is_like(&there, &source(None)));
        there["jsonData"]["port"] = 1.into();
        assert!(!is_like(&there, &source(None)));
        let merged = merged(&there, &source(None));
        assert_eq!(merged["jsonData"]["maxOpenConns"], 9);
        assert_eq!(merged["jsonData"]["port"], 9440);
    }
}
