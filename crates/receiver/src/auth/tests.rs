use std::{
    collections::HashMap,
    sync::Mutex as StdMutex,
    sync::atomic::{AtomicU32, Ordering},
};

use super::*;

/// Keys by their text.
#[derive(Debug)]
struct Table(HashMap<String, Result<Principal, KeyRefused>>);

impl Ring for Table {
    fn check(&self, presented: &str, _: Timestamp) -> Result<Principal, KeyRefused> {
        self.0.get(presented).cloned().unwrap_or(Err(KeyRefused::Unknown))
    }
}

#[derive(Default)]
struct Source {
    keys: StdMutex<HashMap<String, Result<Principal, KeyRefused>>>,
    down: StdMutex<bool>,
    /// Takes connections and does not answer.
    still: StdMutex<bool>,
    readings: AtomicU32,
}

impl Source {
    fn add(&self, text: &str, answer: Result<Principal, KeyRefused>) {
        self.keys.lock().unwrap().insert(text.into(), answer);
    }
}

impl KeySource for Arc<Source> {
    type Ring = Table;

    async fn load(&self) -> Result<Table, KeysUnreadable> {
        self.readings.fetch_add(1, Ordering::Relaxed);
        if *self.still.lock().unwrap() {
            std::future::pending::<()>().await;
        }
        if *self.down.lock().unwrap() {
            return Err(KeysUnreadable("away".into()));
        }
        Ok(Table(self.keys.lock().unwrap().clone()))
    }
}

fn principal(scope: Scope) -> Principal {
    let tenant = TenantSettings::new("acme".parse().unwrap());
    let tenant = (scope != Scope::Admin).then(|| Arc::new(tenant));
    Principal { key_id: "abcdefgh".parse().unwrap(), tenant, scope }
}

fn bearer(key: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {key}").parse().unwrap());
    headers
}

async fn keys() -> (Arc<Source>, Keys<Arc<Source>>) {
    let source = Arc::new(Source::default());
    source.add("ingest", Ok(principal(Scope::Ingest)));
    source.add("read", Ok(principal(Scope::Read)));
    source.add("admin", Ok(principal(Scope::Admin)));
    source.add("revoked", Err(KeyRefused::Revoked));
    source.add("wrong", Err(KeyRefused::WrongSecret));
    let keys = Keys::open(Arc::clone(&source)).await.unwrap();
    (source, keys)
}

#[tokio::test(start_paused = true)]
async fn both_headers_carry_a_key_and_the_schemes_case_does_not_matter() {
    let (_, keys) = keys().await;
    keys.sender(&bearer("ingest")).await.unwrap();
    for (name, value) in [("authorization", "bEARER  ingest "), ("x-api-key", "ingest")] {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let sender = keys.sender(&headers).await.unwrap();
        assert_eq!(sender.tenant.name.as_str(), "acme");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_key_is_told_from_a_wrong_one() {
    let (_, keys) = keys().await;
    let keys = &keys;
    let refused = async |headers: HeaderMap| keys.sender(&headers).await.unwrap_err();
    assert_eq!(refused(HeaderMap::new()).await, Refusal::NoKey);
    let mut basic = HeaderMap::new();
    basic.insert(AUTHORIZATION, "Basic aW5nZXN0".parse().unwrap());
    assert_eq!(refused(basic).await, Refusal::MalformedKey);
    assert_eq!(refused(bearer("wrong")).await, Refusal::WrongKey);
    assert_eq!(refused(bearer("unknown")).await, Refusal::WrongKey);
    assert_eq!(refused(bearer("revoked")).await, Refusal::RevokedKey);
}

#[tokio::test(start_paused = true)]
async fn only_an_ingest_key_sends_tickets() {
    let (_, keys) = keys().await;
    for (key, has) in [("read", "read"), ("admin", "admin")] {
        let refused = keys.sender(&bearer(key)).await.unwrap_err();
        assert_eq!(refused, Refusal::WrongScope { needed: "ingest", has });
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_key_works_at_once_and_strangers_force_one_reading_a_second() {
    let (source, keys) = keys().await;
    source.add("new", Ok(principal(Scope::Ingest)));
    keys.sender(&bearer("new")).await.unwrap();
    assert_eq!(source.readings.load(Ordering::Relaxed), 2);

    let keys = Arc::new(keys);
    let started = Instant::now();
    let strangers = (0..100).map(|_| {
        let keys = Arc::clone(&keys);
        tokio::spawn(async move { keys.sender(&bearer("stranger")).await.unwrap_err() })
    });
    for stranger in strangers.collect::<Vec<_>>() {
        assert_eq!(stranger.await.unwrap(), Refusal::WrongKey);
    }
    assert_eq!(source.readings.load(Ordering::Relaxed), 3);
    assert!(started.elapsed() <= FORCED_EVERY + Duration::from_millis(1));
}

#[tokio::test(start_paused = true)]
async fn while_the_source_is_away_known_keys_work_and_unknown_ones_are_told_to_come_again() {
    let (source, keys) = keys().await;
    *source.down.lock().unwrap() = true;
    tokio::time::advance(FORCED_EVERY).await;
    keys.sender(&bearer("ingest")).await.unwrap();
    for _ in 0..2 {
        let refused = keys.sender(&bearer("new")).await.unwrap_err();
        assert_eq!(refused, Refusal::KeysUnavailable);
        assert!(refused.is_retryable());
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_source_stands_still_no_new_key_is_refused_for_good() {
    let (source, keys) = keys().await;
    source.add("new", Ok(principal(Scope::Ingest)));
    *source.still.lock().unwrap() = true;
    let keys = Arc::new(keys);
    let senders = (0..3).map(|_| {
        let keys = Arc::clone(&keys);
        tokio::spawn(async move { keys.sender(&bearer("new")).await.unwrap_err() })
    });
    let senders: Vec<_> = senders.collect();
    // The first one reads for all, a second after the last reading, and hangs up.
    let mut senders = senders.into_iter();
    let first = senders.next().unwrap();
    tokio::time::sleep(FORCED_EVERY * 2).await;
    first.abort();
    for sender in senders {
        assert_eq!(sender.await.unwrap(), Refusal::KeysUnavailable);
    }
    *source.still.lock().unwrap() = false;
    keys.sender(&bearer("new")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_ends_with_the_next_reading() {
    let (source, keys) = keys().await;
    let keys = Arc::new(keys);
    let refreshing = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.refresh(Duration::from_secs(5)).await }
    });
    source.add("ingest", Err(KeyRefused::Revoked));
    keys.sender(&bearer("ingest")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5001)).await;
    assert_eq!(keys.sender(&bearer("ingest")).await.unwrap_err(), Refusal::RevokedKey);
    refreshing.abort();
}
