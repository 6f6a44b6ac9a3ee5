//! `ticketlens tenant`: add, change and remove tenants.

use std::str::FromStr;

use clap::{Args, Subcommand};
use ticketlens_api::{
    ApplyRetentionResponse, CreateTenantRequest, DeleteTenantRequest, DenyKeys, GetTenantRequest,
    ListTenantsRequest, Tenant, UpdateTenantRequest, json,
};
use ticketlens_redact::Subject;
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
    safe,
};
use ticketlens_store::MOST_DAYS;

use super::{capture::CaptureArg, retention, subject::SubjectArg};
use crate::{
    api::{Admin, refused},
    exit::{Exit, Result},
    grafana::{Places, provision_tenant, remove_tenant, tenant_name},
    target::{Purpose, Target, TargetArgs, admin},
    terminal::{confirmed, note, print, print_json, print_listing},
};

/// What can be set of a tenant.
#[derive(Args, Debug)]
pub struct Settings {
    /// Name for people.
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// Capture level: the most that is stored of a ticket, whatever workflows send.
    #[arg(long, value_enum, value_name = "LEVEL", ignore_case = true)]
    pub capture: Option<CaptureArg>,
    /// Days until a trace is deleted, at most 3653.
    #[arg(long, value_name = "DAYS", value_parser = days())]
    pub trace_days: Option<u32>,
    /// Days until the rest of a ticket is deleted, at most 3653.
    #[arg(long, value_name = "DAYS", value_parser = days())]
    pub metrics_days: Option<u32>,
    /// Keys whose values are never stored; "" for none.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    pub deny_keys: Option<Vec<String>>,
    /// Do not store what was asked, said and answered.
    #[arg(long, value_name = "true|false")]
    pub drop_messages: Option<bool>,
    /// What is stored of subject lines: their keyed hash, or their redacted text if the workflow
    /// sends it.
    #[arg(long, value_enum, value_name = "HASH|IN_PLACE", ignore_case = true)]
    pub subject: Option<SubjectArg>,
    /// Most records a second; `none` for no limit.
    #[arg(long, value_name = "RECORDS", value_parser = limit::<u32>)]
    pub max_records_per_second: Option<u32>,
    /// Most bytes a second, after decompression; `none` for no limit.
    #[arg(long, value_name = "BYTES", value_parser = limit::<u64>)]
    pub max_bytes_per_second: Option<u64>,
    /// Most records a day, from midnight UTC; `none` for no limit.
    #[arg(long, value_name = "RECORDS", value_parser = limit::<u64>)]
    pub max_records_per_day: Option<u64>,
}

/// A limit; for the API, 0 is none. Said by a person it would mean the opposite of what it does.
fn limit<N: FromStr + Default + PartialEq>(text: &str) -> Result<N, &'static str> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(N::default());
    }
    match text.parse() {
        Ok(none) if none == N::default() => Err("0 would mean no limit; write none for that"),
        Ok(limit) => Ok(limit),
        Err(_) => Err("a whole number without a unit, or none; it may be too large"),
    }
}

/// Days of a retention, within what the receiver takes.
fn days() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS))
}

/// An empty list is one without keys, not one of an empty key.
fn denied(keys: Vec<String>) -> Vec<String> {
    keys.into_iter().filter(|key| !key.trim().is_empty()).collect()
}

/// What to do with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Add a tenant.
    #[command(after_help = "\
Examples:
  ticketlens tenant add skyline-air --display-name \"Skyline Air\"
  ticketlens tenant add acme --capture TIMELINE --trace-days 14
  ticketlens tenant add acme --grafana --grafana-url http://127.0.0.1:3000
  ticketlens key create --tenant acme --scope ingest > acme.key")]
    Add {
        /// Up to 31 lower-case letters, digits and hyphens. It cannot be changed later.
        name: String,
        /// Its settings.
        #[command(flatten)]
        settings: Box<Settings>,
        /// Also make its Grafana organisation, which sees its own tickets only.
        #[arg(long)]
        grafana: bool,
        /// One JSON document; one more a line with --grafana.
        #[arg(long)]
        json: bool,
        /// Which Grafana and which ClickHouse.
        #[command(flatten)]
        places: Box<Places>,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// List tenants.
    #[command(after_help = "Example:\n  ticketlens tenant list")]
    List {
        /// All columns and whole cells, however narrow the terminal is.
        #[arg(long)]
        wide: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Show one tenant.
    #[command(after_help = "Example:\n  ticketlens tenant show acme")]
    Show {
        /// The tenant's name.
        name: String,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Change some of a tenant's settings.
    #[command(after_help = "\
Example:
  ticketlens tenant set acme --capture METRICS_ONLY --metrics-days 90
  ticketlens tenant set acme --deny-keys seat_number,badge --drop-messages true
  ticketlens tenant set acme --subject IN_PLACE
  ticketlens tenant set acme --trace-days 14 --apply --dry-run
  ticketlens tenant set acme --max-records-per-second 200 --max-records-per-day none")]
    Set {
        /// The tenant's name.
        name: String,
        /// Its settings.
        #[command(flatten)]
        settings: Settings,
        /// Apply the retention to tickets that are stored already, too. What has expired stays gone.
        #[arg(long)]
        apply: bool,
        /// Only print what --apply would change.
        #[arg(long, requires = "apply")]
        dry_run: bool,
        /// Do not ask for confirmation where stored tickets would be gone at once.
        #[arg(long, requires = "apply")]
        yes: bool,
        /// One JSON document; one more a line with --apply.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Remove a tenant, its keys, its tickets and its Grafana organisation.
    #[command(after_help = "\
Its Grafana organisation is removed if Grafana and ClickHouse are configured (see `ticketlens
grafana`). Otherwise the command prints what may be left, and how to remove it.

Examples:
  ticketlens tenant remove acme
  ticketlens tenant remove acme --yes --grafana-url http://127.0.0.1:3000 --config receiver.toml")]
    Remove {
        /// The tenant's name.
        name: String,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which Grafana and which ClickHouse.
        #[command(flatten)]
        places: Box<Places>,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
}

/// Does it.
pub async fn run(command: TenantCommand) -> Result<Exit> {
    match command {
        TenantCommand::Add { name, settings, grafana, json, places, target } => {
            if grafana {
                // A password that is missing is told before the tenant is made.
                places.grafana.open().await?;
            }
            let settings = *settings;
            let request = CreateTenantRequest {
                name,
                display_name: settings.display_name.unwrap_or_default(),
                capture: settings.capture.map(CaptureArg::name).unwrap_or_default(),
                trace_days: settings.trace_days.unwrap_or_default(),
                metrics_days: settings.metrics_days.unwrap_or_default(),
                deny_keys: settings.deny_keys.map(denied).unwrap_or_default(),
                drop_messages: settings.drop_messages.unwrap_or_default(),
                subject: settings.subject.map(SubjectArg::name).unwrap_or_default(),
                max_records_per_second: settings.max_records_per_second.unwrap_or_default(),
                max_bytes_per_second: settings.max_bytes_per_second.unwrap_or_default(),
                max_records_per_day: settings.max_records_per_day.unwrap_or_default(),
            };
            let created = admin(&target).await?.create_tenant(request).await;
            let tenant = created.map_err(|s| refused(&s))?.into_inner();
            shown(&tenant, json)?;
            note(&format!(
                "next: ticketlens key create --tenant {} --scope ingest",
                safe::line(&tenant.name)
            ));
            if grafana {
                let name = tenant_name(&tenant.name)?;
                return provision_tenant(name, &places, &target.data(), json).await;
            }
        }
        TenantCommand::List { wide, json, target } => {
            let listed = admin(&target).await?.list_tenants(ListTenantsRequest {}).await;
            list(&listed.map_err(|s| refused(&s))?.into_inner().tenants, json, wide)?;
        }
        TenantCommand::Show { name, json, target } => {
            let got = admin(&target).await?.get_tenant(GetTenantRequest { name }).await;
            shown(&got.map_err(|s| refused(&s))?.into_inner(), json)?;
        }
        TenantCommand::Set { name, settings, apply, dry_run, yes, json, target } => {
            let channel = Target::find(&target, Purpose::Admin)?.connect_for_long_work().await?;
            let mut admin = Admin::new(channel);
            let (trace_days, metrics_days) = (settings.trace_days, settings.metrics_days);
            let would = match apply {
                true => retention::preview(&mut admin, &name, trace_days, metrics_days).await?,
                false => ApplyRetentionResponse::default(),
            };
            if dry_run {
                retention::print_preview(&would, &name, json)?;
                return Ok(Exit::Done);
            }
            if !retention::is_wanted(&would, &name, yes)? {
                note(&format!("{} was not changed", safe::line(&name)));
                return Ok(Exit::Failed);
            }
            let tenant = name.clone();
            let request = UpdateTenantRequest {
                name,
                display_name: settings.display_name,
                capture: settings.capture.map(CaptureArg::name),
                trace_days: settings.trace_days,
                metrics_days: settings.metrics_days,
                deny_keys: settings.deny_keys.map(|keys| DenyKeys { keys: denied(keys) }),
                drop_messages: settings.drop_messages,
                subject: settings.subject.map(SubjectArg::name),
                max_records_per_second: settings.max_records_per_second,
                max_bytes_per_second: settings.max_bytes_per_second,
                max_records_per_day: settings.max_records_per_day,
            };
            let updated = admin.update_tenant(request).await;
            shown(&updated.map_err(|s| refused(&s))?.into_inner(), json)?;
            if apply {
                return retention::apply(&mut admin, &tenant, &would, json).await;
            }
        }
        TenantCommand::Remove { name, yes, json, places, target } => {
            let target = Target::find(&target, Purpose::Admin)?;
            let admin = Admin::new(target.connect().await?);
            let exit = remove(admin, name.clone(), yes, json).await?;
            if exit == Exit::Done {
                let removed = remove_tenant(&tenant_name(&name)?, &places, target.is_dev()).await;
                if removed.is_err() {
                    note(&format!(
                        "the tenant is removed; once the cause is fixed, remove its organisation \
                         with: ticketlens grafana remove {}",
                        safe::line(&name)
                    ));
                }
                removed?;
            }
            return Ok(exit);
        }
    }
    Ok(Exit::Done)
}

async fn remove(mut admin: Admin, name: String, yes: bool, as_json: bool) -> Result<Exit> {
    let shown = safe::line(&name).into_owned();
    // A name mistyped is told before anyone is asked.
    let known = admin.get_tenant(GetTenantRequest { name: name.clone() }).await;
    known.map_err(|s| refused(&s))?;
    let warning = format!("This permanently deletes every ticket of {shown} and revokes its keys.");
    if !yes && !confirmed(&warning, &name)? {
        note(&format!("{shown} was not removed"));
        return Ok(Exit::Failed);
    }
    let removed = admin.delete_tenant(DeleteTenantRequest { name }).await;
    let removed = removed.map_err(|s| refused(&s))?.into_inner();
    let (tickets, keys) = (removed.tickets, removed.keys_revoked);
    if as_json {
        let document = serde_json::json!({ "tickets": tickets, "keys_revoked": keys });
        print_json(&document.to_string())?;
    } else {
        print(&format!("removed {shown}: {tickets} tickets deleted, {keys} keys revoked\n"))?;
    }
    Ok(Exit::Done)
}

fn shown(tenant: &Tenant, as_json: bool) -> Result<()> {
    if as_json {
        return print_json(&json::tenant(tenant).to_string());
    }
    // One tenant is shown whole.
    print_listing(&listing(std::slice::from_ref(tenant), false), true)
}

fn list(tenants: &[Tenant], as_json: bool, wide: bool) -> Result<()> {
    if as_json {
        return tenants.iter().try_for_each(|t| print_json(&json::tenant(t).to_string()));
    }
    if tenants.is_empty() {
        return print("No tenants yet; `ticketlens tenant add NAME` adds one.\n");
    }
    print_listing(&listing(tenants, wide), wide)
}

fn listing(tenants: &[Tenant], wide: bool) -> Listing<7> {
    let any_limits = tenants.iter().any(|tenant| !limits(tenant).is_empty());
    let mut listing = Listing::new([
        Column::new("tenant").keep(),
        Column::new("name").may_drop(2),
        Column::new("capture"),
        Column::new("trace days").keep().right().may_drop(4),
        Column::new("metrics days").keep().right().may_drop(3),
        Column::new("created").keep().may_drop(1),
        // Few have any.
        Column::new("may send").only_if(any_limits || wide),
    ]);
    for t in tenants {
        listing.row([
            (&t.name).into(),
            (&t.display_name).into(),
            capture(t).into(),
            t.trace_days.to_string().into(),
            t.metrics_days.to_string().into(),
            show::time(t.created_at.as_ref()).into(),
            limits(t).into(),
        ]);
    }
    listing
}

/// The limits there are; empty without one.
fn limits(tenant: &Tenant) -> String {
    let limits = [
        (tenant.max_records_per_second.map(u64::from), "records/s"),
        (tenant.max_bytes_per_second, "bytes/s"),
        (tenant.max_records_per_day, "records/day"),
    ];
    let said = |(limit, of): (Option<u64>, &str)| Some(format!("{} {of}", show::count(limit?)));
    limits.into_iter().filter_map(said).collect::<Vec<_>>().join(", ")
}

/// The level, and what differs from what it says.
fn capture(tenant: &Tenant) -> String {
    let mut text = tenant.capture.clone();
    if tenant.subject == Subject::InPlace.as_str() {
        text.push_str(", readable subjects");
    }
    if tenant.drop_messages {
        text.push_str(", no messages");
    }
    match tenant.deny_keys.as_slice() {
        [] => {}
        [one] => text.push_str(&format!(", without {one}")),
        keys => text.push_str(&format!(", without {} keys", keys.len())),
    }
    text
}
