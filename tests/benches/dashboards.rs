//! How long every query of every dashboard takes on many tickets, as the provider and as a tenant,
//! over a week and over everything. Panels are to be there within a second at a million tickets.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::cast_precision_loss)]

use std::{
    env, fs,
    thread::sleep,
    time::{Duration, Instant},
};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use ticketlens_tests::{
    Database, Login, Readers,
    dashboards::{Dashboard, Expansion},
};

const TENANTS: [&str; 3] = ["acme", "globex", "initech"];
const DAY: i64 = 86_400_000;
/// Over how many days the tickets are spread, and over how many a dashboard looks.
const SPREAD: i64 = 90;
const RANGES: [i64; 2] = [7, SPREAD];
/// What no panel may take at a million tickets.
const LIMIT: Duration = Duration::from_secs(1);
/// Each query is asked this many times; the one in the middle counts.
const TIMES: usize = 3;
/// Tickets an insert.
const BLOCK: u64 = 250_000;

fn main() {
    // `cargo test --benches` and the like only ask whether it builds.
    let arguments: Vec<_> = env::args().collect();
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let after =
        |name: &str| arguments.iter().find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let tickets = after("--tickets").map(|n| n.parse().expect("how many tickets"));
    let tickets = tickets.unwrap_or(if quick { 100_000 } else { 1_000_000 });
    let only = after("--only");

    let database = Database::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let readers = runtime.block_on(database.readers(&TENANTS));
    seed(&database, tickets);
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "ms / of CPU".to_owned(),
        format!("provider, {} days", RANGES[0]),
        format!("tenant, {} days", RANGES[0]),
        format!("provider, {} days", RANGES[1]),
        format!("tenant, {} days", RANGES[1]),
    ]);
    for column in 1..5 {
        let column = table.column_mut(column).expect("five columns");
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut late = 0;
    for dashboard in Dashboard::all() {
        for query in dashboard.queries() {
            if only.is_some_and(|only| !query.name.contains(only)) {
                continue;
            }
            let mut row = vec![query.name.clone()];
            for days in RANGES {
                let expansion = state(&dashboard, &database, days);
                let sql = expansion.expand(query.sql).expect("a query");
                for login in logins(&readers) {
                    let (cell, in_time) = median(&database, login, &sql);
                    late += usize::from(!in_time);
                    row.push(cell);
                }
            }
            table.add_row(row);
        }
    }
    println!("{table}");
    println!("{tickets} tickets; {late} times above {} s (marked !)", LIMIT.as_secs());
}

fn logins(readers: &Readers) -> [&Login; 2] {
    [&readers.provider, readers.tenant(TENANTS[0])]
}

/// All of everything over the last days; of the pages, one of a ticket in the middle of them.
fn state(dashboard: &Dashboard, database: &Database, days: i64) -> Expansion {
    let now: i64 =
        database.query("SELECT toUnixTimestamp64Milli(now64(3))").trim().parse().unwrap();
    let mut opened = Expansion::of(dashboard, now - days * DAY, now);
    // About as many points as a panel is wide.
    opened.interval = days * DAY / 1000;
    if dashboard.name != "ticket" {
        return opened;
    }
    let found = database.query(&format!(
        "SELECT ticket_id, execution_id FROM ticketlens_store.tickets WHERE tenant = '{}' \
         AND executed_at >= now() - INTERVAL {SPREAD} / 2 DAY ORDER BY executed_at LIMIT 1",
        TENANTS[0]
    ));
    let (ticket, execution) = found.trim().split_once('\t').expect("a ticket");
    opened.one("tenant", TENANTS[0]).one("ticket", ticket).one("execution", execution)
}

/// The median time in milliseconds, and the CPU time of it: what the time would be on a machine with
/// one core and nothing else to do. And whether it is soon enough.
fn median(database: &Database, login: &Login, sql: &str) -> (String, bool) {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let (started, before) = (Instant::now(), cpu(database));
        let answer = login.ask("", sql);
        if answer.status != 200 {
            return (format!("error {} !", answer.code()), false);
        }
        times.push((started.elapsed(), cpu(database) - before));
    }
    times.sort_unstable();
    let (time, cpu) = times[TIMES / 2];
    let mark = if time > LIMIT { " !" } else { "" };
    (format!("{} / {}{mark}", time.as_millis(), cpu.as_millis()), time <= LIMIT)
}

/// CPU time the engine has used, with its threads.
fn cpu(database: &Database) -> Duration {
    let pid = database.pid().expect("the engine runs");
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // The name may hold anything; what counts follows its bracket. USER_HZ is 100.
    let fields: Vec<_> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|n| n.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// Tickets as they come in, the latest now: eight steps each, a trace of about a kilobyte, and what
/// dashboards sum up.
fn seed(database: &Database, tickets: u64) {
    eprintln!("{tickets} tickets over {SPREAD} days …");
    let started = Instant::now();
    for from in (0..tickets).step_by(usize::try_from(BLOCK).expect("a size")) {
        let count = BLOCK.min(tickets - from);
        database.query(&format!(
            "INSERT INTO ticketlens_store.tickets {COLUMNS} \
             SELECT {ROW} FROM (SELECT number AS n, cityHash64(number) AS dice, \
             (SELECT now64(9) - toIntervalDay({SPREAD})) + toIntervalMillisecond(toInt64(n * {ms})) AS at, \
             arrayMap(i -> (concat('s', toString(i)), if(i % 2 = 0, concat('s', toString(i - 1)), ''), \
             ['react', 'tool'][1 + (i % 2 = 0)], \
             if(i % 2 = 0, concat('tool-', toString((dice + i) % 12)), 'agent'), toUInt32((i + 1) / 2), \
             i * 400., 50. + (dice + i * 7919) % 900, if((dice + i) % 41 = 0, 'ERROR', 'OK'), \
             if((dice + i) % 41 = 0, 'Timeout', '')), range(1, 9)) AS timeline \
             FROM numbers({from}, {count})) \
             SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 2",
            ms = (SPREAD * DAY) as f64 / tickets as f64,
        ));
    }
    // Merges of before are not what is measured.
    let merging = "SELECT count() FROM system.merges";
    while database.query(merging).trim() != "0" && started.elapsed() < Duration::from_secs(900) {
        sleep(Duration::from_millis(500));
    }
    let sizes = database.query(
        "SELECT formatReadableSize(sum(bytes_on_disk)), formatReadableSize(sum(data_uncompressed_bytes)), \
         count() FROM system.parts WHERE active AND database = 'ticketlens_store' AND table = 'tickets'",
    );
    let sizes = sizes.trim().replace('\t', ", ");
    eprintln!("{sizes} parts, in {:.0} s", started.elapsed().as_secs_f64());
}

const COLUMNS: &str = "(tenant, executed_at, execution_id, ticket_id, received_at, duration_seconds, \
    status, category, error_type, capture, customer, sequence, workflow, workflow_version, environment, \
    instance, model, input_tokens, output_tokens, redactions, redactions_by, metrics, attributes, steps, \
    trace_json, trace_bytes, trace_expires_at, expires_at)";

const ROW: &str = "['acme', 'acme', 'acme', 'globex', 'globex', 'initech'][1 + dice % 6], at, \
    generateUUIDv7(), concat('T-', toString(intDiv(n * 9, 10))), at, 1 + (dice % 20000) / 1000, \
    multiIf(dice % 100 < 78, 'SUCCESS', dice % 100 < 92, 'FAILED', dice % 100 < 98, 'ESCALATED', 'CANCELLED') AS state, \
    ['PRODUCT_SUPPORT', 'BILLING', 'REFUND', 'SHIPPING', 'ACCOUNT', 'OTHER'][1 + intDiv(dice, 7) % 6], \
    if(state = 'FAILED', ['Timeout', 'RateLimit', 'ToolError', 'Refused'][1 + intDiv(dice, 11) % 4], ''), \
    'FULL_TRACE', concat('hmac:', hex(intDiv(dice, 13) % 20000)), n, \
    ['support', 'triage', 'refunds'][1 + intDiv(dice, 17) % 3], concat('1.', toString(intDiv(n * 12, 1 + 1000000) % 12)), \
    if(intDiv(dice, 19) % 10 = 0, 'staging', 'production'), concat('pod-', toString(intDiv(dice, 23) % 8)), \
    ['large', 'small'][1 + intDiv(dice, 29) % 2], 500 + dice % 5000, 50 + dice % 900, dice % 4, \
    map('email', toUInt32(dice % 3), 'phone', toUInt32(dice % 2)), \
    map('overall_confidence', (dice % 1000) / 1000, 'hallucination_risk', (intDiv(dice, 31) % 1000) / 1000, \
        'react_iterations', toFloat64(4)), \
    map('region', 'eu-central-1', 'queue', toString(dice % 50)), timeline, \
    concat('{\"ticket\":\"Where is my order ', toString(n), '?\",\"output\":\"It left the warehouse.\",\"steps\":[', \
        arrayStringConcat(arrayMap(step -> concat('{\"id\":\"', step.1, '\",\"input\":{\"order\":\"ORD-', toString(dice), \
        '\"},\"output\":\"The label was scanned once, in the hub; since then there is no event.\"}'), timeline), ','), ']}') AS trace, \
    length(trace), now() + toIntervalDay(30), now() + toIntervalDay(400)";
