//! `SearchTickets`: what was said in one tenant's traces.

use ticketlens_api::v1;
use ticketlens_store::{
    Fault, MOST_HITS_ON_A_PAGE, PageToken, QueryError, SEARCH_PAGE_SIZE, SearchHit, SearchPage,
    Snippet, Sort, Store, TenantName, Terms, TicketFilter, Visibility,
};
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::{
    messages::{summary, timestamp},
    reads::Room,
    scope::{invalid, store_failed},
};

/// How far back a search goes that does not say it: 7 days, in nanoseconds.
const USUAL_NANOS: u64 = 7 * 24 * 3600 * 1_000_000_000;
/// ClickHouse's codes for a query that took too long, or too much memory.
const TOO_MUCH: [u32; 2] = [159, 241];

/// The answer to a search within what the key may see. Room for the traces is taken before they are
/// read.
pub(super) async fn answer(
    store: &Store,
    seen: Visibility,
    mut filter: TicketFilter,
    request: v1::SearchTicketsRequest,
    room: Option<Room>,
) -> Result<v1::SearchTicketsResponse, Status> {
    let tenant = one(seen)?;
    let terms = Terms::parse(&request.query).map_err(|error| invalid("query", error))?;
    let page_size = match request.page_size {
        0 => SEARCH_PAGE_SIZE,
        size if size <= MOST_HITS_ON_A_PAGE => size,
        _ => return Err(invalid("page_size", "1 to 50, or 0 for 20")),
    };
    let after = after(&request.page_token)?;
    let since = *filter.since.get_or_insert_with(|| usual_since(filter.until));
    let found = store.find_search(&tenant, &filter, &terms, page_size, after.as_ref()).await;
    let found = found.map_err(failed)?;
    if let Some(room) = room {
        room.take(found.bytes()).await?;
    }
    let SearchPage { hits, next } = store.open_search(found).await.map_err(failed)?;
    Ok(v1::SearchTicketsResponse {
        hits: hits.into_iter().map(hit).collect(),
        next_page_token: next.map(|token| token.to_string()).unwrap_or_default(),
        since: Some(timestamp(since)),
    })
}

fn one(seen: Visibility) -> Result<TenantName, Status> {
    match seen {
        Visibility::Tenant(name) => Ok(name),
        Visibility::All => Err(invalid("tenant", "name one; a search is of one tenant's traces")),
    }
}

fn after(token: &str) -> Result<Option<PageToken>, Status> {
    if token.is_empty() {
        return Ok(None);
    }
    let token: PageToken = token.parse().map_err(|error| invalid("page_token", error))?;
    if token.sort() != Sort::NEWEST {
        return Err(invalid("page_token", "is of a sorted list; start again without it"));
    }
    Ok(Some(token))
}

fn usual_since(until: Option<Timestamp>) -> Timestamp {
    let until = until.unwrap_or_else(Timestamp::now).as_unix_nanos();
    Timestamp::from_unix_nanos(until.saturating_sub(USUAL_NANOS))
}

fn failed(error: QueryError) -> Status {
    match error.fault() {
        Fault::TimedOut => too_much(),
        Fault::Refused { code, .. } if TOO_MUCH.contains(code) => too_much(),
        _ => store_failed(&error, error.is_retryable()),
    }
}

fn too_much() -> Status {
    Status::deadline_exceeded(
        "there is too much to search through in the time of a query; search a shorter time with \
         `since` and `until`, or for whole words instead of exact text",
    )
}

fn hit(hit: SearchHit) -> v1::SearchHit {
    v1::SearchHit {
        ticket: Some(summary(hit.ticket)),
        snippets: hit.snippets.into_iter().map(snippet).collect(),
    }
}

fn snippet(snippet: Snippet) -> v1::Snippet {
    // A snippet has 160 characters.
    let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
    let marks =
        snippet.marks.iter().map(|mark| v1::Mark { start: at(mark.start), end: at(mark.end) });
    v1::Snippet {
        marks: marks.collect(),
        text: snippet.text,
        field: snippet.place.field,
        step: snippet.place.step.map(|step| v1::Step {
            id: step.id,
            kind: step.kind,
            name: step.name,
            ..v1::Step::default()
        }),
        cut_before: snippet.cut_before,
        cut_after: snippet.cut_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_goes_back_a_week_unless_it_says_how_far() {
        let until = Timestamp::from_unix_nanos(8 * 24 * 3600 * 1_000_000_000);
        let day = Timestamp::from_unix_nanos(24 * 3600 * 1_000_000_000);
        assert_eq!(usual_since(Some(until)), day);
        assert_eq!(usual_since(Some(day)), Timestamp::from_unix_nanos(0));
    }

    #[test]
    fn a_search_is_of_one_tenant_and_what_is_too_much_says_what_to_do() {
        let said = one(Visibility::All).unwrap_err();
        assert!(said.message().starts_with("tenant: "), "{said}");
        let said = failed(Fault::TimedOut.into());
        assert_eq!(said.code(), tonic::Code::DeadlineExceeded);
        let memory = Fault::Refused { code: 241, name: "MEMORY_LIMIT_EXCEEDED".into() };
        assert!(failed(memory.into()).message().contains("a shorter time"));
    }
}
