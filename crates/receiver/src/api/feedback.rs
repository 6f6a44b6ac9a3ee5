//! `ListFeedback`: what was said of tickets.

use ticketlens_api::v1;
use ticketlens_store::{
    FeedbackFilter, FeedbackOrder, FeedbackPage, FeedbackToken, MOST_FEEDBACK_ON_A_PAGE,
    QueryError, Store, StoredFeedback, Visibility,
};
use tonic::Status;

use super::{
    cursor,
    messages::{feedback, time},
    reads::Room,
    scope::{invalid, store_failed},
    selection::number,
};

/// Feedback on a page unless said otherwise.
const PAGE_SIZE: u32 = 50;
/// Who may give it.
const SOURCES: [&str; 3] = ["HUMAN", "MODEL", "CODE"];

/// The answer within what the key may see.
pub(super) async fn answer(
    store: &Store,
    seen: &Visibility,
    request: v1::ListFeedbackRequest,
    room: Option<Room>,
) -> Result<v1::ListFeedbackResponse, Status> {
    let filter = selected(&request.filter.unwrap_or_default(), &request.sort)?;
    let page_size = match request.page_size {
        0 => PAGE_SIZE,
        size if size <= MOST_FEEDBACK_ON_A_PAGE => size,
        _ => return Err(invalid("page_size", "1 to 100, or 0 for 50")),
    };
    let after = after(&request.page_token, &filter)?;
    let page = store.list_feedback(seen, &filter, page_size, after.as_ref()).await;
    let FeedbackPage { feedback: page, next } = page.map_err(failed)?;
    if let Some(room) = room {
        // A page of the longest comments has less than 2 MiB: it is read before there is room for what
        // is made of it.
        room.take(page.iter().map(StoredFeedback::bytes).sum()).await?;
    }
    Ok(v1::ListFeedbackResponse {
        feedback: page.into_iter().map(feedback).collect(),
        next_page_token: next
            .map(|token| cursor::of(&token, &timeless(&filter)))
            .unwrap_or_default(),
    })
}

fn selected(filter: &v1::FeedbackFilter, sort: &str) -> Result<FeedbackFilter, Status> {
    let text = |text: &String| (!text.is_empty()).then(|| text.clone());
    let (since, until) = (time("since", filter.since)?, time("until", filter.until)?);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(invalid("until", "must be later than `since`"));
    }
    // Sources are upper-case by contract; people are not.
    let source = filter.source.to_ascii_uppercase();
    if !source.is_empty() && !SOURCES.contains(&source.as_str()) {
        return Err(invalid("source", "must be HUMAN, MODEL or CODE"));
    }
    let (min_score, max_score) =
        (number("min_score", filter.min_score)?, number("max_score", filter.max_score)?);
    if let (Some(least), Some(most)) = (min_score, max_score)
        && least > most
    {
        return Err(invalid("max_score", "must not be less than `min_score`"));
    }
    let order = match sort {
        "" => FeedbackOrder::default(),
        text => text.parse().map_err(|error| invalid("sort", error))?,
    };
    Ok(FeedbackFilter {
        ticket_id: text(&filter.ticket_id),
        name: text(&filter.name),
        source: text(&source),
        since,
        until,
        min_score,
        max_score,
        order,
    })
}

/// What a token is bound to: times may be said anew (`--since 2h`).
fn timeless(filter: &FeedbackFilter) -> FeedbackFilter {
    FeedbackFilter { since: None, until: None, ..filter.clone() }
}

fn after(text: &str, filter: &FeedbackFilter) -> Result<Option<FeedbackToken>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let token = cursor::token(text);
    let token: FeedbackToken = token.parse().map_err(|error| invalid("page_token", error))?;
    cursor::check(text, &token, &timeless(filter))?;
    Ok(Some(token))
}

fn failed(error: QueryError) -> Status {
    store_failed(&error, error.is_retryable())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_selected_is_an_argument_error() {
        let filter = |change: fn(&mut v1::FeedbackFilter)| {
            let mut filter = v1::FeedbackFilter::default();
            change(&mut filter);
            filter
        };
        for (wrong, sort, argument) in [
            (filter(|f| f.source = "ROBOT".into()), "", "source"),
            (filter(|f| f.min_score = Some(f64::NAN)), "", "min_score"),
            (filter(|f| f.max_score = Some(f64::INFINITY)), "", "max_score"),
            (filter(|f| (f.min_score, f.max_score) = (Some(2.0), Some(1.0))), "", "max_score"),
            (
                filter(|f| f.since = Some(prost_types::Timestamp { seconds: -1, nanos: 0 })),
                "",
                "since",
            ),
            (filter(|_| ()), "comment", "sort"),
        ] {
            let status = selected(&wrong, sort).unwrap_err();
            assert_eq!(status.code(), tonic::Code::InvalidArgument);
            assert!(status.message().starts_with(&format!("{argument}: ")), "{status}");
        }
        let lower = filter(|f| f.source = "human".into());
        let right = selected(&lower, "score").unwrap();
        assert_eq!(right.source.as_deref(), Some("HUMAN"));
        assert_eq!(right.order, FeedbackOrder::LowestScore);
    }
}
