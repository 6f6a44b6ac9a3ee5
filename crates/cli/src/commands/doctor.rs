//! `ticketlens doctor`: what is wrong with a running system, and what to do about it.

use clap::Args;

use crate::{
    doctor::{Asked, Check, Outcome, document, examine, failed, http_address, listing},
    exit::{Exit, Result},
    grafana::{ClickHouseArgs, GrafanaAddress, Places},
    target::TargetArgs,
    terminal::{print, print_json, spinner, width},
};

/// What to look at, and how to tell it.
#[derive(Args, Debug)]
#[command(after_help = "\
Asks each part of the system and judges what it says; it changes nothing. It looks at a running
`ticketlens dev` of this folder (or --data), or at a receiver with --endpoint and an admin key: the
receiver asks its ClickHouse for it. With --config it asks the ClickHouse of a receiver's configuration
itself, and reads its certificate. With --http-endpoint alone it looks at what needs no key. What it
has no access to is skipped, and it says what it needs; that is never told as ok.

What is checked:
  receiver    reachable, ready, version, workers (its parts), maintenance, api (an admin key)
  clickhouse  reachable, version, settings, migrations, tables (their columns), grants, disk, parts,
              detached_parts
  clock       clickhouse, receiver: how far they are from this machine's
  keys        ending (within 14 days, and still needed), ended (and no other does the same),
              refused (asked for administration within an hour, and may not)
  tenants     limits (whose requests were over one, in an hour)
  tickets     ledger (missing in a day), open (in processes that are gone), rejections (in an hour),
              duplicates (sent more than once in an hour)
  tls         file, listener: how long the certificate holds; whether both are the same
  grafana     reachable, places: with --grafana-url

The exit code is 1 if there is a problem, with --strict also if there is a warning, and otherwise 0.
Without a place to look at nothing is checked, and the reason is told on stderr: 2 for arguments or a
configuration that can't be (also a dev.json; files of [tls] are told by tls.file), 4 where no `dev` runs and no receiver is named.
With --json, `checks` has for each its name (`clickhouse.disk`), its outcome (problem, warning,
skipped or ok), what was found, and what to do next. There is always a document: where nothing could
be checked, its `outcome` is error, `checks` is empty, and `error` has `what` and `next`.

Examples:
  ticketlens doctor
  ticketlens doctor --endpoint https://tickets.example.com:4317   # with TICKETLENS_KEY set
  ticketlens doctor --http-endpoint https://tickets.example.com:4318   # no key
  ticketlens doctor --config receiver.toml --endpoint https://tickets.example.com:4317
  ticketlens doctor --config receiver.toml --grafana-url http://127.0.0.1:3000 --all
  ticketlens doctor --json | jq '.checks[] | select(.outcome == \"problem\")'")]
pub struct DoctorArgs {
    /// Tell what is well in full, too.
    #[arg(long)]
    all: bool,
    /// Exit with 1 also for warnings.
    #[arg(long)]
    strict: bool,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// The receiver's HTTP port. By default as a `dev` or the configuration has it, or 4318 beside an
    /// --endpoint on 4317.
    #[arg(long, value_name = "URL", value_parser = http_address, help_heading = "Receiver")]
    http_endpoint: Option<String>,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
    /// Which Grafana.
    #[command(flatten)]
    grafana: GrafanaAddress,
    /// Which ClickHouse.
    #[command(flatten)]
    clickhouse: ClickHouseArgs,
}

/// Does it.
pub async fn run(args: DoctorArgs) -> Result<Exit> {
    let looking = spinner();
    looking.set_message("looking");
    let places = Places::looked_at(args.grafana, args.clickhouse);
    let asked =
        Asked { target: &args.target, places: &places, http: args.http_endpoint.as_deref() };
    let examined = examine(&asked).await;
    looking.finish_and_clear();
    match &examined {
        Ok(checks) if args.json => print_json(&document(checks).to_string())?,
        Ok(checks) => print(&listing(checks, args.all, width()))?,
        // A script finds a document, whatever happens; the reason is told on stderr, too.
        Err(failure) if args.json => print_json(&failed(failure).to_string())?,
        Err(_) => {}
    }
    Ok(exit(&examined?, args.strict))
}

fn exit(checks: &[Check], strict: bool) -> Exit {
    let fails = |check: &Check| {
        check.outcome == Outcome::Problem || strict && check.outcome == Outcome::Warning
    };
    if checks.iter().any(fails) { Exit::Failed } else { Exit::Done }
}
