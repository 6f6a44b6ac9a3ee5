//! What Grafana's ClickHouse data source makes of our views, over both of its protocols: what the
//! dashboards rely on. It needs the plugin of an installed Grafana: `cargo xtask plugin PROGRAM`.
#![expect(clippy::panic, clippy::unwrap_used)]

use serde_json::{Value, json};
use ticketlens_tests::{
    Database, Login,
    grafana::{Frame, Plugin, Protocol, Range, settings},
};

/// When the seeded ticket finished: within [`Range::DAY`].
const EXECUTED_AT: &str = "2023-11-15 12:00:00.123456789";
const EXECUTED_AT_MS: i64 = 1_700_049_600_123;

/// One ticket of acme with a search, so that every view has a row.
fn seed(database: &Database) {
    database.query(&format!(
        "INSERT INTO ticketlens_store.tickets (tenant, executed_at, execution_id, ticket_id, \
         received_at, duration_seconds, status, capture, instance, sequence, input_tokens, \
         redactions_by, metrics, attributes, steps, trace_json, trace_expires_at, expires_at) \
         VALUES ('acme', '{EXECUTED_AT}', '018b0000-0000-7000-8000-000000000001', 'T-1', \
         '2023-11-15 12:00:01.5', 8.25, 'FAILED', 'FULL_TRACE', 'process', \
         18446744073709551615, 5120, {{'email': 2}}, {{'overall_confidence': 0.82}}, \
         {{'team': 'a \"b\" \\\\ c'}}, \
         [('s1', '', 'retrieval', 'articles', 0, 10.5, 80, 'ERROR', 'timeout')], \
         '{{\"steps\":[{{\"output\":[{{\"title\":\"Refunds\",\"score\":0.5}}]}}]}}', \
         now() + 86400, now() + 86400)"
    ));
    for rows in [
        "rejections (tenant, hour, reason, rejected) VALUES ('acme', now(), 'too_large', 7)",
        "usage (tenant, hour, records, bytes, throttled) VALUES ('acme', now(), 1, 2, 3)",
    ] {
        database.query(&format!("INSERT INTO ticketlens_store.{rows}"));
    }
}

/// An engine with that ticket, its reader, and the plugin.
async fn start() -> (Database, Login, Plugin) {
    let database = Database::start();
    let readers = database.readers(&["acme"]).await;
    seed(&database);
    let acme = readers.tenant("acme").clone();
    (database, acme, Plugin::start())
}

fn target(format: u8, sql: &str) -> Value {
    json!({"refId": "A", "editorType": "sql", "format": format, "rawSql": sql})
}

/// The one frame that both protocols answer with.
fn frame(plugin: &mut Plugin, login: &Login, format: u8, sql: &str) -> Frame {
    let mut ask = |protocol| {
        let frames = plugin.query(login, protocol, &target(format, sql), Range::DAY);
        let mut frames = frames.unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
        assert_eq!(frames.len(), 1, "{sql}");
        frames.remove(0)
    };
    let (native, http) = (ask(Protocol::Native), ask(Protocol::Http));
    assert_eq!(native.fields, http.fields, "{sql}");
    native
}

/// The type of a frame's field for a type of ClickHouse.
fn kind(column: &str) -> String {
    let inner = |outer: &str| column.strip_prefix(outer).and_then(|rest| rest.strip_suffix(')'));
    if let Some(plain) = inner("LowCardinality(") {
        return kind(plain);
    }
    if let Some(plain) = inner("Nullable(") {
        return kind(plain) + "?";
    }
    match column.split('(').next().unwrap() {
        "String" => "string".to_owned(),
        "UUID" => "string?".to_owned(),
        "DateTime" | "DateTime64" => "time.Time".to_owned(),
        "Map" | "Array" => "json.RawMessage".to_owned(),
        name @ ("UInt8" | "UInt32" | "UInt64" | "Int64" | "Float64") => name.to_lowercase(),
        other => panic!("a type that no view had so far: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn every_column_of_every_view_is_a_field_of_its_type() {
    let (database, acme, mut plugin) = start().await;
    let columns = |view: &str| -> Vec<(String, String)> {
        let sql = format!(
            "SELECT name, type FROM system.columns WHERE database = '{}' AND table = '{view}' \
             ORDER BY position FORMAT TSVRaw",
            acme.database
        );
        let answer = database.query(&sql);
        let parts = answer.lines().map(|line| line.split_once('\t').unwrap());
        parts.map(|(name, column)| (name.to_owned(), kind(column))).collect()
    };
    let views = database.query(&format!("SHOW TABLES FROM {}", acme.database));
    assert!(views.lines().count() >= 7, "{views}");
    for view in views.lines() {
        let frame = frame(&mut plugin, &acme, 1, &format!("SELECT * FROM {view}"));
        let fields = frame.fields.iter().map(|field| (field.name.clone(), field.kind.clone()));
        assert_eq!(fields.collect::<Vec<_>>(), columns(view), "{view}");
        assert_eq!((frame.rows(), frame.shown_as.as_str()), (1, "table"), "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn values_arrive_as_they_are() {
    let (_database, acme, mut plugin) = start().await;
    let ticket = frame(&mut plugin, &acme, 1, "SELECT * FROM tickets");
    for (name, value) in [
        ("tenant", json!("acme")),
        ("execution_id", json!("018b0000-0000-7000-8000-000000000001")),
        ("executed_at", json!(EXECUTED_AT_MS)),
        ("received_at", json!(1_700_049_601_500_i64)),
        ("duration_seconds", json!(8.25)),
        ("is_error", json!(1)),
        ("capture", json!("FULL_TRACE")),
        ("sequence", json!(u64::MAX)),
        ("output_tokens", Value::Null),
        ("total_tokens", json!(5_120)),
        ("overall_confidence", json!(0.82)),
        ("hallucination_risk", Value::Null),
        ("redactions_by", json!({"email": 2})),
        ("metrics", json!({"overall_confidence": 0.82})),
        ("attributes", json!({"team": "a \"b\" \\ c"})),
    ] {
        assert_eq!(ticket.field(name).values, [value], "{name}");
    }
    // An average of nothing is no number, unless it is asked to be missing.
    let sql = "SELECT avg(duration_seconds) AS n, avgOrNull(duration_seconds) AS missing \
               FROM tickets WHERE status = 'SUCCESS'";
    let none = frame(&mut plugin, &acme, 1, sql);
    let seen = |name: &str| (none.field(name).values[0].clone(), none.field(name).not_finite.len());
    assert_eq!((seen("n"), seen("missing")), ((Value::Null, 1), (Value::Null, 0)));
    // It takes small numbers in a list for bytes.
    let lists = "SELECT [1]::Array(UInt8) AS small, [1]::Array(UInt16) AS wide, \
                 workflows FROM ledger";
    let lists = frame(&mut plugin, &acme, 1, lists);
    assert_eq!(lists.field("small").values, [Value::Null]);
    assert_eq!(lists.field("wide").values, [json!([1])]);
    assert_eq!(lists.field("workflows").values, [json!([""])]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn a_table_without_rows_keeps_its_columns_over_the_native_protocol_alone() {
    let (_database, acme, mut plugin) = start().await;
    let nothing = target(1, "SELECT ticket_id, status FROM tickets WHERE status = 'SUCCESS'");
    let mut names = |protocol| {
        let frames = plugin.query(&acme, protocol, &nothing, Range::DAY).unwrap();
        frames[0].names().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names(Protocol::Native), ["ticket_id", "status"]);
    assert_eq!(names(Protocol::Http), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn macros_become_the_panels_time() {
    let (_database, acme, mut plugin) = start().await;
    let Range { from_ms, to_ms, interval_ms } = Range::DAY;
    let (from, to, seconds) = (from_ms / 1_000, to_ms / 1_000, interval_ms / 1_000);
    let instant = |ms: i64| format!("fromUnixTimestamp64Milli({ms})");
    for (written, expanded) in [
        ("$__timeFilter_ms(c)", format!("c >= {} AND c <= {}", instant(from_ms), instant(to_ms))),
        ("$__timeFilter(c)", format!("c >= toDateTime({from}) AND c <= toDateTime({to})")),
        (
            "$__timeInterval_ms(c)",
            format!("toStartOfInterval(toDateTime64(c, 3), INTERVAL {interval_ms} millisecond)"),
        ),
        (
            "$__timeInterval(c)",
            format!("toStartOfInterval(toDateTime(c), INTERVAL {seconds} second)"),
        ),
        ("$__fromTime_ms", instant(from_ms)),
        ("$__toTime_ms", instant(to_ms)),
        ("$__fromTime", format!("toDateTime({from})")),
        ("$__toTime", format!("toDateTime({to})")),
        ("$__interval_s", seconds.to_string()),
        ("$__interval_ms", interval_ms.to_string()),
        // A quote in a text, and what looks like a comment in it, hide no macro.
        ("'O\\'Brien -- x', $__interval_s", format!("'O\\'Brien -- x', {seconds}")),
    ] {
        let sql = |text: &str| format!("SELECT {text} FROM (SELECT executed_at AS c FROM tickets)");
        let frame = frame(&mut plugin, &acme, 1, &sql(written));
        assert_eq!(frame.sql, sql(&expanded), "{written}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn a_time_series_has_a_line_for_each_text() {
    let (_database, acme, mut plugin) = start().await;
    let series = "SELECT $__timeInterval_ms(executed_at) AS time, status, count() AS tickets \
                  FROM tickets WHERE $__timeFilter_ms(executed_at) GROUP BY time, status \
                  ORDER BY time";
    let frame = frame(&mut plugin, &acme, 0, series);
    assert_eq!((frame.names(), frame.shown_as.as_str()), (vec!["time", "tickets"], "graph"));
    let (time, tickets) = (frame.field("time"), frame.field("tickets"));
    assert_eq!(
        (time.kind.as_str(), &time.values[..]),
        ("time.Time", &[json!(1_700_049_600_000_i64)][..])
    );
    assert_eq!((tickets.kind.as_str(), &tickets.values[..]), ("uint64?", &[json!(1)][..]));
    assert_eq!(tickets.labels, json!({"status": "FAILED"}));

    let unsorted = target(0, "SELECT now() - number AS time, 'x' AS y, 1 AS z FROM numbers(2)");
    for protocol in Protocol::ALL {
        let refusal = plugin.query(&acme, protocol, &unsorted, Range::DAY).unwrap_err();
        assert!(refusal.message.contains("not sorted in ascending order by time"), "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn logs_and_traces_are_shown_as_such() {
    let (_database, acme, mut plugin) = start().await;
    let logs = "SELECT executed_at AS timestamp, ticket_id AS body, 'error' AS level, \
                attributes AS labels FROM tickets";
    let logs = frame(&mut plugin, &acme, 2, logs);
    assert_eq!(logs.shown_as, "logs");
    assert_eq!(logs.names(), ["timestamp", "body", "level", "labels"]);
    assert_eq!(logs.field("labels").values, [json!({"team": "a \"b\" \\ c"})]);

    let trace = "SELECT toString(execution_id) AS traceID, step_id AS spanID, \
                 parent_id AS parentSpanID, workflow AS serviceName, name AS operationName, \
                 toUnixTimestamp64Nano(started_at) / 1e6 AS startTime, duration_ms AS duration, \
                 if(is_error, 2, 1) AS statusCode, \
                 [map('key', 'kind', 'value', toString(kind))] AS tags FROM ticket_steps";
    let trace = frame(&mut plugin, &acme, 3, trace);
    assert_eq!(trace.shown_as, "trace");
    let kinds: Vec<_> = trace.fields.iter().map(|field| field.kind.as_str()).collect();
    let text = ["string"; 5];
    let rest = ["float64", "float64", "uint8", "json.RawMessage"];
    assert_eq!(kinds, [&text[..], &rest[..]].concat());
    // The ticket began 8.25 s before it finished, and the step 10.5 ms after that.
    let began = trace.field("startTime").values[0].as_f64().unwrap();
    assert!((began - 1_700_049_591_883.957).abs() < 0.01, "{began}");
    assert_eq!(trace.field("tags").values, [json!([{"key": "kind", "value": "retrieval"}])]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn what_fails_is_said_and_the_next_query_answered() {
    let (_database, acme, mut plugin) = start().await;
    for protocol in Protocol::ALL {
        for (sql, code) in [
            ("SELEC 1", "code: 62"),
            ("SELECT nope FROM nowhere", "code: 60"),
            // After the first rows went out; over HTTP the plugin may find no reason with it.
            (
                "SELECT throwIf(number = 300000) FROM numbers(400000)",
                "could not process sql results",
            ),
            // What only Grafana's front end replaces.
            ("SELECT 1 WHERE $__conditionalAll(1, $status)", "code: 4"),
            ("SELECT * FROM ticketlens_store.tickets", "code: 497"),
            ("SELECT 1 SETTINGS max_threads = 1", "code: 164"),
        ] {
            let refusal = plugin.query(&acme, protocol, &target(1, sql), Range::DAY).unwrap_err();
            assert_eq!((refusal.status, refusal.source.as_str()), (500, "downstream"), "{sql}");
            let message = refusal.message.to_lowercase();
            assert!(message.contains(code), "{sql}: {message}");
            assert!(!message.contains(&acme.password), "{sql}");
        }
        let alive = plugin.query(&acme, protocol, &target(1, "SELECT 1 AS n"), Range::DAY).unwrap();
        assert_eq!(alive[0].field("n").values, [1]);
    }
    let stranger = Login { password: "wrong".to_owned(), ..acme };
    for protocol in Protocol::ALL {
        let refusal = plugin.query(&stranger, protocol, &target(1, "SELECT 1"), Range::DAY);
        assert!(refusal.unwrap_err().message.contains("516"), "the password is checked");
    }
}

/// The plugin asks for `max_execution_time`, a little more than the data source's `queryTimeout`;
/// a reader's profile bounds it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "drives an installed plugin: cargo xtask plugin PROGRAM"]
async fn a_reader_gets_the_time_that_the_data_source_asks_for() {
    let (_database, acme, mut plugin) = start().await;
    let limit = target(1, "SELECT getSetting('max_execution_time') AS seconds");
    for protocol in Protocol::ALL {
        let mut settings = settings(&acme, protocol);
        let frames = plugin.query_with(&acme, &settings, &limit, Range::DAY).unwrap();
        let seconds = frames[0].field("seconds").values[0].as_f64().unwrap();
        assert!((30.0..=35.0).contains(&seconds), "{seconds}");

        settings["queryTimeout"] = json!("600");
        let refusal = plugin.query_with(&acme, &settings, &limit, Range::DAY).unwrap_err();
        assert!(refusal.message.contains("max_execution_time"), "{refusal:?}");
    }
}
