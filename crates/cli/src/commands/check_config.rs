//! `ticketlens check-config`: whether a configuration is one, without touching anything.

use std::path::PathBuf;

use clap::Args;

use crate::{
    config,
    doctor::{Outcome, certificate},
    exit::{Exit, Failure, Result},
    terminal::print,
};

/// Which configuration.
#[derive(Args, Debug)]
#[command(after_help = "\
Reads the file and the files it names, and connects to nothing. Reports every problem it finds.

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
    if let Some(tls) = &config.tls {
        let check = certificate(&tls.certificate);
        print(&format!("  certificate            {}\n", check.found))?;
        if check.outcome == Outcome::Problem {
            let next = check.next.unwrap_or_default();
            return Err(
                Failure::new(Exit::Failed, format!("the certificate {}", check.found)).next(next)
            );
        }
    }
    let metrics = config.metrics.listen.unwrap_or(config.http_listen);
    let key = if config.metrics.keys.is_empty() { "no key" } else { "a key" };
    print(&format!("  metrics                {metrics}/metrics ({tls}, {key})\n"))?;
    print(&format!("  database               {}\n", config.store.database))?;
    let customers = match config.gate.hash_key {
        Some(_) => "hashed with the key that is set",
        None => "hashed with a random key, a new one at each start: set hash_key",
    };
    print(&format!("  customers              {customers}\n"))?;
    let admins = match config.admin_keys.len() {
        0 => "only those in the database".to_owned(),
        n => format!("{n} in this file, and those in the database"),
    };
    print(&format!("  admin keys             {admins}\n"))?;
    Ok(Exit::Done)
}
