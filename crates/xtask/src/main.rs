//! Set-up and checks of this repository:
//! `cargo xtask demo | test | peers | plugin | prices | bench | ci | advisories | dist`.
//!
//! Each runs on a fresh machine with the programs that the README names and their package
//! registries; what is missing is fetched with the ordinary package clients, or named with how to
//! get it.

mod bench;
mod ci;
mod demo;
mod dist;
mod engine;
mod peers;
mod plugin;
mod prices;
mod report;
mod run;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Set-up and checks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// See the whole path at work: database, receiver, 200 tickets of a sample agent, one page.
    Demo(demo::DemoArgs),
    /// Run every test, on the real database.
    Test(test::TestArgs),
    /// Build what the tests run ours beside; `test` does it by itself.
    Peers,
    /// Drive the ClickHouse data source of an installed Grafana, which CI can't build.
    Plugin(plugin::PluginArgs),
    /// Make the list of prices that we begin with anew, of the package `genai-prices`.
    Prices(prices::PricesArgs),
    /// Measure: the parts by themselves, or the whole path end to end.
    Bench(bench::BenchArgs),
    /// All that a change must pass: format, lints, documentation, licences, then `test`.
    Ci,
    /// Look what we depend on up in the database of known vulnerabilities, which is fetched.
    Advisories,
    /// Make what a release ships: archives for each platform, the engine, sums, an image's files.
    Dist(dist::DistArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Peers => peers::build(),
        Task::Plugin(args) => plugin::run(&args),
        Task::Prices(args) => prices::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Ci => ci::run(),
        Task::Advisories => ci::advisories(),
        Task::Dist(args) => dist::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
