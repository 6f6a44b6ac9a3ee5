//! `ticketlens serve`: the receiver against a ClickHouse of one's own.

use std::path::PathBuf;

use clap::Args;
use ticketlens_receiver::Receiver;

use crate::{
    config,
    doctor::{Outcome, certificate},
    exit::{Exit, Result},
    interrupt::{Interrupt, on_hangup},
    otel,
    serving::{broken, not_started},
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
Ctrl-C or SIGTERM stops it gracefully: requests in flight are committed and answered first. SIGHUP
reloads the certificate's files; changed files are also noticed without it.

Log lines go to stderr: with --log-format text for people, with --log-format json as one JSON object a
line.

{}

Examples:
  ticketlens check-config --config receiver.toml
  ticketlens serve --config receiver.toml --log-format json",
        config::EXAMPLE
    )
}

/// Does it.
pub async fn run(args: ServeArgs) -> Result<Exit> {
    let config = config::read(&args.config)?;
    let ports = [Some(config.grpc_listen), Some(config.http_listen), config.metrics.listen];
    otel::leaves_alone(&ports.into_iter().flatten().collect::<Vec<_>>())?;
    if let Some(tls) = &config.tls {
        let check = certificate(&tls.certificate);
        if check.outcome != Outcome::Ok {
            tracing::warn!(name: "certificate.ending", "the certificate {}", check.found);
        }
    }
    let mut interrupt = Interrupt::listen()?;
    let bound = tokio::select! {
        bound = Receiver::bind(config) => bound.map_err(|e| not_started(&e))?,
        () = interrupt.asked() => return Ok(Exit::Interrupted),
    };
    let (grpc, http) = (bound.grpc_addr, bound.http_addr);
    tracing::info!(
        name: "listener.listening", address = %grpc, "serving OTLP/gRPC and queries on {grpc}"
    );
    tracing::info!(
        name: "listener.listening", address = %http, "serving OTLP/HTTP and queries on {http}"
    );
    if let Some(address) = bound.metrics_addr {
        tracing::info!(
            name: "listener.listening", %address, "serving metrics on {address}"
        );
    }
    if let Some(files) = bound.certificate_files() {
        on_hangup(move || files.look())?;
    }
    match bound.serve(async move { interrupt.asked().await }).await {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(broken(&error)),
    }
}
