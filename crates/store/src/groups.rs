//! The overview over time, by a dimension, or both.

use std::str::FromStr;

use clickhouse::Row;
use serde::Deserialize;
use ticketlens_ticket::Timestamp;

use crate::{QueryError, Store, TicketFilter, Visibility, visibility::Conditions};

/// Most spans of time that an overview is cut into.
pub const MOST_SPANS: u64 = 1_000;
/// Values of a dimension that are told apart.
const MOST_NAMES: u64 = 20;

/// What an overview is told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Whose tickets.
    Tenant,
    /// How they ended.
    Status,
    /// What they are about.
    Category,
    /// The workflow.
    Workflow,
    /// The workflow's version.
    WorkflowVersion,
    /// The environment.
    Environment,
    /// The model.
    Model,
    /// What went wrong.
    ErrorType,
}

/// No dimension of tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be tenant, status, category, workflow, workflow_version, environment, model or error_type"
)]
pub struct UnknownDimension;

impl Dimension {
    const ALL: [Self; 8] = [
        Self::Tenant,
        Self::Status,
        Self::Category,
        Self::Workflow,
        Self::WorkflowVersion,
        Self::Environment,
        Self::Model,
        Self::ErrorType,
    ];

    /// The column, which is the dimension's name as well.
    const fn column(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Status => "status",
            Self::Category => "category",
            Self::Workflow => "workflow",
            Self::WorkflowVersion => "workflow_version",
            Self::Environment => "environment",
            Self::Model => "model",
            Self::ErrorType => "error_type",
        }
    }
}

impl FromStr for Dimension {
    type Err = UnknownDimension;

    fn from_str(text: &str) -> Result<Self, UnknownDimension> {
        Self::ALL.into_iter().find(|one| one.column() == text).ok_or(UnknownDimension)
    }
}

/// What an overview is cut into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// The values of a dimension.
    pub by: Option<Dimension>,
    /// Spans of this many seconds. The caller sees to it that there are at most [`MOST_SPANS`].
    pub every_seconds: Option<u32>,
}

/// The tickets of one span of time, of one value of a dimension, or of both.
#[derive(Clone, Debug, PartialEq)]
pub struct OverviewGroup {
    /// Start of the span.
    pub start: Option<Timestamp>,
    /// The dimension's value; absent for the sum of those that are not told apart.
    pub name: Option<String>,
    /// Tickets.
    pub total: u64,
    /// With the status SUCCESS.
    pub succeeded: u64,
    /// With the status FAILED.
    pub failed: u64,
    /// Average execution time.
    pub duration_average_seconds: f64,
    /// What 95 of 100 executions stay within.
    pub duration_p95_seconds: f64,
    /// Average of `overall_confidence`.
    pub confidence_average: Option<f64>,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
}

#[derive(Row, Deserialize)]
struct GroupRow {
    /// Seconds since the epoch.
    start: i64,
    name: String,
    is_told_apart: bool,
    total: u64,
    succeeded: u64,
    failed: u64,
    average: f64,
    p95: f64,
    confidence: Option<f64>,
    input: u64,
    output: u64,
}

impl Store {
    /// The tickets that a filter selects in groups, in the order of time, then most first; none
    /// where nothing is asked for.
    pub async fn overview_groups(
        &self,
        visibility: &Visibility,
        filter: &TicketFilter,
        grouping: Grouping,
    ) -> Result<Vec<OverviewGroup>, QueryError> {
        if grouping == Grouping::default() {
            return Ok(Vec::new());
        }
        let mut conditions = Conditions::new(visibility, filter);
        conditions.bits("every", grouping.every_seconds.unwrap_or(1).into());
        let query = conditions.bind(self.select(&sql(grouping, &conditions.sql())));
        let rows = self.in_time(query.fetch_all::<GroupRow>()).await?;
        Ok(rows.into_iter().map(|row| group_of(row, grouping)).collect())
    }
}

fn sql(grouping: Grouping, clause: &str) -> String {
    let start = match grouping.every_seconds {
        Some(_) => {
            "intDiv(toUnixTimestamp64Milli(executed_at), toInt64({every:UInt64} * 1000)) \
             * toInt64({every:UInt64})"
        }
        None => "toInt64(0)",
    };
    let (with, name) = match grouping.by.map(Dimension::column) {
        None => (String::new(), "''".to_owned()),
        Some(column) => (
            format!(
                "WITH (SELECT groupArray(one) FROM (SELECT toString({column}) AS one \
                 FROM {{views}}.tickets{clause} GROUP BY one ORDER BY count() DESC, one \
                 LIMIT {MOST_NAMES})) AS told_apart "
            ),
            format!("if(has(told_apart, toString({column})), toString({column}), '')"),
        ),
    };
    let is_told_apart = match grouping.by.map(Dimension::column) {
        None => "false".to_owned(),
        Some(column) => format!("has(told_apart, toString({column}))"),
    };
    let most = MOST_SPANS.saturating_add(1) * (MOST_NAMES + 1);
    format!(
        "{with}SELECT {start} AS start, {name} AS name, toBool({is_told_apart}) AS is_told_apart, \
         count() AS total, countIf(status = 'SUCCESS') AS succeeded, \
         countIf(status = 'FAILED') AS failed, ifNotFinite(avg(duration_seconds), 0) AS average, \
         ifNotFinite(quantileExact(0.95)(duration_seconds), 0) AS p95, \
         avgOrNull(overall_confidence) AS confidence, ifNull(sum(input_tokens), 0) AS input, \
         ifNull(sum(output_tokens), 0) AS output FROM {{views}}.tickets{clause} \
         GROUP BY start, name, is_told_apart \
         ORDER BY start, is_told_apart DESC, total DESC, name LIMIT {most}"
    )
}

fn group_of(row: GroupRow, grouping: Grouping) -> OverviewGroup {
    let start = u64::try_from(row.start).unwrap_or(0).saturating_mul(1_000_000_000);
    OverviewGroup {
        start: grouping.every_seconds.map(|_| Timestamp::from_unix_nanos(start)),
        name: Some(row.name).filter(|_| row.is_told_apart),
        total: row.total,
        succeeded: row.succeeded,
        failed: row.failed,
        duration_average_seconds: row.average,
        duration_p95_seconds: row.p95,
        confidence_average: row.confidence,
        input_tokens: row.input,
        output_tokens: row.output,
    }
}
