//! The calls of Grafana's HTTP API that we make, by their meaning.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::Client,
    data_source::{PLUGIN, UID},
    error::{Error, Result},
};

/// The folder of the dashboards, in every organisation.
pub(crate) const FOLDER: &str = "ticketlens";

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// Grafana's API.
pub struct Api {
    client: Client,
}

/// What the health check of a data source said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// It answers.
    pub is_ok: bool,
    /// In Grafana's or the plugin's words.
    pub says: String,
}

impl Api {
    /// A login that works, on a Grafana that has the plugin.
    ///
    /// # Errors
    ///
    /// It does not answer, does not let us in, or lacks something.
    pub async fn open(client: Client) -> Result<Self> {
        let who = client.must("to say who we are", Method::GET, "/api/user", None, None).await?;
        if who["isGrafanaAdmin"] != true {
            let login = who["login"].as_str().unwrap_or_default().to_owned();
            return Err(Error::NotAdmin(login));
        }
        let path = format!("/api/plugins/{PLUGIN}/settings");
        let plugin = client.ask(Method::GET, &path, None, None).await?;
        if plugin.status == StatusCode::NOT_FOUND {
            return Err(Error::NoPlugin);
        }
        Ok(Self { client })
    }

    async fn find(&self, doing: &str, path: &str, org: Option<u64>) -> Result<Option<Value>> {
        let answer = self.client.ask(Method::GET, path, org, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(answer.body)),
            _ => Err(self.client.refused(doing, &answer)),
        }
    }

    /// The organisation of that number.
    pub(crate) async fn org(&self, id: u64) -> Result<Option<Org>> {
        let found = self.find("to show an organisation", &format!("/api/orgs/{id}"), None).await?;
        Ok(found.as_ref().and_then(org))
    }

    /// The organisation of that name: a tenant's, which needs no escaping.
    pub(crate) async fn org_named(&self, name: &str) -> Result<Option<Org>> {
        let path = format!("/api/orgs/name/{name}");
        let found = self.find("to show an organisation", &path, None).await?;
        Ok(found.as_ref().and_then(org))
    }

    /// Makes an organisation; whoever makes it is its first admin.
    pub(crate) async fn create_org(&self, name: &str) -> Result<Org> {
        let doing = format!("to make the organisation {name}");
        let body = json!({ "name": name });
        let made = self.client.must(&doing, Method::POST, "/api/orgs", None, Some(&body)).await?;
        let id = made["orgId"].as_u64().ok_or_else(|| unreadable(&doing))?;
        Ok(Org { id, name: name.to_owned() })
    }

    /// Deletes an organisation with everything in it, asked from another one: Grafana deletes none
    /// that its admin looks at just now.
    pub(crate) async fn delete_org(&self, org: &Org, from: u64) -> Result<()> {
        let (doing, path) =
            (format!("to delete the organisation {}", org.name), format!("/api/orgs/{}", org.id));
        self.client.must(&doing, Method::DELETE, &path, Some(from), None).await.map(drop)
    }

    /// Our data source in an organisation.
    pub(crate) async fn data_source(&self, org: u64) -> Result<Option<Value>> {
        self.find("to show a data source", &format!("/api/datasources/uid/{UID}"), Some(org)).await
    }

    /// Makes it.
    pub(crate) async fn create_data_source(&self, org: u64, wanted: &Value) -> Result<()> {
        let path = "/api/datasources";
        let doing = "to make a data source";
        self.client.must(doing, Method::POST, path, Some(org), Some(wanted)).await.map(drop)
    }

    /// Changes it. A password that is not in `wanted` stays.
    pub(crate) async fn update_data_source(&self, org: u64, wanted: &Value) -> Result<()> {
        let path = format!("/api/datasources/uid/{UID}");
        let doing = "to change a data source";
        self.client.must(doing, Method::PUT, &path, Some(org), Some(wanted)).await.map(drop)
    }

    /// Deletes it.
    pub(crate) async fn delete_data_source(&self, org: u64) -> Result<()> {
        let path = format!("/api/datasources/uid/{UID}");
        let doing = "to delete a data source";
        self.client.must(doing, Method::DELETE, &path, Some(org), None).await.map(drop)
    }

    /// Whether ClickHouse answers it.
    pub(crate) async fn health(&self, org: u64) -> Result<Health> {
        let path = format!("/api/datasources/uid/{UID}/health");
        let answer = self.client.ask(Method::GET, &path, Some(org), None).await?;
        let is_ok = answer.status.is_success() && answer.body["status"] != "ERROR";
        Ok(Health { is_ok, says: answer.message() })
    }

    /// Makes the folder where there is none; whether it was made.
    pub(crate) async fn folder(&self, org: u64) -> Result<bool> {
        let path = format!("/api/folders/{FOLDER}");
        if self.find("to show a folder", &path, Some(org)).await?.is_some() {
            return Ok(false);
        }
        let body = json!({ "uid": FOLDER, "title": "TicketLens" });
        let doing = "to make a folder";
        self.client.must(doing, Method::POST, "/api/folders", Some(org), Some(&body)).await?;
        Ok(true)
    }

    /// Deletes the folder with its dashboards; whether there was one.
    pub(crate) async fn delete_folder(&self, org: u64) -> Result<bool> {
        let path = format!("/api/folders/{FOLDER}");
        if self.find("to show a folder", &path, Some(org)).await?.is_none() {
            return Ok(false);
        }
        self.client.must("to delete a folder", Method::DELETE, &path, Some(org), None).await?;
        Ok(true)
    }

    /// A dashboard with its `meta`.
    pub(crate) async fn dashboard(&self, org: u64, uid: &str) -> Result<Option<Value>> {
        self.find("to show a dashboard", &format!("/api/dashboards/uid/{uid}"), Some(org)).await
    }

    /// Saves a dashboard in the folder; its version then.
    pub(crate) async fn save_dashboard(&self, org: u64, dashboard: &Value) -> Result<u64> {
        let body = json!({
            "dashboard": dashboard,
            "folderUid": FOLDER,
            "overwrite": true,
            "message": concat!("ticketlens ", env!("CARGO_PKG_VERSION")),
        });
        let (doing, path) = ("to save a dashboard", "/api/dashboards/db");
        let saved = self.client.must(doing, Method::POST, path, Some(org), Some(&body)).await?;
        saved["version"].as_u64().ok_or_else(|| unreadable(doing))
    }

    /// The organisation's home dashboard.
    pub(crate) async fn home(&self, org: u64) -> Result<Option<String>> {
        let doing = "to show preferences";
        let path = "/api/org/preferences";
        let body = self.client.must(doing, Method::GET, path, Some(org), None).await?;
        Ok(body["homeDashboardUID"].as_str().filter(|uid| !uid.is_empty()).map(str::to_owned))
    }

    /// Sets it; an empty one is none.
    pub(crate) async fn set_home(&self, org: u64, uid: &str) -> Result<()> {
        let (doing, path) = ("to set the home dashboard", "/api/org/preferences");
        let body = json!({ "homeDashboardUID": uid });
        self.client.must(doing, Method::PATCH, path, Some(org), Some(&body)).await.map(drop)
    }

    /// Has Grafana read its files of dashboards again.
    pub(crate) async fn reload_dashboards(&self) -> Result<()> {
        let path = "/api/admin/provisioning/dashboards/reload";
        let doing = "to read its provisioning files";
        self.client.must(doing, Method::POST, path, None, None).await.map(drop)
    }
}

fn org(body: &Value) -> Option<Org> {
    Some(Org { id: body["id"].as_u64()?, name: body["name"].as_str()?.to_owned() })
}

fn unreadable(doing: &str) -> Error {
    Error::Unreadable(doing.to_owned())
}
