//! Tables that fit the terminal.

use comfy_table::{Cell, Color, ContentArrangement, Table, TableStyle, presets};

use crate::safe;

/// A table with these headings, in as many columns as the terminal has. Its colours are always
/// there; the stream takes them out.
#[must_use]
pub fn table(headings: &[&str], width: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .enforce_styling()
        .set_header(headings.iter().map(|text| Cell::new(text).fg(Color::DarkGrey)));
    table
}

const STYLE: TableStyle = presets::NOTHING;

/// Anyone's text in a cell.
pub fn cell(text: &str) -> Cell {
    Cell::new(safe::line(text))
}

/// A status in its colour.
pub fn status(text: &str) -> Cell {
    let cell = cell(text);
    match text {
        "SUCCESS" => cell.fg(Color::Green),
        "FAILED" => cell.fg(Color::Red),
        "CANCELLED" => cell,
        _ => cell.fg(Color::Yellow),
    }
}

/// The finished table, with a line break.
pub fn text(table: &Table) -> String {
    let mut out = String::new();
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_its_width_and_shows_hostile_text_harmless() {
        let mut table = table(&["ticket", "status", "error"], 40);
        table.add_row([cell("4711\u{1b}[2J"), status("FAILED"), cell(&"tool_timeout ".repeat(6))]);
        let text = anstream::adapter::strip_str(&text(&table)).to_string();
        assert!(text.contains("\\u{1b}"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
    }
}
