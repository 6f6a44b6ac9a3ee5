//! The commit loop on a paused clock: time passes only while everything waits.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use super::*;
use crate::budget::{Budget, Limits};

const MS: Duration = Duration::from_millis(1);

/// What the sink does with one try.
#[derive(Clone, Copy, Debug)]
enum Act {
    Take(Duration),
    Fail,
    Forbid,
    Hang,
}

#[derive(Debug)]
struct Try {
    at: Instant,
    token: Uuid,
    rows: String,
}

/// Rows are texts such as `a.` or `bad.`; acts are played in order, then every try is taken.
#[derive(Debug, Default)]
struct Scripted {
    acts: Mutex<VecDeque<Act>>,
    /// While set, every try and every ping fails.
    down: Mutex<bool>,
    tries: Mutex<Vec<Try>>,
    stored: Mutex<HashMap<Uuid, String>>,
}

impl Scripted {
    fn playing(acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self { acts: Mutex::new(acts.into_iter().collect()), ..Self::default() })
    }

    fn tries(&self) -> Vec<(Uuid, String)> {
        self.tries.lock().unwrap().iter().map(|t| (t.token, t.rows.clone())).collect()
    }

    fn rows(&self) -> Vec<String> {
        self.tries.lock().unwrap().iter().map(|t| t.rows.clone()).collect()
    }

    fn set_down(&self, down: bool) {
        *self.down.lock().unwrap() = down;
    }
}

fn away() -> SinkError {
    SinkError::Unavailable("connection refused".into())
}

impl Sink for Scripted {
    async fn insert(&self, chunks: &[Bytes], token: Uuid) -> Result<(), SinkError> {
        let rows = String::from_utf8(chunks.concat()).unwrap();
        let at = Instant::now();
        self.tries.lock().unwrap().push(Try { at, token, rows: rows.clone() });
        if *self.down.lock().unwrap() {
            return Err(away());
        }
        let act = self.acts.lock().unwrap().pop_front().unwrap_or(Act::Take(MS));
        match act {
            Act::Take(time) => sleep_until(Instant::now() + time).await,
            Act::Fail => return Err(away()),
            Act::Forbid => return Err(SinkError::Unfit("code 516".into())),
            Act::Hang => std::future::pending().await,
        }
        if rows.contains("bad") {
            return Err(SinkError::Refused("code 27".into()));
        }
        self.stored.lock().unwrap().insert(token, rows);
        Ok(())
    }

    async fn ping(&self) -> Result<(), SinkError> {
        if *self.down.lock().unwrap() { Err(away()) } else { Ok(()) }
    }
}

fn budget() -> Budget {
    Budget::new(Limits { total: 1 << 30, share: 1 << 30 })
}

fn reserve(budget: &Budget, bytes: usize) -> Reservation {
    budget.reserve(&"acme".parse().unwrap(), bytes).unwrap()
}

struct Rig {
    sink: Arc<Scripted>,
    budget: Budget,
    committer: Committer,
    commit_loop: CommitLoop,
}

fn rig(sink: Arc<Scripted>, config: CommitConfig) -> Rig {
    let (committer, commit_loop) = CommitLoop::start(Arc::clone(&sink), config, Arc::default());
    Rig { sink, budget: budget(), committer, commit_loop }
}

impl Rig {
    /// Sends rows on a task of their own; they have arrived in the loop when this returns.
    async fn send(&self, rows: &str) -> JoinHandle<Result<(), Refusal>> {
        let (committer, rows) = (self.committer.clone(), Bytes::from(rows.to_owned()));
        let reservation = reserve(&self.budget, rows.len());
        let task = tokio::spawn(async move { committer.commit(rows, 1, reservation).await });
        settle().await;
        task
    }
}

/// Lets every task run as far as it can without time passing.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn rows_of_one_window_are_one_insert() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    let started = Instant::now();
    let first = rig.send("a.").await;
    tokio::time::advance(4 * MS).await;
    let second = rig.send("b.").await;
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(rig.sink.rows(), ["a.b."]);
    let left_at = rig.sink.tries.lock().unwrap()[0].at - started;
    assert!((10 * MS..=11 * MS).contains(&left_at), "the first rows waited {left_at:?}");
    assert_eq!(rig.budget.reserved(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_does_not_wait_and_is_cut_between_requests() {
    let config = CommitConfig { max_bytes: 4, ..CommitConfig::default() };
    let rig = rig(Scripted::playing([]), config);
    let started = Instant::now();
    let mut tasks = Vec::new();
    for rows in ["a.", "b.", "c."] {
        tasks.push(rig.send(rows).await);
    }
    let last = tasks.pop().unwrap();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(started.elapsed().as_millis(), 1, "only the sink took time");
    last.await.unwrap().unwrap();
    assert_eq!(rig.sink.rows(), ["a.b.", "c."]);
}

#[tokio::test(start_paused = true)]
async fn a_request_larger_than_a_batch_goes_alone() {
    let config = CommitConfig { max_bytes: 4, ..CommitConfig::default() };
    let rig = rig(Scripted::playing([]), config);
    let small = rig.send("a.").await;
    let large = rig.send("largerthanfour.").await;
    small.await.unwrap().unwrap();
    large.await.unwrap().unwrap();
    let mut rows = rig.sink.rows();
    rows.sort();
    assert_eq!(rows, ["a.", "largerthanfour."]);
}

#[tokio::test(start_paused = true)]
async fn while_the_slots_are_busy_the_batch_grows() {
    let slow = Act::Take(Duration::from_secs(1));
    let config = CommitConfig { inserters: 1, ..CommitConfig::default() };
    let rig = rig(Scripted::playing([slow]), config);
    let first = rig.send("a.").await;
    tokio::time::sleep(20 * MS).await;
    let mut later = Vec::new();
    for rows in ["b.", "c.", "d."] {
        later.push(rig.send(rows).await);
        tokio::time::sleep(100 * MS).await;
    }
    first.await.unwrap().unwrap();
    for task in later {
        task.await.unwrap().unwrap();
    }
    assert_eq!(rig.sink.rows(), ["a.", "b.c.d."]);
}

#[tokio::test(start_paused = true)]
async fn a_second_insert_starts_beside_a_slow_one() {
    let rig = rig(Scripted::playing([Act::Take(Duration::from_secs(5))]), CommitConfig::default());
    let slow = rig.send("a.").await;
    tokio::time::sleep(20 * MS).await;
    let started = Instant::now();
    rig.send("b.").await.await.unwrap().unwrap();
    assert!(started.elapsed() < 200 * MS, "waited {:?}", started.elapsed());
    slow.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_retry_carries_the_same_token_and_rows() {
    let rig = rig(Scripted::playing([Act::Fail, Act::Fail]), CommitConfig::default());
    rig.send("a.").await.await.unwrap().unwrap();
    let tries = rig.sink.tries();
    assert_eq!(tries.len(), 3);
    assert!(tries.iter().all(|one| *one == tries[0]), "{tries:?}");
    assert!(rig.committer.is_available(), "two failed tries are no outage");
}

#[tokio::test(start_paused = true)]
async fn a_new_batch_has_a_new_token() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    rig.send("a.").await.await.unwrap().unwrap();
    rig.send("b.").await.await.unwrap().unwrap();
    let tries = rig.sink.tries();
    assert_ne!(tries[0].0, tries[1].0);
}

#[tokio::test(start_paused = true)]
async fn everyone_is_answered_by_the_deadline_when_the_sink_hangs() {
    let rig = rig(Scripted::playing([Act::Hang; 4]), CommitConfig::default());
    let started = Instant::now();
    let mut tasks = Vec::new();
    for rows in ["a.", "b.", "c.", "d."] {
        tasks.push(rig.send(rows).await);
        tokio::time::advance(150 * MS).await;
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), Err(Refusal::StoreUnavailable));
    }
    let limit = Duration::from_secs(10) + 500 * MS;
    assert!(started.elapsed() <= limit, "took {:?}", started.elapsed());
    assert_eq!(rig.budget.reserved(), 0, "memory is given back");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_noticed_ended_by_a_probe_and_loses_nothing_that_waited() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    rig.sink.set_down(true);
    let waiting = rig.send("a.").await;
    let mut availability = rig.committer.availability();
    availability.wait_for(|available| !available).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    rig.sink.set_down(false);
    availability.wait_for(|available| *available).await.unwrap();
    waiting.await.unwrap().unwrap();
    rig.send("b.").await.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_without_requests_a_probe_brings_it_back() {
    let config = CommitConfig { deadline: Duration::from_secs(1), ..CommitConfig::default() };
    let rig = rig(Scripted::playing([]), config);
    rig.sink.set_down(true);
    let failed = rig.send("a.").await.await.unwrap();
    assert_eq!(failed, Err(Refusal::StoreUnavailable));
    assert!(!rig.committer.is_available());
    rig.sink.set_down(false);
    let mut availability = rig.committer.availability();
    availability.wait_for(|available| *available).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn refused_rows_stand_alone_and_their_neighbours_are_stored() {
    let config = CommitConfig { inserters: 1, ..CommitConfig::default() };
    let rig = rig(Scripted::playing([]), config);
    let mut tasks = Vec::new();
    for number in 0..9 {
        let rows = if number == 5 { "bad.".into() } else { format!("{number}.") };
        tasks.push((number, rig.send(&rows).await));
    }
    for (number, task) in tasks {
        let expected = if number == 5 { Err(Refusal::StoreRefused) } else { Ok(()) };
        assert_eq!(task.await.unwrap(), expected, "request {number}");
    }
    let mut stored: Vec<String> = rig.sink.stored.lock().unwrap().values().cloned().collect();
    stored.sort();
    assert_eq!(stored.concat().len(), "0.1.2.3.4.6.7.8.".len());
    let tokens: std::collections::HashSet<Uuid> =
        rig.sink.tries().into_iter().map(|(token, _)| token).collect();
    assert_eq!(tokens.len(), rig.sink.tries().len(), "other rows, another token");
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_not_set_up_is_an_outage_and_no_search_for_bad_rows() {
    let rig = rig(Scripted::playing([Act::Forbid]), CommitConfig::default());
    let mut tasks = Vec::new();
    for _ in 0..10 {
        tasks.push(rig.send("a.").await);
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), Err(Refusal::StoreRefused));
    }
    assert_eq!(rig.sink.tries().len(), 1);
    assert!(!rig.committer.is_available());
}

#[tokio::test(start_paused = true)]
async fn a_database_that_refuses_everything_is_not_asked_for_ever() {
    let config = CommitConfig { inserters: 1, ..CommitConfig::default() };
    let rig = rig(Scripted::playing([]), config);
    let mut tasks = Vec::new();
    for _ in 0..500 {
        tasks.push(rig.send("bad.").await);
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), Err(Refusal::StoreRefused));
    }
    assert!(rig.sink.tries().len() < 50, "{} inserts", rig.sink.tries().len());
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_is_committed_all_the_same() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    let gone = rig.send("a.").await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    rig.send("b.").await.await.unwrap().unwrap();
    assert_eq!(rig.sink.rows(), ["a.b."]);
    assert_eq!(rig.budget.reserved(), 0);
}

#[tokio::test(start_paused = true)]
async fn closing_commits_and_answers_what_is_there_without_waiting_for_the_window() {
    let config = CommitConfig { window: Duration::from_secs(5), ..CommitConfig::default() };
    let Rig { sink, budget, committer, commit_loop } = rig(Scripted::playing([]), config);
    let reservation = reserve(&budget, 2);
    let late = committer.clone();
    let task =
        tokio::spawn(async move { committer.commit(Bytes::from("a."), 1, reservation).await });
    settle().await;
    let started = Instant::now();
    commit_loop.close().await;
    assert!(started.elapsed() < 100 * MS);
    task.await.unwrap().unwrap();
    assert_eq!(sink.rows(), ["a."]);
    let after = late.commit(Bytes::from("b."), 1, reserve(&budget, 2)).await;
    assert_eq!(after, Err(Refusal::ShuttingDown));
}

#[tokio::test(start_paused = true)]
async fn closing_while_the_database_is_gone_ends_by_the_deadline() {
    let Rig { sink, budget, committer, commit_loop } =
        rig(Scripted::playing([]), CommitConfig::default());
    sink.set_down(true);
    let reservation = reserve(&budget, 2);
    let task =
        tokio::spawn(async move { committer.commit(Bytes::from("a."), 1, reservation).await });
    settle().await;
    let started = Instant::now();
    commit_loop.close().await;
    assert!(started.elapsed() <= Duration::from_secs(10));
    assert_eq!(task.await.unwrap(), Err(Refusal::StoreUnavailable));
}

#[test]
fn small_rows_are_sent_together_and_large_ones_as_they_are() {
    let budget = budget();
    let mut batch = Batch::default();
    let large = vec![b'L'; 20 << 10];
    for rows in [&b"a"[..], b"b", &large, b"c"] {
        batch.push(Entry {
            rows: Bytes::copy_from_slice(rows),
            count: 1,
            arrived: Instant::now(),
            answer: oneshot::channel().0,
            _reservation: reserve(&budget, 0),
        });
    }
    let chunks = batch.chunks();
    assert_eq!(chunks, [&b"ab"[..], &large, b"c"]);
    assert_eq!(batch.chunks().concat(), chunks.concat(), "the second reading says the same");
    let (first, second) = batch.halve();
    assert_eq!((first.len(), second.len()), (2, 2));
    assert_eq!((first.bytes(), first.rows()), (2, 2));
}
