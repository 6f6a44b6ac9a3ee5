//! `ExportTickets`: whole tickets, oldest first, a page of bounded bytes at a time.

use ticketlens_api::v1;
use ticketlens_store::{
    ExportPage, ExportedTicket, MOST_EXPORTED_ON_A_PAGE, PageToken, QueryError, Sort, Store,
    TicketFilter, Visibility,
};
use tonic::Status;

use super::{
    messages::{feedback, summary},
    reads::Room,
    scope::{invalid, store_failed},
};

/// The answer within what the key may see. Room for the traces is taken before they are read.
pub(super) async fn answer(
    store: &Store,
    seen: &Visibility,
    filter: &TicketFilter,
    request: v1::ExportTicketsRequest,
    room: Option<Room>,
) -> Result<v1::ExportTicketsResponse, Status> {
    let page_size = match request.page_size {
        0 => MOST_EXPORTED_ON_A_PAGE,
        size if size <= MOST_EXPORTED_ON_A_PAGE => size,
        _ => return Err(invalid("page_size", "1 to 100, or 0 for 100")),
    };
    let after = after(&request.page_token)?;
    let found = store.find_export(seen, filter, page_size, after.as_ref()).await;
    let found = found.map_err(failed)?;
    if let Some(room) = room {
        room.take(found.bytes()).await?;
    }
    let ExportPage { tickets, next, more } = store.open_export(found).await.map_err(failed)?;
    Ok(v1::ExportTicketsResponse {
        tickets: tickets.into_iter().map(ticket).collect(),
        // Nothing came since: later it goes on at the same place.
        next_page_token: next.map_or(request.page_token, |token| token.to_string()),
        more,
    })
}

fn after(token: &str) -> Result<Option<PageToken>, Status> {
    if token.is_empty() {
        return Ok(None);
    }
    let token: PageToken = token.parse().map_err(|error| invalid("page_token", error))?;
    if token.sort() != Sort::OLDEST {
        return Err(invalid("page_token", "is of a list; an export goes on with an export's"));
    }
    Ok(Some(token))
}

fn failed(error: QueryError) -> Status {
    store_failed(&error, error.is_retryable())
}

fn ticket(ticket: ExportedTicket) -> v1::ExportedTicket {
    v1::ExportedTicket {
        summary: Some(summary(ticket.summary)),
        trace_json: ticket.trace_json,
        attributes: ticket.attributes.into_iter().collect(),
        feedback: ticket.feedback.into_iter().map(feedback).collect(),
    }
}
