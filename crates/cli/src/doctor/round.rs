//! The round: each part of the system is asked, and what it says is judged. One part that does not answer
//! costs its own checks only.

use jiff::{SignedDuration, Timestamp};
use ticketlens_store::{Checkup, ClockReading, Fault};

use super::{
    admin::Api,
    check::{Check, Unanswered},
    clock::{self, Reading},
    database, disk, grafana, http, keys,
    place::{Asked, Place},
    receiver,
    setup::Setup,
    source::{NEEDS_CLICKHOUSE, Source, Told},
    tickets, tls, turned_away,
};
use crate::{exit::Result, grafana::Work};

const CLOCK_OF_CLICKHOUSE: &str = "clock.clickhouse";
const CLOCK_OF_RECEIVER: &str = "clock.receiver";
const NEEDS_RECEIVER: &str = "needs an answer of the receiver";

/// Looks at everything that was asked for.
///
/// # Errors
/// Where it is not known where to look.
pub async fn examine(asked: &Asked<'_>) -> Result<Vec<Check>> {
    asked.places.grafana.check()?;
    let place = Place::find(asked)?;
    let api = Api::open(place.api).await;
    let mut checks = of_receiver(place.http.as_ref()).await;
    checks.push(api.maintenance().await);
    checks.push(api.check.clone());
    // Whoever has a login to the tables needs no key.
    let source = place.database.as_ref().map_or(Source::Receiver(&api), Source::Login);
    checks.extend(of_clickhouse(&source, &place.setup).await);
    reconcile(&mut checks, matches!(source, Source::Receiver(_)));
    checks.extend(of_certificates(&place.certificate, place.http.as_ref()).await);
    checks.extend(of_grafana(asked).await);
    Ok(checks)
}

/// A receiver that says it is ready while its ClickHouse is away is not told as ready.
fn reconcile(checks: &mut [Check], by_receiver: bool) {
    let place = |name| checks.iter().position(|check| check.name == name);
    let (Some(ready), Some(clickhouse)) = (place(receiver::READY), place(database::REACHABLE))
    else {
        return;
    };
    let judged = receiver::ready_beside(&checks[ready], &checks[clickhouse], by_receiver);
    if let Some(judged) = judged {
        checks[ready] = judged;
    }
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
            let told = Reading { at, grain: SignedDuration::from_secs(1), around: answer.around };
            clock::skew(CLOCK_OF_RECEIVER, "the receiver's clock", told)
        }
        None => Check::skipped(CLOCK_OF_RECEIVER, "needs a date in its answers"),
    });
    checks
}

/// What ClickHouse is asked, but for whether it answers.
const OF_CLICKHOUSE: [&str; 14] = [
    database::VERSION,
    CLOCK_OF_CLICKHOUSE,
    tickets::LEDGER,
    tickets::OPEN,
    tickets::REJECTIONS,
    database::SETTINGS,
    database::MIGRATIONS,
    database::TABLES,
    database::GRANTS,
    disk::PARTS,
    disk::DETACHED,
    tickets::DUPLICATES,
    turned_away::REFUSED,
    turned_away::LIMITS,
];

async fn of_clickhouse(source: &Source<'_>, setup: &Setup) -> Vec<Check> {
    let skipped = |names: &[&'static str], needs: &str| {
        names.iter().map(|name| Check::skipped(name, needs)).collect::<Vec<_>>()
    };
    let mut checks = match source.checkup().await {
        Err(needs) => {
            let mut checks = skipped(&[database::REACHABLE], &needs);
            checks.extend(skipped(&OF_CLICKHOUSE, &needs));
            checks
        }
        Ok(Told { checkup: Err(fault), asked, .. }) => {
            let mut checks = vec![database::reachable(Err(&fault), &asked, setup)];
            checks.extend(skipped(&OF_CLICKHOUSE, NEEDS_CLICKHOUSE));
            checks.extend(skipped(&[keys::ENDING, keys::ENDED, disk::DISK], NEEDS_CLICKHOUSE));
            return checks;
        }
        Ok(Told { checkup: Ok(checkup), migrates, asked }) => {
            let is_silent = matches!(checkup.clock, Err(Unanswered::Fault(Fault::TimedOut)));
            let mut checks = vec![database::reachable(Ok(()), &asked, setup)];
            checks.extend(of_checkup(checkup, migrates, setup));
            if is_silent {
                // What has no time for a clock has none for these, and each would be waited for.
                checks.extend(skipped(&[keys::ENDING, keys::ENDED, disk::DISK], NEEDS_CLICKHOUSE));
                return checks;
            }
            checks
        }
    };
    checks.extend(of_keys(source).await);
    checks.push(of_disk(source).await);
    checks
}

fn of_checkup(checkup: Checkup<Unanswered>, migrates: bool, setup: &Setup) -> [Check; 14] {
    let is_readonly = checkup.settings.as_ref().is_ok_and(|settings| settings.readonly != 0);
    let migrations = Check::of(database::MIGRATIONS, checkup.schema, |state| {
        database::migrations(state, migrates, setup)
    });
    let tables = Check::of(database::TABLES, checkup.tables, |differing| {
        database::tables(&differing, &migrations)
    });
    [
        Check::of(database::VERSION, checkup.version, |version| database::version(&version)),
        Check::of(CLOCK_OF_CLICKHOUSE, checkup.clock, of_clock),
        Check::of(tickets::LEDGER, checkup.gaps, |gaps| tickets::ledger(&gaps)),
        Check::of(tickets::OPEN, checkup.open, |left| tickets::open(&left)),
        Check::of(tickets::REJECTIONS, checkup.rejected, |all| tickets::rejections(&all)),
        Check::of(database::SETTINGS, checkup.settings, |settings| database::settings(&settings)),
        migrations,
        tables,
        Check::of(database::GRANTS, checkup.missing_rights, |all| {
            database::grants(&all, is_readonly)
        }),
        Check::of(disk::PARTS, checkup.parts, |parts| disk::parts(parts.as_ref())),
        Check::of(disk::DETACHED, checkup.detached, |all| disk::detached(&all)),
        Check::of(tickets::DUPLICATES, checkup.copies, |copies| tickets::duplicates(&copies)),
        Check::of(turned_away::REFUSED, checkup.refused_keys, |keys| turned_away::refused(&keys)),
        Check::of(turned_away::LIMITS, checkup.throttled, |all| turned_away::limits(&all)),
    ]
}

fn of_clock(ClockReading { at, before, after }: ClockReading) -> Check {
    let of = |at: ticketlens_ticket::Timestamp| {
        Timestamp::from_nanosecond(i128::from(at.as_unix_nanos())).unwrap_or_default()
    };
    let told = Reading { at: of(at), grain: SignedDuration::ZERO, around: (of(before), of(after)) };
    clock::skew(CLOCK_OF_CLICKHOUSE, "ClickHouse's clock", told)
}

async fn of_keys(source: &Source<'_>) -> [Check; 2] {
    match source.keys().await {
        Ok(listed) => keys::judged(&listed, Timestamp::now()),
        Err(needs) => [keys::ENDING, keys::ENDED].map(|name| Check::skipped(name, &*needs)),
    }
}

async fn of_disk(source: &Source<'_>) -> Check {
    match source.disk().await {
        Ok(Some(known)) => disk::space(known),
        Ok(None) => {
            Check::skipped(disk::DISK, "needs the right to read system.parts and system.disks")
        }
        Err(needs) => Check::skipped(disk::DISK, needs),
    }
}

async fn of_certificates(
    files: &std::result::Result<Option<tls::Files>, String>,
    http: std::result::Result<&String, &String>,
) -> Vec<Check> {
    let now = Timestamp::now();
    let mut checks = Vec::new();
    let leaf = match files {
        Ok(None) => {
            checks.push(Check::ok(tls::FILE, "none: the receiver is without TLS"));
            None
        }
        Ok(Some(files)) => {
            let (check, leaf) = tls::files(files, now);
            checks.push(check);
            leaf
        }
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
