//! Numbers that no clock holds: nothing of them may fail for who reads a view.

use bytes::Bytes;
use ticketlens_store::{
    Costs, Store,
    rows::{self, Table},
};
use ticketlens_ticket::{Record, StepLine, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{raw, store, tenant, value},
    sample::{full, lately},
};

const NUMBERS: [f64; 7] = [-1e13, -1e300, 1e13, 1e300, f64::INFINITY, f64::NAN, -0.0];
/// First and last nanosecond that there is, and what clocks that were never set say.
const TIMES: [u64; 4] = [0, 1_700_000_000, i64::MAX as u64, u64::MAX];

/// Reads every column of every view, as the database knows them, from first to last; alone, and with
/// its neighbours.
async fn read_everything(store: &Store, database: &str) {
    let sql = format!(
        "SELECT table AS view, count() AS columns, arrayStringConcat(groupArray(concat(\
         if(startsWith(type, 'Map('), '', concat('min(`', name, '`), max(`', name, '`), ')), \
         'any(`', name, '`)')), ', ') AS every FROM \
         (SELECT * FROM system.columns WHERE database = '{database}' ORDER BY table, position) \
         GROUP BY view"
    );
    let mut columns = 0;
    for line in raw(store, &sql).await.unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap();
        columns += row["columns"].as_u64().unwrap();
        for what in [text("every"), "*"] {
            let sql = format!("SELECT {what} FROM {database}.{}", text("view"));
            raw(store, &sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        }
    }
    assert!(columns > 100, "{columns}");
}

#[tokio::test]
async fn what_is_written_can_be_read_whatever_was_sent() {
    let store = store("extremes").await;
    let acme = tenant(&store, "acme").await;
    let mut out = Vec::new();
    for (n, number) in NUMBERS.into_iter().enumerate() {
        for (t, time) in TIMES.into_iter().enumerate() {
            let mut record = full("A", (n * 10 + t) as u128, Timestamp::from_unix_nanos(time));
            record.duration_seconds = number;
            let [first, second] = &mut record.steps[..] else { panic!("two steps") };
            *first = StepLine { start_ms: number, ..first.clone() };
            *second = StepLine { duration_ms: number, ..second.clone() };
            rows::ticket::append(&mut out, &acme, Timestamp::now(), "", &Costs::default(), &record);
        }
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let stored = "SELECT count() FROM extremes_store.tickets ARRAY JOIN steps AS step WHERE \
                  NOT (duration_seconds BETWEEN 0 AND 1e9 AND step.6 BETWEEN -1e12 AND 1e12 \
                  AND step.7 BETWEEN 0 AND 1e12)";
    assert_eq!(value(&store, stored).await, "0");
    read_everything(&store, "extremes").await;
}

/// Rows of before numbers were held within bounds, and of years that only a hand can write.
#[tokio::test]
async fn what_was_written_before_can_be_read_too() {
    let store = store("wild").await;
    let numbers = "[-1e13, -1e300, 1e13, 1e300, inf, -inf, nan, 0]";
    let times = "[toInt64(0), -9223372036854775808, -2208988800000000000, 1700000000, \
                 9223286400000000000, 9223372036854775807]";
    let rows = format!(
        "INSERT INTO wild_store.tickets (tenant, executed_at, execution_id, ticket_id, received_at, \
         duration_seconds, sequence, steps, trace_json, input_tokens, output_tokens, \
         trace_expires_at, expires_at) \
         SELECT 'acme', reinterpret(time, 'DateTime64(9, ''UTC'')'), generateUUIDv4(), 'A', \
         reinterpret(time, 'DateTime64(6, ''UTC'')'), number, if(time > 0, 0, 18446744073709551615), \
         [('s', '', 'retrieval', 'r', 0, number, number, 'OK', '')], \
         '{{\"steps\":[{{\"output\":[1e999, {{\"score\":1e400}}]}}]}}', 18446744073709551615, \
         18446744073709551615, now() + 86400, now() + 86400 \
         FROM (SELECT {times}[1 + n % 6] AS time, {numbers}[1 + intDiv(n, 6)] AS number \
         FROM (SELECT number AS n FROM numbers(48)))"
    );
    raw(&store, &rows).await.unwrap();
    raw(&store, "INSERT INTO wild_store.usage VALUES ('acme', 0, 0, 18446744073709551615, 1, 1)")
        .await
        .unwrap();
    assert_eq!(value(&store, "SELECT count() FROM wild.ticket_steps").await, "48");
    read_everything(&store, "wild").await;
}

/// Nothing is bent that a clock can hold.
#[tokio::test]
async fn an_ordinary_time_is_reckoned_to_the_nanosecond() {
    let store = store("ordinary").await;
    let at = Timestamp::from_unix_nanos(lately().as_unix_nanos() + 123_456_789);
    let mut record = Record { duration_seconds: 22.087, ..full("A", 1, at) };
    record.steps[0].start_ms = -250.5;
    let mut out = Vec::new();
    rows::ticket::append(
        &mut out,
        &tenant(&store, "acme").await,
        Timestamp::now(),
        "",
        &Costs::default(),
        &record,
    );
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
    let started = "SELECT toUnixTimestamp64Nano(executed_at) - toUnixTimestamp64Nano(started_at) \
                   FROM ordinary.tickets";
    assert_eq!(value(&store, started).await, "22087000000");
    let step = "SELECT toUnixTimestamp64Nano(executed_at) - toUnixTimestamp64Nano(started_at) \
                FROM ordinary.ticket_steps WHERE position = 1";
    assert_eq!(value(&store, step).await, "22337500000");
}
