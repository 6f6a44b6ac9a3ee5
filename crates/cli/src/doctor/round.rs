//! The round: each part of the system is asked, and what it says is judged. One part that does not answer
//! costs its own checks only.

use jiff::{SignedDuration, Timestamp};
use ticketlens_store::{StorageBy, Store, Visibility};

use super::{
    admin::Api,
    check::Check,
    clock::{self, Told},
    database, disk, grafana, http, keys,
    place::{Asked, Database, Place},
    receiver, tickets, tls,
};
use crate::{
    exit::{Result, chain},
    grafana::Work,
};

const CLOCK_OF_CLICKHOUSE: &str = "clock.clickhouse";
const CLOCK_OF_RECEIVER: &str = "clock.receiver";
const NEEDS_RECEIVER: &str = "needs an answer of the receiver";
const NEEDS_CLICKHOUSE: &str = "needs an answer of ClickHouse";

/// Looks at everything that was asked for.
///
/// # Errors
/// Where it is not known where to look.
pub async fn examine(asked: &Asked<'_>) -> Result<Vec<Check>> {
    let place = Place::find(asked)?;
    let api = Api::open(place.api).await;
    let mut checks = of_receiver(place.http.as_ref()).await;
    checks.push(api.maintenance().await);
    checks.push(api.check.clone());
    checks.extend(of_database(place.database.as_ref(), &api).await);
    checks.extend(of_certificates(&place.certificate, place.http.as_ref()).await);
    checks.extend(of_grafana(asked).await);
    Ok(checks)
}

async fn of_receiver(address: std::result::Result<&String, &String>) -> Vec<Check> {
    let others = [receiver::READY, receiver::VERSION, receiver::WORKERS, CLOCK_OF_RECEIVER];
    let skipped = |needs: &str| others.map(|name| Check::skipped(name, needs));
    let address = match address {
        Ok(address) => address,
        Err(needs) => {
            let mut checks = vec![Check::skipped(receiver::REACHABLE, needs)];
            checks.extend(skipped(needs));
            return checks;
        }
    };
    let failed = |check| {
        let mut checks = vec![check];
        checks.extend(skipped(NEEDS_RECEIVER));
        checks
    };
    let answer = match http::get(address, "/statusz").await {
        Ok(answer) => answer,
        Err(why) => return failed(receiver::unreachable(address, &why)),
    };
    let Ok(stated) = serde_json::from_slice(&answer.body) else {
        return failed(receiver::another(address, answer.status));
    };
    let mut checks = receiver::stated(&stated, address, env!("CARGO_PKG_VERSION"));
    checks.push(match answer.date {
        Some(at) => {
            let told = Told { at, grain: SignedDuration::from_secs(1), around: answer.around };
            clock::skew(CLOCK_OF_RECEIVER, "the receiver's clock", told)
        }
        None => Check::skipped(CLOCK_OF_RECEIVER, "needs a date in its answers"),
    });
    checks
}

async fn of_database(database: std::result::Result<&Database, &String>, api: &Api) -> Vec<Check> {
    let database = match database {
        Ok(database) => database,
        Err(needs) => {
            let mut checks = vec![Check::skipped(database::REACHABLE, needs)];
            checks.extend(VIEWS.iter().chain(&TABLES).map(|name| Check::skipped(name, needs)));
            checks.extend(of_keys(None, api).await);
            checks.push(of_disk(None, api).await);
            return checks;
        }
    };
    let Database { store, beyond, migrates } = database;
    let answer = match beyond {
        // A reader may not say what it wants of a query, and so asks for less.
        Some(_) => store.version().await.map(drop),
        None => store.ping().await,
    };
    let is_away = answer.is_err();
    let mut checks = vec![database::reachable(answer, store.config().url.as_str())];
    if is_away {
        let others = [keys::ENDING, keys::ENDED, disk::DISK];
        let others = VIEWS.iter().chain(&TABLES).chain(&others);
        checks.extend(others.map(|name| Check::skipped(name, NEEDS_CLICKHOUSE)));
        return checks;
    }
    checks.extend(of_views(store).await);
    match beyond {
        Some(needs) => checks.extend(TABLES.map(|name| Check::skipped(name, *needs))),
        None => checks.extend(of_tables(store, *migrates).await),
    }
    // Whoever has a login to the tables needs no key for these.
    let direct = Some(store).filter(|_| beyond.is_none());
    checks.extend(of_keys(direct, api).await);
    checks.push(of_disk(direct, api).await);
    checks
}

/// What a reader's login can see.
const VIEWS: [&str; 5] =
    [database::VERSION, CLOCK_OF_CLICKHOUSE, tickets::LEDGER, tickets::OPEN, tickets::REJECTIONS];

async fn of_views(store: &Store) -> [Check; 5] {
    let before = Timestamp::now();
    let told = store.clock().await.map(|at| (at, (before, Timestamp::now())));
    let version = store.version().await;
    let gaps = store.gaps_of_a_day().await;
    let open = store.left_open().await;
    let rejected = store.rejected_lately().await;
    [
        Check::of(database::VERSION, version, |version| database::version(&version)),
        Check::of(CLOCK_OF_CLICKHOUSE, told, |(at, around)| {
            let at = Timestamp::from_nanosecond(i128::from(at.as_unix_nanos()));
            let told = Told { at: at.unwrap_or_default(), grain: SignedDuration::ZERO, around };
            clock::skew(CLOCK_OF_CLICKHOUSE, "ClickHouse's clock", told)
        }),
        Check::of(tickets::LEDGER, gaps, |gaps| tickets::ledger(&gaps)),
        Check::of(tickets::OPEN, open, |left| tickets::open(&left)),
        Check::of(tickets::REJECTIONS, rejected, |rejected| tickets::rejections(&rejected)),
    ]
}

/// What only a login to the tables can see.
const TABLES: [&str; 6] = [
    database::SETTINGS,
    database::MIGRATIONS,
    database::GRANTS,
    disk::PARTS,
    disk::DETACHED,
    tickets::DUPLICATES,
];

async fn of_tables(store: &Store, migrates: bool) -> [Check; 6] {
    let settings = store.settings_in_force().await;
    let pending = store.pending().await;
    let missing = store.missing_rights().await;
    let parts = store.most_parts().await;
    let detached = store.detached_parts().await;
    let copies = store.copies_of_an_hour().await;
    [
        Check::of(database::SETTINGS, settings, |settings| database::settings(&settings)),
        database::migrations(pending, migrates),
        Check::of(database::GRANTS, missing, |missing| {
            let missing: Vec<_> = missing.into_iter().map(|one| (one, store.grant(&one))).collect();
            database::grants(&missing)
        }),
        Check::of(disk::PARTS, parts, |parts| disk::parts(parts.as_ref())),
        Check::of(disk::DETACHED, detached, |detached| disk::detached(&detached)),
        Check::of(tickets::DUPLICATES, copies, |copies| tickets::duplicates(&copies)),
    ]
}

async fn of_keys(direct: Option<&Store>, api: &Api) -> [Check; 2] {
    let listed = match direct {
        Some(store) => match store.list_keys(None).await {
            Ok(listed) => Ok(listed.iter().filter_map(keys::Key::of_stored).collect()),
            Err(error) => Err(format!("{NEEDS_CLICKHOUSE}: {}", chain(&error))),
        },
        None => api.keys().await,
    };
    match listed {
        Ok(listed) => keys::judged(&listed, Timestamp::now()),
        Err(needs) => [keys::ENDING, keys::ENDED].map(|name| Check::skipped(name, &*needs)),
    }
}

async fn of_disk(direct: Option<&Store>, api: &Api) -> Check {
    let told = match direct {
        Some(store) => match store.storage(&Visibility::All, StorageBy::Status).await {
            Ok(storage) => {
                let growth = storage.growth.and_then(|growth| growth.bytes);
                Ok(storage.disk.map(|disk| disk::Disk {
                    free: disk.free_bytes,
                    total: disk.total_bytes,
                    growth,
                }))
            }
            Err(error) => Err(format!("{NEEDS_CLICKHOUSE}: {}", chain(&error))),
        },
        None => api.disk().await,
    };
    match told {
        Ok(Some(known)) => disk::space(known),
        Ok(None) => {
            Check::skipped(disk::DISK, "needs the right to read system.parts and system.disks")
        }
        Err(needs) => Check::skipped(disk::DISK, needs),
    }
}

async fn of_certificates(
    file: &std::result::Result<Option<std::path::PathBuf>, String>,
    http: std::result::Result<&String, &String>,
) -> Vec<Check> {
    let now = Timestamp::now();
    let mut checks = Vec::new();
    let leaf = match file {
        Ok(None) => {
            checks.push(Check::ok(tls::FILE, "none: the receiver is without TLS"));
            None
        }
        Ok(Some(path)) => match tls::leaf_of(path) {
            Ok(leaf) => {
                checks.push(tls::end(tls::FILE, tls::end_of(&leaf), now));
                Some(leaf)
            }
            Err(why) => {
                let next =
                    "the receiver goes on with the last one, and does not start again without";
                checks.push(Check::problem(tls::FILE, why, next));
                None
            }
        },
        Err(needs) => {
            checks.push(Check::skipped(tls::FILE, needs));
            None
        }
    };
    checks.push(match http {
        Err(needs) => Check::skipped(tls::LISTENER, needs),
        Ok(address) => match http::certificate(address).await {
            Ok(None) => Check::ok(tls::LISTENER, "none: it is reached without TLS"),
            Ok(Some(shown)) => tls::shown(&shown, leaf.as_ref(), now),
            Err(_) => Check::skipped(tls::LISTENER, NEEDS_RECEIVER),
        },
    });
    checks
}

async fn of_grafana(asked: &Asked<'_>) -> [Check; 2] {
    if !asked.places.grafana.is_configured() {
        let needs = "needs Grafana's address and its admin's password: --grafana-url, \
                     TICKETLENS_GRAFANA_PASSWORD";
        return [grafana::REACHABLE, grafana::PLACES].map(|name| Check::skipped(name, needs));
    }
    let found = async {
        let work = Work::open(asked.places, &asked.target.data()).await?;
        work.found().await
    };
    match found.await {
        Ok(found) => grafana::judged(&found),
        Err(failure) => grafana::unreachable(&failure),
    }
}
