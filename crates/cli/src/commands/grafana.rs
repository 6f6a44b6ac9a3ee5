//! `ticketlens grafana`: who reads tickets in Grafana. Each tenant gets a login to ClickHouse that
//! sees its own rows, and an organisation in Grafana that looks through it.

use clap::{Args, Subcommand};
use ticketlens_store::{TenantName, Visibility};

use crate::{
    exit::{Exit, Result},
    grafana::{Between, Work},
};

/// What to do in Grafana.
#[derive(Debug, Subcommand)]
pub enum GrafanaCommand {
    /// Make the Grafana organisation of the provider or of tenants; a second run changes nothing.
    #[command(after_help = "\
Without a name it makes the provider's organisation, which sees every tenant. For each it makes a
ClickHouse login with its views, the organisation, the data source, the dashboards and the home
dashboard. Passwords are random, and not shown.

ClickHouse is the one of --config or TICKETLENS_CLICKHOUSE_*, or that of a running
`ticketlens dev` (--data). The password of Grafana's admin is read from
TICKETLENS_GRAFANA_PASSWORD or a file.

Examples:
  ticketlens grafana provision --grafana-url http://127.0.0.1:3000
  ticketlens grafana provision --all --config receiver.toml
  ticketlens grafana provision acme --rotate        a new password, in ClickHouse and Grafana
  ticketlens grafana provision acme --grafana-clickhouse native://clickhouse:9000
  ticketlens grafana provision --all --provisioning /etc/grafana/provisioning \\
    --dashboards-path /var/lib/grafana/dashboards")]
    Provision(ProvisionArgs),
    /// Remove a tenant from Grafana: its organisation, data source, database login and views.
    #[command(after_help = "\
The tenant and its tickets stay; `ticketlens tenant remove` removes those. This also works for a
tenant that has been removed already.

Examples:
  ticketlens grafana remove acme
  ticketlens grafana remove --provider              what TicketLens made for the provider")]
    Remove(RemoveArgs),
    /// Show who has a Grafana organisation, and whether its data source reaches ClickHouse.
    #[command(after_help = "\
Examples:
  ticketlens grafana show
  ticketlens grafana show --json | jq 'select(.health.ok | not)'")]
    Show(ShowArgs),
}

/// Whose place to make.
#[derive(Args, Debug)]
pub struct ProvisionArgs {
    /// The tenants; without one, the provider.
    #[arg(value_name = "TENANT")]
    pub tenants: Vec<TenantName>,
    /// The provider and every tenant.
    #[arg(long, conflicts_with = "tenants")]
    pub all: bool,
    /// Give their database logins new passwords.
    #[arg(long)]
    pub rotate: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Which Grafana and which ClickHouse.
    #[command(flatten)]
    pub between: Between,
}

/// Whose place to take away.
#[derive(Args, Debug)]
pub struct RemoveArgs {
    /// The tenant.
    #[arg(value_name = "TENANT", required_unless_present = "provider")]
    pub tenant: Option<TenantName>,
    /// The provider instead of a tenant.
    #[arg(long, conflicts_with = "tenant")]
    pub provider: bool,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which Grafana and which ClickHouse.
    #[command(flatten)]
    pub between: Between,
}

/// Where to look.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// All columns and whole cells, however narrow the terminal is.
    #[arg(long)]
    pub wide: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Which Grafana and which ClickHouse.
    #[command(flatten)]
    pub between: Between,
}

/// Does it.
pub async fn run(command: GrafanaCommand) -> Result<Exit> {
    match command {
        GrafanaCommand::Provision(args) => {
            let work = Work::open(&args.between.places, &args.between.data).await?;
            let whose = match (args.all, args.tenants) {
                (true, _) => work.everyone().await?,
                (false, tenants) if tenants.is_empty() => vec![Visibility::All],
                (false, tenants) => work.known(tenants).await?,
            };
            work.provision(whose, args.rotate, args.json).await
        }
        GrafanaCommand::Remove(args) => {
            let work = Work::open(&args.between.places, &args.between.data).await?;
            let whose = args.tenant.map_or(Visibility::All, Visibility::Tenant);
            work.remove(whose, args.json).await
        }
        GrafanaCommand::Show(args) => {
            let work = Work::open(&args.between.places, &args.between.data).await?;
            work.show(args.json, args.wide).await
        }
    }
}
