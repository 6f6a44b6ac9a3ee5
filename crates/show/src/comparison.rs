//! Two versions of a workflow side by side, and an overview in groups.

use ticketlens_api::json::{Comparison, Overview, OverviewGroup};

use crate::{
    listing::{Cell, Column, Listing},
    quantity::{count, millis, percent},
};

/// A row for each figure: of the one version, of the other, and what changed.
pub fn comparison(compared: &Comparison, versions: [&str; 2]) -> Listing<4> {
    let Comparison { a, b, change } = compared;
    let mut listing = Listing::new([
        Column::new("figure").keep(),
        Column::new("a").right(),
        Column::new("b").right(),
        Column::new("change").keep().right(),
    ]);
    listing.row(["version".into(), versions[0].into(), versions[1].into(), "".into()]);
    listing.row(["tickets".into(), count(a.total).into(), count(b.total).into(), "".into()]);
    let rates = [a.success_rate, b.success_rate];
    let [of_a, of_b] = rates.map(|rate| rate.map(percent).unwrap_or_default());
    let points = signed(change.success_rate, points);
    listing.row(["success".into(), of_a.into(), of_b.into(), points.into()]);
    let mut row = |name: &str, [a, b]: [Option<f64>; 2], change, told: fn(f64) -> String| {
        let cell = |value: Option<f64>| -> Cell { value.map(told).unwrap_or_default().into() };
        listing.row([name.into(), cell(a), cell(b), signed(change, told).into()]);
    };
    let average = [a.duration_average_seconds, b.duration_average_seconds];
    row("took, on average", average, change.duration_average_seconds, seconds);
    let p95 = [a.duration_p95_seconds, b.duration_p95_seconds];
    row("took, 95th percentile", p95, change.duration_p95_seconds, seconds);
    let tokens = [a, b].map(Overview::tokens_per_ticket);
    row("tokens a ticket", tokens, change.tokens_per_ticket, whole);
    for (name, change) in &change.metrics_average {
        let of = |of: &Overview| of.metrics_average.get(name).copied();
        row(name, [of(a), of(b)], Some(*change), decimals);
    }
    listing
}

/// A row for each type of error of the two versions: how many failed of it, and whether it is new or
/// gone. `None` without errors.
pub fn compared_errors(compared: &Comparison) -> Option<Listing<4>> {
    let Comparison { a, b, change } = compared;
    let mut listing = Listing::new([
        Column::new("error"),
        Column::new("a").keep().right(),
        Column::new("b").keep().right(),
        Column::new("change").keep(),
    ]);
    let mut names: Vec<_> = b.errors.iter().map(|error| &error.name).collect();
    names.extend(&change.gone_errors);
    for name in &names {
        let what = match () {
            () if change.new_errors.contains(name) => "new",
            () if change.gone_errors.contains(name) => "gone",
            () => "",
        };
        listing.row([name.into(), errors(a, name), errors(b, name), what.into()]);
    }
    (!names.is_empty()).then_some(listing)
}

/// A row for each group of an overview, by the dimension that was asked for.
pub fn groups(groups: &[OverviewGroup], by: &str) -> Listing<8> {
    let mut listing = Listing::new([
        Column::new("from").keep().only_if(groups.iter().any(|group| group.start.is_some())),
        Column::new(dimension(by)).only_if(groups.iter().any(|group| group.name.is_some())),
        Column::new("tickets").keep().right(),
        Column::new("success").keep().right(),
        Column::new("failed").right().may_drop(3),
        Column::new("took").right().may_drop(4),
        Column::new("confidence").right().may_drop(2),
        Column::new("tokens").right().may_drop(1),
    ]);
    for group in groups {
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown with one decimal")]
        let rate = (group.total > 0).then(|| group.succeeded as f64 / group.total as f64);
        let tokens = group.input_tokens.saturating_add(group.output_tokens);
        let start = group.start.as_deref().unwrap_or_default();
        listing.row([
            start.trim_end_matches(":00Z").replace('T', " ").into(),
            match group.name.as_deref() {
                None => "(others)".into(),
                Some("") => "(none)".into(),
                Some(name) => name.into(),
            },
            count(group.total).into(),
            rate.map(percent).unwrap_or_default().into(),
            count(group.failed).into(),
            group.duration_average_seconds.map(seconds).unwrap_or_default().into(),
            group.confidence_average.map(decimals).unwrap_or_default().into(),
            count(tokens).into(),
        ]);
    }
    listing
}

/// What the overview can be asked for by, as the heading of its column.
fn dimension(by: &str) -> &'static str {
    const DIMENSIONS: [&str; 8] = [
        "tenant",
        "status",
        "category",
        "workflow",
        "workflow_version",
        "environment",
        "model",
        "error_type",
    ];
    DIMENSIONS.into_iter().find(|known| *known == by).unwrap_or("name")
}

fn errors(of: &Overview, name: &str) -> Cell {
    let counted = of.errors.iter().find(|error| error.name == name);
    counted.map(|error| count(error.count)).unwrap_or_default().into()
}

fn signed(change: Option<f64>, told: fn(f64) -> String) -> String {
    match change {
        None => String::new(),
        Some(change) if change < 0.0 => format!("-{}", told(-change)),
        Some(change) => format!("+{}", told(change)),
    }
}

fn seconds(seconds: f64) -> String {
    millis(seconds * 1000.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(number: f64) -> String {
    count(number.round() as u64)
}

/// Percentage points: a rate less another.
fn points(rate: f64) -> String {
    format!("{:.1} pp", rate * 100.0)
}

fn decimals(number: f64) -> String {
    format!("{number:.3}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ticketlens_api::{CompareVersionsResponse, GetOverviewResponse, NamedCount, v1};

    use super::*;
    use crate::listing::Room;

    fn overview(total: u64, rate: f64, error: &str) -> Option<GetOverviewResponse> {
        Some(GetOverviewResponse {
            total,
            success_rate: Some(rate),
            duration_average: Some(prost_types::Duration { seconds: 4, nanos: 0 }),
            input_tokens: total * 1_700,
            metrics_average: HashMap::from([("overall_confidence".to_owned(), rate)]),
            errors: vec![
                NamedCount { name: "http".to_owned(), count: 1_000 },
                NamedCount { name: error.to_owned(), count: 3 },
            ],
            ..GetOverviewResponse::default()
        })
    }

    #[test]
    fn a_comparison_says_what_changed() {
        let (a, b) = (overview(1200, 0.5, "timeout"), overview(40, 0.75, "\u{1b}[2J"));
        let compared = CompareVersionsResponse { a, b }.into();
        let text = comparison(&compared, ["1.4.1", "1.4.2"]).render(Room::Columns(80)).text;
        let errors = compared_errors(&compared).unwrap().render(Room::Columns(80)).text;
        let text = format!("{text}\n{errors}");
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
    }

    #[test]
    fn groups_stand_under_each_other() {
        let group = |name: Option<&str>, total| {
            OverviewGroup::from(v1::OverviewGroup {
                start: Some(prost_types::Timestamp {
                    seconds: 1_700_000_000 / 3600 * 3600,
                    nanos: 0,
                }),
                name: name.map(str::to_owned),
                total,
                succeeded: total / 2,
                failed: 1,
                confidence_average: Some(0.5),
                ..v1::OverviewGroup::default()
            })
        };
        let told = [group(Some("gpt-4o"), 12_000), group(Some(""), 4), group(None, 2)];
        let text = groups(&told, "model").render(Room::Columns(100)).text;
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
    }
}
