//! The overview: how many, how well, how fast, what went wrong.

use anstyle::Style;
use ticketlens_api::{GetOverviewResponse, NamedCount, time::duration_ms};
use unicode_width::UnicodeWidthStr;

use crate::{
    paint::{CYAN, RED, of_status, paint},
    quantity::{count, measure, millis, percent},
    safe,
    text::{Block, View, heading, labelled},
    width::fit,
};

/// Columns of the longest bar, where there is room.
const BAR: usize = 30;
/// Columns of a bar that says anything.
const SHORTEST_BAR: usize = 8;
/// Columns of a share, with the blanks around it.
const SHARE: usize = 11;
/// Columns of the longest measure.
const MEASURE: usize = 16;
/// Lines of a field on a narrow terminal.
const LINES: usize = 4;
/// Columns the overview needs; on a narrower terminal it is the terminal that wraps.
const NARROWEST: usize = 40;

/// The overview. Pure: a message in, text with colours out.
pub fn overview(overview: &GetOverviewResponse, view: View) -> String {
    let view = View { width: view.width.max(NARROWEST), ..view };
    let mut out = String::new();
    if overview.total == 0 {
        out.push_str("No tickets match.\n");
        return out;
    }
    let rate = overview.success_rate.map_or_else(|| "-".to_owned(), percent);
    let average = millis(duration_ms(overview.duration_average.as_ref()));
    let p95 = millis(duration_ms(overview.duration_p95.as_ref()));
    field(&mut out, view, "tickets", &count(overview.total));
    field(&mut out, view, "success", &rate);
    field(&mut out, view, "took", &format!("{average} on average, {p95} at the 95th percentile"));
    if overview.input_tokens > 0 || overview.output_tokens > 0 {
        let (read, written) = (count(overview.input_tokens), count(overview.output_tokens));
        field(&mut out, view, "tokens", &format!("{read} in, {written} out"));
    }
    if overview.lost > 0 {
        let lost = format!("{} known lost (gaps in the clients' sequences)", count(overview.lost));
        labelled(&mut out, view, 0, Block { style: RED, ..Block::new("lost", &lost, LINES) });
    }
    let all = overview.total;
    counts(&mut out, view, "By status", &overview.by_status, all, of_status);
    counts(&mut out, view, "By category", &overview.by_category, all, |_| CYAN);
    let failed = overview.errors.iter().map(|e| e.count).sum();
    counts(&mut out, view, "Errors of failed tickets", &overview.errors, failed, |_| RED);
    averages(&mut out, view, overview);
    out
}

fn field(out: &mut String, view: View, label: &str, text: &str) {
    labelled(out, view, 0, Block::new(label, text, LINES));
}

fn counts(
    out: &mut String,
    view: View,
    title: &str,
    counts: &[NamedCount],
    whole: u64,
    style: fn(&str) -> Style,
) {
    if counts.is_empty() {
        return;
    }
    heading(out, view, title);
    let digits = counts.iter().map(|c| count(c.count).len()).max().unwrap_or(0);
    let room = view.width.saturating_sub(2 + 2 + digits + SHARE);
    let name = |c: &NamedCount| match c.name.as_str() {
        "" => "(none)".to_owned(),
        name => fit(&safe::line(name), room.min(32)).into_owned(),
    };
    let names: Vec<_> = counts.iter().map(name).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let longest = room.saturating_sub(widest).min(BAR);
    for (name, counted) in names.iter().zip(counts) {
        let gap = widest - name.width();
        let n = count(counted.count);
        #[expect(clippy::cast_precision_loss, reason = "a share is shown with one decimal")]
        let share = counted.count as f64 / whole.max(1) as f64;
        let share = percent(share);
        let row = format!("  {name}{:gap$}  {n:>digits$}  {share:>7}", "");
        let bar = match longest {
            ..SHORTEST_BAR => String::new(),
            longest => format!("  {}", "█".repeat(bar(counted.count, whole, longest))),
        };
        out.push_str(&format!("{row}{}\n", paint(style(&counted.name), bar)));
    }
}

/// The average of each metric over the tickets that have it, by name.
fn averages(out: &mut String, view: View, overview: &GetOverviewResponse) {
    let mut metrics: Vec<_> = overview.metrics_average.iter().collect();
    if metrics.is_empty() {
        return;
    }
    metrics.sort_by_key(|(name, _)| *name);
    heading(out, view, "Metrics, on average");
    let room = view.width.saturating_sub(2 + 2 + MEASURE).min(40);
    let named = metrics
        .into_iter()
        .map(|(name, average)| (fit(&safe::line(name), room).into_owned(), measure(*average)));
    let named: Vec<_> = named.collect();
    let widest = named.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    for (name, average) in named {
        let gap = widest - name.width();
        out.push_str(&format!("  {name}{:gap$}  {average}\n", ""));
    }
}

/// A share of the longest bar; one column at least.
fn bar(part: u64, whole: u64, longest: usize) -> usize {
    let columns = u128::from(part) * longest as u128 / u128::from(whole.max(1));
    usize::try_from(columns).unwrap_or(longest).clamp(1, longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let named = |name: &str, count| NamedCount { name: name.into(), count };
        let message = GetOverviewResponse {
            total: u64::MAX,
            by_status: vec![named(&"日本".repeat(40), u64::MAX), named("FAILED", 1)],
            duration_average: Some(prost_types::Duration { seconds: i64::MAX, nanos: 0 }),
            errors: vec![named(&"x".repeat(300), u64::MAX)],
            input_tokens: u64::MAX / 2,
            output_tokens: u64::MAX / 2,
            metrics_average: [("日本".repeat(60), -1.234_567e-300)].into(),
            lost: u64::MAX,
            ..GetOverviewResponse::default()
        };
        for width in [40, 60, 80, 200] {
            let view = View { width, full: false, now: jiff::Timestamp::UNIX_EPOCH };
            let text = anstream::adapter::strip_str(&overview(&message, view)).to_string();
            for line in text.lines() {
                assert!(line.width() <= width, "{width}: {line:?}");
            }
        }
    }

    #[test]
    fn totals_rates_times_and_errors() {
        let named = |name: &str, count| NamedCount { name: name.into(), count };
        let message = GetOverviewResponse {
            total: 1200,
            by_status: vec![named("SUCCESS", 1000), named("FAILED", 200)],
            success_rate: Some(1000.0 / 1200.0),
            duration_average: Some(prost_types::Duration { seconds: 4, nanos: 250_000_000 }),
            duration_p95: Some(prost_types::Duration { seconds: 61, nanos: 0 }),
            errors: vec![named("tool_timeout", 150), named("\u{1b}[2J", 50)],
            by_category: vec![named("BILLING", 700), named("", 500)],
            input_tokens: 1_234_567,
            output_tokens: 45_678,
            metrics_average: [
                ("overall_confidence".to_owned(), 0.81),
                ("cost_usd".to_owned(), 0.0123),
            ]
            .into(),
            lost: 3,
            ..GetOverviewResponse::default()
        };
        let view = View { width: 80, full: false, now: jiff::Timestamp::UNIX_EPOCH };
        let text = anstream::adapter::strip_str(&overview(&message, view)).to_string();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_tickets_is_said_and_not_drawn() {
        let view = View { width: 80, full: false, now: jiff::Timestamp::UNIX_EPOCH };
        assert_eq!(overview(&GetOverviewResponse::default(), view), "No tickets match.\n");
    }
}
