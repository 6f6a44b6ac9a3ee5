//! The table by dialect, the misses, and what was not asked for.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use crate::tally::Tally;

/// The figures of each instrumentation.
pub type Dialects = BTreeMap<String, Tally>;

const HEADER: [&str; 11] = [
    "dialect",
    "scenarios",
    "steps right",
    "%",
    "extra",
    "content",
    "tokens",
    "calls",
    "run",
    "private",
    "one ticket apart",
];

/// How much of a text a miss shows.
const SHOWN: usize = 400;

/// All dialects together, without what was not asked for.
pub fn sum(dialects: &Dialects) -> Tally {
    let mut whole = Tally::default();
    for tally in dialects.values() {
        whole.add(tally.clone());
    }
    whole
}

pub fn print(dialects: &Dialects) {
    let whole = sum(dialects);
    println!("misses");
    for miss in &whole.misses {
        println!("  {}", shown(&miss.to_string()));
    }
    println!("\nnot asked for, as the recording never says it");
    for (dialect, tally) in dialects {
        let fields = tally.unsaid.iter().map(|(field, count)| format!("{field} {count}"));
        let fields: Vec<_> = fields.collect();
        if !fields.is_empty() {
            println!("  {dialect}: {}", fields.join(", "));
        }
    }
    println!("\nnot asked for, or less, and why");
    for (why, count) in &whole.excused {
        println!("  {count} of {why}");
    }
    println!("\n{}", table(dialects, &whole));
}

fn table(dialects: &Dialects, whole: &Tally) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(HEADER);
    for (dialect, tally) in dialects {
        table.add_row(row(dialect, tally));
    }
    table.add_row(row("all", whole));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn row(name: &str, tally: &Tally) -> [String; 11] {
    let steps = tally.steps;
    // In tenths, rounded down: 100.0 is all of them.
    let tenths = (steps.right * 1000).checked_div(steps.asked).unwrap_or(1000);
    [
        name.to_owned(),
        tally.scenarios.to_string(),
        steps.to_string(),
        format!("{}.{}", tenths / 10, tenths % 10),
        tally.extra.to_string(),
        tally.content.to_string(),
        tally.tokens.to_string(),
        tally.calls.to_string(),
        tally.run.to_string(),
        tally.private.to_string(),
        tally.alone.to_string(),
    ]
}

fn shown(line: &str) -> String {
    let line = line.replace('\n', " ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
