//! The main job, seen.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::run::{cargo, root, run as run_program, target};

#[derive(Args)]
pub struct DemoArgs {
    /// Leave it running, to look around from another terminal.
    #[arg(long)]
    keep: bool,
    /// How many tickets the sample agent works on.
    #[arg(long, default_value_t = 200)]
    tickets: u32,
}

pub fn run(args: &DemoArgs) -> Result<()> {
    run_program(cargo().args(["build", "--package", "ticketlens-cli"]))?;
    let mut dev = Command::new(target().join("debug").join("ticketlens"));
    dev.current_dir(root()).arg("dev").args(["--demo", &args.tickets.to_string()]);
    if !args.keep {
        dev.arg("--exit-after-demo");
    }
    run_program(&mut dev)
}
