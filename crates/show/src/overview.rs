//! The overview: how many, how well, how fast, what went wrong.

use anstyle::Style;
use ticketlens_api::{GetOverviewResponse, NamedCount, time::duration_ms};
use unicode_width::UnicodeWidthStr;

use crate::{
    paint::{CYAN, DIM, RED, of_status, paint},
    quantity::{count, millis, percent},
    safe,
    text::{View, heading},
    width::fit,
};

/// Columns of the longest bar.
const BAR: u64 = 30;

/// The overview. Pure: a message in, text with colours out.
pub fn overview(overview: &GetOverviewResponse, view: View) -> String {
    let mut out = String::new();
    if overview.total == 0 {
        out.push_str("No tickets match.\n");
        return out;
    }
    let rate = overview.success_rate.map_or_else(|| "-".to_owned(), percent);
    let average = millis(duration_ms(overview.duration_average.as_ref()));
    let p95 = millis(duration_ms(overview.duration_p95.as_ref()));
    field(&mut out, "tickets", &count(overview.total));
    field(&mut out, "success", &rate);
    field(&mut out, "took", &format!("{average} on average, {p95} at the 95th percentile"));
    if overview.input_tokens + overview.output_tokens > 0 {
        let (read, written) = (count(overview.input_tokens), count(overview.output_tokens));
        field(&mut out, "tokens", &format!("{read} in, {written} out"));
    }
    if overview.lost > 0 {
        let lost = format!("{} known lost (gaps in the clients' sequences)", count(overview.lost));
        field(&mut out, "lost", &paint(RED, lost));
    }
    let all = overview.total;
    counts(&mut out, view, "By status", &overview.by_status, all, of_status);
    counts(&mut out, view, "By category", &overview.by_category, all, |_| CYAN);
    let failed = overview.errors.iter().map(|e| e.count).sum();
    counts(&mut out, view, "Errors of failed tickets", &overview.errors, failed, |_| RED);
    out
}

fn field(out: &mut String, label: &str, value: &str) {
    out.push_str(&format!(
        "{}{:gap$}{value}\n",
        paint(DIM, label),
        "",
        gap = 10 - label.len().min(9)
    ));
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
    let names: Vec<String> = counts
        .iter()
        .map(|c| {
            if c.name.is_empty() {
                "(none)".to_owned()
            } else {
                fit(&safe::line(&c.name), 32).into_owned()
            }
        })
        .collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let digits = counts.iter().map(|c| count(c.count).len()).max().unwrap_or(0);
    for (name, counted) in names.iter().zip(counts) {
        let gap = widest - name.width();
        let n = count(counted.count);
        #[expect(clippy::cast_precision_loss, reason = "a share is shown with one decimal")]
        let share = counted.count as f64 / whole.max(1) as f64;
        let bar = "█".repeat(bar(counted.count, whole));
        out.push_str(&format!(
            "  {name}{:gap$}  {n:>digits$}  {:>7}  {}\n",
            "",
            percent(share),
            paint(style(&counted.name), bar),
        ));
    }
}

fn bar(part: u64, whole: u64) -> usize {
    let columns = u128::from(part) * u128::from(BAR) / u128::from(whole.max(1));
    usize::try_from(columns).unwrap_or(0).clamp(1, 30)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            lost: 3,
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
