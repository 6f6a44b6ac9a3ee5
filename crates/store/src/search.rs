//! Search in what was said: over the stored, redacted traces of one tenant, in a range of time.
//!
//! ClickHouse narrows down, by an index where there is one (`search_index.rs`), and never leaves out
//! a trace that says what is searched for; [`excerpt::excerpt`] reads the traces it found one by
//! one, and decides. What is compared in ClickHouse is a trace's values without its keys
//! (`folded.rs`). What reading them holds is known before the first is read.

mod clauses;
mod excerpt;
mod finder;
mod folded;
mod snippet;
mod terms;
mod windows;

use std::collections::HashMap;

use clickhouse::Row;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

pub(crate) use self::folded::text_expression;
use self::{clauses::said, excerpt::excerpt, terms::MOST_TERMS, windows::Windows};
pub use self::{
    excerpt::{Place, Snippet, StepPlace},
    terms::{InvalidSearch, Terms},
};
use crate::{
    Fault, PageToken, QueryError, Sort, Store, TenantName, TicketFilter, TicketSummary, Visibility,
    tenant_table::OF_A_PRESENT_TENANT,
    tickets::{SUMMARY, SummaryRow, after_token, summaries_of},
    visibility::Conditions,
};

/// Tickets on a page of hits unless said otherwise.
pub const SEARCH_PAGE_SIZE: u32 = 20;
/// Most tickets on a page of hits.
pub const MOST_HITS_ON_A_PAGE: u32 = 50;
/// Bytes of traces that are read for a page; the last of them may go beyond.
const MOST_TRACE_BYTES: usize = 64 << 20;
/// Traces in a block that ClickHouse sends: it, too, holds few of them at once.
const TRACES_IN_A_BLOCK: usize = 4;
/// By the sorting key, so that few traces are read beside those that are asked for.
pub(crate) const AMONG: &str = "(executed_at, execution_id) IN (SELECT \
    fromUnixTimestamp64Nano(toInt64(place.1), 'UTC'), toUUID(place.2) FROM (SELECT \
    arrayJoin(arrayZip({times:Array(String)}, {ids:Array(String)})) AS place))";
/// What the filters on a ticket's confidence name is a column of the views only.
const COLUMNS_OF_VIEWS: &str = "if(mapContains(metrics, 'overall_confidence'), \
    metrics['overall_confidence'], NULL) AS overall_confidence";

/// A ticket in which everything searched for was said.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchHit {
    /// The execution.
    pub ticket: TicketSummary,
    /// Where, in the trace's order.
    pub snippets: Vec<Snippet>,
}

/// The tickets of a page, still without what their traces say.
#[derive(Debug)]
pub struct FoundSearch {
    tenant: TenantName,
    terms: Terms,
    tickets: Vec<TicketSummary>,
    bytes: usize,
    more: bool,
    /// All queries of a search together have the time of one.
    until: Instant,
}

impl FoundSearch {
    /// Bytes of traces that are held at once while they are read.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A page of what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// The tickets, newest first; fewer than a page holds where their traces are large.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins; absent on the last.
    pub next: Option<PageToken>,
}

#[derive(Row, Deserialize)]
struct TraceRow {
    id: String,
    said: String,
}

impl Store {
    /// A page of the tenant's tickets that a filter selects and in which all `terms` may have been
    /// said, newest first; `page_size` is held between 1 and [`MOST_HITS_ON_A_PAGE`].
    pub async fn find_search(
        &self,
        tenant: &TenantName,
        filter: &TicketFilter,
        terms: &Terms,
        page_size: u32,
        after: Option<&PageToken>,
    ) -> Result<FoundSearch, QueryError> {
        let until = Instant::now() + self.config.query_timeout;
        let size = page_size.clamp(1, MOST_HITS_ON_A_PAGE) as usize;
        let search = Search { store: self, tenant, terms };
        // One more than a page tells whether there is a next.
        let found = timeout_at(until, search.candidates(filter, size as u32 + 1, after)).await;
        let mut rows = found.unwrap_or(Err(Fault::TimedOut))?;
        let more = rows.len() > size;
        rows.truncate(size);
        let bytes = largest_block(&rows);
        let (tenant, terms, tickets) = (tenant.clone(), terms.clone(), summaries_of(rows)?);
        Ok(FoundSearch { tenant, terms, tickets, bytes, more, until })
    }

    /// The same with what their traces say, without those that do not say all of it.
    pub async fn open_search(&self, found: FoundSearch) -> Result<SearchPage, QueryError> {
        let FoundSearch { tenant, terms, mut tickets, mut more, until, .. } = found;
        let search = Search { store: self, tenant: &tenant, terms: &terms };
        let read = timeout_at(until, search.snippets(&tickets)).await;
        let (read, mut snippets) = read.unwrap_or(Err(Fault::TimedOut))?;
        more |= read < tickets.len();
        tickets.truncate(read);
        let next = tickets.last().filter(|_| more).map(behind);
        let hits = tickets.into_iter().filter_map(|ticket| {
            let snippets = snippets.remove(&ticket.execution_id.to_string())?;
            Some(SearchHit { ticket, snippets })
        });
        Ok(SearchPage { hits: hits.collect(), next })
    }
}

/// What is searched for, and where.
struct Search<'s> {
    store: &'s Store,
    tenant: &'s TenantName,
    terms: &'s Terms,
}

impl Search<'_> {
    /// The newest tickets whose traces may say it.
    async fn candidates(
        &self,
        filter: &TicketFilter,
        limit: u32,
        after: Option<&PageToken>,
    ) -> Result<Vec<SummaryRow>, Fault> {
        let is_indexed = self.store.config.search_index;
        if is_indexed && self.terms.are_words() {
            return self.candidates_within(filter, limit, after).await;
        }
        // Traces are read: a little of the time after the other, until there are enough.
        let mut found = Vec::new();
        for window in Windows::of(filter, after) {
            let left = limit - u32::try_from(found.len()).unwrap_or(limit).min(limit);
            if left == 0 {
                break;
            }
            found.extend(self.candidates_within(&window, left, after).await?);
        }
        Ok(found)
    }

    async fn candidates_within(
        &self,
        filter: &TicketFilter,
        limit: u32,
        after: Option<&PageToken>,
    ) -> Result<Vec<SummaryRow>, Fault> {
        let visibility = Visibility::Tenant(self.tenant.clone());
        let mut conditions = Conditions::new(&visibility, filter);
        if let Some(token) = after {
            after_token(&mut conditions, token);
        }
        let own = conditions.sql();
        said(&mut conditions, self.terms, self.store.config.search_index);
        conditions.clause(OF_A_PRESENT_TENANT);
        let sql = format!(
            "SELECT {SUMMARY}, toFloat64(0) AS sort_value FROM {{views}}.tickets{own} \
             AND (executed_at, execution_id) IN (SELECT executed_at, execution_id FROM ( \
             SELECT executed_at, execution_id, tenant, {COLUMNS_OF_VIEWS} \
             FROM {{store}}.tickets FINAL{} \
             AND expires_at > now() AND trace_expires_at > now(){order} LIMIT {limit})){order}",
            conditions.sql(),
            order = Sort::NEWEST.order_by(),
        );
        let query = conditions.bind(self.store.select(&sql));
        self.store.fault_counted(query.fetch_all().await)
    }

    /// How many of these were read, and snippets of those that do say it. Traces come one after the
    /// other and none is kept.
    async fn snippets(
        &self,
        found: &[TicketSummary],
    ) -> Result<(usize, HashMap<String, Vec<Snippet>>), Fault> {
        let mut snippets = HashMap::new();
        if found.is_empty() {
            return Ok((0, snippets));
        }
        let mut conditions = Conditions::of(&Visibility::Tenant(self.tenant.clone()));
        let ids: Vec<_> = found.iter().map(|ticket| ticket.execution_id.to_string()).collect();
        let times = found.iter().map(|ticket| ticket.executed_at.as_unix_nanos().to_string());
        conditions.texts("times", times.collect());
        conditions.texts("ids", ids.clone());
        conditions.clause(AMONG);
        conditions.clause("trace_expires_at > now()");
        conditions.clause(OF_A_PRESENT_TENANT);
        let sql = format!(
            "SELECT toString(execution_id) AS id, trace_json AS said \
             FROM {{store}}.tickets FINAL{}{}",
            conditions.sql(),
            Sort::NEWEST.order_by(),
        );
        let query =
            self.store.select(&sql).with_setting("max_block_size", TRACES_IN_A_BLOCK.to_string());
        let mut rows = self.store.fault_counted(conditions.bind(query).fetch::<TraceRow>())?;
        let mut bytes = 0;
        let mut read = 0;
        while bytes <= MOST_TRACE_BYTES {
            let Some(row) = self.store.fault_counted(rows.next().await)? else {
                // Erased or expired since: what is not there is not found.
                return Ok((found.len(), snippets));
            };
            bytes += row.said.len();
            let Some(place) = ids.iter().position(|id| *id == row.id) else { continue };
            read = place + 1;
            if let Some(excerpt) = excerpt(&row.said, self.terms) {
                snippets.insert(row.id, excerpt);
            }
            // A long trace takes a while to read: others get their turn.
            tokio::task::yield_now().await;
        }
        Ok((read, snippets))
    }
}

/// Bytes of the traces of a block at most: it has them in their order, but not where it begins.
fn largest_block(rows: &[SummaryRow]) -> usize {
    let mut bytes: Vec<_> = rows.iter().map(|row| row.trace_bytes as usize).collect();
    bytes.sort_unstable_by(|a, b| b.cmp(a));
    bytes.iter().take(TRACES_IN_A_BLOCK).sum()
}

/// Behind this ticket, in a list with the newest first.
fn behind(ticket: &TicketSummary) -> PageToken {
    PageToken {
        sort: Sort::NEWEST,
        value: 0.0,
        executed_at: ticket.executed_at,
        execution_id: ticket.execution_id,
        tenant: ticket.tenant.clone(),
    }
}
