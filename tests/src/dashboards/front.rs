//! What the browser does to a query before it is sent: the plugin takes conditions on "All" out,
//! then Grafana puts in what was chosen.

use std::collections::BTreeMap;

use super::Chosen;

const CONDITIONAL: &str = "$__conditionalAll(";

pub(super) fn expand(sql: &str, chosen: &BTreeMap<String, Chosen>) -> String {
    interpolate(&conditions(sql.to_owned(), chosen), chosen)
}

/// `$__conditionalAll(condition, $variable)`: the condition, or 1=1 where all are chosen. From the
/// last to the first, so that those within others come first.
fn conditions(mut sql: String, chosen: &BTreeMap<String, Chosen>) -> String {
    while let Some(at) = sql.rfind(CONDITIONAL) {
        let arguments = arguments(&sql[at + CONDITIONAL.len()..]);
        let [condition, variable] = arguments[..] else {
            return sql;
        };
        let name: String =
            variable.chars().skip_while(|c| !is_word(*c)).take_while(|c| is_word(*c)).collect();
        // As text, a list is its values with commas between.
        let all = match chosen.get(&name) {
            None => false,
            Some(Chosen::All) => true,
            Some(Chosen::One(value)) => is_all(value),
            Some(Chosen::Several(values)) => is_all(&values.join(",")),
        };
        let phrase = if all { "1=1" } else { condition }.to_owned();
        let whole = format!("{CONDITIONAL}{condition},{variable})");
        sql = sql.replacen(&whole, &phrase, 1);
    }
    sql
}

fn is_all(value: &str) -> bool {
    value.is_empty() || value == "$__all"
}

/// The texts between the commas of this bracket. Brackets and commas in quotes count too.
fn arguments(rest: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (1, 0, Vec::new());
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (c == ',' && depth == 1) {
            found.push(&rest[start..at]);
            start = at + 1;
        }
        if depth == 0 {
            return found;
        }
    }
    Vec::new()
}

/// `$name`, `${name}` and `${name:format}`, once: what is put in is not looked at again.
fn interpolate(sql: &str, chosen: &BTreeMap<String, Chosen>) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (whole, name, format) = reference(&rest[1..]);
        match chosen.get(name) {
            Some(chosen) => out.push_str(&formatted(name, chosen, format)),
            None => out.push_str(&rest[..=whole]),
        }
        rest = &rest[whole + 1..];
    }
    out + rest
}

/// How long the reference after a `$` is, its name and its format.
fn reference(rest: &str) -> (usize, &str, &str) {
    if let Some(inner) = rest.strip_prefix('{')
        && let Some(end) = inner.find('}')
    {
        let (name, format) = inner[..end].split_once(':').unwrap_or((&inner[..end], ""));
        return (end + 2, name, format);
    }
    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    (end, &rest[..end], "")
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

fn formatted(name: &str, chosen: &Chosen, format: &str) -> String {
    let all = ["$__all".to_owned()];
    let (values, several): (&[String], bool) = match chosen {
        Chosen::All => (&all, true),
        Chosen::One(value) => (std::slice::from_ref(value), false),
        Chosen::Several(values) => (values, true),
    };
    let pairs = |prefix: &str, encode: fn(&str) -> String| {
        let pair = |value: &String| format!("{prefix}{name}={}", encode(value));
        values.iter().map(pair).collect::<Vec<_>>().join("&")
    };
    match format {
        "percentencode" if several => percent_encoded(&format!("{{{}}}", values.join(","))),
        "percentencode" => percent_encoded(&values[0]),
        "queryparam" => pairs("var-", url_encoded),
        "customqueryparam" => pairs("", percent_encoded),
        // The plugin's own: quotes are not escaped.
        _ if several => format!("'{}'", values.join("','")),
        _ => values[0].clone(),
    }
}

/// Everything but letters, digits and `-_.~`.
fn percent_encoded(value: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(encoded).collect()
}

/// As Grafana writes the parameters of its own addresses: some signs stay, `$` among them.
fn url_encoded(value: &str) -> String {
    let kept = [("%40", "@"), ("%3A", ":"), ("%24", "$"), ("%2C", ","), ("%3B", ";"), ("%20", "+")];
    kept.iter().fold(percent_encoded(value), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(sql: &str, values: &[&str]) -> String {
        let several = Chosen::Several(values.iter().map(ToString::to_string).collect());
        expand(sql, &[("v".to_owned(), several)].into())
    }

    #[test]
    fn a_condition_goes_where_all_are_chosen() {
        let sql = "a AND $__conditionalAll(f(x, '=([^&]*)') IN (${v:percentencode}), $v) AND b";
        assert_eq!(expanded(sql, &["$__all"]), "a AND 1=1 AND b");
        assert_eq!(expanded(sql, &[""]), "a AND 1=1 AND b");
        assert_eq!(expanded(sql, &["q"]), "a AND f(x, '=([^&]*)') IN (%7Bq%7D) AND b");
        let other = Chosen::All;
        let unknown = expand("$__conditionalAll(x, $w)", &[("v".to_owned(), other)].into());
        assert_eq!(unknown, "x");
    }

    #[test]
    fn values_are_written_as_each_format_says() {
        let hostile = ["it's $v(\n%", "b"];
        assert_eq!(expanded("${v:queryparam}", &hostile), "var-v=it%27s+$v%28%0A%25&var-v=b");
        assert_eq!(expanded("${v:customqueryparam}", &hostile), "v=it%27s%20%24v%28%0A%25&v=b");
        assert_eq!(expanded("$v ${v}", &["a'", "b"]), "'a'','b' 'a'','b'");
        assert_eq!(expanded("$w ${w:x} $__timeFilter(v)", &[]), "$w ${w:x} $__timeFilter(v)");
    }
}
