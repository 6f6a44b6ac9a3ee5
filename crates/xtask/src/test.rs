//! Every test, on the real database; or one crate's, with what they need and no more.

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    engine, peers,
    report::{self, Report},
    run::{cargo, root, run as run_program},
    workspace::Workspace,
};

/// Real agent runs, beside the checkout on machines that have them.
const REAL_RUNS: &str = "../shared/data/support_runs.jsonl";

#[derive(Args, Default)]
pub struct TestArgs {
    /// Only the crates whose tests need neither the database nor programs of others.
    #[arg(long)]
    without_engine: bool,
    /// Handed to `cargo test`, e.g. `--package ticketlens-redact` or a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl TestArgs {
    /// The crates that `--package` names.
    fn packages(&self) -> Vec<&str> {
        let mut named = Vec::new();
        let mut words = self.rest.iter().map(String::as_str).take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            match word {
                "--package" | "-p" => named.extend(words.next()),
                _ => named.extend(word.strip_prefix("--package=")),
            }
        }
        named
    }
}

pub fn run(args: &TestArgs) -> Result<()> {
    let workspace = Workspace::read()?;
    // None: all are meant.
    let mut packages = args.packages();
    let mut test = cargo();
    test.args(["test", "--no-fail-fast"]);
    if args.without_engine && !packages.is_empty() {
        bail!("--without-engine chooses the crates itself: leave --package away");
    }
    if args.without_engine {
        packages = workspace.needing_nothing();
        test.args(packages.iter().flat_map(|name| ["--package", name]));
    } else if packages.is_empty() {
        test.arg("--workspace");
    }
    let needs = workspace.needs(&packages)?;
    if needs.engine {
        engine::fetch()?;
    }
    if needs.programs {
        peers::build()?;
        // The flows start the program and the engine's host as they are built here.
        run_program(cargo().args(["build", "--workspace", "--bins"]))?;
    }
    test.args(&args.rest);
    let (status, report) = report::watch(test, &workspace)?;
    tell(&report);
    if !status.success() {
        bail!("`cargo test` ended with {status}");
    }
    Ok(())
}

fn tell(report: &Report) {
    eprintln!("xtask: how long the parts took\n{}", report.times());
    for test in report.ignored() {
        eprintln!("xtask: left out {test}");
    }
    // The tests say so too, but the output of a test that passes is not shown.
    if !root().join(REAL_RUNS).is_file() {
        eprintln!("xtask: ran whole runs on the made-up sample alone: {REAL_RUNS} is not here");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_chosen_wherever_it_stands_on_the_line() {
        for (line, packages) in [
            ("hands_over", ""),
            ("hands_over -- --package none", ""),
            ("--package xtask keys", "xtask"),
            ("--test keys --package=xtask -p ticketlens -- --nocapture", "xtask ticketlens"),
        ] {
            let rest = line.split(' ').map(str::to_owned).collect();
            let args = TestArgs { rest, ..TestArgs::default() };
            assert_eq!(args.packages().join(" "), packages, "{line}");
        }
    }
}
