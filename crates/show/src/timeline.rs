//! The timeline: a bar for each step, scaled to the width, nested by parent, errors in red.

use anstyle::Style;
use ticketlens_api::Step;
use unicode_width::UnicodeWidthStr;

use crate::{
    nest::{Nested, nest},
    paint::{CYAN, DIM, MAGENTA, RED, YELLOW, paint},
    quantity::{count, finite, millis},
    safe,
    text::{View, heading},
};

/// Rows shown unless the view is full.
const ROWS: usize = 200;
/// Levels of nesting that are indented; what is deeper stands at this one.
const LEVELS: usize = 8;
/// Columns of the duration at a row's end.
const DURATION: usize = 9;

/// Appends the timeline of an execution that took `total_ms`.
pub fn timeline(out: &mut String, view: View, steps: &[Step], total_ms: f64) {
    if steps.is_empty() {
        return;
    }
    heading(out, view, "Timeline");
    let scale = Scale::of(view, steps, total_ms);
    let end = millis(scale.total_ms);
    let gap = scale.bars.saturating_sub(4 + end.len()).max(1);
    let axis = format!("{:names$} 0 ms{:gap$}{end}", "", "", names = scale.names);
    out.push_str(&format!("{}\n", paint(DIM, axis.trim_end())));

    let ids: Vec<_> = steps.iter().map(|s| (s.id.as_str(), s.parent_id.as_str())).collect();
    let places = nest(&ids);
    let limit = if view.full { usize::MAX } else { ROWS };
    for place in places.iter().take(limit) {
        row(out, &scale, &steps[place.index], *place);
    }
    if places.len() > limit {
        let left = count((places.len() - limit) as u64);
        out.push_str(&format!(
            "{}\n",
            paint(DIM, format!("… {left} more steps; --full shows them"))
        ));
    }
}

/// Columns and time per column.
struct Scale {
    names: usize,
    bars: usize,
    total_ms: f64,
}

impl Scale {
    fn of(view: View, steps: &[Step], total_ms: f64) -> Self {
        let names = (view.width / 3).clamp(16, 40);
        let bars = view.width.saturating_sub(names + 1 + DURATION).max(10);
        // Steps may outlast what the ticket says of itself: the bars stay on the page.
        let last = steps.iter().map(|s| finite(s.start_ms) + finite(s.duration_ms));
        Self { names, bars, total_ms: last.fold(finite(total_ms), f64::max) }
    }

    /// First column and length of a bar; one column at least.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "shares of a width, clamped to it"
    )]
    fn bar(&self, step: &Step) -> (usize, usize) {
        if self.total_ms == 0.0 {
            return (0, 1);
        }
        let columns = |ms: f64| finite(ms) / self.total_ms * self.bars as f64;
        let start = (columns(step.start_ms) as usize).min(self.bars - 1);
        let length = (columns(step.duration_ms).round() as usize).clamp(1, self.bars - start);
        (start, length)
    }
}

fn row(out: &mut String, scale: &Scale, step: &Step, place: Nested) {
    let is_error = step.status == "ERROR";
    let style = if is_error { RED } else { of_kind(&step.kind) };
    let iteration = step.iteration.map_or_else(String::new, |n| format!("#{n}"));
    let indent = place.depth.min(LEVELS) * 2;
    let room = scale.names.saturating_sub(indent + iteration.len() + 1).max(4);
    let name = fit(&safe::line(if step.name.is_empty() { &step.kind } else { &step.name }), room);
    let gap = scale.names.saturating_sub(indent + name.width() + iteration.len());

    let (start, length) = scale.bar(step);
    let is_instant = finite(step.duration_ms) == 0.0;
    let bar = if is_instant { "▏".to_owned() } else { "█".repeat(length) };
    let after = scale.bars - start - length;
    let duration = if is_instant { String::new() } else { millis(step.duration_ms) };
    out.push_str(&format!(
        "{:indent$}{}{:gap$}{} {:start$}{}{:after$}{duration:>DURATION$}",
        "",
        paint(if is_error { RED } else { Style::new() }, name),
        "",
        paint(DIM, iteration),
        "",
        paint(style, bar),
        "",
    ));
    trim_end(out);
    out.push('\n');
    if is_error {
        let kind = safe::line(&step.error_type);
        let says = if kind.is_empty() { "failed".into() } else { kind };
        out.push_str(&format!("{:indent$}{}\n", "", paint(RED, format!("└ {says}"))));
    } else if step.status == "SKIPPED" {
        out.push_str(&format!("{:indent$}{}\n", "", paint(DIM, "└ skipped")));
    }
}

/// The colour of a kind of step.
pub fn of_kind(kind: &str) -> Style {
    match kind {
        "react" | "llm" => CYAN,
        "tool" => YELLOW,
        "retrieval" => MAGENTA,
        "message" => DIM,
        _ => Style::new(),
    }
}

/// The text in at most so many columns, with an ellipsis where it was cut.
pub fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if out.width() + unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) >= columns {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

fn trim_end(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, parent: &str, start_ms: f64, duration_ms: f64) -> Step {
        Step {
            id: id.into(),
            parent_id: parent.into(),
            kind: "tool".into(),
            name: format!("step {id}"),
            start_ms,
            duration_ms,
            status: "OK".into(),
            ..Step::default()
        }
    }

    fn shown(width: usize, steps: &[Step], total_ms: f64) -> String {
        let mut out = String::new();
        let view = View { width, full: false, now: jiff::Timestamp::UNIX_EPOCH };
        timeline(&mut out, view, steps, total_ms);
        anstream::adapter::strip_str(&out).to_string()
    }

    #[test]
    fn bars_keep_to_the_width_whatever_the_numbers_are() {
        let wild = [
            step("nan", "", f64::NAN, f64::NAN),
            step("late", "", 1e300, 1e300),
            step("early", "", -5.0, f64::NEG_INFINITY),
            step("long", "", 0.0, f64::INFINITY),
            step("deep", "nan", 90.0, 10.0),
        ];
        for width in [10, 40, 80, 200] {
            for total in [0.0, 100.0, f64::NAN] {
                for line in shown(width, &wild, total).lines() {
                    assert!(line.width() <= width.max(40), "{width}: {line:?}");
                }
            }
        }
    }

    #[test]
    fn names_are_cut_by_columns_and_not_by_characters() {
        assert_eq!(fit("日本語の名前", 7), "日本語…");
        assert_eq!(fit("short", 7), "short");
    }

    #[test]
    fn a_long_timeline_says_what_it_leaves_out() {
        let steps: Vec<_> = (0..250).map(|n| step(&n.to_string(), "", f64::from(n), 1.0)).collect();
        let text = shown(80, &steps, 250.0);
        assert!(text.contains("… 50 more steps; --full shows them"), "{text}");
    }
}
