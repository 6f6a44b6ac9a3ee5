//! How long a search takes, on tickets that ClickHouse makes itself:
//! `cargo bench --package ticketlens-store --bench search -- 1000000`.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use ticketlens_engine::{Engine, EngineConfig, Limits};
use ticketlens_store::{Store, StoreConfig, TenantName, TenantSettings, Terms, TicketFilter};

/// Tickets made by one statement.
const AT_ONCE: u64 = 50_000;
/// Times each search is made; the middle one counts.
const TIMES: usize = 5;

/// One ticket of about 2 KiB: five tools' outputs of a vocabulary of 20,000 words, some rarer.
const MAKE: &str = "\
INSERT INTO ticketlens_store.tickets (tenant, tenant_since, executed_at, execution_id, ticket_id, received_at, status, \
  capture, trace_json, trace_expires_at, expires_at) \
WITH (SELECT groupArray(lower(hex(sipHash64(number) % 16777216))) FROM numbers(20000)) AS words \
SELECT 'acme', toDateTime64('1970-01-01', 6, 'UTC'), now64(9) - toIntervalMillisecond(number * 500), generateUUIDv4(), toString(number), now64(6), 'SUCCESS', \
  'FULL_TRACE', concat('{\"steps\":[', arrayStringConcat(arrayMap(step -> concat( \
    '{\"id\":\"s', toString(step), '\",\"kind\":\"tool\",\"name\":\"search_orders\",\"output\":\"', \
    arrayStringConcat(arrayMap(n -> words[1 + toUInt32(pow(rand(number * 1000 + step * 50 + n) / 4294967296., 3) * 19999)], \
      range(55)), ' '), ' order ', toString(number * 10 + step), '\"}'), range(5)), ','), '],\"output\":\"Größe', \
    if(number % 5 = 0, ' refund', ''), if(number % 1000 = 7, ' seldom', ''), '\"}'), \
  now() + 86400 * 90, now() + 86400 * 400 \
FROM numbers({from}, {count}) SETTINGS max_block_size = 4096, \
  exclude_materialize_skip_indexes_on_insert = 'said'";

fn main() {
    let number = |text: String| text.parse().ok();
    let count = std::env::args().filter_map(number).next().unwrap_or(100_000_u64);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // Merges of millions of rows at once, with the index and beside inserts.
    let limits = Limits { memory_bytes: 6 << 30, ..Limits::default() };
    let config = EngineConfig { limits, ..EngineConfig::temporary(folder.path()) };
    let engine = Engine::start(config).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(&engine, count));
}

async fn measure(engine: &Engine, count: u64) {
    let config = StoreConfig {
        user: engine.admin_user().to_owned(),
        password: SecretString::from(engine.admin_password().expose_secret()),
        query_timeout: Duration::from_secs(600),
        ..StoreConfig::new(engine.http_url().parse().unwrap())
    };
    let indexed = Store::open(config.clone());
    indexed.migrate().await.unwrap();
    let tenant: TenantName = "acme".parse().unwrap();
    indexed.create_tenant(&TenantSettings::new(tenant.clone())).await.unwrap();
    let client = clickhouse::Client::default()
        .with_url(config.url.as_str())
        .with_user(&config.user)
        .with_password(config.password.expose_secret())
        .with_setting("wait_end_of_query", "1");
    let run = async |sql: &str| client.query_raw(sql).execute().await.unwrap();
    let start = Instant::now();
    for from in (0..count).step_by(AT_ONCE as usize) {
        let sql = MAKE.replace("{from}", &from.to_string());
        run(&sql.replace("{count}", &AT_ONCE.min(count - from).to_string())).await;
    }
    println!("{count} tickets made in {:.0?}", start.elapsed());
    let start = Instant::now();
    run("OPTIMIZE TABLE ticketlens_store.tickets FINAL").await;
    println!("merged in {:.0?}", start.elapsed());
    // Reads what is there as a receiver without the setting would; the index stays.
    let plain = Store::open(StoreConfig { search_index: false, ..config });
    for query in ["nowhere", "70", "seldom", "refund", "größe", "\"fund nowhere\"", "\"öße refu\""]
    {
        let mut told = format!("{query:16}");
        for store in [&indexed, &plain] {
            let (took, hits) = middle(store, &tenant, query).await;
            told += &format!("  {:8.1} ms ({hits})", took.as_secs_f64() * 1e3);
        }
        println!("{told}");
    }
}

async fn middle(store: &Store, tenant: &TenantName, query: &str) -> (Duration, usize) {
    let terms = Terms::parse(query).unwrap();
    let (mut took, mut hits) = (Vec::new(), 0);
    for _ in 0..TIMES {
        let start = Instant::now();
        let found = store.find_search(tenant, &TicketFilter::default(), &terms, 20, None).await;
        let page = store.open_search(found.unwrap()).await;
        hits = page.unwrap().hits.len();
        took.push(start.elapsed());
    }
    took.sort_unstable();
    (took[TIMES / 2], hits)
}
