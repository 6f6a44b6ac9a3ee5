//! The timeline: a bar for each step, scaled to the width, nested by parent, errors in red.

use anstyle::Style;
use ticketlens_api::Step;
use unicode_width::UnicodeWidthStr;

use crate::{
    nest::{Nested, nest},
    paint::{CYAN, DIM, MAGENTA, RED, YELLOW, paint},
    quantity::{finite, millis},
    safe,
    text::{View, heading, joined, more},
    width::fit,
};

/// Rows shown unless the view is full.
const ROWS: usize = 200;
/// Levels of nesting that are indented; what is deeper stands at this one.
const LEVELS: usize = 8;
/// Columns a name has at least.
const LEAST: usize = 4;
/// Columns of the duration at a row's end, at least.
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
    let shown = places.len().min(view.limit(ROWS));
    for place in &places[..shown] {
        row(out, view, &scale, &steps[place.index], *place);
    }
    more(out, view, 0, places.len() - shown, "steps");
}

/// Columns and time per column.
struct Scale {
    names: usize,
    bars: usize,
    durations: usize,
    total_ms: f64,
}

impl Scale {
    fn of(view: View, steps: &[Step], total_ms: f64) -> Self {
        let names = (view.width / 3).clamp(16, 40);
        let longest = steps.iter().map(|s| millis(s.duration_ms).len() + 1).max();
        let durations = longest.unwrap_or(0).max(DURATION);
        let bars = view.width.saturating_sub(names + 1 + durations).max(10);
        // Steps may outlast what the ticket says of itself: the bars stay on the page.
        let last = steps.iter().map(|s| finite(s.start_ms) + finite(s.duration_ms));
        Self { names, bars, durations, total_ms: last.fold(finite(total_ms), f64::max) }
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

fn row(out: &mut String, view: View, scale: &Scale, step: &Step, place: Nested) {
    let is_error = step.status == "ERROR";
    let style = if is_error { RED } else { of_kind(&step.kind) };
    let indent = (place.depth.min(LEVELS) * 2).min(scale.names / 2);
    let iteration = step.iteration.map_or_else(String::new, |n| format!("#{n}"));
    let iteration = fit(&iteration, scale.names - indent - LEAST - 1);
    let room = (scale.names - indent).saturating_sub(iteration.len() + 1).max(LEAST);
    let whole = safe::line(if step.name.is_empty() { &step.kind } else { &step.name });
    let name = fit(&whole, room);
    let gap = scale.names.saturating_sub(indent + name.width() + iteration.width());

    let (start, length) = scale.bar(step);
    let is_instant = finite(step.duration_ms) == 0.0;
    let bar = if is_instant { "▏".to_owned() } else { "█".repeat(length) };
    let after = scale.bars - start - length;
    let durations = scale.durations;
    let duration = if is_instant { String::new() } else { millis(step.duration_ms) };
    out.push_str(&format!(
        "{:indent$}{}{:gap$}{} {:start$}{}{:after$}{duration:>durations$}",
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
    let kind = if step.error_type.is_empty() { "failed" } else { &step.error_type };
    let (style, says) = match step.status.as_str() {
        "ERROR" => (RED, kind),
        "SKIPPED" => (DIM, "skipped"),
        _ => (DIM, step.error_type.as_str()),
    };
    below(out, view, indent, style, says);
    if view.full && whole.width() > room {
        below(out, view, indent, DIM, &whole);
    }
}

/// What belongs to a row and has no room in it.
fn below(out: &mut String, view: View, indent: usize, style: Style, text: &str) {
    if !text.is_empty() {
        out.push_str(&format!("{:indent$}{} ", "", paint(style, "└")));
        joined(out, view, indent + 2, "", &[(style, text)]);
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
        for width in [40, 60, 80, 200] {
            for total in [0.0, 100.0, f64::NAN] {
                for line in shown(width, &wild, total).lines() {
                    assert!(line.width() <= width, "{width}: {line:?}");
                }
            }
        }
    }

    #[test]
    fn a_long_timeline_says_what_it_leaves_out() {
        let steps: Vec<_> = (0..250).map(|n| step(&n.to_string(), "", f64::from(n), 1.0)).collect();
        let text = shown(80, &steps, 250.0);
        assert!(text.contains("… 50 more steps; --full shows them"), "{text}");
    }
}
