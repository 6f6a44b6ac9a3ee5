//! `ticketlens maintenance`: a receiver that takes nothing for a while, and loses nothing by it.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use ticketlens_api::{GetMaintenanceRequest, Maintenance, SetMaintenanceRequest, time::timestamp};
use ticketlens_show as show;
use tokio::time::{Instant, sleep};

use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    target::{TargetArgs, admin},
    terminal::{print, print_json, spinner},
};

/// Between two looks at what is still under way.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What to do.
#[derive(Debug, Subcommand)]
pub enum MaintenanceCommand {
    /// Take no more tickets, answer no more readers, and wait until nothing is under way.
    #[command(after_help = "\
The receiver is not ready (/readyz answers 503, gRPC health NOT_SERVING), and tells senders to come
again in 30 seconds (503 or UNAVAILABLE): libraries and Collectors keep their tickets meanwhile. Read
keys are refused in the same way; admin keys are answered, and /healthz stays good.

It is of this one receiver, and ends with its process: with several, name each with --endpoint.
Ctrl-C leaves the receiver in maintenance, and only the waiting ends.

Examples:
  ticketlens maintenance on && systemctl restart clickhouse-server && ticketlens maintenance off
  ticketlens maintenance on --timeout 60 --endpoint http://receiver-1:4317")]
    On(OnArgs),
    /// Go on.
    #[command(after_help = "\
Tickets are taken and readers answered at once; /readyz is good again. Senders come back within the
half minute they were told.

Examples:
  ticketlens maintenance off
  ticketlens maintenance off --endpoint http://receiver-1:4317")]
    Off(StateArgs),
    /// Say whether it is on, and what is still under way.
    #[command(after_help = "\
With --json: maintenance, since, drained (nothing is under way), bytes_in_flight, queries.

Examples:
  ticketlens maintenance status
  ticketlens maintenance status --json | jq .drained")]
    Status(StateArgs),
}

/// How to begin.
#[derive(Args, Debug)]
pub struct OnArgs {
    /// Wait at most so many seconds until nothing is under way; then exit with 1, in maintenance.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    /// How to answer, and which receiver.
    #[command(flatten)]
    state: StateArgs,
}

/// How to answer, and which receiver.
#[derive(Args, Debug)]
pub struct StateArgs {
    /// As a JSON object.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(command: MaintenanceCommand) -> Result<Exit> {
    match command {
        MaintenanceCommand::On(args) => on(args).await,
        MaintenanceCommand::Off(args) => {
            let mut admin = admin(&args.target).await?;
            tell(&set(&mut admin, false).await?, args.json)
        }
        MaintenanceCommand::Status(args) => {
            let mut admin = admin(&args.target).await?;
            tell(&state(&mut admin).await?, args.json)
        }
    }
}

async fn on(args: OnArgs) -> Result<Exit> {
    let mut interrupt = Interrupt::listen()?;
    let mut admin = admin(&args.state.target).await?;
    let until = Instant::now() + Duration::from_secs(args.timeout);
    let mut now = set(&mut admin, true).await?;
    let bar = spinner();
    while !is_drained(&now) {
        bar.set_message(format!("waiting for {}", under_way(&now)));
        if Instant::now() >= until {
            bar.finish_and_clear();
            let what = format!(
                "the receiver is in maintenance, and after {} s there is still {} under way",
                args.timeout,
                under_way(&now)
            );
            return Err(Failure::new(Exit::Failed, what)
                .next("ask again with `ticketlens maintenance status`, or end it with `off`"));
        }
        tokio::select! {
            () = sleep(LOOK_EVERY) => {}
            () = interrupt.asked() => return Ok(Exit::Interrupted),
        }
        now = state(&mut admin).await?;
    }
    bar.finish_and_clear();
    tell(&now, args.state.json)
}

async fn set(admin: &mut Admin, on: bool) -> Result<Maintenance> {
    let set = admin.set_maintenance(SetMaintenanceRequest { on }).await;
    Ok(set.map_err(|status| refused(&status))?.into_inner())
}

async fn state(admin: &mut Admin) -> Result<Maintenance> {
    let state = admin.get_maintenance(GetMaintenanceRequest {}).await;
    Ok(state.map_err(|status| refused(&status))?.into_inner())
}

fn is_drained(state: &Maintenance) -> bool {
    state.bytes_in_flight == 0 && state.queries == 0
}

fn under_way(state: &Maintenance) -> String {
    let bytes = show::bytes(state.bytes_in_flight);
    match (state.bytes_in_flight, state.queries) {
        (0, 0) => "nothing".to_owned(),
        (0, queries) => format!("{queries} queries"),
        (_, 0) => format!("{bytes} of requests"),
        (_, queries) => format!("{bytes} of requests and {queries} queries"),
    }
}

fn tell(state: &Maintenance, as_json: bool) -> Result<Exit> {
    if as_json {
        let since = state.since.as_ref().and_then(timestamp).map(|at| at.to_string());
        let document = json!({
            "maintenance": state.on,
            "since": since,
            "drained": is_drained(state),
            "bytes_in_flight": state.bytes_in_flight,
            "queries": state.queries,
        });
        print_json(&document.to_string())?;
    } else if state.on {
        let since = show::time(state.since.as_ref());
        print(&format!("in maintenance since {since}; under way: {}\n", under_way(state)))?;
    } else {
        print("not in maintenance; tickets are taken\n")?;
    }
    Ok(Exit::Done)
}
