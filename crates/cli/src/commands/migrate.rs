//! `ticketlens migrate`: the database's tables, brought up to date.

use std::path::PathBuf;

use clap::Args;
use ticketlens_store::Store;

use crate::{
    config,
    exit::{Exit, Failure, Result, chain},
    terminal::{note, print},
};

/// Which database.
#[derive(Args, Debug)]
#[command(after_help = "\
Safe to run twice, and from two machines at once. `serve` does it at its start unless its
configuration says migrate = false.

Examples:
  ticketlens migrate --dry-run --config receiver.toml
  ticketlens migrate --config receiver.toml")]
pub struct MigrateArgs {
    /// The receiver's configuration (TOML), for the database in it.
    #[arg(long, value_name = "FILE", env = "TICKETLENS_CONFIG")]
    pub config: PathBuf,
    /// Only print what would be done.
    #[arg(long)]
    pub dry_run: bool,
}

/// Does it.
pub async fn run(args: MigrateArgs) -> Result<Exit> {
    let config = config::read(&args.config)?;
    let store = Store::open(config.store);
    let (migrations, verb) = if args.dry_run {
        (store.pending().await, "would apply")
    } else {
        (store.migrate().await, "applied")
    };
    let migrations = migrations.map_err(|e| {
        let exit = if e.is_retryable() { Exit::Unreachable } else { Exit::Failed };
        Failure::new(exit, format!("the database can't be brought up to date: {}", chain(&e)))
            .next("check [clickhouse] in the configuration: url, user, password and what it may do")
    })?;
    if !args.dry_run && !migrations.is_empty() {
        let told = store.record_migrations("migrate", &migrations).await;
        if let Err(error) = told {
            note(&format!("the audit does not tell of it: {}", chain(&error)));
        }
    }
    if migrations.is_empty() {
        print("up to date\n")?;
    }
    for migration in migrations {
        print(&format!("{verb} {:04} {}\n", migration.number, migration.name))?;
    }
    Ok(Exit::Done)
}
