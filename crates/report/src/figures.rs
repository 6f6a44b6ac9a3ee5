//! The month's six figures, each with its change against the month before.

use std::sync::LazyLock;

use ticketlens_api::v1::ValueFigures;

use crate::{
    change::Before,
    money::{Sum, sums},
    number::{NONE, count, counted, mean, share},
};

/// A figure.
pub(crate) struct Figure {
    /// What it counts.
    pub label: &'static str,
    /// The class of its colour in the charts; empty where it has none.
    pub mark: &'static str,
    /// The figure, a line for each currency.
    pub values: Vec<String>,
    /// What it comes to: a share, a mean, of how many.
    pub details: Vec<String>,
    /// Against the month before.
    pub changes: Vec<String>,
}

/// The six, in the order of the page.
pub(crate) fn figures(now: &ValueFigures, before: Option<Before<'_>>) -> [Figure; 6] {
    let status = |label, mark, of: fn(&ValueFigures) -> u64| {
        let change = before.and_then(|b| b.share((of(now), now.tickets), of(b.figures)));
        Figure {
            label,
            mark,
            values: vec![count(of(now))],
            details: share(of(now), now.tickets)
                .map(|s| format!("{s} of tickets"))
                .into_iter()
                .collect(),
            changes: change.into_iter().collect(),
        }
    };
    [
        tickets(now, before),
        status("Resolved", "resolved", |f| f.resolved),
        status("Escalated", "escalated", |f| f.escalated),
        status("Failed", "failed", |f| f.failed),
        satisfaction(now, before),
        cost(now, before),
    ]
}

fn tickets(now: &ValueFigures, before: Option<Before<'_>>) -> Figure {
    let again = now.executions > now.tickets;
    let executions = counted(now.executions, "execution", "executions");
    Figure {
        label: "Tickets",
        mark: "",
        values: vec![count(now.tickets)],
        details: again.then(|| format!("in {executions}")).into_iter().collect(),
        changes: before.and_then(|b| b.count(now.tickets, b.figures.tickets)).into_iter().collect(),
    }
}

fn satisfaction(now: &ValueFigures, before: Option<Before<'_>>) -> Figure {
    let (value, change) = match now.csat.and_then(|csat| Some((csat, mean(csat)?))) {
        Some((csat, shown)) => (format!("{shown} of 5"), before.and_then(|b| b.rating(csat))),
        None => (NONE.to_owned(), None),
    };
    let ratings = match now.csat_ratings {
        0 => "no ratings".to_owned(),
        n => format!("of {}", counted(n, "rating", "ratings")),
    };
    Figure {
        label: "Satisfaction (CSAT)",
        mark: "",
        values: vec![value],
        details: vec![ratings],
        changes: change.into_iter().collect(),
    }
}

fn cost(now: &ValueFigures, before: Option<Before<'_>>) -> Figure {
    let costs = sums(&now.costs);
    let values = shown(costs.as_deref());
    let each = per_resolved(costs.as_deref().unwrap_or_default(), now.resolved);
    let details = match each.as_slice() {
        [] => vec![],
        each => each.iter().map(|sum| format!("{} per resolved ticket", sum.shown())).collect(),
    };
    let changes = before.map(|b| cost_changes(costs.as_deref(), &each, b)).unwrap_or_default();
    Figure { label: "Cost", mark: "", values, details, changes }
}

/// Of the sum, and of a resolved ticket; with several currencies, neither month is one number.
fn cost_changes(costs: Option<&[Sum]>, each: &[Sum], before: Before<'_>) -> Vec<String> {
    let then = sums(&before.figures.costs).unwrap_or_default();
    let then_each = per_resolved(&then, before.figures.resolved);
    let mut changes = Vec::new();
    if let (Some([now]), [then]) = (costs, then.as_slice()) {
        changes.extend(before.money(now, then));
    }
    if let ([now], [then]) = (each, then_each.as_slice()) {
        let change = before.mean_money(now, then);
        changes.extend(change.map(|change| format!("per resolved ticket {change}")));
    }
    changes
}

/// What a resolved ticket costs, in each currency: all that was spent, over what came of it.
pub(crate) fn per_resolved(costs: &[Sum], resolved: u64) -> Vec<Sum> {
    costs.iter().filter_map(|cost| cost.per(resolved)).collect()
}

/// Amounts as lines.
pub(crate) fn shown(sums: Option<&[Sum]>) -> Vec<String> {
    match sums {
        None => vec!["not readable".to_owned()],
        Some([]) => vec![NONE.to_owned()],
        Some(sums) => sums.iter().map(Sum::shown).collect(),
    }
}

/// Figures that a message leaves out are those of no ticket.
pub(crate) fn given(figures: &Option<ValueFigures>) -> &ValueFigures {
    static NONE: LazyLock<ValueFigures> = LazyLock::new(ValueFigures::default);
    figures.as_ref().unwrap_or(&NONE)
}
