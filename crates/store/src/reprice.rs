//! The list in force, put on purpose to what is stored: a cost is frozen when its row is written, and
//! this reckons it anew, a month at a time.
//!
//! It is done within the database: no copy of a row leaves it, so nothing comes back that is erased
//! meanwhile. Which entry a call is priced by is decided by the [`PriceBook`], once for each name, time
//! and size of calls that there is; what is left for the database is to multiply (`reprice/reckoning`).

mod kinds;
mod reckoning;

use std::collections::BTreeMap;

use clickhouse::{Row, query::Query};
use serde::Deserialize;
use ticketlens_prices::PriceBook;
use ticketlens_ticket::Timestamp;

use crate::{Fault, Month, PricesError, Store, Visibility, micros::micros};
use kinds::{Kind, Kinds, MOST_KINDS, TooManyKinds};

/// Why what is stored does not all cost what it does by the list. What was reckoned anew stays so; call
/// again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepriceError {
    /// The list can't be read.
    #[error(transparent)]
    Prices(#[from] PricesError),
    /// No price was ever set: every cost would be gone.
    #[error(
        "there is no price list to apply; `ticketlens prices import --start-list` makes one, or \
         `ticketlens prices set`"
    )]
    NoPrices,
    /// More calls that differ than can be told apart at a time.
    #[error(transparent)]
    TooMany(#[from] TooManyKinds),
    /// ClickHouse did not do it.
    #[error("the stored tickets do not all cost what they do by the price list")]
    Fault(#[from] Fault),
}

impl RepriceError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Prices(error) => error.is_retryable(),
            Self::Fault(fault) => fault.is_retryable(),
            Self::NoPrices | Self::TooMany(_) => false,
        }
    }
}

/// What is to be priced by the list in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reprice {
    /// Whose tickets.
    pub visibility: Visibility,
    /// Executed at or after.
    pub since: Timestamp,
    /// One month's only.
    pub month: Option<Month>,
}

/// What that changes, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repriced {
    /// Executions whose cost, or that of a call, is another.
    pub tickets: u64,
    /// Of these, those that have a cost and had none.
    pub gained: u64,
    /// Of these, those that had a cost and have none: the list has no price for them any more.
    pub lost: u64,
    /// The sums of their costs, by currency. Only of a preview.
    pub sums: Vec<SumChange>,
    /// The same executions by month, oldest first.
    pub by_month: Vec<(Month, u64)>,
    /// The version of the list.
    pub as_of: Option<Timestamp>,
}

/// What executions cost together in one currency, as decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct SumChange {
    /// ISO 4217.
    pub currency: String,
    /// Before.
    pub before: String,
    /// By the list in force.
    pub after: String,
}

impl Store {
    /// What [`Store::reprice`] would change now.
    pub async fn reprice_preview(&self, what: &Reprice) -> Result<Repriced, RepriceError> {
        let (book, as_of) = self.list_to_apply().await?;
        let rows = selection(what, as_of);
        let kinds = self.kinds(&rows, &book).await?;
        let sums = self.sums(&kinds, &rows).await?;
        Ok(Repriced { sums, ..self.to_reprice(&kinds, &rows, as_of).await? })
    }

    /// Puts the list in force to the costs of stored tickets, but not to those that a sender told. What
    /// has no price by it has no cost any more. Tickets that arrive meanwhile are priced already.
    pub async fn reprice(&self, what: &Reprice) -> Result<Repriced, RepriceError> {
        let (book, as_of) = self.list_to_apply().await?;
        let rows = selection(what, as_of);
        let kinds = self.kinds(&rows, &book).await?;
        let repriced = self.to_reprice(&kinds, &rows, as_of).await?;
        for (month, _) in &repriced.by_month {
            let piece = Reprice { month: Some(*month), ..what.clone() };
            self.reprice_month(&kinds, *month, &selection(&piece, as_of), as_of).await?;
        }
        Ok(repriced)
    }

    async fn list_to_apply(&self) -> Result<(PriceBook, Timestamp), RepriceError> {
        let list = self.prices().await?;
        let as_of = list.as_of.ok_or(RepriceError::NoPrices)?;
        let book = PriceBook::new(list.entries).map_err(PricesError::from)?;
        Ok((book, as_of))
    }

    /// The kinds of calls of those tickets, as the book prices them.
    async fn kinds(&self, rows: &str, book: &PriceBook) -> Result<Kinds, RepriceError> {
        let mut kinds = Kinds::of(book);
        let sql = format!("{} LIMIT {}", reckoning::kinds(&kinds, rows), MOST_KINDS + 1);
        let found = self.priced_sql(&sql).fetch_all::<Kind>();
        kinds.price(self.in_long_time(found).await?, book)?;
        Ok(kinds)
    }

    /// A statement with the list's numbers in it, which is longer than statements are.
    fn priced_sql(&self, sql: &str) -> Query {
        self.sql(sql).with_setting("max_query_size", "4194304")
    }

    async fn to_reprice(
        &self,
        kinds: &Kinds,
        rows: &str,
        as_of: Timestamp,
    ) -> Result<Repriced, Fault> {
        let sql = format!(
            "SELECT part, count(), countIf(isNull(cost) AND isNotNull(new_cost)), \
             countIf(isNotNull(cost) AND isNull(new_cost)) FROM ({}) WHERE {} GROUP BY part \
             ORDER BY part",
            reckoning::anew(kinds, rows),
            reckoning::IS_CHANGED
        );
        let query = self.priced_sql(&sql);
        let found: Vec<(String, u64, u64, u64)> = self.in_long_time(query.fetch_all()).await?;
        let mut all = Repriced { as_of: Some(as_of), ..Repriced::default() };
        let mut by_month = BTreeMap::new();
        for (part, tickets, gained, lost) in found {
            all.tickets += tickets;
            all.gained += gained;
            all.lost += lost;
            if let Some(month) = Month::of_partition(&part) {
                *by_month.entry(month).or_insert(0) += tickets;
            }
        }
        all.by_month = by_month.into_iter().collect();
        Ok(all)
    }

    async fn sums(&self, kinds: &Kinds, rows: &str) -> Result<Vec<SumChange>, Fault> {
        let sql = format!(
            "SELECT of.1 AS currency, toString(sum(of.2)) AS before, toString(sum(of.3)) AS after \
             FROM ({}) ARRAY JOIN [(toString(cost_currency), ifNull(cost, 0), toDecimal64(0, 9)), \
             (new_currency, toDecimal64(0, 9), ifNull(new_cost, 0))] AS of \
             WHERE {} AND currency != '' GROUP BY currency ORDER BY currency",
            reckoning::anew(kinds, rows),
            reckoning::IS_CHANGED
        );
        self.in_long_time(self.priced_sql(&sql).fetch_all()).await
    }

    async fn reprice_month(
        &self,
        kinds: &Kinds,
        month: Month,
        rows: &str,
        as_of: Timestamp,
    ) -> Result<(), Fault> {
        let sql = format!(
            "ALTER TABLE {{store}}.tickets {}",
            reckoning::updates(kinds, as_of, &month.partition(), rows)
        );
        let query = self
            .priced_sql(&sql)
            .with_setting("mutations_sync", "2")
            .with_setting("wait_end_of_query", "1");
        self.in_long_time(query.execute()).await
    }
}

/// The clause of tickets whose cost may be another by that list: not of those that are priced by it
/// already, so that what is received while this runs is left alone.
///
/// Without parameters, as a statement that has some may not be long. What stands here are numbers of
/// ours, and a tenant's name, which has no sign that means something.
fn selection(what: &Reprice, as_of: Timestamp) -> String {
    let mut clauses = vec![
        "cost_source != 'sent'".to_owned(),
        format!("toUnixTimestamp64Micro(prices_as_of) != {}", micros(as_of)),
        format!("executed_at >= fromUnixTimestamp64Nano({}, 'UTC')", nanos(what.since)),
    ];
    if let Visibility::Tenant(name) = &what.visibility {
        clauses.push(format!("tenant = '{name}'"));
    }
    if let Some(month) = what.month {
        clauses.push(format!("_partition_id = '{}'", month.number()));
    }
    format!(" WHERE {}", clauses.join(" AND "))
}

fn nanos(time: Timestamp) -> i64 {
    i64::try_from(time.as_unix_nanos()).unwrap_or(i64::MAX)
}
