//! Reading feedback: what was said of tickets after they were stored.
//!
//! Read through the view, so that what was corrected is not shown. Of the attributes of feedback only the
//! view tells: they may be as large as a ticket's.

mod order;
mod token;

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_ticket::{ExecutionId, Timestamp};

use crate::{Fault, QueryError, Store, Visibility, micros::from_micros, visibility::Conditions};

pub use order::{FeedbackOrder, UnknownFeedbackOrder};
pub use token::{FeedbackToken, InvalidFeedbackToken};

/// Most feedback on a page, and shown beside a ticket.
pub const MOST_FEEDBACK_ON_A_PAGE: u32 = 100;

/// Selects feedback; what is absent selects everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedbackFilter {
    /// The ticket's number.
    pub ticket_id: Option<String>,
    /// What is evaluated.
    pub name: Option<String>,
    /// HUMAN, MODEL or CODE.
    pub source: Option<String>,
    /// Given at or after.
    pub since: Option<Timestamp>,
    /// Given before.
    pub until: Option<Timestamp>,
    /// The score is at least this; feedback without one is not selected.
    pub min_score: Option<f64>,
    /// The score is at most this; feedback without one is not selected.
    pub max_score: Option<f64>,
    /// In which order it is listed.
    pub order: FeedbackOrder,
}

/// Feedback in force. Absent texts are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFeedback {
    /// Whose ticket.
    pub tenant: String,
    /// The ticket's number.
    pub ticket_id: String,
    /// The execution it is about; absent where it is about the ticket.
    pub execution_id: Option<ExecutionId>,
    /// What is evaluated.
    pub name: String,
    /// Who gives it.
    pub source: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// When the receiver took it.
    pub received_at: Timestamp,
    /// The score as a number.
    pub score: Option<f64>,
    /// The score as a word.
    pub label: String,
    /// Why, in free text; empty too where its time is over.
    pub comment: String,
    /// Keyed hash of the customer.
    pub customer: String,
    /// Its own id.
    pub id: String,
}

impl StoredFeedback {
    /// About how many bytes of memory it holds.
    pub fn bytes(&self) -> usize {
        let ids = [&self.tenant, &self.ticket_id, &self.customer, &self.id];
        let texts = [&self.name, &self.source, &self.label, &self.comment];
        size_of::<Self>() + ids.iter().chain(&texts).map(|text| text.len()).sum::<usize>()
    }
}

/// A page of feedback.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackPage {
    /// The feedback, in the order asked for.
    pub feedback: Vec<StoredFeedback>,
    /// Where the next page begins; absent on the last.
    pub next: Option<FeedbackToken>,
}

#[derive(Row, Deserialize)]
pub(crate) struct FeedbackRow {
    pub(crate) tenant: String,
    pub(crate) ticket_id: String,
    execution: String,
    name: String,
    source: String,
    /// Nanoseconds since the epoch.
    given_at: i64,
    /// Microseconds since the epoch.
    received_at: i64,
    score: Option<f64>,
    label: String,
    pub(crate) comment: String,
    customer: String,
    feedback_id: String,
    /// What it is sorted by; 0 where the time is all.
    value: f64,
    place: String,
}

/// The columns of a [`FeedbackRow`], but for the last two.
pub(crate) const COLUMNS: &str = "tenant, ticket_id, toString(execution_id) AS execution, name, source, \
    given_at, received_at, score, label, comment, customer, feedback_id";
/// Tells apart what was given at the same time.
const PLACE: &str =
    "lower(hex(sipHash128(tenant, ticket_id, execution_id, name, source))) AS place";

impl Store {
    /// A page of the feedback a filter selects; `page_size` is held between 1 and
    /// [`MOST_FEEDBACK_ON_A_PAGE`]. A token goes on in the order of its list.
    pub async fn list_feedback(
        &self,
        visibility: &Visibility,
        filter: &FeedbackFilter,
        page_size: u32,
        after: Option<&FeedbackToken>,
    ) -> Result<FeedbackPage, QueryError> {
        let mut conditions = conditions(visibility, filter);
        if let Some(token) = after {
            conditions.time(AFTER, "after", token.given_at);
            conditions.bits("after_value", token.value.to_bits());
            conditions.param("after_place", &token.place());
        }
        let size = page_size.clamp(1, MOST_FEEDBACK_ON_A_PAGE);
        // One more than a page tells whether there is a next.
        let mut rows = self.feedback_rows(&conditions, filter.order, size + 1).await?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let next = match rows.last().filter(|_| more) {
            Some(last) => {
                let token = FeedbackToken::new(last.value, nanos(last.given_at), &last.place);
                Some(token.ok_or(Fault::Unreadable)?)
            }
            None => None,
        };
        let feedback = rows.into_iter().map(stored).collect::<Result<_, _>>()?;
        Ok(FeedbackPage { feedback, next })
    }

    pub(crate) async fn feedback_rows(
        &self,
        conditions: &Conditions,
        order: FeedbackOrder,
        limit: u32,
    ) -> Result<Vec<FeedbackRow>, Fault> {
        let sql = format!(
            "SELECT {COLUMNS}, {} AS value, {PLACE} FROM {{views}}.ticket_feedback{} \
             ORDER BY value, given_at DESC, place DESC LIMIT {limit}",
            order.value(),
            conditions.sql()
        );
        self.in_time(conditions.bind(self.select(&sql)).fetch_all()).await
    }
}

const AFTER: &str = "(value > reinterpretAsFloat64({after_value:UInt64}) \
    OR value = reinterpretAsFloat64({after_value:UInt64}) \
    AND (toUnixTimestamp64Nano(given_at), place) < ({after:Int64}, {after_place:String}))";

fn conditions(visibility: &Visibility, filter: &FeedbackFilter) -> Conditions {
    let mut conditions = Conditions::of(visibility);
    let texts = [
        (&filter.ticket_id, "ticket_id", "ticket_id = {ticket_id:String}"),
        (&filter.name, "name", "name = {name:String}"),
        (&filter.source, "source", "source = {source:String}"),
    ];
    for (value, name, clause) in texts {
        if let Some(value) = value {
            conditions.text(clause, name, value);
        }
    }
    if let Some(since) = filter.since {
        let clause = "given_at >= fromUnixTimestamp64Nano({since:Int64}, 'UTC')";
        conditions.time(clause, "since", since);
    }
    if let Some(until) = filter.until {
        let clause = "given_at < fromUnixTimestamp64Nano({until:Int64}, 'UTC')";
        conditions.time(clause, "until", until);
    }
    let scores = [
        (filter.min_score, "least", "score >= {least:Float64}"),
        (filter.max_score, "most", "score <= {most:Float64}"),
    ];
    for (value, name, clause) in scores {
        if let Some(value) = value {
            conditions.float(clause, name, value);
        }
    }
    conditions
}

fn nanos(time: i64) -> Timestamp {
    Timestamp::from_unix_nanos(u64::try_from(time).unwrap_or_default())
}

pub(crate) fn stored(row: FeedbackRow) -> Result<StoredFeedback, Fault> {
    let execution: ExecutionId = row.execution.parse().map_err(|_| Fault::Unreadable)?;
    Ok(StoredFeedback {
        tenant: row.tenant,
        ticket_id: row.ticket_id,
        execution_id: (execution.as_bytes() != &[0; 16]).then_some(execution),
        name: row.name,
        source: row.source,
        given_at: nanos(row.given_at),
        received_at: from_micros(row.received_at),
        score: row.score,
        label: row.label,
        comment: row.comment,
        customer: row.customer,
        id: row.feedback_id,
    })
}
