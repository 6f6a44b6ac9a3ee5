//! Tables: days, and the groups with most tickets. A column that has nothing in any row is left out,
//! so that those with something have room.

use ticketlens_api::v1::{ValueDay, ValueFigures, ValueGroup};

use crate::{
    figures::{given, per_resolved, shown},
    money::sums,
    month,
    number::{NONE, count, decimal, mean, share},
    text,
};

/// Groups of which a message holds no more.
const MOST: usize = 50;

/// A table.
pub(crate) struct Table {
    /// What its rows are.
    pub heading: &'static str,
    /// The heading of its first column.
    pub of: &'static str,
    /// Headings of the other columns.
    pub columns: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether there may be more groups than it has.
    pub is_cut: bool,
}

/// A row.
pub(crate) struct Row {
    /// Which.
    pub name: String,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A cell.
pub(crate) struct Cell {
    /// Its column's heading, for where cells stand below each other.
    pub label: &'static str,
    /// What it holds, a line for each currency.
    pub lines: Vec<String>,
}

/// A column: its heading, and what it holds of a row's figures; none where there is nothing.
struct Column {
    heading: &'static str,
    of: fn(&ValueFigures) -> Option<Vec<String>>,
}

const fn column(heading: &'static str, of: fn(&ValueFigures) -> Option<Vec<String>>) -> Column {
    Column { heading, of }
}

const GROUP: [Column; 8] = [
    column("Tickets", |f| one(count(f.tickets))),
    column("Resolved", |f| one(share(f.resolved, f.tickets)?)),
    column("Escalated", |f| one(share(f.escalated, f.tickets)?)),
    column("Failed", |f| one(share(f.failed, f.tickets)?)),
    column("Cost", costs),
    column("Cost per resolved", |f| {
        let each = per_resolved(&sums(&f.costs)?, f.resolved);
        (!each.is_empty()).then(|| shown(Some(&each)))
    }),
    column("CSAT (ratings)", |f| one(format!("{} ({})", mean(f.csat?)?, count(f.csat_ratings)))),
    column("Minutes saved", |f| one(decimal(f.minutes_saved?)?)),
];

const DAY: [Column; 5] = [
    column("Tickets", |f| one(count(f.tickets))),
    column("Resolved", |f| one(count(f.resolved))),
    column("Escalated", |f| one(count(f.escalated))),
    column("Failed", |f| one(count(f.failed))),
    column("Cost", costs),
];

fn one(line: String) -> Option<Vec<String>> {
    Some(vec![line])
}

fn costs(figures: &ValueFigures) -> Option<Vec<String>> {
    (!figures.costs.is_empty()).then(|| shown(sums(&figures.costs).as_deref()))
}

impl Table {
    /// Of groups; none of none.
    pub(crate) fn groups(
        heading: &'static str,
        of: &'static str,
        unnamed: &'static str,
        groups: &[ValueGroup],
    ) -> Option<Self> {
        let rows: Vec<_> = groups
            .iter()
            .map(|group| (text::name(&group.name, unnamed), given(&group.figures)))
            .collect();
        let is_cut = groups.len() >= MOST;
        Self::of(heading, of, &GROUP, rows).map(|table| Self { is_cut, ..table })
    }

    /// Of days; none of none.
    pub(crate) fn days(days: &[ValueDay]) -> Option<Self> {
        let name =
            |day: &ValueDay| day.date.parse().map_or_else(|_| text::line(&day.date), month::day);
        let rows = days.iter().map(|day| (name(day), given(&day.figures))).collect();
        Self::of("The days in numbers", "Day", &DAY, rows)
    }

    fn of(
        heading: &'static str,
        of: &'static str,
        columns: &[Column],
        rows: Vec<(String, &ValueFigures)>,
    ) -> Option<Self> {
        let has_any =
            |column: &&Column| rows.iter().any(|(_, figures)| (column.of)(figures).is_some());
        let columns: Vec<_> = columns.iter().filter(has_any).collect();
        let cell = |column: &&Column, figures| Cell {
            label: column.heading,
            lines: (column.of)(figures).unwrap_or_else(|| vec![NONE.to_owned()]),
        };
        let row = |(name, figures)| Row {
            name,
            cells: columns.iter().map(|column| cell(column, figures)).collect(),
        };
        let headings = columns.iter().map(|column| column.heading).collect();
        let rows: Vec<_> = rows.into_iter().map(row).collect();
        (!rows.is_empty()).then_some(Self { heading, of, columns: headings, rows, is_cut: false })
    }
}
