//! The engine all tests share, and a store with a database of its own for each.

use std::{path::Path, sync::OnceLock, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use ticketlens_engine::{Engine, EngineConfig};
use ticketlens_store::{Store, StoreConfig, TenantError, TenantSettings};

/// Ends with this process. Started by the first test.
static ENGINE: OnceLock<Engine> = OnceLock::new();

fn engine() -> &'static Engine {
    ENGINE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("an old test folder that can be removed");
        }
        Engine::start(EngineConfig::temporary(folder)).expect("an engine that starts")
    })
}

/// How to reach the engine, with that database.
pub fn config(database: &str) -> StoreConfig {
    let engine = engine();
    StoreConfig {
        database: database.parse().unwrap(),
        user: engine.admin_user().to_owned(),
        password: SecretString::from(engine.admin_password().expose_secret()),
        query_timeout: Duration::from_secs(60),
        ..StoreConfig::new(engine.http_url().parse().unwrap())
    }
}

/// A migrated store.
pub async fn store(database: &str) -> Store {
    let store = Store::open(config(database));
    store.migrate().await.unwrap();
    store
}

/// The tenant of that name, as a receiver knows it; it is made where there is none.
pub async fn tenant(store: &Store, name: &str) -> TenantSettings {
    let settings = TenantSettings::new(name.parse().unwrap());
    match store.tenant(&settings.name).await {
        Err(TenantError::NotFound) => store.create_tenant(&settings).await.unwrap(),
        found => found.unwrap(),
    }
}

/// Any query, as JSON lines: what the store itself has no words for.
pub async fn raw(store: &Store, sql: &str) -> Result<String, clickhouse::error::Error> {
    let config = store.config();
    let client = clickhouse::Client::default()
        .with_url(config.url.as_str())
        .with_user(&config.user)
        .with_password(config.password.expose_secret())
        .with_setting("output_format_json_escape_forward_slashes", "0")
        .with_setting("wait_end_of_query", "1");
    let bytes = client.query_raw(sql).fetch_bytes("JSONEachRow")?.collect().await?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// One value of one row.
pub async fn value(store: &Store, sql: &str) -> String {
    let line = raw(store, &format!("SELECT toString(({sql})) AS v")).await.unwrap();
    line.strip_prefix("{\"v\":\"").unwrap().strip_suffix("\"}").unwrap().to_owned()
}

/// Waits until every mutation of the database is done, and what it replaced is gone.
pub async fn settled(store: &Store) {
    let database = store.config().database.store();
    let open = format!(
        "SELECT (SELECT count() FROM system.mutations WHERE database = '{database}' AND NOT is_done) \
         + (SELECT count() FROM system.parts WHERE database = '{database}' AND table = 'tickets' \
         AND NOT active AND has_lightweight_delete)"
    );
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while value(store, &open).await != "0" {
        assert!(std::time::Instant::now() < deadline, "mutations that never end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
