//! Measurements: the parts by themselves (criterion), and the whole path end to end.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{
    engine,
    run::{cargo, run as run_program},
};

#[derive(Args)]
pub struct BenchArgs {
    /// What to measure; everything when left out.
    #[arg(value_enum)]
    what: Option<What>,
    /// Shorter runs, rougher figures.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Client → receiver → ClickHouse, beside direct inserts in the same run: one table.
    EndToEnd,
    /// Hand-off, redaction, mapping, decode, commit, rows: criterion's own report.
    Parts,
}

/// Package and bench of each part, in the order data flows.
const PARTS: [(&str, &str); 6] = [
    ("ticketlens", "handoff"),
    ("ticketlens-redact", "redact"),
    ("ticketlens-ticket", "mapping"),
    ("ticketlens-receiver", "intake"),
    ("ticketlens-store", "rows"),
    ("ticketlens-receiver", "commit"),
];

pub fn run(args: &BenchArgs) -> Result<()> {
    if args.what != Some(What::EndToEnd) {
        for (package, bench) in PARTS {
            let mut command = cargo();
            command.args(["bench", "--package", package, "--bench", bench]);
            if args.quick {
                command.args(["--", "--quick"]);
            }
            run_program(&mut command)?;
        }
    }
    if args.what != Some(What::Parts) {
        engine::fetch()?;
        run_program(cargo().args(["build", "--release", "--workspace", "--bins"]))?;
        let mut command = cargo();
        command.args(["bench", "--package", "ticketlens-tests", "--bench", "end_to_end", "--"]);
        if args.quick {
            command.arg("--quick");
        }
        run_program(&mut command)?;
    }
    Ok(())
}
