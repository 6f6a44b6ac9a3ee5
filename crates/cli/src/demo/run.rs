//! A day's work of the sample agent, sent through the client library, then looked at.

use std::time::{Duration, SystemTime};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp as Now;
use ticketlens::{Lens, ShutdownReport, Timestamp};
use ticketlens_api::{
    GetOverviewRequest, GetTicketRequest, ListTicketsRequest, TicketFilter, TicketSummary,
};
use ticketlens_show::{
    self as show, View,
    paint::{BOLD, paint},
    safe,
};
use tokio::task::spawn_blocking;

use super::agent::{ENVIRONMENT, VERSION, WORKFLOW, work};
use crate::{
    api::{Tickets, refused},
    exit::{Exit, Failure, Result},
    terminal::{self, print},
};

/// The tickets are spread over the time before now.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long the last tickets may take to be acknowledged.
const DEADLINE: Duration = Duration::from_secs(60);

/// What to do, and where to send it.
#[derive(Clone)]
pub struct Day {
    /// How many tickets.
    pub tickets: u32,
    /// The same seed gives the same tickets.
    pub seed: u64,
    /// The receiver's gRPC address.
    pub endpoint: String,
    /// An ingest key.
    pub key: String,
    /// What customers are hashed with.
    pub hash_key: String,
}

/// Works through the day and shows what it came to. `ticketlens` is how to call the program.
pub async fn run(day: Day, mut tickets: Tickets) -> Result<()> {
    let n = day.tickets;
    let sent = spawn_blocking(move || send(&day)).await;
    let report =
        sent.map_err(|e| Failure::new(Exit::Failed, format!("the sample agent failed: {e}")))??;
    if report.sent != u64::from(n) {
        return Err(Failure::new(
            Exit::Failed,
            format!(
                "of the sample agent's {n} tickets {} were stored, {} rejected, {} dropped and {} \
                 not answered",
                report.sent,
                report.rejected,
                report.dropped.total(),
                report.left
            ),
        ));
    }
    let view = View { width: terminal::width(), full: false, now: Now::now() };
    let filter = Some(TicketFilter { workflow: WORKFLOW.to_owned(), ..TicketFilter::default() });
    let request = GetOverviewRequest { filter: filter.clone(), ..GetOverviewRequest::default() };
    let overview = tickets.get_overview(request).await;
    let overview = overview.map_err(|s| refused(&s))?.into_inner();
    print(&format!("\n{}\n\n", paint(BOLD, format!("{n} tickets of a sample support agent"))))?;
    print(&show::overview(&overview, view))?;
    let Some(ticket) = worth_a_look(&mut tickets, filter).await? else { return Ok(()) };
    print(&format!("\n{}\n\n", paint(BOLD, "One of them")))?;
    let request = GetTicketRequest {
        ticket_id: ticket.ticket_id,
        execution_id: ticket.execution_id,
        tenant: ticket.tenant,
    };
    let ticket = tickets.get_ticket(request).await.map_err(|s| refused(&s))?.into_inner();
    print(&show::page(&ticket, view))?;
    let id = ticket.summary.map(|s| s.ticket_id).unwrap_or_default();
    print(&format!("\nThe same again: ticketlens tickets show {}\n", safe::line(&id)))
}

/// A ticket that failed after some work; the newest where none did.
async fn worth_a_look(
    tickets: &mut Tickets,
    filter: Option<TicketFilter>,
) -> Result<Option<TicketSummary>> {
    for status in ["FAILED", "ESCALATED", ""] {
        let filter = filter.clone().map(|f| TicketFilter { status: status.to_owned(), ..f });
        let request =
            ListTicketsRequest { filter, page_size: 100, ..ListTicketsRequest::default() };
        let page = tickets.list_tickets(request).await.map_err(|s| refused(&s))?.into_inner();
        let iterations =
            |t: &TicketSummary| t.metrics.get("react_iterations").copied().unwrap_or(0.0);
        let longest =
            page.tickets.into_iter().max_by(|a, b| iterations(a).total_cmp(&iterations(b)));
        if longest.is_some() {
            return Ok(longest);
        }
    }
    Ok(None)
}

fn send(day: &Day) -> Result<ShutdownReport> {
    let lens = Lens::builder()
        .workflow(WORKFLOW)
        .version(VERSION)
        .environment(ENVIRONMENT)
        .endpoint(&day.endpoint)
        .key(&day.key)
        .hash_key(&day.hash_key)
        .build()
        .map_err(|e| Failure::new(Exit::Failed, format!("the sample agent can't send: {e}")))?;
    let bar = ProgressBar::new(u64::from(day.tickets));
    if let Ok(style) = ProgressStyle::with_template("the sample agent works {wide_bar} {pos}/{len}")
    {
        bar.set_style(style);
    }
    let now = SystemTime::now();
    for number in 0..day.tickets {
        let before = DAY * (day.tickets - 1 - number) / day.tickets.max(1);
        let executed_at = Timestamp::from(now - before);
        lens.emit(work(day.seed, number, executed_at));
        bar.inc(1);
        // A demonstration of any size fits the client's queue.
        if number % 256 == 255 {
            lens.flush(DEADLINE);
        }
    }
    let report = lens.shutdown(DEADLINE);
    bar.finish_and_clear();
    Ok(report)
}
