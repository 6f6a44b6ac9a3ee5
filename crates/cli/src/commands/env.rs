//! `ticketlens env`: the variables that a workflow needs to send to the `dev` that runs here.

use std::path::PathBuf;

use clap::Args;

use crate::{
    exit::{Exit, Result},
    instance::DATA_DIR,
    target,
    terminal::print,
};

/// For which protocol.
#[derive(Args, Debug)]
#[command(after_help = "\
The keys are in there: whoever reads what it prints can send tickets to this `dev`.

Examples:
  eval \"$(ticketlens env)\"                set them in this shell
  eval \"$(ticketlens env --grpc)\"         for an exporter of OTLP/gRPC
  ticketlens env --plain > .env           for a file that other programs read")]
pub struct EnvArgs {
    /// Print the address of OTLP/gRPC instead of OTLP/HTTP.
    #[arg(long)]
    pub grpc: bool,
    /// Print NAME=value, without `export` and quotes.
    #[arg(long)]
    pub plain: bool,
    /// The data folder of the running `ticketlens dev`.
    #[arg(long, value_name = "DIR", env = "TICKETLENS_DATA", default_value = DATA_DIR)]
    pub data: PathBuf,
}

/// Does it.
pub async fn run(args: EnvArgs) -> Result<Exit> {
    let (instance, running) = target::running_dev(&args.data)?;
    let (endpoint, protocol) = match args.grpc {
        true => (running.grpc_endpoint, "grpc"),
        false => (running.http_endpoint, "http/protobuf"),
    };
    // The header is OpenTelemetry's own way to give a key, the other variable is our library's.
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        // Some SDKs and distributions take gRPC where nothing is said.
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
        ("OTEL_EXPORTER_OTLP_HEADERS", format!("x-api-key={}", instance.ingest_key)),
        ("TICKETLENS_KEY", instance.ingest_key),
        ("TICKETLENS_HASH_KEY", instance.hash_key),
    ];
    for (name, value) in variables {
        // Nothing a shell would read: an address, and keys of letters, digits and underscores.
        print(&match args.plain {
            true => format!("{name}={value}\n"),
            false => format!("export {name}='{value}'\n"),
        })?;
    }
    Ok(Exit::Done)
}
