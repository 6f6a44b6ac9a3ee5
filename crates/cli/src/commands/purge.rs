//! `ticketlens tickets purge`: old tickets, deleted for good, a month at a time.

use clap::Args;
use jiff::Timestamp;
use ticketlens_api::{NamedCount, PurgeTicketsRequest, PurgeTicketsResponse, TicketFilter, json};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
    safe,
};

use crate::{
    api::{Admin, expect_tenant, refused},
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    target::{Purpose, Target, TargetArgs},
    terminal::{agreed, note, print, print_json, print_listing, spinner},
    when,
};

/// What to purge.
#[derive(Args, Debug)]
#[command(after_help = "\
A ticket's age is that of its execution (`executed` in `tickets list`). --older-than is turned into a
point in time once, when the command starts; --dry-run prints it and what would be deleted, and
changes nothing. Between a dry run and the real one, tickets may arrive that are as old: they go too.

What is purged is gone when the command returns, and off the disk soon after. It goes month by month,
oldest first. Ctrl-C stops after the month under way. The same command deletes what is left.
Backups keep what was purged after they were made.

Examples:
  ticketlens tickets purge --older-than 30d --dry-run
  ticketlens tickets purge --older-than 2026-01-01 --tenant acme
  ticketlens tickets purge --older-than 90d --status FAILED --workflow refund-agent --yes")]
pub struct PurgeArgs {
    /// Executed before: 30d (ago), 2026-01-01 (its first moment, UTC), 2026-01-01T08:00.
    #[arg(long, value_name = "TIME", value_parser = when::past)]
    older_than: Timestamp,
    /// Only tickets of this tenant; otherwise of all.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only tickets with this status: SUCCESS, FAILED, ESCALATED, CANCELLED or a workflow's own.
    #[arg(long)]
    status: Option<String>,
    /// Only tickets in this category.
    #[arg(long)]
    category: Option<String>,
    /// Only tickets of this workflow.
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only tickets from this environment.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Only print what would be deleted.
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
pub async fn run(args: PurgeArgs) -> Result<Exit> {
    if args.older_than > Timestamp::now() {
        let what = format!("--older-than {} lies in the future", args.older_than);
        return Err(Failure::new(Exit::Usage, what).next("every ticket there is would go"));
    }
    let (dry_run, yes, as_json) = (args.dry_run, args.yes, args.json);
    // To the second, as it is printed: what is typed again is the same.
    let before = Timestamp::from_second(args.older_than.as_second()).unwrap_or(args.older_than);
    let target = args.target.clone();
    let channel = Target::find(&target, Purpose::Admin)?.connect_for_long_work().await?;
    let mut admin = Admin::new(channel);
    let request = request(args, before);
    let tenant = request.filter.as_ref().map_or("", |filter| &filter.tenant);
    if !tenant.is_empty() {
        expect_tenant(&mut admin, tenant).await?;
    }
    let looking = spinner();
    looking.set_message("counting");
    let would = admin.purge_tickets(PurgeTicketsRequest { dry_run: true, ..request.clone() }).await;
    looking.finish_and_clear();
    let would = would.map_err(|s| refused(&s))?.into_inner();
    let at = before.strftime("%F %T UTC").to_string();
    if dry_run {
        preview(&would, before, &at, as_json)?;
        return Ok(Exit::Done);
    }
    if would.tickets + would.feedback == 0 {
        return told(&PurgeTicketsResponse::default(), before, &at, as_json, Exit::Done);
    }
    let question = format!("Purge {}, executed before {at}?", what_of(&would));
    if !yes && !agreed(&question)? {
        note("nothing was purged");
        return Ok(Exit::Failed);
    }
    let (purged, exit) = by_month(&mut admin, &request, &would).await?;
    told(&purged, before, &at, as_json, exit)
}

fn request(args: PurgeArgs, before: Timestamp) -> PurgeTicketsRequest {
    let filter = TicketFilter {
        tenant: args.tenant.unwrap_or_default(),
        // Statuses are upper-case by contract; people are not.
        status: args.status.unwrap_or_default().to_ascii_uppercase(),
        category: args.category.unwrap_or_default(),
        workflow: args.workflow.unwrap_or_default(),
        environment: args.environment.unwrap_or_default(),
        ..TicketFilter::default()
    };
    let executed_before =
        prost_types::Timestamp { seconds: before.as_second(), nanos: before.subsec_nanosecond() };
    PurgeTicketsRequest {
        filter: Some(filter),
        executed_before: Some(executed_before),
        ..PurgeTicketsRequest::default()
    }
}

/// Purges month by month: no call takes long, and Ctrl-C is heard in between.
async fn by_month(
    admin: &mut Admin,
    request: &PurgeTicketsRequest,
    would: &PurgeTicketsResponse,
) -> Result<(PurgeTicketsResponse, Exit)> {
    let interrupt = Interrupt::listen()?;
    let mut purged = PurgeTicketsResponse::default();
    let working = spinner();
    for month in &would.by_month {
        if interrupt.is_asked() {
            working.finish_and_clear();
            return Ok((purged, Exit::Interrupted));
        }
        working.set_message(format!(
            "{} of {}: {}",
            show::count(purged.tickets),
            tickets(would.tickets),
            month_name(month.month)
        ));
        let piece = PurgeTicketsRequest { month: month.month, ..request.clone() };
        match admin.purge_tickets(piece).await {
            Ok(answer) => add(&mut purged, answer.into_inner()),
            Err(status) => {
                working.finish_and_clear();
                let done = format!("{} are purged; ", tickets(purged.tickets));
                return Err(refused(&status)
                    .next(format!("{done}run the same command again to purge the rest")));
            }
        }
    }
    working.finish_and_clear();
    Ok((purged, Exit::Done))
}

fn add(sum: &mut PurgeTicketsResponse, piece: PurgeTicketsResponse) {
    sum.tickets += piece.tickets;
    sum.feedback += piece.feedback;
    sum.by_month.extend(piece.by_month);
    for NamedCount { name, count } in piece.by_tenant {
        match sum.by_tenant.iter_mut().find(|tenant| tenant.name == name) {
            Some(tenant) => tenant.count += count,
            None => sum.by_tenant.push(NamedCount { name, count }),
        }
    }
}

fn preview(would: &PurgeTicketsResponse, before: Timestamp, at: &str, as_json: bool) -> Result<()> {
    if as_json {
        return document(would, before, true);
    }
    if would.tickets + would.feedback == 0 {
        return print(&format!("No tickets match that were executed before {at}.\n"));
    }
    let share = would.bytes.map(|bytes| format!(", about {} on disk", show::bytes(bytes)));
    print(&format!(
        "would purge {}, executed before {at}{}\n",
        what_of(would),
        share.unwrap_or_default()
    ))?;
    let mut listing = Listing::new([Column::new("tenant"), Column::new("tickets").right()]);
    for tenant in &would.by_tenant {
        listing.row([(&tenant.name).into(), show::count(tenant.count).into()]);
    }
    print_listing(&listing, true)?;
    print("\n")?;
    let mut listing = Listing::new([Column::new("month"), Column::new("tickets").right()]);
    for month in &would.by_month {
        listing.row([month_name(month.month).into(), show::count(month.count).into()]);
    }
    print_listing(&listing, true)?;
    note(&format!("nothing was deleted; to delete these: the same with --older-than {before}"));
    Ok(())
}

fn told(
    purged: &PurgeTicketsResponse,
    before: Timestamp,
    at: &str,
    as_json: bool,
    exit: Exit,
) -> Result<Exit> {
    if as_json {
        document(purged, before, false)?;
    } else if purged.tickets + purged.feedback == 0 && exit == Exit::Done {
        print(&format!("No tickets match that were executed before {at}.\n"))?;
    } else {
        print(&format!("purged {}, executed before {at}\n", what_of(purged)))?;
    }
    if exit == Exit::Interrupted {
        note("interrupted; run the same command again to purge the rest");
    }
    Ok(exit)
}

fn document(purge: &PurgeTicketsResponse, before: Timestamp, dry_run: bool) -> Result<()> {
    let mut document = serde_json::json!(json::Purged::from(purge.clone()));
    document["dry_run"] = dry_run.into();
    document["executed_before"] = before.to_string().into();
    print_json(&document.to_string())
}

/// `2 tickets of acme and 1 piece of feedback`.
fn what_of(purge: &PurgeTicketsResponse) -> String {
    let of = format!("{} of {}", tickets(purge.tickets), tenants(&purge.by_tenant));
    match purge.feedback {
        0 => of,
        feedback => format!("{of} and {} of feedback", several(feedback, "piece")),
    }
}

pub(super) fn tickets(n: u64) -> String {
    several(n, "ticket")
}

/// `1 ticket`, `2,000 tickets`.
pub(super) fn several(n: u64, what: &str) -> String {
    format!("{} {what}{}", show::count(n), if n == 1 { "" } else { "s" })
}

/// Whose they are: one by its name.
fn tenants(by_tenant: &[NamedCount]) -> String {
    match by_tenant {
        [] => "no tenant".to_owned(),
        [one] => safe::line(&one.name).into_owned(),
        several => format!("{} tenants", several.len()),
    }
}

pub(super) fn month_name(month: u32) -> String {
    format!("{:04}-{:02}", month / 100, month % 100)
}
