//! Totals, rates and times over the tickets a filter selects.

use clickhouse::Row;
use serde::Deserialize;

use crate::{QueryError, Store, TicketFilter, Visibility, visibility::Conditions};

/// Kinds of errors told.
const MOST_ERRORS: usize = 20;
/// Statuses, and categories, told.
const MOST_NAMES: usize = 100;
/// Metrics whose average is told.
const MOST_METRICS: u32 = 50;

/// A name and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCount {
    /// The name.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// Totals, rates and times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// Tickets.
    pub total: u64,
    /// By status, most first, at most 100.
    pub by_status: Vec<NamedCount>,
    /// SUCCESS over all, 0 to 1; absent when there are no tickets.
    pub success_rate: Option<f64>,
    /// Average execution time.
    pub duration_average_seconds: f64,
    /// What 95 of 100 executions stay within.
    pub duration_p95_seconds: f64,
    /// Failed tickets by `error.type`, most first, at most 20.
    pub errors: Vec<NamedCount>,
    /// By category, most first, at most 100.
    pub by_category: Vec<NamedCount>,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Average of each metric over the tickets that have it, of the 50 that most have.
    pub metrics_average: Vec<(String, f64)>,
    /// Tickets known lost: gaps in the sequences of client processes. Only times, workflow, version
    /// and environment of the filter apply: of a lost ticket nobody knows them.
    pub lost: u64,
}

type Counts = (Vec<String>, Vec<u64>);

#[derive(Row, Deserialize)]
struct TotalsRow {
    total: u64,
    successes: u64,
    average: f64,
    p95: f64,
    input: u64,
    output: u64,
    by_status: Counts,
    by_category: Counts,
    errors: Counts,
}

/// One pass over the tickets, so that all figures are of the same moment.
const TOTALS: &str = "SELECT count() AS total, countIf(status = 'SUCCESS') AS successes, \
    ifNotFinite(avg(duration_seconds), 0) AS average, \
    ifNotFinite(quantileExact(0.95)(duration_seconds), 0) AS p95, \
    ifNull(sum(input_tokens), 0) AS input, ifNull(sum(output_tokens), 0) AS output, \
    sumMap([toString(status)], [toUInt64(1)]) AS by_status, \
    sumMap([toString(category)], [toUInt64(1)]) AS by_category, \
    sumMapIf([toString(error_type)], [toUInt64(1)], status = 'FAILED') AS errors \
    FROM {views}.tickets";

impl Store {
    /// Totals, rates and times over the tickets a filter selects.
    pub async fn overview(
        &self,
        visibility: &Visibility,
        filter: &TicketFilter,
    ) -> Result<Overview, QueryError> {
        let conditions = Conditions::new(visibility, filter);
        let query = conditions.bind(self.select(&format!("{TOTALS}{}", conditions.sql())));
        let totals = self.in_time(query.fetch_one::<TotalsRow>());
        let lost = self.lost(visibility, filter);
        let (row, metrics, lost) = tokio::join!(totals, self.metrics(&conditions), lost);
        let (row, metrics_average, lost) = (row?, metrics?, lost?);
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let success_rate = (row.total > 0).then(|| row.successes as f64 / row.total as f64);
        Ok(Overview {
            total: row.total,
            by_status: most_first(row.by_status, MOST_NAMES),
            success_rate,
            duration_average_seconds: row.average,
            duration_p95_seconds: row.p95,
            errors: most_first(row.errors, MOST_ERRORS),
            by_category: most_first(row.by_category, MOST_NAMES),
            input_tokens: row.input,
            output_tokens: row.output,
            metrics_average,
            lost,
        })
    }

    async fn metrics(&self, conditions: &Conditions) -> Result<Vec<(String, f64)>, QueryError> {
        let sql = format!(
            "SELECT toString(name) AS metric, avg(value) FROM {{views}}.tickets \
             ARRAY JOIN mapKeys(metrics) AS name, mapValues(metrics) AS value{} \
             GROUP BY metric ORDER BY count() DESC, metric LIMIT {MOST_METRICS}",
            conditions.sql()
        );
        let query = conditions.bind(self.select(&sql));
        Ok(self.in_time(query.fetch_all::<(String, f64)>()).await?)
    }

    /// Gaps between the first and the last sequence of each client process in the filter's span.
    /// The workflows of a process share its sequence, so workflow, version and environment choose
    /// processes, not tickets.
    async fn lost(
        &self,
        visibility: &Visibility,
        filter: &TicketFilter,
    ) -> Result<u64, QueryError> {
        let mut conditions = Conditions::of(visibility);
        conditions.times(filter);
        conditions.clause("isNotNull(sequence)");
        let mut of_process = String::new();
        for (value, name, clause) in [
            (&filter.workflow, "workflow", "countIf(workflow = {workflow:String}) > 0"),
            (&filter.environment, "environment", "countIf(environment = {environment:String}) > 0"),
            (
                &filter.workflow_version,
                "version",
                "countIf(workflow_version = {version:String}) > 0",
            ),
        ] {
            if let Some(value) = value {
                conditions.param(name, value);
                of_process.push_str(if of_process.is_empty() { " HAVING " } else { " AND " });
                of_process.push_str(clause);
            }
        }
        let sql = format!(
            "SELECT sum(missing) FROM (SELECT assumeNotNull(max(sequence) - min(sequence)) + 1 \
             - uniqExact(sequence) AS missing FROM {{views}}.tickets{} \
             GROUP BY tenant, instance{of_process})",
            conditions.sql()
        );
        let query = conditions.bind(self.select(&sql));
        // Unsigned arithmetic turns into Int64 on the way; there are never fewer than none.
        Ok(self.in_time(query.fetch_one::<i64>()).await.map(|n| u64::try_from(n).unwrap_or(0))?)
    }
}

fn most_first((names, counts): Counts, most: usize) -> Vec<NamedCount> {
    let mut list: Vec<_> =
        names.into_iter().zip(counts).map(|(name, count)| NamedCount { name, count }).collect();
    list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    list.truncate(most);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_come_first_and_names_break_ties() {
        let names = ["b", "a", "c"].map(str::to_owned).to_vec();
        let list = most_first((names, vec![1, 1, 5]), 2);
        let names: Vec<_> = list.iter().map(|n| n.name.as_str()).collect();
        assert_eq!(names, ["c", "a"]);
    }
}
