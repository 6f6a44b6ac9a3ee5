//! Exporting tickets: whole, with their traces, oldest first, so that an export can go on later with
//! what was executed since.
//!
//! A page is found first, and then read: what it weighs is known before a trace is in memory.

use std::collections::HashMap;

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_ticket::Timestamp;

use crate::{
    Fault, PageToken, QueryError, Sort, Store, StoredFeedback, TicketFilter, TicketSummary,
    Visibility,
    search::AMONG,
    tenant_table::OF_A_PRESENT_TENANT,
    tickets::{SummaryRow, after_token, summaries_of},
    visibility::Conditions,
};

/// Most tickets on a page of an export.
pub const MOST_EXPORTED_ON_A_PAGE: u32 = 100;
/// Bytes of traces on a page; a ticket of more is alone on its page.
const PAGE_BYTES: usize = 16 << 20;
/// Bytes of attributes that are reckoned with for each ticket: a page of more ends early.
const ATTRIBUTES_OF_ONE: usize = 16 << 10;
/// Tickets in a block that ClickHouse sends: it, too, holds few traces at once.
const TICKETS_IN_A_BLOCK: &str = "4";

/// Spans of time behind the last page, in nanoseconds: an hour, a day, thirty days.
const SPANS: [u64; 3] = [HOUR, 24 * HOUR, 30 * 24 * HOUR];
const HOUR: u64 = 3600 * 1_000_000_000;

/// One execution, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedTicket {
    /// The execution.
    pub summary: TicketSummary,
    /// The trace, one JSON object; empty where none was captured or its time is over.
    pub trace_json: String,
    /// Every attribute outside the contract.
    pub attributes: Vec<(String, String)>,
    /// What was said of the execution and of the ticket, newest first, at most
    /// [`MOST_FEEDBACK_ON_A_PAGE`](crate::MOST_FEEDBACK_ON_A_PAGE).
    pub feedback: Vec<StoredFeedback>,
}

/// A page of an export, still without traces.
#[derive(Debug)]
pub struct FoundExport {
    tickets: Vec<FoundTicket>,
    bytes: usize,
    more: bool,
}

/// A ticket and what was said of it.
#[derive(Debug)]
struct FoundTicket {
    summary: TicketSummary,
    feedback: Vec<StoredFeedback>,
}

impl FoundExport {
    /// Bytes that its traces and attributes may take, and those of its feedback.
    pub fn bytes(&self) -> usize {
        let feedback = self.tickets.iter().flat_map(|ticket| &ticket.feedback);
        self.bytes + feedback.map(StoredFeedback::bytes).sum::<usize>()
    }
}

/// A page of an export.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportPage {
    /// The tickets, oldest first.
    pub tickets: Vec<ExportedTicket>,
    /// Where the next page begins, and on the last one what is executed later; absent where
    /// nothing was found.
    pub next: Option<PageToken>,
    /// Whether there is a next page now.
    pub more: bool,
}

#[derive(Row, Deserialize)]
struct TicketRow {
    tenant: String,
    id: String,
    trace: String,
    attributes: Vec<(String, String)>,
}

impl TicketRow {
    fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|(key, value)| key.len() + value.len());
        self.trace.len() + attributes.sum::<usize>()
    }
}

impl Store {
    /// The oldest tickets that a filter selects, behind those exported before; `page_size` is held
    /// between 1 and [`MOST_EXPORTED_ON_A_PAGE`].
    pub async fn find_export(
        &self,
        visibility: &Visibility,
        filter: &TicketFilter,
        page_size: u32,
        after: Option<&PageToken>,
    ) -> Result<FoundExport, QueryError> {
        let size = page_size.clamp(1, MOST_EXPORTED_ON_A_PAGE);
        // One more than a page tells whether there is a next.
        let mut rows = self.oldest(visibility, filter, size + 1, after).await?;
        let found = rows.len();
        rows.truncate(size as usize);
        let weights = rows.iter().map(|row| row.trace_bytes as usize + ATTRIBUTES_OF_ONE);
        let (kept, bytes) = first_within(weights, PAGE_BYTES);
        rows.truncate(kept);
        let tickets = self.with_feedback(summaries_of(rows)?).await?;
        Ok(FoundExport { more: tickets.len() < found, tickets, bytes })
    }

    /// These tickets with their feedback, which is read in one query; fewer where it weighs too much.
    async fn with_feedback(
        &self,
        mut tickets: Vec<TicketSummary>,
    ) -> Result<Vec<FoundTicket>, Fault> {
        if tickets.is_empty() {
            return Ok(Vec::new());
        }
        let feedback = self.feedback_of_page(&tickets).await?;
        if feedback.left_off == Some(0) {
            // Alone it is bounded, and the export gets past it.
            let summary = tickets.swap_remove(0);
            let feedback = self.feedback_of(&summary).await?;
            return Ok(vec![FoundTicket { summary, feedback }]);
        }
        tickets.truncate(feedback.left_off.unwrap_or(tickets.len()));
        let with = |summary| FoundTicket { feedback: feedback.of(&summary), summary };
        Ok(tickets.into_iter().map(with).collect())
    }

    /// The first rows behind a place: those of a short time after it where that has enough, or each
    /// page would read all that is still to come.
    async fn oldest(
        &self,
        visibility: &Visibility,
        filter: &TicketFilter,
        limit: u32,
        after: Option<&PageToken>,
    ) -> Result<Vec<SummaryRow>, Fault> {
        for until in untils(after.map(PageToken::executed_at).or(filter.since), filter.until) {
            let mut conditions =
                Conditions::new(visibility, &TicketFilter { until, ..filter.clone() });
            if let Some(token) = after {
                after_token(&mut conditions, token);
            }
            let rows = self.summary_rows(&conditions, Sort::OLDEST, limit).await?;
            if until == filter.until || rows.len() >= limit as usize {
                return Ok(rows);
            }
        }
        Ok(Vec::new())
    }

    /// The same with their traces. What was erased since is left out, and a page whose attributes
    /// weigh more than it was found to ends before them.
    pub async fn open_export(&self, found: FoundExport) -> Result<ExportPage, QueryError> {
        let FoundExport { mut tickets, bytes, mut more } = found;
        if tickets.is_empty() {
            return Ok(ExportPage { tickets: Vec::new(), next: None, more });
        }
        let (mut rows, left_off) = self.in_time(self.export_rows(&tickets, bytes)).await?;
        if let Some(key) = left_off
            && let Some(at) = tickets.iter().position(|ticket| key_of(&ticket.summary) == key)
        {
            tickets.truncate(at);
            more = true;
        }
        let next = tickets.last().map(|ticket| behind(&ticket.summary));
        let tickets = tickets.into_iter().filter_map(|FoundTicket { summary, feedback }| {
            let row = rows.remove(&key_of(&summary))?;
            let (trace_json, attributes) = (row.trace, row.attributes);
            Some(ExportedTicket { summary, trace_json, attributes, feedback })
        });
        Ok(ExportPage { tickets: tickets.collect(), next, more })
    }

    /// What there is of these tickets, and the first that no longer fits into so many bytes.
    async fn export_rows(
        &self,
        tickets: &[FoundTicket],
        most: usize,
    ) -> Result<(HashMap<Key, TicketRow>, Option<Key>), clickhouse::error::Error> {
        let conditions = among(tickets);
        let sql = format!(
            "SELECT tenant, toString(execution_id) AS id, \
             if(trace_expires_at > now(), trace_json, '') AS trace, attributes \
             FROM {{store}}.tickets FINAL{}{}",
            conditions.sql(),
            Sort::OLDEST.order_by(),
        );
        let query = self.select(&sql).with_setting("max_block_size", TICKETS_IN_A_BLOCK);
        let mut cursor = conditions.bind(query).fetch::<TicketRow>()?;
        let (mut rows, mut bytes) = (HashMap::new(), 0);
        while let Some(row) = cursor.next().await? {
            let key = (row.tenant.clone(), row.id.clone());
            bytes += row.bytes();
            // The first is taken whatever it weighs, or the export would never get past it.
            if bytes > most && !rows.is_empty() {
                return Ok((rows, Some(key)));
            }
            rows.insert(key, row);
        }
        Ok((rows, None))
    }
}

/// A tenant and its execution: two tenants may have the same one.
type Key = (String, String);

fn key_of(ticket: &TicketSummary) -> Key {
    (ticket.tenant.clone(), ticket.execution_id.to_string())
}

/// These tickets, by the sorting key, so that few traces are read beside them.
fn among(tickets: &[FoundTicket]) -> Conditions {
    let mut conditions = Conditions::default();
    let tickets = || tickets.iter().map(|ticket| &ticket.summary);
    let mut tenants: Vec<_> = tickets().map(|ticket| ticket.tenant.clone()).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let times = tickets().map(|ticket| ticket.executed_at.as_unix_nanos().to_string());
    let ids = tickets().map(|ticket| ticket.execution_id.to_string());
    conditions.texts("tenants", tenants);
    conditions.texts("times", times.collect());
    conditions.texts("ids", ids.collect());
    conditions.clause("tenant IN {tenants:Array(String)}");
    conditions.clause(AMONG);
    conditions.clause(OF_A_PRESENT_TENANT);
    conditions
}

/// Ends of the spans of time that are looked through until one holds a page; the last is the filter's.
fn untils(from: Option<Timestamp>, last: Option<Timestamp>) -> Vec<Option<Timestamp>> {
    let ends = from.into_iter().flat_map(|from| {
        SPANS.map(|span| Timestamp::from_unix_nanos(from.as_unix_nanos().saturating_add(span)))
    });
    let before_last =
        |end: &Timestamp| last.is_none_or(|last| end.as_unix_nanos() < last.as_unix_nanos());
    ends.filter(before_last).map(Some).chain([last]).collect()
}

/// How many of the first weigh no more than `most` together, at least one, and what they weigh.
fn first_within(weights: impl Iterator<Item = usize>, most: usize) -> (usize, usize) {
    let (mut count, mut sum) = (0, 0);
    for weight in weights {
        if count > 0 && sum + weight > most {
            break;
        }
        (count, sum) = (count + 1, sum + weight);
    }
    (count, sum)
}

/// Behind this ticket, in a list with the oldest first.
fn behind(ticket: &TicketSummary) -> PageToken {
    PageToken {
        sort: Sort::OLDEST,
        value: 0.0,
        executed_at: ticket.executed_at,
        execution_id: ticket.execution_id,
        tenant: ticket.tenant.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_grow_and_end_with_the_filters_own() {
        let at = |hours: u64| Some(Timestamp::from_unix_nanos(hours * HOUR));
        assert_eq!(untils(None, at(5)), [at(5)]);
        assert_eq!(untils(at(2), None), [at(3), at(26), at(722), None]);
        assert_eq!(untils(at(2), at(26)), [at(3), at(26)]);
    }

    #[test]
    fn a_page_ends_before_it_weighs_too_much_and_is_never_empty() {
        assert_eq!(first_within([].into_iter(), 10), (0, 0));
        assert_eq!(first_within([4, 4, 4].into_iter(), 10), (2, 8));
        assert_eq!(first_within([40, 4].into_iter(), 10), (1, 40));
        assert_eq!(first_within([5, 5].into_iter(), 10), (2, 10));
    }
}
