//! Log lines, on stderr.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::{
    args::LogFormat,
    exit::{Exit, Failure, Result},
};

/// Where what is logged is chosen; the first that is set wins.
const VARIABLES: [&str; 2] = ["TICKETLENS_LOG", "RUST_LOG"];

/// Whose finer lines may hold headers or data: never below `info`, whatever is asked for.
const HUSHED: [&str; 6] = ["clickhouse", "h2", "hyper", "hyper_util", "rustls", "tower"];

/// Begins logging; `default` holds where the environment says nothing.
pub fn start(format: LogFormat, default: &str) -> Result<()> {
    let named = VARIABLES.into_iter().find_map(|v| Some((v, std::env::var(v).ok()?)));
    let (name, filter) = named.unwrap_or(("", default.to_owned()));
    let mut filter = EnvFilter::try_new(&filter).map_err(|e| {
        Failure::new(Exit::Usage, format!("{name} chooses no logs: {e}"))
            .next("e.g. info, or ticketlens_receiver=debug,warn")
    })?;
    for library in HUSHED {
        if let Ok(directive) = format!("{library}=info").parse() {
            filter = filter.add_directive(directive);
        }
    }
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match format {
        // Colours only where lines go to a person.
        LogFormat::Text => lines.with_ansi(is_for_people()).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|e| Failure::new(Exit::Failed, format!("can't begin logging: {e}")))
}

fn is_for_people() -> bool {
    let choice = anstream::AutoStream::choice(&io::stderr());
    choice != anstream::ColorChoice::Never
}
