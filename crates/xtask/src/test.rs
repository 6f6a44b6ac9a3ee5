//! Every test, on the real database.

use anyhow::Result;
use clap::Args;

use crate::{
    engine, peers,
    run::{cargo, root, run as run_program},
};

/// Real agent runs, beside the checkout on machines that have them.
const REAL_RUNS: &str = "../shared/data/support_runs.jsonl";

#[derive(Args, Default)]
pub struct TestArgs {
    /// Handed to `cargo test`, e.g. `--package ticketlens-store` or a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub fn run(args: &TestArgs) -> Result<()> {
    engine::fetch()?;
    peers::build()?;
    // The flows start the program and the engine's host as they are built here.
    run_program(cargo().args(["build", "--workspace", "--bins"]))?;
    let mut test = cargo();
    test.args(["test", "--workspace", "--no-fail-fast"]).args(&args.rest);
    run_program(&mut test)?;
    eprintln!("xtask: left out what needs an installed Grafana plugin: `cargo xtask plugin`");
    // The tests say so too, but the output of a test that passes is not shown.
    if !root().join(REAL_RUNS).is_file() {
        eprintln!("xtask: skipped what needs real runs: {REAL_RUNS} is not here");
    }
    Ok(())
}
