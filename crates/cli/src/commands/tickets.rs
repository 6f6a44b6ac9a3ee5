//! `ticketlens tickets`: list, search, open, count, sum up, measure, export, erase and purge tickets.

use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};
use ticketlens_api::{
    CompareVersionsRequest, CountTicketsRequest, GetOverviewRequest, GetTicketRequest,
    ListTicketsRequest, TicketFilter, TicketSummary, json, time::duration_ms,
};
use ticketlens_show::{
    self as show, View,
    listing::{Cell, Column, Listing},
    millis, safe,
};

use super::{
    erase, export,
    filter::{AnyVersion, FilterArgs, filter_of, span},
    purge, search, stats,
};
use crate::{
    api::{Tickets, refused},
    exit::{Exit, Result},
    flags::with_cursor,
    target::{self, TargetArgs},
    terminal::{self, note, print, print_document, print_listing},
    when,
};

/// Tickets a page: the most the receiver gives.
const PAGE: u32 = 1000;

/// What to do with tickets.
#[derive(Debug, Subcommand)]
pub enum TicketsCommand {
    /// List tickets, newest first unless sorted otherwise.
    #[command(after_help = "\
Examples:
  ticketlens tickets list --status FAILED --since 2h
  ticketlens tickets list --since 7d --sort=-duration --limit 10
  ticketlens tickets list --sort confidence --max-confidence 0.5
  ticketlens tickets list --workflow refund-agent --limit 500 --json | jq .ticket_id")]
    List {
        /// Which tickets.
        #[command(flatten)]
        filter: FilterArgs,
        /// List at most this many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Sort by executed_at, duration, tokens, cost or confidence; a `-` before it (--sort=-tokens) is
        /// the greatest first.
        #[arg(
            long,
            value_name = "FIELD",
            default_value = "-executed_at",
            allow_hyphen_values = true
        )]
        sort: String,
        /// Continue after a page that ended with this cursor.
        #[arg(long)]
        cursor: Option<String>,
        /// All columns and whole cells, however narrow the terminal is.
        #[arg(long)]
        wide: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Open one ticket: what the agent thought, called, found and answered.
    #[command(after_help = "\
Examples:
  ticketlens tickets show 4711
  ticketlens tickets show 4711 --full | less -R
  ticketlens tickets show 4711 --json | jq .trace.output")]
    Show {
        /// The ticket's number.
        id: String,
        /// Show the execution with this id, instead of the newest.
        #[arg(long, value_name = "UUID")]
        execution: Option<String>,
        /// Whose ticket, if several tenants have one of that number.
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        /// Show everything that was sent, in full.
        #[arg(long)]
        full: bool,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Count tickets.
    #[command(after_help = "\
Examples:
  ticketlens tickets count
  ticketlens tickets count --status FAILED --since 24h")]
    Count {
        /// Which tickets.
        #[command(flatten)]
        filter: FilterArgs,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Totals, success rate, times and errors.
    #[command(after_help = "\
Examples:
  ticketlens tickets overview --since 7d
  ticketlens tickets overview --since 7d --by model
  ticketlens tickets overview --since 7d --every 24h --json | jq .groups
  ticketlens tickets overview --category BILLING --json")]
    Overview {
        /// Which tickets.
        #[command(flatten)]
        filter: FilterArgs,
        /// Also by tenant, status, category, workflow, workflow_version, environment, model or
        /// error_type.
        #[arg(long, value_name = "DIMENSION")]
        by: Option<String>,
        /// Also over time, in spans of this length; needs --since.
        #[arg(long, value_name = "SPAN", value_parser = when::span)]
        every: Option<SignedDuration>,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Compare two versions of a workflow.
    #[command(after_help = "\
Examples:
  ticketlens tickets compare 1.4.1 1.4.2 --workflow refund-agent
  ticketlens tickets compare 1.4.1 1.4.2 --since 14d --json | jq .change")]
    Compare {
        /// The version that is compared with.
        a: String,
        /// The version that is compared.
        b: String,
        /// Which tickets, of both versions.
        #[command(flatten)]
        filter: AnyVersion,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Search what was said in tickets, newest first.
    Search(search::SearchArgs),
    /// Export whole tickets into a file: JSON lines that `send` reads, or a table.
    Export(export::ExportArgs),
    /// Erase a ticket, or every ticket of a customer, for good.
    Erase(erase::EraseArgs),
    /// Delete old tickets for good, or say what that would be.
    Purge(purge::PurgeArgs),
    /// Rows and bytes, by tenant, status, workflow or day; growth, and when the disk is full.
    Stats(stats::StatsArgs),
}

/// Does it.
pub async fn run(command: TicketsCommand) -> Result<Exit> {
    match command {
        TicketsCommand::List { filter, limit, sort, cursor, wide, json, target } => {
            let how = How { sort, wide, json };
            let filter = filter_of(filter)?;
            let tickets = target::tickets(&target, &filter.tenant).await?;
            list(tickets, filter, limit, cursor, how).await
        }
        TicketsCommand::Show { id, execution, tenant, full, json, target } => {
            let request = GetTicketRequest {
                ticket_id: id,
                execution_id: execution.unwrap_or_default(),
                tenant: tenant.unwrap_or_default(),
            };
            let tickets = target::tickets(&target, &request.tenant).await?;
            open(tickets, request, full, json).await
        }
        TicketsCommand::Count { filter, json, target } => {
            let filter = filter_of(filter)?;
            let mut tickets = target::tickets(&target, &filter.tenant).await?;
            let filter = Some(filter);
            let counted = tickets.count_tickets(CountTicketsRequest { filter }).await;
            let count = counted.map_err(|s| refused(&s))?.into_inner().count;
            if json {
                print_document(&json::TicketCount { count })?;
            } else {
                print(&format!("{count}\n"))?;
            }
            Ok(Exit::Done)
        }
        TicketsCommand::Overview { filter, by, every, json, target } => {
            let filter = filter_of(filter)?;
            let tickets = target::tickets(&target, &filter.tenant).await?;
            let request = GetOverviewRequest {
                filter: Some(filter),
                by: by.unwrap_or_default(),
                every: every.map(span),
            };
            overview(tickets, request, json).await
        }
        TicketsCommand::Compare { a, b, filter, json, target } => {
            let filter = filter_of(filter.into())?;
            let tickets = target::tickets(&target, &filter.tenant).await?;
            let request = CompareVersionsRequest { filter: Some(filter), a, b };
            compare(tickets, request, json).await
        }
        TicketsCommand::Search(args) => search::run(args).await,
        TicketsCommand::Export(args) => export::run(args).await,
        TicketsCommand::Erase(args) => erase::run(args).await,
        TicketsCommand::Purge(args) => purge::run(args).await,
        TicketsCommand::Stats(args) => stats::run(args).await,
    }
}

/// How tickets are listed.
struct How {
    sort: String,
    wide: bool,
    json: bool,
}

async fn list(
    mut tickets: Tickets,
    filter: TicketFilter,
    limit: u32,
    cursor: Option<String>,
    how: How,
) -> Result<Exit> {
    let mut page_token = cursor.unwrap_or_default();
    let mut found: Vec<TicketSummary> = Vec::new();
    let mut left = limit;
    loop {
        let page_size = left.min(PAGE);
        let (filter, sort) = (Some(filter.clone()), how.sort.clone());
        let request = ListTicketsRequest { filter, page_size, page_token, sort };
        let page = tickets.list_tickets(request).await.map_err(|s| refused(&s))?.into_inner();
        left = left.saturating_sub(u32::try_from(page.tickets.len()).unwrap_or(u32::MAX));
        page_token = page.next_page_token;
        if how.json {
            for ticket in page.tickets {
                print_document(&json::Ticket::from(ticket))?;
            }
        } else {
            found.extend(page.tickets);
        }
        if left == 0 || page_token.is_empty() {
            break;
        }
    }
    match found.is_empty() {
        _ if how.json => {}
        true => print("No tickets match.\n")?,
        false => print_listing(&listing(&found, &how), how.wide)?,
    }
    if !page_token.is_empty() {
        note(&format!("there are more; the next page:\n  {}", with_cursor(&page_token)));
    }
    Ok(Exit::Done)
}

fn listing(found: &[TicketSummary], how: &How) -> Listing<11> {
    let several_tenants = found.windows(2).any(|two| two[0].tenant != two[1].tenant);
    // What rows are sorted by is seen.
    let is_by = |name| how.sort.trim_start_matches('-') == name;
    let mut listing = Listing::new([
        Column::new("executed").keep(),
        Column::new("tenant").only_if(several_tenants || how.wide),
        Column::new("ticket").keep(),
        Column::new("status").keep(),
        Column::new("took").keep().right().may_drop(2),
        Column::new("tokens").keep().right().only_if(how.wide || is_by("tokens")),
        Column::new("cost").keep().right().only_if(how.wide || is_by("cost")),
        Column::new("confidence").keep().right().only_if(how.wide || is_by("confidence")),
        Column::new("category").may_drop(3),
        Column::new("workflow").may_drop(1),
        Column::new("error").may_drop(4),
    ]);
    for ticket in found {
        let at = show::time(ticket.executed_at.as_ref());
        let confidence = ticket.metrics.get("overall_confidence");
        listing.row([
            at.trim_end_matches(" UTC").into(),
            (&ticket.tenant).into(),
            (&ticket.ticket_id).into(),
            Cell::status(&ticket.status),
            millis(duration_ms(ticket.duration.as_ref())).into(),
            tokens(ticket).map(show::count).unwrap_or_default().into(),
            cost(ticket).into(),
            confidence.map(|value| format!("{value:.3}")).unwrap_or_default().into(),
            (&ticket.category).into(),
            (&ticket.workflow).into(),
            (&ticket.error_type).into(),
        ]);
    }
    listing
}

/// Input and output together; `None` where neither is known.
fn tokens(ticket: &TicketSummary) -> Option<u64> {
    match (ticket.input_tokens, ticket.output_tokens) {
        (None, None) => None,
        (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
    }
}

/// `0.0045 USD`; nothing where it is not known.
fn cost(ticket: &TicketSummary) -> String {
    let cost = ticket.cost.as_ref().map(|cost| format!("{cost} {}", ticket.cost_currency));
    cost.unwrap_or_default()
}

async fn open(
    mut tickets: Tickets,
    request: GetTicketRequest,
    full: bool,
    as_json: bool,
) -> Result<Exit> {
    let id = safe::line(&request.ticket_id).into_owned();
    let is_of_any = request.tenant.is_empty();
    let ticket = tickets.get_ticket(request).await.map_err(|status| {
        let failure = refused(&status);
        match failure.exit {
            Exit::NotFound => failure.next(format!(
                "ticket {id} may belong to another tenant, be erased or past its retention; \
                 `ticketlens tickets list` shows what there is"
            )),
            Exit::Usage if is_of_any && status.message().starts_with("tenant: ") => {
                failure.next(format!("name it: ticketlens tickets show {id} --tenant NAME"))
            }
            _ => failure,
        }
    })?;
    let ticket = ticket.into_inner();
    if as_json {
        print_document(&json::TicketDetail::from(ticket))?;
    } else {
        let view = View { width: terminal::width(), full, now: Timestamp::now() };
        print(&show::page(&ticket, view))?;
    }
    Ok(Exit::Done)
}

async fn compare(
    mut tickets: Tickets,
    request: CompareVersionsRequest,
    as_json: bool,
) -> Result<Exit> {
    let (a, b) = (request.a.clone(), request.b.clone());
    let compared = tickets.compare_versions(request).await;
    let compared = compared.map_err(|s| refused(&s))?.into_inner();
    if as_json {
        print_document(&json::Comparison::from(compared))?;
    } else {
        let compared = compared.into();
        print_listing(&show::comparison(&compared, [&a, &b]), false)?;
        if let Some(errors) = show::compared_errors(&compared) {
            print("\n")?;
            print_listing(&errors, false)?;
        }
        for (version, of) in [(a, compared.a), (b, compared.b)] {
            if of.total == 0 {
                note(&format!("there are no tickets of version {}", safe::line(&version)));
            }
        }
    }
    Ok(Exit::Done)
}

async fn overview(
    mut tickets: Tickets,
    request: GetOverviewRequest,
    as_json: bool,
) -> Result<Exit> {
    let by = request.by.clone();
    let overview = tickets.get_overview(request).await;
    let overview = overview.map_err(|s| refused(&s))?.into_inner();
    if as_json {
        print_document(&json::Overview::from(overview))?;
    } else {
        let view = View { width: terminal::width(), full: false, now: Timestamp::now() };
        print(&show::overview(&overview, view))?;
        let groups = json::Overview::from(overview).groups;
        if !groups.is_empty() {
            print("\n")?;
            print_listing(&show::groups(&groups, &by), false)?;
        }
    }
    Ok(Exit::Done)
}
