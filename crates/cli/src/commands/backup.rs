//! `ticketlens backup`: everything that is stored, kept elsewhere and brought back.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ticketlens_show as show;
use ticketlens_store::Store;

use super::purge::{several, tickets};
use crate::{
    api::Admin,
    backup::{Made, Restored, make, note_since, on_disk, restore, restore_server},
    config,
    exit::{Exit, Failure, Result},
    instance::Instance,
    target::{Purpose, Target, TargetArgs},
    terminal::{note, print, print_json},
};

/// What to do with backups.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Back everything up: of a `dev` into a folder, of a server onto a disk of its ClickHouse.
    #[command(after_help = "\
Tickets, tenants and keys are in it; what was acknowledged before the start is. It may be made while
tickets come in.

Of a `dev`, running or stopped: PLACE is a new folder, on this machine. It appears under its name when
it is whole; until then it is PLACE.partial. Its dev.json holds keys in plain text: keep the backup as
you keep those.

Of a server (--disk): PLACE is a name on a disk that ClickHouse's configuration allows backups on. Made
by ClickHouse, through a receiver, with an admin key. The receiver's configuration and its hash key are
not in it.

Examples:
  ticketlens backup create ~/backups/2026-11-29
  ticketlens backup create ~/backups/2026-11-29 --data /tmp/try/.ticketlens
  ticketlens backup create 2026-11-29.zip --disk backups --endpoint https://tickets.example.com:4317")]
    Create(CreateArgs),
    /// Restore a backup into an empty place.
    #[command(after_help = "\
Nothing is overwritten. Of a `dev`: --data is a folder that is not there yet, or is empty. It appears
when it is whole; until then it is DIR.restoring. Every byte of the backup is checked before.

Of a server (--disk, --config): stop the receivers first. The databases that the configuration names
must not be there.

A restore brings back what was erased, purged or revoked since the backup was made: erase and revoke it
again before anyone looks. What is past its retention by now is not shown, and leaves the disk soon.

Examples:
  ticketlens backup restore ~/backups/2026-11-29 --data restored
  ticketlens dev --data restored
  ticketlens backup restore 2026-11-29.zip --disk backups --config receiver.toml")]
    Restore(RestoreArgs),
}

/// What to back up, and where to.
#[derive(Args, Debug)]
pub struct CreateArgs {
    /// A new folder; with --disk, a name on that disk.
    place: PathBuf,
    /// A disk that the receiver's ClickHouse allows backups on (`backups.allowed_disk`).
    #[arg(long, value_name = "NAME")]
    disk: Option<String>,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// Which receiver, or which `dev`.
    #[command(flatten)]
    target: TargetArgs,
}

/// What to restore, and where to.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The backup's folder; with --disk, its name on that disk.
    place: PathBuf,
    /// The data folder to make [default: .ticketlens].
    #[arg(long, value_name = "DIR", conflicts_with = "disk")]
    data: Option<PathBuf>,
    /// The disk of ClickHouse that the backup is on.
    #[arg(long, value_name = "NAME", requires = "config")]
    disk: Option<String>,
    /// The receiver's configuration (TOML), for the ClickHouse in it.
    #[arg(long, value_name = "FILE", requires = "disk")]
    config: Option<PathBuf>,
    /// One JSON document.
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn run(command: BackupCommand) -> Result<Exit> {
    match command {
        BackupCommand::Create(args) => match args.disk.clone() {
            Some(disk) => of_server(args, &disk).await,
            None => of_dev(args).await,
        },
        BackupCommand::Restore(args) => into_place(args).await,
    }
}

async fn of_server(args: CreateArgs, disk: &str) -> Result<Exit> {
    let name = name(&args.place)?;
    let target = Target::find(&args.target, Purpose::Admin)?;
    if target.is_dev() {
        let what = "the disks of a `dev` lie in its data folder, which a backup should outlive";
        return Err(Failure::new(Exit::Usage, what)
            .next("back it up into a folder: ticketlens backup create FOLDER, without --disk"));
    }
    let bytes = on_disk(&mut Admin::new(target.connect().await?), disk, &name).await?;
    if args.json {
        let document = serde_json::json!({ "disk": disk, "name": name, "bytes": bytes });
        print_json(&document.to_string())?;
    } else {
        print(&format!("backed up to {name} on the disk {disk} ({})\n", show::bytes(bytes)))?;
        note("not in it: the receiver's configuration and its hash key");
    }
    Ok(Exit::Done)
}

async fn of_dev(args: CreateArgs) -> Result<Exit> {
    if args.target.endpoint.is_some() {
        let what = "a receiver elsewhere backs up onto a disk of its ClickHouse";
        return Err(Failure::new(Exit::Usage, what).next("name that disk with --disk"));
    }
    let data = args.target.data();
    let path = Instance::path(&data);
    if Instance::find(&data)?.is_none() {
        let what = format!("there is no {}: no `ticketlens dev` ever ran there", path.display());
        return Err(Failure::new(Exit::NotFound, what)
            .next("name its folder with --data, or a disk of a server's ClickHouse with --disk"));
    }
    let here = TargetArgs { data: Some(data.clone()), ..args.target.clone() };
    let running = match Target::find(&here, Purpose::Admin) {
        Ok(target) => Some(target),
        // It is stopped.
        Err(failure) if failure.exit == Exit::Unreachable => None,
        Err(failure) => return Err(failure),
    };
    let Made { tickets: count, bytes, made_at } =
        make(&data, &args.place, running.as_ref()).await?;
    let shown = args.place.display();
    if args.json {
        let document = serde_json::json!({
            "place": args.place, "tickets": count, "bytes": bytes, "made_at": made_at,
        });
        print_json(&document.to_string())?;
    } else {
        let (tickets, bytes) = (tickets(count), show::bytes(bytes));
        print(&format!("backed up {tickets} to {shown} ({bytes})\n"))?;
        note(&format!("{shown}/dev.json holds keys in plain text: keep it as you keep those"));
    }
    Ok(Exit::Done)
}

async fn into_place(args: RestoreArgs) -> Result<Exit> {
    let data = args.data.unwrap_or_else(|| crate::instance::DATA_DIR.into());
    let restored = match (&args.disk, &args.config) {
        (Some(disk), Some(config)) => {
            let store = Store::open(config::read(config)?.store);
            restore_server(&store, disk, &name(&args.place)?).await?
        }
        _ => restore(&args.place, &data).await?,
    };
    let Restored { tickets: count, tenants, keys, usable_keys, made_at } = restored;
    if args.json {
        let document = serde_json::json!({
            "tickets": count, "tenants": tenants, "keys": keys, "usable_keys": usable_keys,
            "made_at": made_at,
        });
        print_json(&document.to_string())?;
    } else {
        let tenants = several(tenants, "tenant");
        let (keys, usable) = (several(keys, "key"), show::count(usable_keys));
        print(&format!(
            "restored {}, {tenants} and {keys}, of which {usable} can be used\n",
            tickets(count)
        ))?;
    }
    note_since(&made_at, count);
    if args.disk.is_none() {
        note(&format!("start it: ticketlens dev --data {}", data.display()));
    } else {
        note("next: start the receivers, then `ticketlens grafana provision --all --rotate`");
    }
    Ok(Exit::Done)
}

/// A name on a disk.
fn name(place: &std::path::Path) -> Result<String> {
    place.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::new(Exit::Usage, "a backup's name on a disk has letters and digits only")
    })
}
