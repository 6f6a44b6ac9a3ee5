//! Columns and types as panels read them.

use serde_json::Value;
use ticketlens_tests::dashboards::{Asker, Column, Dashboard, Query, Table, list, text};

/// What the traces panel reads, letter by letter.
const TRACE: [(&str, &str); 12] = [
    ("traceID", "String"),
    ("spanID", "String"),
    ("parentSpanID", "String"),
    ("serviceName", "String"),
    ("operationName", "String"),
    ("startTime", "Float64"),
    ("duration", "Float64"),
    ("statusCode", "UInt8"),
    ("statusMessage", "String"),
    ("kind", "String"),
    ("tags", "Array(Map(String, String))"),
    ("serviceTags", "Array(Map(String, String))"),
];

/// What is wrong with an answer, for who asked.
pub fn problems(query: &Query<'_>, table: &Table) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |what: String| found.push(format!("{}: {what}", query.name));
    for column in &table.columns {
        if column.kind.contains("Array(UInt8)") || column.kind.contains("Array(Bool)") {
            say(format!("{} is taken for bytes", column.name));
        }
    }
    // A change against `inf` is none, and not shown; a change against nothing is painted as 0 %.
    let shown = usize::from(query.of["options"]["showPercentChange"] == true);
    for cell in table.rows.iter().skip(shown).flatten() {
        if ["nan", "inf", "-inf", "-nan"].contains(&cell.to_lowercase().as_str()) {
            say(format!("{cell} is no number"));
        }
    }
    match query.asker {
        Asker::Variable => {
            let texts = table.columns.iter().all(is_text);
            if !texts || table.columns.len() > 2 {
                say(format!("a variable is one or two texts: {:?}", table.columns));
            }
        }
        Asker::Annotation => {
            let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
            if names != ["time", "text", "tags"] || !is_time(&table.columns[0]) {
                say(format!("an annotation has time, text and tags: {:?}", table.columns));
            }
        }
        Asker::Panel => panel(query, table, &mut say),
    }
    found
}

fn panel(query: &Query<'_>, table: &Table, say: &mut impl FnMut(String)) {
    match query.format {
        0 => series(table, say),
        3 => {
            let columns = table.columns.iter();
            let columns: Vec<_> = columns.map(|c| (c.name.as_str(), plain(c))).collect();
            if columns != TRACE {
                say(format!("a trace has other columns: {columns:?}"));
            }
        }
        _ => {}
    }
    let configured = &query.of["fieldConfig"];
    let default = text(&configured["defaults"], "unit");
    let overrides = list(configured, "overrides");
    for column in &table.columns {
        let own = overrides.iter().filter(|one| one["matcher"]["options"] == column.name.as_str());
        let properties: Vec<_> = own.flat_map(|one| list(one, "properties")).collect();
        let unit = properties.iter().any(|one| one["id"] == "unit");
        if is_number(column) && query.format != 3 && default.is_empty() && !unit {
            say(format!("the number {} has no unit", column.name));
        }
    }
    for matcher in overrides.iter().map(|one| &one["matcher"]) {
        if matcher["id"] == "byName" && !is_there(matcher["options"].as_str(), query, table) {
            say(format!("there is no {} to override", matcher["options"]));
        }
    }
    for link in Dashboard::field_links(query.of) {
        references(text(link, "url"), query, table, say);
    }
    if let Value::String(field) = &query.of["options"]["xField"]
        && !table.columns.iter().any(|column| column.name == *field)
    {
        say(format!("there is no {field} for the axis"));
    }
}

/// Time first and ascending, then numbers and texts: a graph's lines.
fn series(table: &Table, say: &mut impl FnMut(String)) {
    let [time, rest @ ..] = &table.columns[..] else { return say("it has no columns".to_owned()) };
    if time.name != "time" || !is_time(time) {
        say(format!("a series begins with time: {time:?}"));
    }
    let times = table.column(&time.name);
    if !times.is_sorted() {
        say("its times are not in order".to_owned());
    }
    if let Some(other) = rest.iter().find(|column| !is_number(column) && !is_text(column)) {
        say(format!("a series can't show {other:?}"));
    }
    if !rest.iter().any(is_number) {
        say("a series has numbers".to_owned());
    }
}

/// A column, or a line that is named after a value of a text column: a status.
fn is_there(name: Option<&str>, query: &Query<'_>, table: &Table) -> bool {
    let statuses = ["SUCCESS", "FAILED", "ESCALATED", "CANCELLED"];
    let by_status = query.format == 0 && table.columns.iter().any(|column| column.name == "status");
    name.is_some_and(|name| {
        table.columns.iter().any(|column| column.name == name)
            || (by_status && statuses.contains(&name))
    })
}

/// What a link takes from a row is in the row.
fn references(url: &str, query: &Query<'_>, table: &Table, say: &mut impl FnMut(String)) {
    for (start, is_label) in [("${__data.fields.", false), ("${__field.labels.", true)] {
        for (at, _) in url.match_indices(start) {
            let name = url[at + start.len()..].split([':', '}']).next().unwrap_or_default();
            let fits = |column: &Column| {
                column.name == name && (!is_label || (query.format == 0 && is_text(column)))
            };
            if !table.columns.iter().any(fits) {
                say(format!("a link takes {name}, which is not there: {url}"));
            }
        }
    }
}

/// The type without NULL and dictionary, which the plugin leaves out too.
fn plain(column: &Column) -> &str {
    let within = |kind, outer| {
        str::strip_prefix(kind, outer).and_then(|kind| kind.strip_suffix(')')).unwrap_or(kind)
    };
    within(within(&column.kind, "LowCardinality("), "Nullable(")
}

fn is_number(column: &Column) -> bool {
    ["UInt", "Int", "Float", "Decimal"].iter().any(|kind| plain(column).starts_with(kind))
}

fn is_text(column: &Column) -> bool {
    plain(column) == "String"
}

fn is_time(column: &Column) -> bool {
    plain(column).starts_with("DateTime")
}
