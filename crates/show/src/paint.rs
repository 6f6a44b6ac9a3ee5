//! Colours. Everything rendered carries them; the stream it is printed to takes them out where it
//! is no terminal or where `NO_COLOR` is set, so that rendering needs to know nothing about it.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// Headings.
pub const BOLD: Style = Style::new().bold();
/// Labels, hints, what is there but not the point.
pub const DIM: Style = Style::new().dimmed();
/// What went wrong.
pub const RED: Style = AnsiColor::Red.on_default();
/// What is well, and what is new in a preview.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// A ticket or a step that went as it should. As in the dashboards: who can't tell green from red can tell this.
pub const BLUE: Style = AnsiColor::Blue.on_default();
/// What needs a person, and tools.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// The agent and its models.
pub const CYAN: Style = AnsiColor::Cyan.on_default();
/// Searches.
pub const MAGENTA: Style = AnsiColor::Magenta.on_default();

/// The text in a style; nothing for no text.
pub fn paint(style: Style, text: impl Display) -> String {
    let text = text.to_string();
    if text.is_empty() { text } else { format!("{style}{text}{style:#}") }
}

/// The style of a ticket's or a step's status.
pub fn of_status(status: &str) -> Style {
    match status {
        "SUCCESS" | "OK" => BLUE,
        "FAILED" | "ERROR" => RED.bold(),
        "CANCELLED" | "SKIPPED" => DIM,
        _ => YELLOW,
    }
}
