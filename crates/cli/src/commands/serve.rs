//! `ticketlens serve`: the receiver against a ClickHouse of one's own.

use std::path::PathBuf;

use clap::Args;
use ticketlens_receiver::{Receiver, ServeError, StartError};

use super::config_file;
use crate::{
    exit::{Exit, Failure, Result, chain},
    interrupt::{Interrupt, on_hangup},
    terminal::note,
};

/// Which configuration.
#[derive(Args, Debug)]
#[command(after_help = after_help())]
pub struct ServeArgs {
    /// The receiver's configuration (TOML).
    #[arg(long, value_name = "FILE", env = "TICKETLENS_CONFIG")]
    pub config: PathBuf,
}

fn after_help() -> String {
    format!(
        "\
Ctrl-C or SIGTERM ends it in order: what is in flight is committed and answered first. SIGHUP reads
the certificate's files again; changed files are also seen without it.

{}

Examples:
  ticketlens check-config --config receiver.toml
  ticketlens serve --config receiver.toml --log-format json",
        config_file::EXAMPLE
    )
}

/// Does it.
pub async fn run(args: ServeArgs) -> Result<Exit> {
    let config = config_file::read(&args.config)?;
    let mut interrupt = Interrupt::listen()?;
    let bound = tokio::select! {
        bound = Receiver::bind(config) => bound.map_err(|e| not_started(&e))?,
        () = interrupt.asked() => return Ok(Exit::Interrupted),
    };
    note(&format!("serving OTLP/gRPC and queries on {}", bound.grpc_addr));
    note(&format!("serving OTLP/HTTP on {}", bound.http_addr));
    if let Some(files) = bound.certificate_files() {
        on_hangup(move || files.look())?;
    }
    match bound.serve(async move { interrupt.asked().await }).await {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(broken(&error)),
    }
}

/// The receiver ended though nobody told it to.
pub fn broken(error: &ServeError) -> Failure {
    Failure::new(Exit::Broken, error.to_string())
        .next("start it again; what was acknowledged is stored. The log says where it died")
}

/// Why the receiver did not start, and what to do about it.
pub fn not_started(error: &StartError) -> Failure {
    let what = format!("the receiver did not start: {}", chain(error));
    match error {
        StartError::Bind { setting, .. } => Failure::new(Exit::Failed, what)
            .next(format!("end what listens there, or choose another address for {setting}")),
        StartError::Store(_) => Failure::new(Exit::Unreachable, what)
            .next("check [clickhouse] in the configuration: url, user and password"),
        StartError::Columns(_) => {
            Failure::new(Exit::Failed, what).next("bring the tables up to date: ticketlens migrate")
        }
        StartError::Gate(_) | StartError::Tls(_) => Failure::new(Exit::Usage, what),
        _ => Failure::new(Exit::Failed, what),
    }
}
