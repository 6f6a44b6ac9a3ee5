//! A line for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use crate::line::{Level, Line};

/// How lines for people look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) has_colours: bool,
    /// Whether the time and the part that says it are in it: beside a command's own words neither is
    /// needed.
    pub(crate) is_server: bool,
}

impl Look {
    pub(crate) fn write(self, line: &Line<'_>) -> String {
        let dim = self.style(Style::new().dimmed());
        let mut text = String::new();
        if self.is_server {
            let _ = write!(text, "{dim}{}{dim:#} ", line.timestamp);
        }
        let level = self.style(colour(line.level));
        let _ = write!(text, "{level}{:>5}{level:#} ", line.level.as_str());
        if self.is_server {
            let _ = write!(text, "{dim}{}{dim:#}: ", line.component);
        }
        text.push_str(&on_one_line(&line.message));
        for (name, value) in told(line) {
            let value = match value {
                Value::String(text) if is_plain(&text) => text,
                other => other.to_string(),
            };
            let _ = write!(text, " {dim}{name}={dim:#}{value}");
        }
        text
    }

    fn style(self, style: Style) -> Style {
        if self.has_colours { style } else { Style::new() }
    }
}

/// Everything that is not said yet.
fn told(line: &Line<'_>) -> Vec<(String, Value)> {
    let Ok(Value::Object(all)) = serde_json::to_value(line) else { return Vec::new() };
    let mut told = Vec::new();
    for (name, value) in all {
        match (name.as_str(), value) {
            ("timestamp" | "level" | "component" | "event" | "message", _)
            | ("maintenance_mode", Value::Bool(false)) => {}
            ("extra", Value::Object(extra)) => told.extend(extra),
            (_, value) => told.push((name, value)),
        }
    }
    told
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '"')
}

/// What somebody else wrote may be in it: it makes no second line, and acts on no terminal.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

const fn colour(level: Level) -> Style {
    let colour = match level {
        Level::Error => AnsiColor::Red,
        Level::Warn => AnsiColor::Yellow,
        Level::Info => AnsiColor::Green,
        Level::Debug => AnsiColor::Blue,
        Level::Trace => AnsiColor::Magenta,
    };
    colour.on_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_has_and_stays_one() {
        let mut line = Line::of(Level::Warn, "receiver.auth", "keys.unreadable");
        line.message = "keys can't\nbe read".into();
        line.error_code = Some("away".into());
        line.extra.insert("error".into(), "no answer from there".into());
        let look = Look { has_colours: false, is_server: false };
        let said = " WARN keys can't be read error_code=away error=\"no answer from there\"";
        assert_eq!(look.write(&line), said);
        let text = Look { is_server: true, ..look }.write(&line);
        assert!(text.contains("Z  WARN receiver.auth: keys can't"), "{text}");
        assert!(Look { has_colours: true, ..look }.write(&line).contains("\u{1b}["));
    }
}
