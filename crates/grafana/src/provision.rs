//! One reader's place in Grafana: organisation, data source, dashboards, home.

use secrecy::SecretString;
use ticketlens_store::{Change, Reader};

use crate::{
    address::ClickHouseAddress,
    api::{Api, Health, Org},
    dashboards,
    data_source::{self, database, has_password, is_from_a_file},
    error::{Error, Result},
    files::Files,
};

/// The dashboard an organisation opens with.
const OVERVIEW: &str = "ticketlens-overview";

/// Something that was looked at, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub what: String,
    /// What became of it.
    pub change: Change,
}

impl Step {
    fn new(what: impl Into<String>, change: Change) -> Self {
        Self { what: what.into(), change }
    }
}

/// What a reader is to have.
pub struct Wanted<'a> {
    /// Whose it is.
    pub reader: &'a Reader,
    /// How Grafana reaches ClickHouse.
    pub address: &'a ClickHouseAddress,
}

/// Where a reader's data source is, or is to be.
pub struct Place {
    /// The organisation, where there is one.
    pub org: Option<Org>,
    /// Whether its data source has a password.
    pub has_password: bool,
}

/// Makes and unmakes places.
pub struct Provisioner {
    /// Grafana.
    pub api: Api,
    /// The provider's organisation.
    pub provider_org: u64,
    /// Whether organisations of others are taken over.
    pub adopt: bool,
    /// Dashboards come by files, and not by the API.
    pub files: Option<Files>,
}

impl Provisioner {
    /// Looks, and changes nothing.
    ///
    /// # Errors
    ///
    /// An organisation or a data source is somebody else's, or Grafana does not say.
    pub async fn place(&self, reader: &Reader) -> Result<Place> {
        let org = match reader.tenant() {
            None => Some(self.provider_org().await?),
            Some(tenant) => self.api.org_named(tenant.as_str()).await?,
        };
        let Some(org) = org else { return Ok(Place { org: None, has_password: false }) };
        let there = self.api.data_source(org.id).await?;
        match &there {
            Some(there) if database(there) != reader.name() && !self.adopt => {
                return Err(Error::ForeignDataSource {
                    org: org.name,
                    database: database(there).to_owned(),
                    wanted: reader.name().to_owned(),
                });
            }
            None if reader.tenant().is_some() && !self.adopt => {
                return Err(Error::ForeignOrganisation(org.name));
            }
            _ => {}
        }
        Ok(Place { has_password: there.as_ref().is_some_and(has_password), org: Some(org) })
    }

    async fn provider_org(&self) -> Result<Org> {
        self.api.org(self.provider_org).await?.ok_or(Error::NoOrganisation(self.provider_org))
    }

    /// Brings a reader's place up to date. A password is sent where there is a new one.
    ///
    /// # Errors
    ///
    /// Grafana does not do its part; what was done before stays done.
    pub async fn bring(
        &self,
        place: Place,
        wanted: &Wanted<'_>,
        password: Option<&SecretString>,
    ) -> Result<(Org, Vec<Step>)> {
        let mut steps = Vec::new();
        let org = match (place.org, wanted.reader.tenant()) {
            (Some(org), _) => {
                steps.push(Step::new("organisation", Change::Unchanged));
                org
            }
            (None, Some(tenant)) => {
                steps.push(Step::new("organisation", Change::Made));
                self.api.create_org(tenant.as_str()).await?
            }
            (None, None) => self.provider_org().await?,
        };
        steps.push(Step::new("data source", self.data_source(&org, wanted, password).await?));
        match &self.files {
            None => steps.extend(self.dashboards(&org, wanted.reader).await?),
            Some(files) => {
                let tenant = wanted.reader.tenant().map(|tenant| tenant.as_str());
                steps.push(Step::new("dashboard provider", files.write(tenant, org.id)?));
                self.api.reload_dashboards().await?;
            }
        }
        let home = self.api.home(org.id).await?;
        let change = if home.as_deref() == Some(OVERVIEW) {
            Change::Unchanged
        } else {
            self.api.set_home(org.id, OVERVIEW).await?;
            home.map_or(Change::Made, |_| Change::Updated)
        };
        steps.push(Step::new("home dashboard", change));
        Ok((org, steps))
    }

    async fn data_source(
        &self,
        org: &Org,
        wanted: &Wanted<'_>,
        password: Option<&SecretString>,
    ) -> Result<Change> {
        let body = data_source::wanted(wanted.reader, wanted.address, password);
        let Some(there) = self.api.data_source(org.id).await? else {
            self.api.create_data_source(org.id, &body).await?;
            return Ok(Change::Made);
        };
        if password.is_none() && data_source::is_like(&there, &body) {
            return Ok(Change::Unchanged);
        }
        if is_from_a_file(&there) {
            return Err(Error::DataSourceInAFile);
        }
        self.api.update_data_source(org.id, &data_source::merged(&there, &body)).await?;
        Ok(Change::Updated)
    }

    async fn dashboards(&self, org: &Org, reader: &Reader) -> Result<Vec<Step>> {
        let made = self.api.folder(org.id).await?;
        let mut steps =
            vec![Step::new("folder", if made { Change::Made } else { Change::Unchanged })];
        for dashboard in dashboards::of(reader)? {
            let there = self.api.dashboard(org.id, &dashboard.uid).await?;
            let from_a_file = |there: &serde_json::Value| there["meta"]["provisioned"] == true;
            let change = match &there {
                Some(there) if from_a_file(there) => Change::Unchanged,
                Some(there) if dashboards::is_like(&there["dashboard"], &dashboard) => {
                    Change::Unchanged
                }
                there => {
                    let version = self.api.save_dashboard(org.id, &dashboard.json).await?;
                    // Grafana makes no new version of what it has, in whatever form it keeps it.
                    match there.as_ref().and_then(|t| t["dashboard"]["version"].as_u64()) {
                        None => Change::Made,
                        Some(before) if before == version => Change::Unchanged,
                        Some(_) => Change::Updated,
                    }
                }
            };
            steps.push(Step::new(format!("dashboard {}", dashboard.uid), change));
        }
        Ok(steps)
    }

    /// Whether ClickHouse answers the organisation's data source.
    ///
    /// # Errors
    ///
    /// Grafana itself does not answer.
    pub async fn health(&self, org: &Org) -> Result<Health> {
        self.api.health(org.id).await
    }

    /// Takes a reader's place away: a tenant's whole organisation, of the provider's what is ours.
    ///
    /// # Errors
    ///
    /// The place is somebody else's, or Grafana does not do its part.
    pub async fn remove(&self, reader: &Reader) -> Result<Vec<Step>> {
        let place = self.place(reader).await?;
        let mut steps = Vec::new();
        if let Some(files) = &self.files {
            let tenant = reader.tenant().map(|tenant| tenant.as_str());
            steps.push(Step::new("dashboard provider", files.remove(tenant)?));
        }
        let gone = |was: bool| if was { Change::Removed } else { Change::Unchanged };
        match (place.org, reader.tenant()) {
            (None, _) => steps.push(Step::new("organisation", Change::Unchanged)),
            (Some(org), Some(_)) => {
                self.api.delete_org(&org, self.provider_org).await?;
                steps.push(Step::new("organisation", Change::Removed));
            }
            (Some(org), None) => {
                if self.api.home(org.id).await?.as_deref() == Some(OVERVIEW) {
                    self.api.set_home(org.id, "").await?;
                    steps.push(Step::new("home dashboard", Change::Removed));
                }
                steps.push(Step::new("folder", gone(self.api.delete_folder(org.id).await?)));
                let there = self.api.data_source(org.id).await?.is_some();
                if there {
                    self.api.delete_data_source(org.id).await?;
                }
                steps.push(Step::new("data source", gone(there)));
            }
        }
        if self.files.is_some() {
            self.api.reload_dashboards().await?;
        }
        Ok(steps)
    }
}
