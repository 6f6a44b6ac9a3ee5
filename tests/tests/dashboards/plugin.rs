//! The same queries through the plugin's own back end: what its frames hold is what the database
//! answered.

use serde_json::{Value, json};
use ticketlens_tests::{
    dashboards::{Column, Dashboard, Table},
    grafana::{Field, Frame, Plugin, Protocol, Range},
};

use super::{hostile, opened, seed::world, states};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn every_panel_gets_from_the_plugin_what_the_database_answers() {
    let (_database, readers) = world().await;
    let mut plugin = Plugin::start();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for dashboard in Dashboard::all() {
        for (state, expansion) in states(&dashboard) {
            let range = Range {
                from_ms: expansion.from,
                to_ms: expansion.to,
                interval_ms: expansion.interval,
            };
            for query in dashboard.queries() {
                let target = json!({
                    "refId": "A", "editorType": "sql", "format": query.format,
                    "rawSql": expansion.choose(query.sql),
                });
                for login in [&readers.provider, readers.tenant("acme")] {
                    let known = super::ask(login, &expansion, &query);
                    for protocol in Protocol::ALL {
                        asked += 1;
                        let answer = plugin.query(login, protocol, &target, range);
                        let sql = expansion.expand(query.sql).expect("macros as they should be");
                        let problem = match answer {
                            Ok(frames) if frames.iter().any(|frame| frame.sql != sql) => {
                                Some(format!("other macros than {sql}: {frames:?}"))
                            }
                            Ok(frames) => differs(&frames, &known, query.format),
                            Err(refusal) => Some(refusal.message),
                        };
                        if let Some(problem) = problem {
                            let who = &login.user;
                            wrong.push(format!(
                                "{}, {state}, {who}, {protocol:?}: {problem}",
                                query.name
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(asked > 300, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn hostile_values_pass_through_the_plugin() {
    let (_database, readers) = hostile::world().await;
    let (mut plugin, dashboard) = (Plugin::start(), Dashboard::named("tickets"));
    let queries = dashboard.queries();
    let list = queries.iter().find(|query| query.name == "tickets: Tickets (table)").unwrap();
    for value in hostile::VALUES {
        let chosen = opened(&dashboard).among("category", value).one("search", value);
        let range = Range { from_ms: chosen.from, to_ms: chosen.to, interval_ms: chosen.interval };
        let target = json!({"refId": "A", "editorType": "sql", "format": list.format,
                            "rawSql": chosen.choose(list.sql)});
        for protocol in Protocol::ALL {
            let frames = plugin.query(readers.tenant("hostile"), protocol, &target, range);
            assert_eq!(frames.unwrap()[0].field("Ticket").values, [value], "{value:?}");
        }
    }
}

/// Why dashboards here do not write `${category:queryparam}`, which leaves a `$` as it is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn a_macros_name_in_quotes_is_still_a_macro() {
    let (_database, readers) = world().await;
    let (mut plugin, overview) = (Plugin::start(), Dashboard::named("overview"));
    let chosen = opened(&overview).among("workflow", "$__timeFilter(x)");
    for (written, fails) in [("queryparam", true), ("customqueryparam", false)] {
        let sql = format!("SELECT '${{workflow:{written}}}' AS a");
        let target = json!({"refId": "A", "editorType": "sql", "format": 1,
                            "rawSql": chosen.choose(&sql)});
        let frames = plugin.query(readers.tenant("acme"), Protocol::Native, &target, Range::DAY);
        assert_eq!(frames.is_err(), fails, "{written}: {frames:?}");
        assert_eq!(chosen.expand(&sql).is_err(), fails, "{written}");
    }
}

/// What of an answer is not in the frames.
fn differs(frames: &[Frame], known: &Table, format: u64) -> Option<String> {
    let [frame] = frames else { return Some(format!("{} frames", frames.len())) };
    if known.rows.is_empty() {
        // Over HTTP an answer without rows has no columns either.
        return (frame.rows() != 0).then(|| format!("{} rows of none", frame.rows()));
    }
    if format == 0 { series(frame, known) } else { table(frame, known) }
}

fn table(frame: &Frame, known: &Table) -> Option<String> {
    let names: Vec<_> = known.columns.iter().map(|column| column.name.as_str()).collect();
    if frame.names() != names {
        return Some(format!("{:?} for {names:?}", frame.names()));
    }
    for (column, field) in known.columns.iter().zip(&frame.fields) {
        let cells = known.column(&column.name);
        if cells.len() != field.values.len() {
            return Some(format!(
                "{}: {} of {} rows",
                column.name,
                field.values.len(),
                cells.len()
            ));
        }
        let pair = cells.iter().zip(&field.values).find(|(cell, value)| !same(column, cell, value));
        if let Some((cell, value)) = pair {
            return Some(format!("{} ({}): {value} for {cell}", column.name, column.kind));
        }
    }
    None
}

/// Whether a value is what stands in the cell.
fn same(column: &Column, cell: &str, value: &Value) -> bool {
    let kind = column.kind.as_str();
    if cell == "\\N" {
        return value.is_null();
    }
    if kind.contains("Array") || kind.contains("Map") {
        // Lists of tags: as many of them, and each has both of its words.
        let tags = value.as_array().map_or(&[][..], Vec::as_slice);
        let whole = tags.iter().all(|tag| tag["key"].is_string() && tag["value"].is_string());
        return whole && tags.len() == cell.matches("'key':").count();
    }
    if kind.contains("DateTime") {
        return value.as_i64() == Some(milliseconds(cell));
    }
    if kind.contains("Int") || kind.contains("Float") {
        let (Some(value), Ok(cell)) = (value.as_f64(), cell.parse::<f64>()) else { return false };
        return (value - cell).abs() <= cell.abs() * 1e-9;
    }
    value.as_str() == Some(cell)
}

fn milliseconds(cell: &str) -> i64 {
    let time: jiff::civil::DateTime = cell.parse().expect("a time");
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).expect("a time in UTC");
    time.timestamp().as_millisecond()
}

/// Rows of one time become one; every number is in it.
fn series(frame: &Frame, known: &Table) -> Option<String> {
    let mut times: Vec<_> = known.column("time").iter().map(|cell| milliseconds(cell)).collect();
    times.dedup();
    let shown: Vec<_> = frame.field("time").values.iter().filter_map(Value::as_i64).collect();
    if shown != times {
        return Some(format!("times {shown:?} for {times:?}"));
    }
    let numbers = |kind: &str| kind.contains("Int") || kind.contains("Float");
    let columns = known.columns.iter().filter(|column| numbers(&column.kind));
    let cells = columns.flat_map(|column| known.column(&column.name));
    let expected: f64 = cells.filter_map(|cell| cell.parse::<f64>().ok()).sum();
    let values = |field: &Field| field.values.iter().filter_map(Value::as_f64).sum::<f64>();
    let fields = frame.fields.iter().filter(|field| field.name != "time");
    let sum: f64 = fields.map(values).sum();
    ((sum - expected).abs() > expected.abs() * 1e-9).then(|| format!("{sum} for {expected}"))
}
