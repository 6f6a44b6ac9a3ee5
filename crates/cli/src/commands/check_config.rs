//! `ticketlens check-config`: whether a configuration is one, without touching anything.

use std::path::PathBuf;

use clap::Args;

use crate::{
    config,
    exit::{Exit, Result},
    terminal::print,
};

/// Which configuration.
#[derive(Args, Debug)]
#[command(after_help = "\
Reads the file and the files it names; connects to nothing. Tells everything that is wrong.

Example:
  ticketlens check-config --config receiver.toml")]
pub struct CheckConfigArgs {
    /// The receiver's configuration (TOML).
    #[arg(long, value_name = "FILE", env = "TICKETLENS_CONFIG")]
    pub config: PathBuf,
}

/// Does it.
pub async fn run(args: CheckConfigArgs) -> Result<Exit> {
    let config = config::read(&args.config)?;
    print(&format!("{} is fine\n", args.config.display()))?;
    let tls = if config.tls.is_some() { "TLS" } else { "no TLS" };
    print(&format!("  OTLP/gRPC and queries  {} ({tls})\n", config.grpc_listen))?;
    print(&format!("  OTLP/HTTP              {} ({tls})\n", config.http_listen))?;
    print(&format!("  database               {}\n", config.store.database))?;
    if config.admin_keys.is_empty() {
        print("  admin keys             only those in the database\n")?;
    } else {
        print(&format!("  admin keys             {} in here\n", config.admin_keys.len()))?;
    }
    Ok(Exit::Done)
}
