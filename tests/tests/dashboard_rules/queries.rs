//! Queries: one text for the provider and every tenant, and nothing that a value could break out of.

use ticketlens_tests::dashboards::{Asker, Dashboard, text};

/// How a variable may stand in a query: written so that nothing in it is a sign of SQL's or of a
/// macro's. `queryparam` would leave the `$` of a macro.
const FORMATS: [&str; 2] = ["percentencode", "customqueryparam"];

/// What a browser takes for something else where it puts a condition in.
const REPLACED: [&str; 4] = ["$$", "$&", "$`", "$'"];

pub fn check(dashboard: &Dashboard, say: &mut impl FnMut(String)) {
    for query in dashboard.queries() {
        let (_, name) = query.name.split_once(": ").unwrap_or_default();
        let mut say = |what: String| say(format!("{name} {what}"));
        for table in tables(query.sql) {
            // A part of a tuple has a number.
            if table.split_once('.').is_some_and(|(_, name)| name.parse::<u8>().is_err()) {
                say(format!("asks {table}: names without a database serve everybody"));
            }
        }
        let words: Vec<_> = query.sql.split_whitespace().collect();
        if words.contains(&"SETTINGS") {
            say("has SETTINGS, which readers must not change".to_owned());
        }
        for pair in words.windows(3) {
            let given = pair[2].trim_start_matches('(');
            if pair[0] == "tenant"
                && ["=", "IN", "!="].contains(&pair[1])
                && given.starts_with('\'')
            {
                say(format!("names a tenant: {}", pair.join(" ")));
            }
        }
        if query.asker == Asker::Panel && query.format == 0 && !query.sql.contains("ORDER BY time")
        {
            say("is a time series in no order".to_owned());
        }
        // Some versions of the plugin look for texts before they look for comments.
        let mut comments = query.sql.lines().filter(|line| line.trim_start().starts_with("--"));
        if comments.any(|line| line.contains(['\'', '"', '`'])) {
            say("has a quote in a comment".to_owned());
        }
        nested(query.sql, &mut say);
        variables(dashboard, query.sql, &mut say);
    }
}

/// What stands after FROM and JOIN.
fn tables(sql: &str) -> Vec<&str> {
    let mut words = sql.split(|c: char| c.is_whitespace() || "(),".contains(c));
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if ["FROM", "JOIN"].contains(&word) {
            found.extend(words.find(|word| !word.is_empty()));
        }
    }
    found
}

/// A macro in a macro's brackets is expanded by some versions of the plugin only.
fn nested(sql: &str, say: &mut impl FnMut(String)) {
    for macro_ in ["$__timeFilter_ms(", "$__timeInterval_ms(", "$__timeFilter(", "$__timeInterval("]
    {
        for (at, _) in sql.match_indices(macro_) {
            let inner = sql[at + macro_.len()..].split(')').next().unwrap_or_default();
            if inner.contains("$__") {
                say(format!("has a macro within {macro_}…)"));
            }
        }
    }
}

fn variables(dashboard: &Dashboard, sql: &str, say: &mut impl FnMut(String)) {
    let variable = |name: &str| dashboard.variables().iter().find(|one| text(one, "name") == name);
    for (at, _) in sql.match_indices('$') {
        let rest = &sql[at + 1..];
        if let Some(other) = REPLACED.iter().find(|other| sql[at..].starts_with(**other)) {
            say(format!("has {other}, which the browser replaces"));
        } else if rest.starts_with("__") {
            // A macro.
        } else if let Some((inner, _)) =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            let (name, format) = inner.split_once(':').unwrap_or((inner, ""));
            let Some(variable) = variable(name) else {
                say(format!("has ${{{inner}}}, which is no variable"));
                continue;
            };
            let quoted = sql[..at].ends_with('\'') && rest[inner.len() + 2..].starts_with('\'');
            if !FORMATS.contains(&format) || !quoted {
                say(format!("has ${{{inner}}} as {format:?}, not encoded and in quotes"));
            }
            if variable["multi"] == true && !conditional(&sql[..at]) {
                say(format!("has ${{{inner}}} outside $__conditionalAll"));
            }
        } else if !rest.contains(')') || !sql[..at].ends_with(", ") {
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next();
            say(format!("has ${} as it is", name.unwrap_or_default()));
        }
    }
}

/// Whether the end of this text is in the brackets of a `$__conditionalAll`.
fn conditional(before: &str) -> bool {
    let Some(at) = before.rfind("$__conditionalAll(") else { return false };
    let mut depth = 0;
    before[at..].chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth > 0 || !"()".contains(c)
    })
}
