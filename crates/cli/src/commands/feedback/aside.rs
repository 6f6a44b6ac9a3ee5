//! What is worth a word once feedback is stored, where the program may read what is there: in a `dev`.

use std::time::Duration;

use ticketlens::{Feedback, FeedbackSource};
use ticketlens_api::{
    CountTicketsRequest, FeedbackFilter, ListFeedbackRequest, TicketFilter, time::timestamp, v1,
};
use tokio::time::timeout;

use crate::{api::Tickets, target::Target, terminal::note};

/// How long asking may take: it is worth no wait.
const ANSWERED_IN: Duration = Duration::from_secs(3);
/// Feedback that is looked through: of one ticket, name and source, one for each execution.
const MOST: u32 = 100;

/// Says that another counts, and that the ticket is not here.
pub(super) async fn tell(target: &Target, given: &Feedback) {
    let notes = timeout(ANSWERED_IN, async {
        let mut tickets = target.tickets_of_sender().await?;
        // The gate may have made another number of the ticket's: of that nothing is said.
        let counts = counting(&mut tickets, given).await?;
        let later = at(&counts).filter(|at| *at > given.given_at.as_unix_nanos().into());
        let later = later.and_then(|at| jiff::Timestamp::from_nanosecond(at).ok());
        let is_here = is_here(&mut tickets, given).await.unwrap_or(true);
        Some((later, is_here))
    });
    let Ok(Some((later, is_here))) = notes.await else { return };
    if let Some(later) = later {
        note(&format!("a later one counts, of {later}; this one is kept and not shown"));
    }
    if !is_here {
        note("no ticket of that number is here yet; check it, if it should be");
    }
}

/// What counts of this ticket (or execution), name and source.
async fn counting(tickets: &mut Tickets, given: &Feedback) -> Option<v1::Feedback> {
    let filter = FeedbackFilter {
        ticket_id: given.ticket_id.clone(),
        name: given.name.clone(),
        source: given.source.map_or("", FeedbackSource::as_str).to_owned(),
        ..FeedbackFilter::default()
    };
    let asked = ListFeedbackRequest { filter: Some(filter), page_size: MOST, ..Default::default() };
    let execution = given.execution_id.map(|id| id.to_string()).unwrap_or_default();
    let listed = tickets.list_feedback(asked).await.ok()?.into_inner().feedback;
    listed.into_iter().find(|one| one.execution_id == execution)
}

/// When it was given, in nanoseconds.
fn at(one: &v1::Feedback) -> Option<i128> {
    Some(timestamp(one.given_at.as_ref()?)?.as_nanosecond())
}

async fn is_here(tickets: &mut Tickets, given: &Feedback) -> Option<bool> {
    let filter = TicketFilter { ticket_id: given.ticket_id.clone(), ..TicketFilter::default() };
    let counted = tickets.count_tickets(CountTicketsRequest { filter: Some(filter) }).await;
    counted.ok().map(|answer| answer.into_inner().count > 0)
}
