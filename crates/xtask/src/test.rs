//! Every test, on the real database.

use anyhow::Result;
use clap::Args;

use crate::{
    engine,
    run::{cargo, run as run_program},
};

#[derive(Args, Default)]
pub struct TestArgs {
    /// Handed to `cargo test`, e.g. `--package ticketlens-store` or a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub fn run(args: &TestArgs) -> Result<()> {
    engine::fetch()?;
    // The flows start the program and the engine's host as they are built here.
    run_program(cargo().args(["build", "--workspace", "--bins"]))?;
    let mut test = cargo();
    test.args(["test", "--workspace"]).args(&args.rest);
    run_program(&mut test)
}
