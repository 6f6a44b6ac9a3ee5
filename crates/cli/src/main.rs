//! The `ticketlens` program.
//!
//! One process is one of two things: the engine's host, decided before any thread exists, or a
//! command on an async runtime. Commands return how they ended; here alone it becomes an exit code.

mod api;
mod args;
mod backup;
mod channel;
mod commands;
mod config;
mod demo;
mod dev;
mod doctor;
mod exit;
mod export;
mod flags;
mod grafana;
mod identity;
mod instance;
mod interrupt;
mod log;
mod otel;
mod peer;
mod prices;
mod secrets;
mod send;
mod serving;
mod target;
mod terminal;
mod version;
mod when;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
use exit::{Exit, Failure, Result};
use ticketlens_show::{
    paint::{RED, paint},
    safe,
};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The engine's threads inherit what is set here: it must come before any other thread.
    if std::env::args_os().nth(1).is_some_and(|first| first == dev::ENGINE_HOST) {
        return ticketlens_engine::host::main();
    }
    match run(parsed()) {
        Ok(exit) => exit.into(),
        Err(Ended { failure, is_told }) => {
            if !is_told {
                let says = said(&failure).join("\n");
                terminal::note(&format!("{} {says}", paint(RED.bold(), "error:")));
            }
            failure.exit.into()
        }
    }
}

/// The end of a program that failed.
struct Ended {
    failure: Failure,
    /// Whether its log says it already.
    is_told: bool,
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self { failure, is_told: false }
    }
}

/// What a failure says, line by line. A name that somebody else wrote may be in it: none acts on the
/// terminal.
fn said(failure: &Failure) -> Vec<String> {
    failure.to_string().lines().map(|line| safe::line(line).into_owned()).collect()
}

/// Whether it runs for long, and its lines are a log.
fn is_server(cli: &Cli) -> bool {
    matches!(cli.command, Command::Serve(_) | Command::Dev(_))
}

/// The command line; one that is none ends the program with the reason.
fn parsed() -> Cli {
    let matches = args::command().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn run(cli: Cli) -> Result<Exit, Ended> {
    let default = if matches!(cli.command, Command::Serve(_)) { "info" } else { "warn" };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|e| Failure::new(Exit::Failed, format!("can't start threads: {e}")))?;
    let mut log = {
        let _within = runtime.enter();
        log::start(cli.log_format, default, is_server(&cli))?
    };
    let ended = log.check().and_then(|()| {
        runtime.block_on(async {
            match cli.command {
                Command::Dev(args) => commands::dev::run(args).await,
                Command::Demo(args) => commands::demo::run(args).await,
                Command::Env(args) => commands::env::run(args).await,
                Command::Example(args) => commands::example::run(args).await,
                Command::Serve(args) => commands::serve::run(args).await,
                Command::Redact(args) => commands::redact::run(args).await,
                Command::Spans(args) => commands::spans::run(args).await,
                Command::Send(args) => commands::send::run(args).await,
                Command::Tickets(command) => commands::tickets::run(*command).await,
                Command::Feedback(command) => commands::feedback::run(command).await,
                Command::Value(command) => commands::value::run(command).await,
                Command::Report(args) => commands::report::run(args).await,
                Command::Tenant(command) => commands::tenant::run(command).await,
                Command::Key(command) => commands::key::run(command).await,
                Command::Prices(command) => commands::prices::run(command).await,
                Command::Audit(command) => commands::audit::run(command).await,
                Command::Grafana(command) => commands::grafana::run(command).await,
                Command::Backup(command) => commands::backup::run(command).await,
                Command::Maintenance(command) => commands::maintenance::run(command).await,
                Command::Doctor(args) => commands::doctor::run(*args).await,
                Command::Mcp(args) => commands::mcp::run(args).await,
                Command::Migrate(args) => commands::migrate::run(args).await,
                Command::CheckConfig(args) => commands::check_config::run(args).await,
                Command::Completions(args) => commands::completions::run(&args, Cli::command()),
                Command::Man(args) => commands::man::run(&args, Cli::command()),
            }
        })
    });
    let is_told = log::is_read_by_programs() && ended.is_err();
    if let Err(failure) = &ended
        && is_told
    {
        tracing::error!(name: "process.failed", "{}", said(failure).join("; "));
    }
    // While there is a runtime to send the last spans with.
    drop(log);
    // A thread that still waits for something (a person at the keyboard) does not hold the end up.
    runtime.shutdown_background();
    ended.map_err(|failure| Ended { failure, is_told })
}
