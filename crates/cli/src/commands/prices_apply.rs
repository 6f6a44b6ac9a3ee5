//! `ticketlens prices apply`: stored costs, reckoned anew by the list in force, a month at a time.

use clap::Args;
use jiff::Timestamp;
use ticketlens_api::{ApplyPricesRequest, ApplyPricesResponse, json};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
};

use super::purge::{month_name, tickets};
use crate::{
    api::{Admin, expect_tenant, refused},
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    target::{Purpose, Target, TargetArgs},
    terminal::{agreed, note, print, print_json, print_listing, spinner},
    when,
};

/// To what.
#[derive(Args, Debug)]
#[command(after_help = "\
A ticket's cost is frozen when it is received: a change of the price list alters no stored ticket. This \
does, on purpose: what was executed since then costs what the list in force says, by the prices that \
are valid at the time of each call.

A cost that the sender told (ticket.cost) stays. A ticket of which a call has no price by the list has \
no cost afterwards, even if it had one. What a ticket cost before is not kept.

It goes month by month. Ctrl-C stops after the month under way; the same command does the rest.

Examples:
  ticketlens prices apply --since 2026-11-01 --dry-run
  ticketlens prices apply --since 2026-11-01
  ticketlens prices apply --since 30d --tenant acme --yes")]
pub struct ApplyArgs {
    /// Executed at or after: 30d (ago), 2026-11-01 (its first moment, UTC), 2026-11-01T08:00.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    since: Timestamp,
    /// Only tickets of this tenant; otherwise of all.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only print what would change.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for confirmation.
    #[arg(long)]
    yes: bool,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(args: ApplyArgs) -> Result<Exit> {
    if args.since > Timestamp::now() {
        let what = format!("--since {} lies in the future", args.since);
        return Err(Failure::new(Exit::Usage, what).next("no ticket was executed since then"));
    }
    let channel = Target::find(&args.target, Purpose::Admin)?.connect_for_long_work().await?;
    let mut admin = Admin::new(channel);
    let tenant = args.tenant.unwrap_or_default();
    if !tenant.is_empty() {
        expect_tenant(&mut admin, &tenant).await?;
    }
    let since = prost_types::Timestamp {
        seconds: args.since.as_second(),
        nanos: args.since.subsec_nanosecond(),
    };
    let request = ApplyPricesRequest { since: Some(since), tenant, ..Default::default() };
    let looking = spinner();
    looking.set_message("reckoning");
    let would = admin.apply_prices(ApplyPricesRequest { dry_run: true, ..request.clone() }).await;
    looking.finish_and_clear();
    let would = would.map_err(|s| refused(&s))?.into_inner();
    if args.dry_run {
        return preview(&would, args.json).map(|()| Exit::Done);
    }
    if would.tickets == 0 {
        return told(&would, args.json, Exit::Done);
    }
    if !args.yes {
        if !args.json {
            sums(&would)?;
        }
        let question = format!("Change what {} cost{}?", tickets(would.tickets), lost(&would));
        if !agreed(&question)? {
            note("nothing was changed");
            return Ok(Exit::Failed);
        }
    }
    let (applied, exit) = by_month(&mut admin, &request, &would).await?;
    told(&applied, args.json, exit)
}

/// Month by month: no call takes long, and Ctrl-C is heard in between.
async fn by_month(
    admin: &mut Admin,
    request: &ApplyPricesRequest,
    would: &ApplyPricesResponse,
) -> Result<(ApplyPricesResponse, Exit)> {
    let interrupt = Interrupt::listen()?;
    let mut applied = ApplyPricesResponse { as_of: would.as_of, ..Default::default() };
    let working = spinner();
    for month in &would.by_month {
        if interrupt.is_asked() {
            working.finish_and_clear();
            return Ok((applied, Exit::Interrupted));
        }
        let (done, all) = (show::count(applied.tickets), tickets(would.tickets));
        working.set_message(format!("{done} of {all}: {}", month_name(month.month)));
        match admin.apply_prices(ApplyPricesRequest { month: month.month, ..request.clone() }).await
        {
            Ok(answer) => add(&mut applied, answer.into_inner()),
            Err(status) => {
                working.finish_and_clear();
                let done = format!("{} are changed; ", tickets(applied.tickets));
                return Err(
                    refused(&status).next(format!("{done}run the same command again for the rest"))
                );
            }
        }
    }
    working.finish_and_clear();
    Ok((applied, Exit::Done))
}

fn add(sum: &mut ApplyPricesResponse, piece: ApplyPricesResponse) {
    sum.tickets += piece.tickets;
    sum.gained += piece.gained;
    sum.lost += piece.lost;
    sum.by_month.extend(piece.by_month);
    sum.as_of = piece.as_of;
}

fn preview(would: &ApplyPricesResponse, as_json: bool) -> Result<()> {
    if as_json {
        return document(would, true);
    }
    print(&format!("{} would cost something else{}\n", tickets(would.tickets), parts(would)))?;
    sums(would)?;
    note("nothing was changed");
    Ok(())
}

/// What they cost together, before and after.
fn sums(would: &ApplyPricesResponse) -> Result<()> {
    if would.sums.is_empty() {
        return Ok(());
    }
    let columns =
        [Column::new("currency"), Column::new("now").right(), Column::new("by the list").right()];
    let mut listing = Listing::new(columns);
    for sum in &would.sums {
        listing.row([(&sum.currency).into(), (&sum.before).into(), (&sum.after).into()]);
    }
    print_listing(&listing, true)
}

fn told(applied: &ApplyPricesResponse, as_json: bool, exit: Exit) -> Result<Exit> {
    if as_json {
        document(applied, false)?;
    } else if applied.tickets == 0 && exit == Exit::Done {
        print("Every ticket since then costs what the list says.\n")?;
    } else {
        print(&format!(
            "{} now cost something else{}\n",
            tickets(applied.tickets),
            parts(applied)
        ))?;
    }
    if exit == Exit::Interrupted {
        note("interrupted; run the same command again for the rest");
    }
    Ok(exit)
}

/// `: 3 had no cost before, 1 has none any more`.
fn parts(of: &ApplyPricesResponse) -> String {
    let mut parts = Vec::new();
    if of.gained > 0 {
        parts.push(format!("{} had no cost before", show::count(of.gained)));
    }
    if of.lost > 0 {
        parts.push(format!(
            "{} have none by it, as the list has no price for a call",
            show::count(of.lost)
        ));
    }
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn lost(would: &ApplyPricesResponse) -> String {
    match would.lost {
        0 => String::new(),
        lost => format!("; {} of them then have no cost", show::count(lost)),
    }
}

fn document(of: &ApplyPricesResponse, dry_run: bool) -> Result<()> {
    let mut document = serde_json::json!(json::AppliedPrices::from(of.clone()));
    document["dry_run"] = dry_run.into();
    print_json(&document.to_string())
}
