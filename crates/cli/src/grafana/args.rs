//! Which Grafana and which ClickHouse, from the command line and the environment.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use ticketlens_grafana::{Api, ClickHouseAddress, Client, Files, Provisioner};

use crate::{
    exit::{Exit, Failure, Result},
    instance::DATA_DIR,
    secrets::secret,
};

/// Where the password is, or with `_FILE` the name of its file: never on a command line.
const PASSWORD: &str = "TICKETLENS_GRAFANA_PASSWORD";

/// Which Grafana.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Grafana")]
pub struct GrafanaAddress {
    /// Address of Grafana, e.g. https://grafana.example.com.
    #[arg(long, value_name = "URL", env = "TICKETLENS_GRAFANA_URL")]
    pub grafana_url: Option<String>,
    /// A Grafana server admin. The password is read from TICKETLENS_GRAFANA_PASSWORD (or _FILE).
    #[arg(long, value_name = "NAME", env = "TICKETLENS_GRAFANA_USER", default_value = "admin")]
    pub grafana_user: String,
    /// How Grafana reaches ClickHouse: http, https, native or natives://host:port. By default as
    /// this program does.
    #[arg(long, value_name = "ADDRESS", env = "TICKETLENS_GRAFANA_CLICKHOUSE")]
    pub grafana_clickhouse: Option<ClickHouseAddress>,
    /// Number of the provider's Grafana organisation.
    #[arg(long, value_name = "ID", env = "TICKETLENS_GRAFANA_PROVIDER_ORG", default_value_t = 1)]
    pub provider_org: u64,
}

/// Which Grafana, and how what it shows is put there.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Grafana")]
pub struct GrafanaArgs {
    /// Which Grafana.
    #[command(flatten)]
    pub at: GrafanaAddress,
    /// Take over an organisation or data source that was not made for this tenant.
    #[arg(long)]
    pub adopt: bool,
    /// Write dashboards as files into Grafana's provisioning folder instead of using its API.
    #[arg(long, value_name = "DIR", requires = "dashboards_path")]
    pub provisioning: Option<PathBuf>,
    /// With --provisioning: the path of grafana/dashboards as Grafana sees it.
    #[arg(long, value_name = "PATH", requires = "provisioning")]
    pub dashboards_path: Option<String>,
}

/// Which ClickHouse.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "ClickHouse")]
pub struct ClickHouseArgs {
    /// The receiver's configuration (TOML), which names the database. TICKETLENS_CLICKHOUSE_USER and
    /// _PASSWORD may name a login that can create users.
    #[arg(long, value_name = "FILE", env = "TICKETLENS_CONFIG")]
    pub config: Option<PathBuf>,
}

/// Where a tenant has its place besides the receiver.
#[derive(Args, Debug)]
pub struct Places {
    /// Which Grafana.
    #[command(flatten)]
    pub grafana: GrafanaArgs,
    /// Which ClickHouse.
    #[command(flatten)]
    pub clickhouse: ClickHouseArgs,
}

impl Places {
    /// Places that are only looked at.
    pub fn looked_at(at: GrafanaAddress, clickhouse: ClickHouseArgs) -> Self {
        let grafana = GrafanaArgs { at, adopt: false, provisioning: None, dashboards_path: None };
        Self { grafana, clickhouse }
    }
}

/// The same, for commands that ask no receiver: a running `dev` is found by its folder.
#[derive(Args, Debug)]
pub struct Between {
    /// Which Grafana and which ClickHouse.
    #[command(flatten)]
    pub places: Places,
    /// Without --config: the data folder of a running `ticketlens dev`.
    #[arg(long, value_name = "DIR", env = "TICKETLENS_DATA", default_value = DATA_DIR)]
    pub data: PathBuf,
}

impl GrafanaArgs {
    /// Whether there is a Grafana to speak of.
    pub fn is_configured(&self) -> bool {
        self.url().is_some()
    }

    /// The address; a variable that is empty counts as unset.
    fn url(&self) -> Option<&str> {
        self.at.grafana_url.as_deref().filter(|url| !url.trim().is_empty())
    }

    /// Checks the address, where there is one: it is wrong with any password.
    pub fn check(&self) -> Result<()> {
        Ok(self.url().map_or(Ok(()), Client::check)?)
    }

    /// Logs in.
    pub async fn open(&self) -> Result<Provisioner> {
        let url = self.url().ok_or_else(|| {
            Failure::new(Exit::Usage, "no Grafana is named")
                .next("set --grafana-url or TICKETLENS_GRAFANA_URL, e.g. http://127.0.0.1:3000")
        })?;
        self.check()?;
        let client = Client::new(url, &self.at.grafana_user, &self.password()?)?;
        let files = self.provisioning.clone().zip(self.dashboards_path.clone());
        Ok(Provisioner {
            api: Api::open(client).await?,
            provider_org: self.at.provider_org,
            adopt: self.adopt,
            files: files.map(|(folder, dashboards)| Files { folder, dashboards }),
        })
    }

    fn password(&self) -> Result<SecretString> {
        secret(PASSWORD)?.map(SecretString::from).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("no password for Grafana's user {}", self.at.grafana_user),
            )
            .next(format!(
                "put it into {PASSWORD}, or name a file that holds it in {PASSWORD}_FILE"
            ))
        })
    }
}
