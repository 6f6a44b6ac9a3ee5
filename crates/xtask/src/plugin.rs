//! The tests that drive the backend of Grafana's ClickHouse data source.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    engine, peers,
    run::{cargo, run as run_program},
};

#[derive(Args)]
pub struct PluginArgs {
    /// The plugin's program, from a Grafana that has it installed:
    /// `plugins/grafana-clickhouse-datasource/gpx_clickhouse_linux_amd64`, or of this machine's kind.
    program: PathBuf,
}

pub fn run(args: &PluginArgs) -> Result<()> {
    let Ok(program) = args.program.canonicalize() else {
        bail!("{} is not there", args.program.display());
    };
    engine::fetch()?;
    peers::build_plugin_client()?;
    run_program(cargo().args(["build", "--workspace", "--bins"]))?;
    let mut test = cargo();
    test.args([
        "test",
        "--package",
        "ticketlens-tests",
        "--test",
        "plugin",
        "--test",
        "dashboards",
    ]);
    test.args(["--", "--ignored"]);
    run_program(test.env("TICKETLENS_GRAFANA_PLUGIN", program))
}
