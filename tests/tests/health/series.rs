//! Two moments of a real receiver as the course of three hours, in the form of `promtool test rules`:
//! an hour as it was at the first, two as it went on to the second.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::page::Page;

/// What is asked at a minute, and what the answer is.
pub struct Asked {
    pub expr: String,
    pub minute: u32,
    /// Labels and numbers.
    pub expected: Vec<(String, f64)>,
}

/// Each series and its values. A counter grows each minute of trouble by what it grew by altogether.
pub fn of(well: &Page, ill: &Page, written_in: &[(&str, f64, f64)]) -> Vec<(String, String)> {
    let mut courses: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (series, now) in &ill.series {
        let before = well.series.get(series).copied().unwrap_or_default();
        courses.insert(series, (before, *now));
    }
    for (series, before, now) in written_in {
        courses.insert(series, (*before, *now));
    }
    let course = |(series, (before, now)): (&str, (f64, f64))| {
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.trim_end_matches('}');
        let comma = if labels.is_empty() { "" } else { "," };
        let growth = if is_counter(name, ill) { now - before } else { 0.0 };
        (
            format!("{name}{{{labels}{comma}job=\"ticketlens\",instance=\"one\"}}"),
            format!("{before}+0x60 {now}+{growth}x120"),
        )
    };
    courses.into_iter().map(course).collect()
}

fn is_counter(name: &str, page: &Page) -> bool {
    let of = |name: &str| page.types.get(name).map(String::as_str);
    let ends = ["_bucket", "_count", "_sum"];
    of(name) == Some("counter")
        || ends.iter().any(|end| name.strip_suffix(end).and_then(of) == Some("histogram"))
}

/// The file that `promtool test rules` reads.
pub fn test(input: &[(String, String)], asked: &[Asked]) -> Value {
    let input = input.iter().map(|(series, values)| json!({"series": series, "values": values}));
    let samples = |expected: &[(String, f64)]| -> Vec<Value> {
        expected.iter().map(|(labels, value)| json!({"labels": labels, "value": value})).collect()
    };
    let asked = asked.iter().map(|one| {
        json!({
            "expr": one.expr, "eval_time": format!("{}m", one.minute),
            "exp_samples": samples(&one.expected)
        })
    });
    json!({
        "rule_files": ["alerts.yaml"],
        "evaluation_interval": "1m",
        "tests": [{
            "interval": "1m",
            "input_series": input.collect::<Vec<_>>(),
            "promql_expr_test": asked.collect::<Vec<_>>()
        }]
    })
}
