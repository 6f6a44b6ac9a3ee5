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
    /// How many tickets the dashboards are measured on; ten million take 1 GB of disk.
    #[arg(long)]
    tickets: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Client → receiver → ClickHouse, beside direct inserts in the same run: one table.
    EndToEnd,
    /// What one tenant's flood costs another's single tickets: one table.
    Neighbour,
    /// The gate on its labelled corpus: what is found and what is left alone, by detector; and
    /// whether any input takes it more than linear time.
    Privacy,
    /// Every query of every dashboard, as the provider and as a tenant, on a million tickets.
    Dashboards,
    /// Hand-off, redaction, mapping, spans, decode, prices, commit, rows: criterion's own report.
    Parts,
}

/// Package and bench of each part, in the order data flows.
const PARTS: [(&str, &str); 8] = [
    ("ticketlens", "handoff"),
    ("ticketlens-redact", "redact"),
    ("ticketlens-ticket", "mapping"),
    ("ticketlens-spans", "spans"),
    ("ticketlens-receiver", "intake"),
    ("ticketlens-prices", "price"),
    ("ticketlens-store", "rows"),
    ("ticketlens-receiver", "commit"),
];

pub fn run(args: &BenchArgs) -> Result<()> {
    let wants = |what| args.what.is_none_or(|wanted| wanted == what);
    if wants(What::Privacy) {
        let mut command = cargo();
        command.args(["test", "--release", "--package", "ticketlens-redact", "--test", "corpus"]);
        run_program(command.args(["--", "--nocapture", "--test-threads=1"]))?;
        let mut command = cargo();
        command.args(["bench", "--package", "ticketlens-redact", "--bench", "linear"]);
        run_program(&mut command)?;
    }
    if wants(What::Parts) {
        for (package, bench) in PARTS {
            let mut command = cargo();
            command.args(["bench", "--package", package, "--bench", bench]);
            if args.quick {
                command.args(["--", "--quick"]);
            }
            run_program(&mut command)?;
        }
    }
    if wants(What::EndToEnd) {
        flow("end_to_end", args.quick, &[])?;
    }
    if wants(What::Neighbour) {
        flow("neighbour", args.quick, &[])?;
    }
    if wants(What::Dashboards) {
        let tickets = args.tickets.map(|tickets| format!("--tickets={tickets}"));
        flow("dashboards", args.quick, tickets.as_slice())?;
    }
    Ok(())
}

/// A bench of the flows, on the real engine and the real program.
fn flow(bench: &str, quick: bool, arguments: &[String]) -> Result<()> {
    engine::fetch()?;
    run_program(cargo().args(["build", "--release", "--workspace", "--bins"]))?;
    let mut command = cargo();
    command.args(["bench", "--package", "ticketlens-tests", "--bench", bench, "--"]);
    if quick {
        command.arg("--quick");
    }
    run_program(command.args(arguments))
}
