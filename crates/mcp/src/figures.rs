//! Totals, rates and times of tickets; lists of names cut to what an answer has room for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use ticketlens_api::json;

use crate::{quoted::short, room::Room};

/// Names of one list that are told, at most.
const NAMES: usize = 20;
/// Metrics that are told, at most.
const METRICS: usize = 30;

/// Totals, rates and times of the tickets that were selected.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Figures {
    /// Tickets.
    total: u64,
    /// SUCCESS over all, 0 to 1; null when there are no tickets.
    success_rate: Option<f64>,
    /// Average execution time in seconds.
    duration_average_seconds: Option<f64>,
    /// What 95 of 100 executions stay within, in seconds.
    duration_p95_seconds: Option<f64>,
    /// Input tokens.
    input_tokens: u64,
    /// Output tokens.
    output_tokens: u64,
    /// Tickets known lost on the way here.
    lost: u64,
    /// Tickets by status, most first.
    by_status: Vec<Counted>,
    /// Failed tickets by type of error, most first.
    errors: Vec<Counted>,
    /// Tickets by category, most first.
    by_category: Vec<Counted>,
    /// Average of each metric over the tickets that have it.
    metrics_average: BTreeMap<String, f64>,
    /// Names and metrics of the lists above that are left out.
    left_out: usize,
}

/// A name and how often it occurs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counted {
    /// The name.
    name: String,
    /// How often.
    count: u64,
}

impl Figures {
    /// What fits of an overview.
    pub(crate) fn of(overview: &json::Overview, room: &mut Room) -> Self {
        let mut left_out = 0;
        let mut counts = |counts: &[json::NamedCount], room: &mut Room| {
            let told = counts.iter().take(NAMES);
            let told = told.map(|one| Counted { name: short(&one.name), count: one.count });
            let (fitting, left) = room.fill(told);
            left_out += left + counts.len().saturating_sub(NAMES);
            fitting
        };
        let by_status = counts(&overview.by_status, room);
        let errors = counts(&overview.errors, room);
        let by_category = counts(&overview.by_category, room);
        let metrics = overview.metrics_average.iter().take(METRICS);
        let (metrics, left) = room.fill(metrics.map(|(name, value)| (short(name), *value)));
        left_out += left + overview.metrics_average.len().saturating_sub(METRICS);
        Self {
            total: overview.total,
            success_rate: overview.success_rate,
            duration_average_seconds: overview.duration_average_seconds,
            duration_p95_seconds: overview.duration_p95_seconds,
            input_tokens: overview.input_tokens,
            output_tokens: overview.output_tokens,
            lost: overview.lost,
            by_status,
            errors,
            by_category,
            metrics_average: metrics.into_iter().collect(),
            left_out,
        }
    }
}
