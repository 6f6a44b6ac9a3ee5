//! How the package tells a model by its name, as patterns of ours: names in lower case, in which
//! `*` is any text and `#` a digit. Alternatives are several patterns.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::prices::{
    json::{list, text},
    notes::Notes,
};

/// The patterns of one model, each once, sorted.
pub(super) fn patterns(matcher: &Value, notes: &mut Notes) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect(matcher, &mut found, notes)?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn collect(matcher: &Value, found: &mut Vec<String>, notes: &mut Notes) -> Result<()> {
    let (kind, value) = matcher.as_object().and_then(|m| m.iter().next()).context("no matcher")?;
    match kind.as_str() {
        "or" => list(value).iter().try_for_each(|one| collect(one, found, notes))?,
        "and" => without_exceptions(list(value), found, notes)?,
        "regex" => match of_regex(text(value)?) {
            Some(patterns) => found.extend(patterns),
            None => notes.add(format!("left out: names by the expression `{value}`")),
        },
        kind => match of_text(kind, text(value)?) {
            Some(pattern) => found.push(pattern),
            None => notes.add(format!("left out: names by {matcher}")),
        },
    }
    Ok(())
}

/// Several at once are one and exceptions of it. Whoever is excepted has a pattern of its own that
/// is more specific, or else is taken for the one; which is said.
fn without_exceptions(all: &[Value], found: &mut Vec<String>, notes: &mut Notes) -> Result<()> {
    let is_exception = |one: &&Value| one["regex"].as_str().is_some_and(|r| r.starts_with("^(?!"));
    let (exceptions, others): (Vec<_>, Vec<_>) = all.iter().partition(is_exception);
    let [one] = others[..] else {
        notes.add(format!("left out: names by {}", Value::from(all)));
        return Ok(());
    };
    for exception in exceptions {
        notes.add(format!("wider: without the exception {exception}"));
    }
    collect(one, found, notes)
}

fn of_text(kind: &str, text: &str) -> Option<String> {
    let text = text.to_lowercase();
    if text.is_empty() || text.contains(|c: char| c == '*' || c == '#' || c.is_whitespace()) {
        return None;
    }
    match kind {
        "equals" => Some(text),
        "starts_with" => Some(format!("{text}*")),
        "ends_with" => Some(format!("*{text}")),
        "contains" => Some(format!("*{text}*")),
        _ => None,
    }
}

/// Of an expression that begins at the name's begin and is made of text, digits (`\d`, `\d{8}`),
/// one of some signs (`[-@]`) and what may be missing (`(…)?`).
fn of_regex(regex: &str) -> Option<Vec<String>> {
    let mut rest = regex.strip_prefix('^')?;
    let mut found = vec![String::new()];
    while !rest.is_empty() && rest != "$" {
        let (alternatives, behind) = part(rest)?;
        let longer =
            |one: &String| alternatives.iter().map(|a| format!("{one}{a}")).collect::<Vec<_>>();
        found = found.iter().flat_map(longer).collect();
        rest = behind;
    }
    let end = if rest == "$" { "" } else { "*" };
    Some(found.into_iter().map(|one| format!("{}{end}", one.to_lowercase())).collect())
}

/// The first part's alternatives, and what is behind it.
fn part(rest: &str) -> Option<(Vec<String>, &str)> {
    if let Some(behind) = rest.strip_prefix(r"\d") {
        let Some(counted) = behind.strip_prefix('{') else {
            return Some((vec!["#".into()], behind));
        };
        let (count, behind) = counted.split_once('}')?;
        return Some((vec!["#".repeat(count.parse().ok()?)], behind));
    }
    if let Some(behind) = rest.strip_prefix('\\') {
        let sign = behind.chars().next().filter(char::is_ascii_punctuation)?;
        return Some((vec![sign.into()], &behind[1..]));
    }
    if let Some(behind) = rest.strip_prefix('[') {
        let (signs, behind) = behind.split_once(']')?;
        // A `-` at an end is itself; between signs it would be a range.
        let is_range = signs.get(1..signs.len() - 1).is_none_or(|middle| middle.contains('-'));
        let plain = !signs.starts_with('^') && !signs.contains('\\') && !is_range;
        return plain.then(|| (signs.chars().map(String::from).collect(), behind));
    }
    if let Some(behind) = rest.strip_prefix('(') {
        let (inner, behind) = behind.split_once(")?")?;
        let mut there = of_regex(&format!("^{inner}$"))?;
        there.push(String::new());
        return Some((there, behind));
    }
    let sign = rest.chars().next()?;
    let plain = sign.is_ascii_alphanumeric() || "-/@:_=".contains(sign);
    plain.then(|| (vec![sign.into()], &rest[1..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(matcher: &Value) -> (Vec<String>, usize) {
        let mut notes = Notes::default();
        let patterns = patterns(matcher, &mut notes).unwrap();
        (patterns, notes.said().len())
    }

    #[test]
    fn texts_become_names_with_stars() {
        let matcher = json!({"or": [
            {"equals": "GPT-4o"}, {"starts_with": "a"}, {"ends_with": "b"}, {"contains": "c"},
        ]});
        assert_eq!(
            of(&matcher),
            (vec!["*b".into(), "*c*".into(), "a*".into(), "gpt-4o".into()], 0)
        );
    }

    #[test]
    fn expressions_become_digits_and_alternatives() {
        let of = |regex| of_regex(regex).unwrap_or_default();
        assert_eq!(of(r"^claude-fable-5-\d{8}$"), ["claude-fable-5-########"]);
        assert_eq!(of(r"^gemini-3\.5-flash-\d"), ["gemini-3.5-flash-#*"]);
        assert_eq!(of(r"^opus-5[-@]\d{2}$"), ["opus-5-##", "opus-5@##"]);
        assert_eq!(
            of(r"^(t/)?jev-1\.13(-\d{2})?$"),
            ["t/jev-1.13-##", "t/jev-1.13", "jev-1.13-##", "jev-1.13"]
        );
        assert_eq!(of(r"^composer-2\.5\[fast=true\]$"), ["composer-2.5[fast=true]"]);
        assert_eq!(of(r"unanchored"), Vec::<String>::new());
        assert_eq!(of(r"^a[0-9]$"), Vec::<String>::new(), "a range");
    }

    #[test]
    fn what_is_wider_or_left_out_is_said() {
        let but_speech = json!({"and": [{"starts_with": "gemini"}, {"regex": "^(?!.*-tts)"}]});
        assert_eq!(of(&but_speech), (vec!["gemini*".into()], 1));
        assert_eq!(of(&json!({"regex": "a|b"})), (vec![], 1));
        assert_eq!(of(&json!({"equals": "two words"})), (vec![], 1));
        assert_eq!(of(&json!({"and": [{"equals": "a"}, {"equals": "b"}]})), (vec![], 1));
    }
}
