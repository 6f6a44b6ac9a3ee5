//! Charts as numbers: where each bar stands and how high it is. The templates draw them.

use ticketlens_api::v1::{ValueDay, ValueFigures};

use crate::{
    figures::given,
    money::{Sum, sums},
    month::{self, Month},
    number::{count, counted},
};

/// Units of the picture, which the page scales to its width.
const WIDTH: f64 = 720.0;
const PLOT: f64 = 180.0;
/// Above it stands what the top line means.
const TOP: f64 = 28.0;
/// What is there is seen, however little of the day it is.
const LEAST: f64 = 2.0;

/// Bars, one for each day.
pub(crate) struct Chart {
    /// What it shows.
    pub heading: String,
    /// What tells its parts from those of other charts in the document.
    pub id: usize,
    /// What it shows, for who does not see it.
    pub alternative: String,
    /// What the top line means.
    pub top: String,
    /// Whether its bars are of statuses.
    pub is_stacked: bool,
    /// Its bars.
    pub bars: Vec<Bar>,
    /// Days below it.
    pub days: Vec<Label>,
}

/// The bar of one day.
pub(crate) struct Bar {
    /// What it says.
    pub title: String,
    /// Its parts, from the bottom.
    pub parts: Vec<Part>,
}

/// A part of a bar, in units of the picture.
pub(crate) struct Part {
    /// The class of its colour.
    pub class: &'static str,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

/// A label.
pub(crate) struct Label {
    pub x: String,
    pub day: u8,
}

/// What a bar is made of: parts and their sizes, from the bottom.
type Sizes = Vec<(&'static str, u128)>;

/// The charts of a month: its tickets, and what they cost in each currency.
pub(crate) fn charts(month: Month, days: &[ValueDay]) -> Vec<Chart> {
    let days: Vec<_> = days
        .iter()
        .filter_map(|day| {
            let date = day.date.parse().ok()?;
            Some((month.day(date)?, month::day(date), given(&day.figures)))
        })
        .collect();
    let mut charts: Vec<_> = tickets(month, &days).into_iter().collect();
    let mut currencies: Vec<String> = Vec::new();
    for sum in days.iter().filter_map(|(.., figures)| sums(&figures.costs)).flatten() {
        if !currencies.contains(&sum.currency) {
            currencies.push(sum.currency);
        }
    }
    charts.extend(currencies.iter().filter_map(|currency| cost(month, &days, currency)));
    for (id, chart) in charts.iter_mut().enumerate() {
        chart.id = id;
    }
    charts
}

type Day<'a> = (u8, String, &'a ValueFigures);

fn tickets(month: Month, days: &[Day<'_>]) -> Option<Chart> {
    let (_, most, figures) = days.iter().max_by_key(|(.., figures)| figures.tickets)?;
    let most = format!("{} on {most}", counted(figures.tickets, "ticket", "tickets"));
    let top = nice(u128::from(figures.tickets).max(1));
    let bars = days.iter().map(|(day, name, figures)| {
        let title = format!(
            "{name}: {}, {} resolved, {} escalated, {} failed",
            counted(figures.tickets, "ticket", "tickets"),
            count(figures.resolved),
            count(figures.escalated),
            count(figures.failed)
        );
        bar(month, *day, title, &statuses(figures), top)
    });
    Some(Chart {
        heading: "Tickets by day".to_owned(),
        alternative: format!(
            "Bars of the tickets of each day, resolved, escalated, failed and others above each other. \
             Most: {most}. The days in numbers are in a table below."
        ),
        top: counted(u64::try_from(top).unwrap_or(u64::MAX), "ticket", "tickets"),
        is_stacked: true,
        bars: bars.collect(),
        days: labels(month),
        id: 0,
    })
}

fn statuses(figures: &ValueFigures) -> Sizes {
    let ValueFigures { tickets, resolved, escalated, failed, .. } = *figures;
    let others =
        [resolved, escalated, failed].iter().fold(tickets, |rest, n| rest.saturating_sub(*n));
    let of = |(class, n): (&'static str, u64)| (class, u128::from(n));
    [("resolved", resolved), ("escalated", escalated), ("failed", failed), ("others", others)]
        .map(of)
        .to_vec()
}

fn cost(month: Month, days: &[Day<'_>], currency: &str) -> Option<Chart> {
    let of = |figures: &ValueFigures| {
        sums(&figures.costs)?.into_iter().find(|sum| sum.currency == currency && sum.nanos >= 0)
    };
    let costs: Vec<_> =
        days.iter().filter_map(|(day, name, figures)| Some((*day, name, of(figures)?))).collect();
    let (_, most, sum) = costs.iter().max_by_key(|(.., sum)| sum.nanos)?;
    let alternative = format!(
        "Bars of what the tickets of each day cost. Most: {} on {most}. The days in numbers are in a \
         table below.",
        sum.shown()
    );
    let top = nice(sum.nanos.unsigned_abs().max(1));
    let bars = costs.iter().map(|(day, name, sum)| {
        let title = format!("{name}: {}", sum.shown());
        bar(month, *day, title, &vec![("cost", sum.nanos.unsigned_abs())], top)
    });
    Some(Chart {
        heading: format!("Cost by day, {currency}"),
        alternative,
        top: Sum { currency: currency.to_owned(), nanos: i128::try_from(top).ok()? }.shown(),
        is_stacked: false,
        bars: bars.collect(),
        days: labels(month),
        id: 0,
    })
}

fn bar(month: Month, day: u8, title: String, sizes: &Sizes, top: u128) -> Bar {
    let slot = WIDTH / f64::from(month.days());
    let x = slot * (f64::from(day - 1) + 0.15);
    let mut y = TOP + PLOT;
    let mut parts = Vec::new();
    for (class, size) in sizes.iter().filter(|(_, size)| *size > 0) {
        #[expect(clippy::cast_precision_loss, reason = "a tenth of a unit is seen")]
        let height = (PLOT * (*size as f64 / top as f64)).clamp(LEAST, PLOT);
        // A bar of many small parts ends at the top all the same.
        y = (y - height).max(TOP);
        let [x, y, width, height] = [x, y, slot * 0.7, height].map(unit);
        parts.push(Part { class, x, y, width, height });
    }
    Bar { title, parts }
}

/// The first, and every fifth: as many as a telephone has room for.
fn labels(month: Month) -> Vec<Label> {
    let slot = WIDTH / f64::from(month.days());
    let days = (1..=month.days()).filter(|day| *day == 1 || day.is_multiple_of(5));
    days.map(|day| Label { x: unit(slot * (f64::from(day) - 0.5)), day }).collect()
}

fn unit(x: f64) -> String {
    format!("{x:.1}")
}

/// The next round number: 1 to 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120 …
fn nice(most: u128) -> u128 {
    const STEPS: [u128; 11] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100];
    let Some(tens) = most.checked_ilog10().filter(|log| *log > 0) else { return most };
    let power = 10u128.pow(tens - 1);
    let steps = STEPS.map(|step| power.saturating_mul(step));
    steps.into_iter().find(|step| *step >= most).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use ticketlens_api::v1::Money;

    use super::*;

    fn day(date: &str, tickets: u64, failed: u64, cost: &str) -> ValueDay {
        let costs = vec![Money { currency: "USD".into(), amount: cost.into() }];
        let resolved = tickets.saturating_sub(failed);
        let figures = ValueFigures { tickets, resolved, failed, costs, ..ValueFigures::default() };
        ValueDay { date: date.into(), figures: Some(figures) }
    }

    #[test]
    fn the_top_is_a_round_number() {
        assert_eq!([1, 9, 10, 11, 61, 199, 200, 201].map(nice), [1, 9, 10, 12, 80, 200, 200, 250]);
        assert_eq!(nice(u128::MAX), u128::MAX);
    }

    #[test]
    fn bars_are_as_high_as_their_days() {
        let month = Month::read("2026-11").unwrap();
        let days = [day("2026-11-01", 100, 0, "1"), day("2026-11-30", 50, 1, "0.5")];
        let charts = charts(month, &days);
        assert_eq!(
            [&charts[0].heading, &charts[1].heading],
            ["Tickets by day", "Cost by day, USD"]
        );
        let [first, last] = charts[0].bars.as_slice() else { panic!("two days") };
        // The top is 100, so the first day fills the plot; 30 days of 24 units, 0.15 of one before it.
        assert_eq!((first.parts[0].height.as_str(), first.parts[0].x.as_str()), ("180.0", "3.6"));
        // 49 of 100 of 180 units; one failed would be 1.8 units, and is as high as can be seen.
        assert_eq!([&last.parts[0].height, &last.parts[1].height], ["88.2", "2.0"]);
        assert_eq!(last.title, "30 November: 50 tickets, 49 resolved, 0 escalated, 1 failed");
    }

    #[test]
    fn days_of_other_months_and_no_days_are_not_drawn() {
        let month = Month::read("2026-11").unwrap();
        let days = [day("2026-10-31", 1, 0, "1"), day("soon", 1, 0, "1")];
        assert!(charts(month, &days).is_empty());
    }

    #[test]
    fn no_bar_leaves_the_plot() {
        let month = Month::read("2026-12").unwrap();
        let mut most = day("2026-12-31", u64::MAX, u64::MAX, "999999999999999999.999999999");
        let figures = most.figures.get_or_insert_default();
        (figures.resolved, figures.escalated) = (u64::MAX, u64::MAX);
        for part in
            charts(month, &[most]).iter().flat_map(|chart| &chart.bars).flat_map(|bar| &bar.parts)
        {
            let [x, y, width, height] =
                [&part.x, &part.y, &part.width, &part.height].map(|n| n.parse::<f64>().unwrap());
            assert!(x >= 0.0 && x + width <= WIDTH, "{x} {width}");
            assert!(y >= TOP && y + height <= TOP + PLOT + 0.1 || y == TOP, "{y} {height}");
        }
    }
}
