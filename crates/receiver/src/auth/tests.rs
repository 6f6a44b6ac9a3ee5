use std::{
    collections::HashMap,
    sync::Mutex as StdMutex,
    sync::atomic::{AtomicU32, Ordering},
};

use super::*;

const PERIOD: Duration = Duration::from_secs(5);

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
    /// Ends what stands still, without an answer.
    end: tokio::sync::Notify,
    /// So many readings panic.
    panics: AtomicU32,
    readings: AtomicU32,
    /// What a look finds; without one, every look is a reading.
    mark: StdMutex<Option<u64>>,
    looks: AtomicU32,
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
            self.end.notified().await;
            return Err(KeysUnreadable("no answer in time".into()));
        }
        let panics = self.panics.load(Ordering::Relaxed);
        self.panics.store(panics.saturating_sub(1), Ordering::Relaxed);
        assert_eq!(panics, 0, "what the database said");
        if *self.down.lock().unwrap() {
            return Err(KeysUnreadable("away".into()));
        }
        Ok(Table(self.keys.lock().unwrap().clone()))
    }

    async fn mark(&self) -> Result<Option<u64>, KeysUnreadable> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        match *self.down.lock().unwrap() {
            true => Err(KeysUnreadable("away".into())),
            false => Ok(*self.mark.lock().unwrap()),
        }
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

/// Keys that are kept up to date for as long as the test runs.
async fn keys() -> (Arc<Source>, Arc<Keys<Arc<Source>>>) {
    let source = Arc::new(Source::default());
    source.add("ingest", Ok(principal(Scope::Ingest)));
    source.add("read", Ok(principal(Scope::Read)));
    source.add("admin", Ok(principal(Scope::Admin)));
    source.add("revoked", Err(KeyRefused::Revoked));
    source.add("wrong", Err(KeyRefused::WrongSecret));
    let keys = Arc::new(Keys::open(Arc::clone(&source)).await.unwrap());
    let refreshed = Arc::clone(&keys);
    tokio::spawn(async move { refreshed.refresh(PERIOD).await });
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
    // A key without its scheme, or in another, was looked for in vain.
    for other in ["Basic aW5nZXN0", "ingest", ""] {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, other.parse().unwrap());
        assert_eq!(refused(headers).await, Refusal::NoKey, "{other}");
    }
    assert_eq!(refused(bearer("wrong")).await, Refusal::WrongKey);
    assert_eq!(refused(bearer("unknown")).await, Refusal::WrongKey);
    assert_eq!(refused(bearer("revoked")).await, Refusal::RevokedKey);
    let failures: Vec<_> = keys.failures().iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(failures, [("no_key", 4), ("wrong_key", 2), ("revoked_key", 1)]);
}

#[tokio::test(start_paused = true)]
async fn only_an_ingest_key_sends_tickets() {
    let (_, keys) = keys().await;
    for (key, has) in [("read", "read"), ("admin", "admin")] {
        let refused = keys.sender(&bearer(key)).await.unwrap_err();
        assert_eq!(refused, Refusal::WrongScope { needed: "ingest", has });
    }
    keys.sender(&bearer("ingest")).await.unwrap();
    let failures: Vec<_> = keys.failures().iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(failures, [("wrong_scope", 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_works_at_once_and_strangers_force_few_readings() {
    let (source, keys) = keys().await;
    let started = Instant::now();
    source.add("new", Ok(principal(Scope::Ingest)));
    keys.sender(&bearer("new")).await.unwrap();
    assert_eq!(source.readings.load(Ordering::Relaxed), 2);
    assert!(started.elapsed() <= FORCED_EVERY + Duration::from_millis(1));

    let started = Instant::now();
    let strangers = (0..STRANGERS).map(|_| {
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
async fn a_wrong_secret_takes_as_long_as_an_unknown_id() {
    let (_, keys) = keys().await;
    let mut took = Vec::new();
    for key in ["wrong", "unknown", "wrong", "unknown"] {
        // Where the last reading was a moment ago, and where it was long ago.
        for since in [Duration::from_millis(10), FORCED_EVERY * 2] {
            keys.reread().await.unwrap();
            tokio::time::sleep(since).await;
            let started = Instant::now();
            assert_eq!(keys.sender(&bearer(key)).await.unwrap_err(), Refusal::WrongKey);
            took.push((since, started.elapsed()));
        }
    }
    assert_eq!(took[..2], took[2..4]);
    assert_eq!(took[..4], took[4..]);
    assert!(took.iter().all(|(_, took)| *took < KNOWN_WITHIN), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn only_so_many_strangers_wait_and_none_of_them_for_long() {
    let (source, keys) = keys().await;
    *source.still.lock().unwrap() = true;
    let strangers: Vec<_> = (0..STRANGERS + 3)
        .map(|_| {
            let keys = Arc::clone(&keys);
            tokio::spawn(async move {
                let started = Instant::now();
                let refused = keys.sender(&bearer("stranger")).await.unwrap_err();
                assert_eq!(refused, Refusal::KeysUnavailable);
                started.elapsed()
            })
        })
        .collect();
    let mut at_once = 0;
    for stranger in strangers {
        let took = stranger.await.unwrap();
        assert!(took <= KNOWN_WITHIN + Duration::from_millis(1), "{took:?}");
        at_once += usize::from(took == Duration::ZERO);
    }
    assert_eq!(at_once, 3);
    // Who is known waits for nobody.
    let started = Instant::now();
    keys.sender(&bearer("ingest")).await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
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
    for _ in 0..3 {
        assert_eq!(keys.sender(&bearer("new")).await.unwrap_err(), Refusal::KeysUnavailable);
    }
    // What stands still for ever is another part's to end: the reading, by its time-out.
    *source.still.lock().unwrap() = false;
    source.end.notify_waiters();
    tokio::time::sleep(FORCED_EVERY).await;
    keys.sender(&bearer("new")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_is_broken_off_is_none() {
    let (source, keys) = keys().await;
    *source.still.lock().unwrap() = true;
    let broken_off = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.reread().await }
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    source.add("new", Ok(principal(Scope::Ingest)));
    let sender = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { keys.sender(&bearer("new")).await }
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    *source.still.lock().unwrap() = false;
    broken_off.abort();
    sender.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_ends_with_the_next_reading() {
    let (source, keys) = keys().await;
    source.add("ingest", Err(KeyRefused::Revoked));
    keys.sender(&bearer("ingest")).await.unwrap();
    tokio::time::sleep(PERIOD + Duration::from_millis(1)).await;
    assert_eq!(keys.sender(&bearer("ingest")).await.unwrap_err(), Refusal::RevokedKey);
}

/// Revocation is in force within five seconds: a look is due every two, and nothing but a change costs
/// a reading.
#[tokio::test(start_paused = true)]
async fn a_look_is_a_reading_only_where_something_changed() {
    let every = crate::Config::new(ticketlens_store::StoreConfig::new(
        "http://127.0.0.1:1".parse().unwrap(),
    ))
    .key_refresh;
    assert!(every * 2 <= Duration::from_secs(5), "{every:?}");
    let source = Arc::new(Source::default());
    source.add("ingest", Ok(principal(Scope::Ingest)));
    *source.mark.lock().unwrap() = Some(7);
    let keys = Arc::new(Keys::open(Arc::clone(&source)).await.unwrap());
    let refreshed = Arc::clone(&keys);
    tokio::spawn(async move { refreshed.refresh(every).await });
    let moment = Duration::from_millis(1);
    // The first look finds a mark that is not known yet.
    tokio::time::sleep(every * 30 + moment).await;
    let counted =
        || (source.looks.load(Ordering::Relaxed), source.readings.load(Ordering::Relaxed));
    assert_eq!(counted(), (30, 2));
    source.add("ingest", Err(KeyRefused::Revoked));
    *source.mark.lock().unwrap() = Some(8);
    tokio::time::sleep(every).await;
    assert_eq!(keys.sender(&bearer("ingest")).await.unwrap_err(), Refusal::RevokedKey);
    assert_eq!(counted(), (31, 3));
    // A change that is read at once is looked for once more, in case another came with it.
    keys.reread().await.unwrap();
    tokio::time::sleep(every * 3 + moment).await;
    assert_eq!(counted().1, 5);
    // While the database is away nothing changes, and what changed meanwhile is found after it.
    *source.down.lock().unwrap() = true;
    tokio::time::sleep(every * 3).await;
    *source.down.lock().unwrap() = false;
    *source.mark.lock().unwrap() = Some(9);
    tokio::time::sleep(every).await;
    assert_eq!(counted().1, 6);
}

/// A reading that fails leaves the mark behind: the next look reads again.
#[tokio::test(start_paused = true)]
async fn a_change_that_could_not_be_read_is_read_by_the_next_look() {
    let source = Arc::new(Source::default());
    source.add("ingest", Ok(principal(Scope::Ingest)));
    *source.mark.lock().unwrap() = Some(1);
    let keys = Keys::open(Arc::clone(&source)).await.unwrap();
    keys.look().await.unwrap();
    source.add("ingest", Err(KeyRefused::Revoked));
    *source.mark.lock().unwrap() = Some(2);
    *source.still.lock().unwrap() = true;
    let broken = async { tokio::join!(keys.look(), async { source.end.notify_waiters() }).0 };
    broken.await.unwrap_err();
    *source.still.lock().unwrap() = false;
    keys.sender(&bearer("ingest")).await.unwrap();
    keys.look().await.unwrap();
    assert_eq!(keys.sender(&bearer("ingest")).await.unwrap_err(), Refusal::RevokedKey);
}

#[tokio::test(start_paused = true)]
async fn a_right_key_is_used_and_a_wrong_one_is_not() {
    let (_, keys) = keys().await;
    assert!(!keys.uses().is_in_use("abcdefgh".parse().unwrap(), Timestamp::now()));
    keys.sender(&bearer("wrong")).await.unwrap_err();
    assert!(!keys.uses().is_in_use("abcdefgh".parse().unwrap(), Timestamp::now()));
    keys.sender(&bearer("ingest")).await.unwrap();
    assert!(keys.uses().is_in_use("abcdefgh".parse().unwrap(), Timestamp::now()));
}

#[tokio::test(start_paused = true)]
async fn a_period_of_nothing_is_no_loop_without_a_pause() {
    let source = Arc::new(Source::default());
    let keys = Keys::open(Arc::clone(&source)).await.unwrap();
    let _ = timeout(Duration::from_secs(1), keys.refresh(Duration::ZERO)).await;
    assert!(source.readings.load(Ordering::Relaxed) <= 102);
}

/// The refresh is a part like the others: a panic while keys are read is seen, and got over.
#[tokio::test(start_paused = true)]
async fn a_panic_while_keys_are_read_is_seen_and_known_keys_go_on() {
    let (source, keys) = keys().await;
    let mut parts = crate::supervise::Parts::new(Arc::default());
    let mut states = parts.readiness().follow();
    let refreshed = Arc::clone(&keys);
    parts.keep("key refresh", move || {
        let keys = Arc::clone(&refreshed);
        async move {
            keys.refresh(Duration::from_millis(100)).await;
            crate::supervise::End::Unasked
        }
    });
    source.panics.store(2, Ordering::Relaxed);
    let down = states.wait_for(|state| state.why_not().is_some()).await.unwrap().why_not();
    assert_eq!(down.unwrap().to_string(), "a part has died: key refresh");
    keys.sender(&bearer("ingest")).await.unwrap();
    states.wait_for(|state| state.why_not().is_none()).await.unwrap();
    source.add("new", Ok(principal(Scope::Ingest)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    keys.sender(&bearer("new")).await.unwrap();
}
