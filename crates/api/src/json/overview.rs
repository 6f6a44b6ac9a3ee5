//! The overview and the comparison as documents.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{rfc3339, seconds};
use crate::v1;

/// Totals, rates and times over the tickets a filter selects.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    /// Tickets.
    pub total: u64,
    /// SUCCESS over all, 0 to 1; null when there are no tickets.
    pub success_rate: Option<f64>,
    /// Average execution time in seconds.
    pub duration_average_seconds: Option<f64>,
    /// What 95 of 100 executions stay within, in seconds.
    pub duration_p95_seconds: Option<f64>,
    /// Tickets by status, most first.
    pub by_status: Vec<NamedCount>,
    /// Tickets by category, most first, at most 100.
    pub by_category: Vec<NamedCount>,
    /// Failed tickets by `error.type`, most first, at most 20.
    pub errors: Vec<NamedCount>,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Average of each `ticket.metrics.<name>` over the tickets that have it, at most 50.
    pub metrics_average: BTreeMap<String, f64>,
    /// Tickets known lost: gaps in `ticket.sequence`.
    pub lost: u64,
    /// The same over time, by a dimension, or both, where it was asked for.
    pub groups: Vec<OverviewGroup>,
}

/// A name and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedCount {
    /// The name.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// The tickets of one span of time, of one value of a dimension, or of both.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OverviewGroup {
    /// Start of the span; null where no `every` was asked for.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub start: Option<String>,
    /// The dimension's value; null where none was asked for, and for the sum of the values that are
    /// not among those with the most tickets.
    pub name: Option<String>,
    /// Tickets.
    pub total: u64,
    /// Tickets with the status SUCCESS.
    pub succeeded: u64,
    /// Tickets with the status FAILED.
    pub failed: u64,
    /// Average execution time in seconds.
    pub duration_average_seconds: Option<f64>,
    /// What 95 of 100 executions stay within, in seconds.
    pub duration_p95_seconds: Option<f64>,
    /// Average of `overall_confidence` over the tickets that have it.
    pub confidence_average: Option<f64>,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
}

/// Two versions of a workflow side by side.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    /// The overview of version `a`.
    pub a: Overview,
    /// The overview of version `b`.
    pub b: Overview,
    /// What changed from `a` to `b`.
    pub change: Change,
}

/// `b` less `a`. Null where one of them has no such figure.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// Of the success rate; 0.05 are five percentage points more.
    pub success_rate: Option<f64>,
    /// Of the average execution time, in seconds.
    pub duration_average_seconds: Option<f64>,
    /// Of the 95th percentile, in seconds.
    pub duration_p95_seconds: Option<f64>,
    /// Of the tokens of one ticket, input and output, on average.
    pub tokens_per_ticket: Option<f64>,
    /// Of each metric's average, for metrics that both have.
    pub metrics_average: BTreeMap<String, f64>,
    /// Types of errors that only `b` has.
    pub new_errors: Vec<String>,
    /// Types of errors that only `a` has.
    pub gone_errors: Vec<String>,
}

impl From<v1::GetOverviewResponse> for Overview {
    fn from(overview: v1::GetOverviewResponse) -> Self {
        let counts =
            |counts: Vec<v1::NamedCount>| counts.into_iter().map(NamedCount::from).collect();
        Self {
            total: overview.total,
            success_rate: overview.success_rate,
            duration_average_seconds: seconds(overview.duration_average.as_ref()),
            duration_p95_seconds: seconds(overview.duration_p95.as_ref()),
            by_status: counts(overview.by_status),
            by_category: counts(overview.by_category),
            errors: counts(overview.errors),
            input_tokens: overview.input_tokens,
            output_tokens: overview.output_tokens,
            metrics_average: overview.metrics_average.into_iter().collect(),
            lost: overview.lost,
            groups: overview.groups.into_iter().map(OverviewGroup::from).collect(),
        }
    }
}

impl From<v1::NamedCount> for NamedCount {
    fn from(v1::NamedCount { name, count }: v1::NamedCount) -> Self {
        Self { name, count }
    }
}

impl From<v1::OverviewGroup> for OverviewGroup {
    fn from(group: v1::OverviewGroup) -> Self {
        Self {
            start: rfc3339(group.start.as_ref()),
            name: group.name,
            total: group.total,
            succeeded: group.succeeded,
            failed: group.failed,
            duration_average_seconds: seconds(group.duration_average.as_ref()),
            duration_p95_seconds: seconds(group.duration_p95.as_ref()),
            confidence_average: group.confidence_average,
            input_tokens: group.input_tokens,
            output_tokens: group.output_tokens,
        }
    }
}

impl From<v1::CompareVersionsResponse> for Comparison {
    fn from(compared: v1::CompareVersionsResponse) -> Self {
        let a = Overview::from(compared.a.unwrap_or_default());
        let b = Overview::from(compared.b.unwrap_or_default());
        let change = Change::between(&a, &b);
        Self { a, b, change }
    }
}

impl Change {
    fn between(a: &Overview, b: &Overview) -> Self {
        // Of no tickets there are no times; older receivers tell the average of none as 0.
        let of_both = a.total > 0 && b.total > 0;
        let less = |b: Option<f64>, a: Option<f64>| Some(b? - a?).filter(|_| of_both);
        let metrics = b
            .metrics_average
            .iter()
            .filter_map(|(name, b)| Some((name.clone(), b - a.metrics_average.get(name)?)));
        Self {
            success_rate: less(b.success_rate, a.success_rate),
            duration_average_seconds: less(b.duration_average_seconds, a.duration_average_seconds),
            duration_p95_seconds: less(b.duration_p95_seconds, a.duration_p95_seconds),
            tokens_per_ticket: less(b.tokens_per_ticket(), a.tokens_per_ticket()),
            metrics_average: metrics.collect(),
            new_errors: only_in(&b.errors, &a.errors),
            gone_errors: only_in(&a.errors, &b.errors),
        }
    }
}

impl Overview {
    /// Tokens of one ticket, input and output, on average; none of no tickets.
    #[expect(clippy::cast_precision_loss, reason = "an average")]
    pub fn tokens_per_ticket(&self) -> Option<f64> {
        let tokens = self.input_tokens.saturating_add(self.output_tokens);
        (self.total > 0).then(|| tokens as f64 / self.total as f64)
    }
}

fn only_in(these: &[NamedCount], those: &[NamedCount]) -> Vec<String> {
    let is_new = |one: &&NamedCount| those.iter().all(|other| other.name != one.name);
    these.iter().filter(is_new).map(|one| one.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overview(total: u64, rate: Option<f64>, errors: &[&str]) -> v1::GetOverviewResponse {
        let counted = |name: &&str| v1::NamedCount { name: (*name).to_owned(), count: 1 };
        v1::GetOverviewResponse {
            total,
            success_rate: rate,
            errors: errors.iter().map(counted).collect(),
            input_tokens: total * 10,
            metrics_average: [("c".to_owned(), 0.5)].into(),
            ..v1::GetOverviewResponse::default()
        }
    }

    #[test]
    fn a_change_is_the_second_less_the_first() {
        let a = Some(overview(4, Some(0.5), &["timeout", "http"]));
        let b = Some(overview(2, Some(0.75), &["http", "parse"]));
        let change = Comparison::from(v1::CompareVersionsResponse { a, b }).change;
        assert_eq!(change.success_rate, Some(0.25));
        assert_eq!(change.tokens_per_ticket, Some(0.0));
        assert_eq!(change.metrics_average["c"], 0.0);
        assert_eq!(
            (change.new_errors, change.gone_errors),
            (vec!["parse".into()], vec!["timeout".into()])
        );
    }

    #[test]
    fn nothing_is_compared_with_nothing() {
        let (a, b) = (Some(overview(0, None, &[])), Some(overview(2, Some(1.0), &["parse"])));
        let change = Comparison::from(v1::CompareVersionsResponse { a, b }).change;
        assert_eq!(change.success_rate, None);
        assert_eq!(change.duration_average_seconds, None);
        assert_eq!(change.tokens_per_ticket, None);
    }
}
