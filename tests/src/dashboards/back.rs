//! What the plugin's back end does to a query: comments are blanked, macros expanded. Measured on
//! the plugin's own; see its `pkg/macros`.

use super::Expansion;

/// The query for the database.
pub(super) fn expand(sql: &str, of: &Expansion) -> Result<String, String> {
    let sql = without_comments(sql);
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql.as_str();
    while let Some(at) = rest.find("$__") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = &rest[3..];
        let end = name.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
        let (name, after) = name.split_at(end.unwrap_or(name.len()));
        // Without an end to its bracket a macro has no arguments.
        let inner = after.strip_prefix('(').and_then(|inner| Some(&inner[..closing(inner)?]));
        let arguments = inner.map(arguments).unwrap_or_default();
        if let Some(text) = expanded(name, &arguments, of)? {
            out.push_str(&text);
            rest = inner.map_or(after, |inner| &after[inner.len() + 2..]);
        } else {
            out.push_str("$__");
            out.push_str(name);
            rest = after;
        }
    }
    Ok(out + rest)
}

/// What a macro stands for; nothing where the plugin knows none of that name.
fn expanded(name: &str, arguments: &[&str], of: &Expansion) -> Result<Option<String>, String> {
    let wants = |count: usize| {
        let wrong = format!("macro $__{name}: expected {count}, received {}", arguments.len());
        if arguments.len() == count { Ok(arguments.first().copied()) } else { Err(wrong) }
    };
    let column = || wants(1).map(Option::unwrap_or_default);
    let seconds = |ms: i64| format!("toDateTime({})", ms.div_euclid(1000));
    let millis = |ms: i64| format!("fromUnixTimestamp64Milli({ms})");
    let (from, to) = (of.from, of.to);
    let interval_s = (of.interval / 1000).max(1);
    let between =
        |column: &str, from: String, to: String| format!("{column} >= {from} AND {column} <= {to}");
    Ok(Some(match name {
        "timeFilter" => between(column()?, seconds(from), seconds(to)),
        "timeFilter_ms" => between(column()?, millis(from), millis(to)),
        "fromTime" => seconds(from),
        "toTime" => seconds(to),
        "fromTime_ms" => millis(from),
        "toTime_ms" => millis(to),
        "timeFrom" => format!("{} >= {}", column()?, seconds(from)),
        "timeTo" => format!("{} <= {}", column()?, seconds(to)),
        "timeInterval" => {
            format!("toStartOfInterval(toDateTime({}), INTERVAL {interval_s} second)", column()?)
        }
        "timeInterval_ms" => {
            let ms = of.interval.max(1);
            format!("toStartOfInterval(toDateTime64({}, 3), INTERVAL {ms} millisecond)", column()?)
        }
        "interval_s" => interval_s.to_string(),
        "interval_ms" => of.interval.to_string(),
        "interval" => format!("{interval_s}s"),
        // Not for dashboards of ours; a value that looks like one must not get here either.
        "dateFilter" | "dateTimeFilter" | "dt" | "timeGroup" | "table" | "column" | "columns"
        | "rateColumns" | "perSecondColumns" | "increaseColumns" | "lttb" => {
            return Err(format!("macro $__{name} is not one that dashboards here use"));
        }
        _ => return Ok(None),
    }))
}

/// Where the bracket that was opened before this text ends.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (1, 0);
    while at < text.len() {
        match text.as_bytes()[at] {
            b'\'' | b'"' => {
                at = literal_end(text, at, false);
                continue;
            }
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// What is between the commas, outside brackets and quotes.
fn arguments(inner: &str) -> Vec<&str> {
    let (mut depth, mut at, mut start, mut found) = (0, 0, 0, Vec::new());
    if inner.trim().is_empty() {
        return found;
    }
    while at < inner.len() {
        match inner.as_bytes()[at] {
            b'\'' | b'"' => {
                at = literal_end(inner, at, false);
                continue;
            }
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                found.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found.push(inner[start..].trim());
    found
}

/// The place after a quoted text that begins here. A doubled quote does not end it.
fn literal_end(text: &str, start: usize, backslash_escapes: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while at < bytes.len() {
        if backslash_escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != bytes[start] {
            at += 1;
        } else if bytes.get(at + 1) == Some(&bytes[start]) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

/// Comments outside quotes, as spaces.
fn without_comments(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    while at < sql.len() {
        let rest = &sql[at..];
        let comment = if rest.starts_with("--") {
            rest.find(['\n', '\r']).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            0
        };
        out.extend(std::iter::repeat_n(' ', comment));
        let end = match rest.chars().next() {
            _ if comment > 0 => at + comment,
            Some(quote @ ('\'' | '"' | '`')) => literal_end(sql, at, quote != '`'),
            Some(other) => at + other.len_utf8(),
            None => break,
        };
        if comment == 0 {
            out.push_str(&sql[at..end]);
        }
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expansion() -> Expansion {
        Expansion {
            from: 1_700_000_000_123,
            to: 1_700_003_600_456,
            interval: 15_000,
            chosen: [].into(),
        }
    }

    fn expanded(sql: &str) -> Result<String, String> {
        expand(sql, &expansion())
    }

    #[test]
    fn macros_stand_for_what_the_plugin_says() {
        for (sql, is) in [
            (
                "$__timeFilter_ms(c)",
                "c >= fromUnixTimestamp64Milli(1700000000123) AND c <= fromUnixTimestamp64Milli(1700003600456)",
            ),
            ("$__timeFilter(c)", "c >= toDateTime(1700000000) AND c <= toDateTime(1700003600)"),
            (
                "$__timeInterval_ms(f(c, ')'))",
                "toStartOfInterval(toDateTime64(f(c, ')'), 3), INTERVAL 15000 millisecond)",
            ),
            ("$__interval_s '$__interval_s' $__nada($__nada)", "15 '15' $__nada($__nada)"),
        ] {
            assert_eq!(expanded(sql).as_deref(), Ok(is));
        }
    }

    #[test]
    fn a_macro_without_its_arguments_is_an_error_even_in_quotes() {
        for sql in ["'$__timeFilter%28x%29'", "$__timeFilter_ms(a, b)", "'$__table'"] {
            assert!(expanded(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn comments_are_blank_and_quotes_are_not_comments() {
        let sql = "a -- $__table\nb /* $__table */ 'O\\'Brien -- x' \"--\" `--` é";
        let blank = [11, 14].map(|length| " ".repeat(length));
        let is = format!("a {}\nb {} 'O\\'Brien -- x' \"--\" `--` é", blank[0], blank[1]);
        assert_eq!(expanded(sql), Ok(is));
    }
}
