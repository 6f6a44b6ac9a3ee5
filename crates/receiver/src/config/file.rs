//! The text of a configuration file: what of it can be read, and everything that can't.

use serde::de::DeserializeOwned;
use toml::{
    Deserializer,
    de::{DeTable, DeValue, Error},
};

/// How alike two names are for one to be meant by the other, from 0 to 1: every one is meant to be a
/// setting, so more is forgiven than in a ticket, whose fields may have any name.
const ALIKE: f64 = 0.8;

/// Reads `text` into `T`. What can't be read is left out and told, one line each: names and lines,
/// never a value.
pub(super) fn read<T: DeserializeOwned + Default>(text: &str) -> (T, Vec<String>) {
    let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let line_of = |error: &Error| error.span().map_or(1, |span| line(span.start));
    let (mut table, broken) = DeTable::parse_recoverable(text);
    let told = |error: &Error| format!("line {}: {}", line_of(error), error.message());
    let mut problems: Vec<String> = broken.iter().map(told).collect();
    loop {
        // Each round takes one entry out, so it ends.
        let error = match T::deserialize(Deserializer::from(table.clone())) {
            Ok(read) => return (read, problems),
            Err(error) => error,
        };
        let entry = error.span().and_then(|span| take(table.get_mut(), span.start));
        let Some(name) = entry else {
            problems.push(told(&error));
            return (T::default(), problems);
        };
        // What stands on a broken line was told already.
        if !broken.iter().any(|broken| line_of(broken) == line_of(&error)) {
            problems.push(format!("{name}: {} (line {})", says(error.message()), line_of(&error)));
        }
    }
}

/// Takes out the entry that stands at this place of the text; its name, with dots.
fn take(table: &mut DeTable<'_>, at: usize) -> Option<String> {
    for (key, value) in table.iter_mut() {
        if let DeValue::Table(inner) = value.get_mut()
            && let Some(name) = take(inner, at)
        {
            return Some(format!("{}.{name}", key.get_ref()));
        }
    }
    // A value that is missing has no width.
    let holds = |span: std::ops::Range<usize>| (span.start..=span.end).contains(&at);
    let mut entries = table.iter();
    let (key, _) = entries.find(|(key, value)| holds(key.span()) || holds(value.span()))?;
    let key = key.get_ref().clone();
    table.remove(&*key);
    Some(key.into_owned())
}

/// Serde's message without the value it quotes, and with what may be meant.
fn says(message: &str) -> String {
    if !message.starts_with("unknown field") {
        return match message.rsplit_once(", expected ") {
            // Rust's names of numbers.
            Some((_, number)) if number.starts_with(['u', 'i']) && number.len() <= 3 => {
                "must be a whole number".to_owned()
            }
            Some((_, section)) if section.starts_with("struct ") => "must be a section".to_owned(),
            Some((_, "a sequence")) => "must be a list".to_owned(),
            Some((_, "a string")) => "must be a text".to_owned(),
            Some((_, expected)) => format!("must be {expected}"),
            None => message.to_owned(),
        };
    }
    // Every second part stands between backticks: the name, then those that are known.
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<_> = names.collect();
    let likeness = |name: &str| strsim::jaro_winkler(unknown, name);
    let meant = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match meant.filter(|name| likeness(name) >= ALIKE) {
        Some(name) => format!("no such setting; did you mean {name}?"),
        None => format!("no such setting; here are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Outer {
        port: Option<u16>,
        name: Option<String>,
        inner: Inner,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Inner {
        window_ms: Option<u64>,
        names: Vec<String>,
        fsync: Option<bool>,
    }

    #[test]
    fn what_can_be_read_is_and_the_rest_is_told() {
        let text = "port = \"x\"\nname = \"n\"\nzone = 1\n[inner]\nwindow_m = 3\nfsync = 7\n\
                    names = [\"a\", 2]\nquux = { a = 1 }\n[other]\nx = 1\n";
        let (read, mut problems) = read::<Outer>(text);
        assert_eq!(read, Outer { name: Some("n".into()), ..Outer::default() });
        problems.sort();
        let expected = [
            "inner.fsync: must be a boolean (line 6)",
            "inner.names: must be a text (line 7)",
            "inner.quux: no such setting; here are window_ms, names, fsync (line 8)",
            "inner.window_m: no such setting; did you mean window_ms? (line 5)",
            "other: no such setting; here are port, name, inner (line 9)",
            "port: must be a whole number (line 1)",
            "zone: no such setting; here are port, name, inner (line 3)",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_line_that_is_no_toml_hides_no_other() {
        let (read, problems) = read::<Outer>("port = \nname = \"n\"\n[inner]\nwindow = 1\n");
        assert_eq!(read.name.as_deref(), Some("n"), "{problems:#?}");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("line 1: "), "{problems:?}");
        assert!(problems[1].starts_with("inner.window: "), "{problems:?}");
    }

    #[test]
    fn inline_and_dotted_tables_are_named_alike() {
        for text in ["inner = { windw_ms = 1 }", "inner.windw_ms = 1", "[inner]\nwindw_ms = 1"] {
            let (_, problems) = read::<Outer>(text);
            assert_eq!(problems.len(), 1, "{text}");
            assert!(problems[0].starts_with("inner.windw_ms: "), "{text}: {problems:?}");
        }
        let (_, problems) = read::<Outer>("inner = 3");
        assert!(problems[0].starts_with("inner: must be"), "{problems:?}");
    }
}
