//! Reading the audit: newest first, a page at a time.

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_ticket::Timestamp;

use crate::{
    Act, Fault, MOST_ON_A_PAGE, PageToken, QueryError, Sort, Store, Visibility,
    micros::from_micros, visibility::Conditions,
};

/// Who reads the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditReader {
    /// The provider, who sees the acts of tenants that are gone, too.
    Provider,
    /// A tenant, who sees its own: nothing of one that had its name before.
    Tenant,
}

/// Selects acts; what is absent selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What was done.
    pub act: Option<Act>,
    /// Begun at or after.
    pub since: Option<Timestamp>,
    /// Begun before.
    pub until: Option<Timestamp>,
}

/// One act, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedAct {
    /// When it began.
    pub at: Timestamp,
    /// Names it.
    pub id: String,
    /// `key` or `program`.
    pub actor: String,
    /// Whose key it was; empty for the program.
    pub key_id: String,
    /// The address the call came from, or the program's part.
    pub origin: String,
    /// Whose it is; empty where it concerns none, or all.
    pub tenant: String,
    /// What was done, one of [`Act`]'s names, or a later program's.
    pub act: String,
    /// What it was done to.
    pub subject: String,
    /// What changed, by the setting's name.
    pub changed: Vec<(String, String)>,
    /// How many.
    pub affected: u64,
    /// `done`, `failed`, `denied`, or `begun`: it may have been done.
    pub outcome: String,
    /// Why it failed.
    pub reason: String,
    /// When its end was written.
    pub ended_at: Option<Timestamp>,
}

/// A page of acts, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditPage {
    /// The acts.
    pub acts: Vec<AuditedAct>,
    /// Where the next page begins; absent on the last.
    pub next: Option<PageToken>,
}

#[derive(Row, Deserialize)]
struct ActRow {
    at: i64,
    id: String,
    actor: String,
    key_id: String,
    origin: String,
    tenant: String,
    act: String,
    subject: String,
    changed: Vec<(String, String)>,
    affected: u64,
    outcome: String,
    reason: String,
    ended_at: Option<i64>,
}

/// The columns of an [`ActRow`].
const COLUMNS: &str = "at, id, actor, key_id, origin, tenant, act, subject, changed, affected, \
                       outcome, reason, ended_at";

impl Store {
    /// A page of what was done, newest first.
    ///
    /// # Errors
    /// When ClickHouse does not answer.
    pub async fn list_audit(
        &self,
        reader: AuditReader,
        visibility: &Visibility,
        filter: &AuditFilter,
        page_size: u32,
        after: Option<&PageToken>,
    ) -> Result<AuditPage, QueryError> {
        let mut conditions = Conditions::of(visibility);
        if reader == AuditReader::Tenant {
            conditions.clause("is_former = 0");
        }
        select(&mut conditions, filter);
        if let Some(token) = after {
            let clause =
                "(at, id) < (fromUnixTimestamp64Nano({after:Int64}, 'UTC'), {after_id:String})";
            conditions.time(clause, "after", token.executed_at);
            conditions.param("after_id", &token.execution_id.to_string());
        }
        let size = page_size.clamp(1, MOST_ON_A_PAGE);
        // One more than a page tells whether there is a next.
        let sql = format!(
            "SELECT {COLUMNS} FROM {{views}}.audit{} ORDER BY at DESC, id DESC LIMIT {}",
            conditions.sql(),
            size + 1
        );
        let query = conditions.bind(self.select(&sql));
        let mut rows: Vec<ActRow> = self.in_time(query.fetch_all()).await?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let next = match rows.last().filter(|_| more) {
            None => None,
            Some(last) => Some(PageToken {
                sort: Sort::NEWEST,
                value: 0.0,
                executed_at: from_micros(last.at),
                execution_id: last.id.parse().map_err(|_| Fault::Unreadable)?,
                tenant: String::new(),
            }),
        };
        Ok(AuditPage { acts: rows.into_iter().map(act_of).collect(), next })
    }
}

fn select(conditions: &mut Conditions, filter: &AuditFilter) {
    if let Some(act) = filter.act {
        conditions.text("act = {act:String}", "act", act.as_str());
    }
    if let Some(since) = filter.since {
        conditions.time("at >= fromUnixTimestamp64Nano({since:Int64}, 'UTC')", "since", since);
    }
    if let Some(until) = filter.until {
        conditions.time("at < fromUnixTimestamp64Nano({until:Int64}, 'UTC')", "until", until);
    }
}

fn act_of(row: ActRow) -> AuditedAct {
    AuditedAct {
        at: from_micros(row.at),
        id: row.id,
        actor: row.actor,
        key_id: row.key_id,
        origin: row.origin,
        tenant: row.tenant,
        act: row.act,
        subject: row.subject,
        changed: row.changed,
        affected: row.affected,
        outcome: row.outcome,
        reason: row.reason,
        ended_at: row.ended_at.map(from_micros),
    }
}
