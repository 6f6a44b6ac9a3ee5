//! Purging: tickets that were executed before a time, deleted for good, a month at a time. The dry run
//! and the real run select by one clause, so that what the one counts is what the other deletes.

use std::collections::BTreeMap;

use ticketlens_ticket::Timestamp;

use crate::{
    Fault, Month, NamedCount, Store, TicketFilter, Visibility,
    disk_share::{DiskShares, TRACE_BYTES},
    erase::EXECUTION,
    rows::Table,
    visibility::Conditions,
};

/// Why tickets could not be purged, or not all of them. What was purged stays purged; call again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tickets are not all purged")]
pub struct PurgeError(#[from] Fault);

impl PurgeError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable()
    }
}

/// Which tickets to purge. There is none without a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    /// Executed before.
    pub executed_before: Timestamp,
    /// How it ended.
    pub status: Option<String>,
    /// What it is about.
    pub category: Option<String>,
    /// The workflow.
    pub workflow: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// One month's only.
    pub month: Option<Month>,
}

/// What a purge would delete, or did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Executions.
    pub tickets: u64,
    /// What was said of them, and of tickets that are not here.
    pub feedback: u64,
    /// The executions by tenant, by name.
    pub by_tenant: Vec<NamedCount>,
    /// The same by month, oldest first; also months that have feedback alone.
    pub by_month: Vec<(Month, u64)>,
    /// Their share of the disk; absent where the database does not tell what it takes.
    pub bytes: Option<u64>,
}

/// A month, a tenant, its tickets in it and the bytes of their traces.
type Group = (String, String, u64, u64);

/// A read of executions, not of their copies, within a partition, where all of an execution's are.
const BY_PARTITION: (&str, &str) = ("do_not_merge_across_partitions_select_final", "1");

/// The clauses of a purge.
struct Selection {
    conditions: Conditions,
    /// Selects executions: with FINAL.
    executions: String,
    /// Whether every copy of an execution is selected with it. A record sent again may have another
    /// status; were only the copy with this one deleted, the older one would come to light.
    takes_copies: bool,
}

impl Selection {
    fn new(visibility: &Visibility, purge: &Purge) -> Self {
        let filter = TicketFilter {
            status: purge.status.clone(),
            category: purge.category.clone(),
            workflow: purge.workflow.clone(),
            environment: purge.environment.clone(),
            until: Some(purge.executed_before),
            ..TicketFilter::default()
        };
        let texts = [&filter.status, &filter.category, &filter.workflow, &filter.environment];
        let takes_copies = texts.into_iter().all(Option::is_none);
        let mut conditions = Conditions::new(visibility, &filter);
        if let Some(month) = purge.month {
            let number = month.number().to_string();
            conditions.text("_partition_id = {month:String}", "month", &number);
        }
        Self { executions: conditions.sql(), conditions, takes_copies }
    }

    /// Whether nothing of a month would be left, whatever is in it. Its partition may hold what claims
    /// to be older, and only the last one what claims to be later.
    fn is_all_of(&self, month: Month, visibility: &Visibility, before: Timestamp) -> bool {
        self.takes_copies && *visibility == Visibility::All && month.end() <= before
    }

    /// Selects the feedback to delete: on tickets of which every execution is selected; where a time alone
    /// selects, also what was given before it and has no ticket here.
    fn feedback(&self) -> String {
        const TICKET: &str = "(tenant, ticket_id)";
        // No set is larger than the feedback there is.
        let rated = format!(
            "SELECT tenant, ticket_id FROM {{store}}.tickets FINAL \
             WHERE {TICKET} IN (SELECT tenant, ticket_id FROM {{store}}.feedback)"
        );
        let selected = self.executions.trim_start_matches(" WHERE ");
        let all_selected = format!(
            "{TICKET} IN ({rated} AND ({selected})) AND {TICKET} NOT IN ({rated} AND NOT ({selected}))"
        );
        if !self.takes_copies {
            return format!(" WHERE {all_selected}");
        }
        let before = selected.replace("executed_at", "given_at");
        format!(" WHERE ({all_selected}) OR (({before}) AND {TICKET} NOT IN ({rated}))")
    }

    /// Selects the rows to delete: the executions with all their copies.
    fn rows(&self) -> String {
        if self.takes_copies {
            return self.executions.clone();
        }
        format!(
            " WHERE ({EXECUTION}) IN (SELECT {EXECUTION} FROM {{store}}.tickets FINAL{})",
            self.executions
        )
    }
}

impl Store {
    /// What [`Store::purge`] would delete now.
    pub async fn purge_preview(
        &self,
        visibility: &Visibility,
        purge: &Purge,
    ) -> Result<Purged, PurgeError> {
        let selection = Selection::new(visibility, purge);
        let groups = self.to_purge(&selection).await?;
        let shares = if groups.is_empty() { None } else { self.shares_if_told().await? };
        let feedback = self.feedback_to_purge(&selection).await?;
        Ok(sum(&groups, &feedback, shares.as_ref()))
    }

    /// Deletes the tickets, oldest month first, with the feedback on those of which no execution is left;
    /// returns what was deleted. Tickets that arrive while it
    /// runs and are as old go too, if they are of a month that had some, and are not counted.
    pub async fn purge(
        &self,
        visibility: &Visibility,
        purge: &Purge,
    ) -> Result<Purged, PurgeError> {
        let selection = Selection::new(visibility, purge);
        let groups = self.to_purge(&selection).await?;
        let feedback = self.feedback_to_purge(&selection).await?;
        let purged = sum(&groups, &feedback, None);
        // First: once the tickets are gone, nothing tells which feedback was on them.
        self.delete_feedback(&selection.feedback(), &selection.conditions).await?;
        for (month, _) in purged.by_month.iter().filter(|(_, tickets)| *tickets > 0) {
            let piece = Purge { month: Some(*month), ..purge.clone() };
            let selection = Selection::new(visibility, &piece);
            if selection.is_all_of(*month, visibility, purge.executed_before) {
                self.drop_month(*month).await?;
            } else {
                let (rows, conditions) = (selection.rows(), &selection.conditions);
                self.delete(Table::Tickets, &month.partition(), &rows, conditions).await?;
            }
        }
        Ok(purged)
    }

    async fn feedback_to_purge(&self, selection: &Selection) -> Result<Vec<(Month, u64)>, Fault> {
        let sql = format!(
            "SELECT _partition_id AS part, count() FROM {{store}}.feedback{} GROUP BY part",
            selection.feedback()
        );
        let query = selection.conditions.bind(self.sql(&sql));
        let rows: Vec<(String, u64)> = self.in_long_time(query.fetch_all()).await?;
        Ok(rows
            .into_iter()
            .filter_map(|(part, n)| Some((Month::of_partition(&part)?, n)))
            .collect())
    }

    /// A whole month goes at once, without a look at its rows.
    async fn drop_month(&self, month: Month) -> Result<(), Fault> {
        let sql = format!("ALTER TABLE {{store}}.tickets DROP PARTITION {}", month.number());
        let query = self.sql(&sql).with_setting("wait_end_of_query", "1");
        self.in_long_time(query.execute()).await
    }

    async fn to_purge(&self, selection: &Selection) -> Result<Vec<Group>, Fault> {
        let sql = format!(
            "SELECT _partition_id AS part, toString(tenant) AS whose, count(), sum({TRACE_BYTES}) \
             FROM {{store}}.tickets FINAL{} GROUP BY part, whose ORDER BY part, whose",
            selection.executions
        );
        let query = selection.conditions.bind(self.sql(&sql));
        let query = query.with_setting(BY_PARTITION.0, BY_PARTITION.1);
        self.in_long_time(query.fetch_all()).await
    }

    /// A database's user may be without the right to see the list of parts.
    async fn shares_if_told(&self) -> Result<Option<DiskShares>, Fault> {
        match self.months_on_disk().await {
            Ok(months) => Ok(Some(self.disk_shares(&months).await?)),
            Err(fault) if fault.is_denied() => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

fn sum(groups: &[Group], feedback: &[(Month, u64)], shares: Option<&DiskShares>) -> Purged {
    let (mut by_tenant, mut by_month) = (BTreeMap::new(), BTreeMap::new());
    let mut bytes = shares.map(|_| 0);
    for (month, tenant, tickets, traces) in groups {
        *by_tenant.entry(tenant).or_insert(0) += tickets;
        if let Some(month) = Month::of_partition(month) {
            *by_month.entry(month).or_insert(0) += tickets;
        }
        if let (Some(bytes), Some(shares)) = (&mut bytes, shares) {
            *bytes += shares.of(month, *tickets, *traces);
        }
    }
    for (month, _) in feedback {
        by_month.entry(*month).or_insert(0);
    }
    let named = |(name, count): (&String, u64)| NamedCount { name: name.clone(), count };
    Purged {
        tickets: by_tenant.values().sum(),
        feedback: feedback.iter().map(|(_, count)| count).sum(),
        by_tenant: by_tenant.into_iter().map(named).collect(),
        by_month: by_month.into_iter().collect(),
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purge(status: Option<&str>) -> Purge {
        Purge {
            executed_before: Timestamp::from_unix_nanos(5),
            status: status.map(str::to_owned),
            category: None,
            workflow: None,
            environment: None,
            month: None,
        }
    }

    #[test]
    fn a_purge_always_has_a_time_and_a_tenants_its_name() {
        let all = Selection::new(&Visibility::All, &purge(None));
        assert_eq!(
            all.rows(),
            " WHERE executed_at < fromUnixTimestamp64Nano({until:Int64}, 'UTC')"
        );
        let acme = Visibility::Tenant("acme".parse().unwrap());
        assert!(Selection::new(&acme, &purge(None)).rows().contains("tenant = {tenant:String}"));
    }

    #[test]
    fn a_month_is_dropped_only_where_all_of_it_is_meant() {
        let month = |number| Month::new(number).unwrap();
        let acme = Visibility::Tenant("acme".parse().unwrap());
        let of_all = |who: &Visibility, status: Option<&str>, number: u32| {
            let before = month(202_611).end();
            Selection::new(who, &purge(status)).is_all_of(month(number), who, before)
        };
        assert!(of_all(&Visibility::All, None, 202_611) && of_all(&Visibility::All, None, 202_001));
        assert!(!of_all(&Visibility::All, None, 202_612), "it is not over");
        assert!(!of_all(&Visibility::All, Some("FAILED"), 202_611));
        assert!(!of_all(&acme, None, 202_611));
    }

    #[test]
    fn what_a_copy_may_differ_in_selects_executions_and_their_copies_go_along() {
        let failed = Selection::new(&Visibility::All, &purge(Some("FAILED")));
        let rows = failed.rows();
        assert!(
            rows.starts_with(" WHERE (tenant, executed_at, execution_id) IN (SELECT"),
            "{rows}"
        );
        assert!(rows.contains("FINAL") && rows.contains(&failed.executions), "{rows}");
    }
}
