//! The commit loop on a paused clock: time passes only while everything waits.

mod lines;

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use ticketlens_store::TenantName;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use self::lines::Lines;
use super::{batch::Batch, *};
use crate::{
    budget::{Budget, Limits},
    readiness::NotReady,
    sink::SinkError,
    supervise::MOST_DEATHS,
};

const MS: Duration = Duration::from_millis(1);

/// What the sink does with one try.
#[derive(Clone, Copy, Debug)]
enum Act {
    Take(Duration),
    Fail,
    Forbid,
    Hang,
    Panic,
}

#[derive(Debug)]
struct Try {
    at: Instant,
    table: Table,
    token: Uuid,
    rows: String,
}

/// Rows are texts such as `a.` or `bad.`; acts are played in order, then every try is taken.
#[derive(Debug, Default)]
struct Scripted {
    acts: Mutex<VecDeque<Act>>,
    /// While set, every try and every ping fails.
    down: Mutex<bool>,
    /// While set, every ping is answered and no try is taken.
    forbidden: Mutex<Option<&'static str>>,
    pings_panic: Mutex<bool>,
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
    async fn insert(&self, table: Table, chunks: &[Bytes], token: Uuid) -> Result<(), SinkError> {
        let rows = String::from_utf8(chunks.concat()).unwrap();
        let at = Instant::now();
        self.tries.lock().unwrap().push(Try { at, table, token, rows: rows.clone() });
        if *self.down.lock().unwrap() {
            return Err(away());
        }
        if let Some(code) = *self.forbidden.lock().unwrap() {
            return Err(SinkError::Unfit(code.into()));
        }
        if rows.contains("odd") {
            return Err(SinkError::Unfit("code nobody knew".into()));
        }
        let act = self.acts.lock().unwrap().pop_front().unwrap_or(Act::Take(MS));
        match act {
            Act::Take(time) => sleep_until(Instant::now() + time).await,
            Act::Fail => return Err(away()),
            Act::Forbid => return Err(SinkError::Unfit("code 516".into())),
            Act::Hang => std::future::pending().await,
            Act::Panic => panic!("{rows}"),
        }
        if rows.contains("bad") {
            return Err(SinkError::Refused("code 27".into()));
        }
        self.stored.lock().unwrap().insert(token, rows);
        Ok(())
    }

    async fn ping(&self) -> Result<(), SinkError> {
        if std::mem::take(&mut *self.pings_panic.lock().unwrap()) {
            panic!("what the database said");
        }
        if *self.down.lock().unwrap() { Err(away()) } else { Ok(()) }
    }
}

/// Where the loop can be made to die: in its hands is what it just took in.
pub(super) fn die_of(entry: &Entry) {
    assert_ne!(&*entry.rows, b"deadly.", "what a sender wrote");
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
    metrics: Arc<Metrics>,
    parts: Parts,
}

fn rig(sink: Arc<Scripted>, config: CommitConfig) -> Rig {
    let mut parts = Parts::new(Arc::default());
    let metrics = Arc::<Metrics>::default();
    let (committer, commit_loop) =
        CommitLoop::start(Arc::clone(&sink), config, Arc::clone(&metrics), &mut parts);
    Rig { sink, budget: budget(), committer, commit_loop, metrics, parts }
}

impl Rig {
    /// Sends rows on a task of their own; they have arrived in the loop when this returns.
    async fn send(&self, rows: &str) -> JoinHandle<Result<(), Refusal>> {
        self.send_to(Table::Tickets, rows).await
    }

    async fn send_to(&self, table: Table, rows: &str) -> JoinHandle<Result<(), Refusal>> {
        let (committer, rows) = (self.committer.clone(), Bytes::from(rows.to_owned()));
        let reservation = reserve(&self.budget, rows.len());
        let task = tokio::spawn(async move { committer.commit(table, rows, 1, reservation).await });
        settle().await;
        task
    }

    /// As a request comes: only where it is let in.
    async fn request(&self, rows: &str) -> Result<(), Refusal> {
        if !self.committer.lets_in() {
            return Err(Refusal::StoreUnavailable);
        }
        self.send(rows).await.await.unwrap()
    }

    fn why_not(&self) -> Option<NotReady> {
        self.parts.readiness().why_not()
    }

    async fn wait_until_ready(&self, ready: bool) {
        let mut states = self.parts.readiness().follow();
        states.wait_for(|state| state.why_not().is_none() == ready).await.unwrap();
    }

    /// Rows the sink has taken, in order.
    fn stored(&self) -> Vec<String> {
        let mut stored: Vec<_> = self.sink.stored.lock().unwrap().values().cloned().collect();
        stored.sort();
        stored
    }
}

/// Lets every task run as far as it can without time passing.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn rows_of_two_tables_are_two_inserts_and_wait_for_each_other_in_neither() {
    let rig = rig(Scripted::playing([Act::Hang]), CommitConfig::default());
    let stuck = rig.send("a.").await;
    let feedback = rig.send_to(Table::Feedback, "f.").await;
    let more = rig.send_to(Table::Feedback, "g.").await;
    feedback.await.unwrap().unwrap();
    more.await.unwrap().unwrap();
    let ticket = rig.send("b.").await;
    ticket.await.unwrap().unwrap();
    let tries: Vec<_> = {
        let tries = rig.sink.tries.lock().unwrap();
        tries.iter().map(|one| (one.table, one.rows.clone())).collect()
    };
    let expected = [(Table::Tickets, "a."), (Table::Feedback, "f.g."), (Table::Tickets, "b.")];
    assert_eq!(tries, expected.map(|(table, rows)| (table, rows.to_owned())));
    stuck.abort();
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

/// Every slot is taken by a tenant with much in flight, and more of it waits.
#[tokio::test(start_paused = true)]
async fn a_tenant_with_little_does_not_wait_for_the_inserts_of_one_with_much() {
    let slow = Act::Take(Duration::from_secs(5));
    let rig = rig(Scripted::playing([slow, slow]), CommitConfig::default());
    let flood: TenantName = "flood".parse().unwrap();
    let much = |rows: &str| {
        let reservation = rig.budget.reserve(&flood, 2 * queue::LITTLE).unwrap();
        let (committer, rows) = (rig.committer.clone(), Bytes::from(rows.to_owned()));
        tokio::spawn(
            async move { committer.commit(Table::Tickets, rows, 20_000, reservation).await },
        )
    };
    let mut floods = Vec::new();
    for rows in ["f.", "g.", "h."] {
        floods.push(much(rows));
        tokio::time::sleep(200 * MS).await;
    }
    for rows in ["a.", "b."] {
        let started = Instant::now();
        rig.send(rows).await.await.unwrap().unwrap();
        assert!(started.elapsed() < 20 * MS, "waited {:?}", started.elapsed());
    }
    for flood in floods {
        flood.await.unwrap().unwrap();
    }
    let rows = rig.sink.rows().concat();
    assert_eq!(rows.len(), "f.g.h.a.b.".len(), "{rows}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_carries_the_same_token_and_rows() {
    let rig = rig(Scripted::playing([Act::Fail, Act::Fail]), CommitConfig::default());
    rig.send("a.").await.await.unwrap().unwrap();
    let tries = rig.sink.tries();
    assert_eq!(tries.len(), 3);
    assert!(tries.iter().all(|one| *one == tries[0]), "{tries:?}");
    assert_eq!(rig.why_not(), None, "two failed tries are no outage");
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
    rig.wait_until_ready(false).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    rig.sink.set_down(false);
    rig.wait_until_ready(true).await;
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
    assert!(rig.why_not().is_some());
    rig.sink.set_down(false);
    rig.wait_until_ready(true).await;
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
    let metrics = rig.metrics.prometheus();
    assert!(metrics.contains("ticketlens_commit_rows_total 8\n"), "{metrics}");
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
    assert!(rig.why_not().is_some());
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
    let Rig { sink, budget, committer, commit_loop, parts: _parts, .. } =
        rig(Scripted::playing([]), config);
    let reservation = reserve(&budget, 2);
    let late = committer.clone();
    let task = tokio::spawn(async move {
        committer.commit(Table::Tickets, Bytes::from("a."), 1, reservation).await
    });
    settle().await;
    let started = Instant::now();
    commit_loop.close().await;
    assert!(started.elapsed() < 100 * MS);
    task.await.unwrap().unwrap();
    assert_eq!(sink.rows(), ["a."]);
    let after = late.commit(Table::Tickets, Bytes::from("b."), 1, reserve(&budget, 2)).await;
    assert_eq!(after, Err(Refusal::ShuttingDown));
}

#[tokio::test(start_paused = true)]
async fn closing_while_the_database_is_gone_ends_by_the_deadline() {
    let Rig { sink, budget, committer, commit_loop, parts: _parts, .. } =
        rig(Scripted::playing([]), CommitConfig::default());
    sink.set_down(true);
    let reservation = reserve(&budget, 2);
    let task = tokio::spawn(async move {
        committer.commit(Table::Tickets, Bytes::from("a."), 1, reservation).await
    });
    settle().await;
    let started = Instant::now();
    commit_loop.close().await;
    assert!(started.elapsed() <= Duration::from_secs(10));
    assert_eq!(task.await.unwrap(), Err(Refusal::StoreUnavailable));
}

#[tokio::test(start_paused = true)]
async fn each_request_of_a_batch_has_its_own_deadline() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    rig.sink.set_down(true);
    assert_eq!(rig.send("a.").await.await.unwrap(), Err(Refusal::StoreUnavailable));
    // Nothing leaves during the outage: what comes now is one batch.
    let started = Instant::now();
    let first = rig.send("b.").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let second = rig.send("c.").await;
    assert_eq!(first.await.unwrap(), Err(Refusal::StoreUnavailable));
    assert_eq!(started.elapsed().as_secs(), 10);
    rig.sink.set_down(false);
    second.await.unwrap().unwrap();
    assert_eq!(rig.stored(), ["c."]);
    assert_eq!(rig.budget.reserved(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_insert_under_way_goes_on_for_those_who_still_wait() {
    let config = CommitConfig { window: Duration::from_secs(4), ..CommitConfig::default() };
    let acts = [Act::Take(Duration::from_secs(8)), Act::Hang];
    let rig = rig(Scripted::playing(acts), config);
    let first = rig.send("a.").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let second = rig.send("b.").await;
    let (started, reserved) = (Instant::now(), rig.budget.reserved());
    assert_eq!(first.await.unwrap(), Err(Refusal::StoreUnavailable));
    assert_eq!(started.elapsed().as_secs(), 7);
    assert_eq!(rig.budget.reserved(), reserved, "its rows are still under way");
    second.await.unwrap().unwrap();
    assert_eq!((rig.sink.rows(), rig.budget.reserved()), (vec!["a.b.".to_owned()], 0));
}

#[tokio::test(start_paused = true)]
async fn a_missing_grant_is_over_when_an_insert_works_and_not_before() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    *rig.sink.forbidden.lock().unwrap() = Some("code 497");
    assert_eq!(rig.request("a.").await, Err(Refusal::StoreRefused));
    let unfit = NotReady::DatabaseUnfit(SinkError::Unfit("code 497".into()).to_string());
    // Pings are answered all the while.
    for _ in 0..100 {
        tokio::time::sleep(100 * MS).await;
        assert_eq!(rig.why_not(), Some(unfit.clone()));
    }
    *rig.sink.forbidden.lock().unwrap() = None;
    // Without a request: a load balancer sends none.
    let started = Instant::now();
    rig.wait_until_ready(true).await;
    assert!(started.elapsed() <= 500 * MS, "took {:?}", started.elapsed());
    rig.request("b.").await.unwrap();
    assert_eq!(rig.stored(), ["a.", "b."]);
    assert_eq!(rig.budget.reserved(), 0);
}

#[tokio::test(start_paused = true)]
async fn each_cause_is_logged_once_and_not_each_try() {
    let lines = Lines::default();
    let _logged_here = lines.take_in();
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    for (code, said) in [("code 497", 1), ("code 516", 1), ("code 497", 1)] {
        *rig.sink.forbidden.lock().unwrap() = Some(code);
        for n in 0..30 {
            tokio::time::sleep(100 * MS).await;
            let _ = rig.request(&format!("{n}.")).await.unwrap_err();
        }
        assert_eq!(lines.with(code), said, "{code}");
    }
    assert_eq!(lines.with("again"), 0);
    *rig.sink.forbidden.lock().unwrap() = None;
    rig.wait_until_ready(true).await;
    assert_eq!(lines.with("the database takes rows again"), 1);
}

#[tokio::test(start_paused = true)]
async fn refused_rows_are_logged_at_most_every_half_a_minute() {
    let lines = Lines::default();
    let _logged_here = lines.take_in();
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    for said in [1, 1, 1, 2] {
        assert_eq!(rig.request("bad.").await, Err(Refusal::StoreRefused));
        assert_eq!(lines.with("rows are refused"), said);
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(rig.metrics.prometheus().contains("ticketlens_insert_refusals_total 4\n"));
}

#[tokio::test(start_paused = true)]
async fn while_the_database_is_unfit_one_request_a_second_is_let_in() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    *rig.sink.forbidden.lock().unwrap() = Some("code 497");
    assert_eq!(rig.request("a.").await, Err(Refusal::StoreRefused));
    let mut let_in = 0;
    for _ in 0..1000 {
        tokio::time::advance(10 * MS).await;
        let_in += u32::from(rig.committer.lets_in());
    }
    assert!((9..=10).contains(&let_in), "{let_in}");
}

/// Rows that the database does not take, by a code nobody knew to blame them for.
#[tokio::test(start_paused = true)]
async fn rows_that_make_the_database_look_unfit_do_so_until_others_are_let_in() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    assert_eq!(rig.request("odd.").await, Err(Refusal::StoreRefused));
    assert_eq!(rig.request("a.").await, Err(Refusal::StoreUnavailable), "told to come again");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(rig.why_not().is_some(), "what is tried with is the odd one");
    rig.request("a.").await.unwrap();
    assert_eq!(rig.why_not(), None);
    assert_eq!(rig.budget.reserved(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_insert_that_panics_is_answered_retryable_and_seen() {
    let rig = rig(Scripted::playing([Act::Panic]), CommitConfig::default());
    let first = rig.send("a.").await;
    let second = rig.send("b.").await;
    for task in [first, second] {
        let refused = task.await.unwrap().unwrap_err();
        assert!(refused.is_retryable(), "{refused:?}");
    }
    settle().await;
    assert_eq!(rig.why_not(), Some(NotReady::PartDown("inserts")));
    assert!(!rig.committer.lets_in());
    let started = Instant::now();
    rig.wait_until_ready(true).await;
    assert!(started.elapsed() < Duration::from_secs(1));
    rig.request("c.").await.unwrap();
    assert_eq!((rig.stored(), rig.budget.reserved()), (vec!["c.".to_owned()], 0));
}

#[tokio::test(start_paused = true)]
async fn inserts_that_keep_panicking_end_the_receiver() {
    let rig = rig(Scripted::playing([Act::Panic; 64]), CommitConfig::default());
    for _ in 0..MOST_DEATHS {
        rig.wait_until_ready(true).await;
        assert!(rig.request("a.").await.unwrap_err().is_retryable());
        settle().await;
    }
    assert_eq!(rig.parts.broken().await.part, "inserts");
    assert_eq!(rig.why_not(), Some(NotReady::PartDown("inserts")));
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_dies_answers_who_waited_and_goes_on_with_the_same_queue() {
    let config = CommitConfig { window: Duration::from_secs(1), ..CommitConfig::default() };
    let rig = rig(Scripted::playing([Act::Take(Duration::from_secs(5))]), config);
    let under_way = rig.send("a.").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.sink.rows(), ["a."]);
    let waiting = rig.send("b.").await;
    let deadly = rig.send("deadly.").await;
    // Sent while there is no loop.
    let queued = rig.send("c.").await;
    assert_eq!(rig.why_not(), Some(NotReady::PartDown("commit loop")));
    for task in [waiting, deadly] {
        assert!(task.await.unwrap().unwrap_err().is_retryable());
    }
    let started = Instant::now();
    rig.wait_until_ready(true).await;
    assert!(started.elapsed() < Duration::from_secs(1));
    // An insert under way outlives the loop that began it.
    under_way.await.unwrap().unwrap();
    queued.await.unwrap().unwrap();
    assert_eq!(rig.stored(), ["a.", "c."]);
    assert_eq!(rig.budget.reserved(), 0);
    rig.commit_loop.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_keeps_dying_answers_everyone_and_ends_the_receiver() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    for _ in 0..MOST_DEATHS {
        let task = rig.send("deadly.").await;
        assert!(task.await.unwrap().unwrap_err().is_retryable());
    }
    assert_eq!(rig.parts.broken().await.part, "commit loop");
    assert!(rig.send("a.").await.await.unwrap().unwrap_err().is_retryable());
    assert_eq!(rig.budget.reserved(), 0);
    rig.commit_loop.close().await;
}

#[tokio::test(start_paused = true)]
async fn who_sends_nothing_learns_of_an_outage_too() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(rig.parts.readiness().why_not(), None);
    rig.sink.set_down(true);
    let began = Instant::now();
    rig.wait_until_ready(false).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    rig.sink.set_down(false);
    rig.wait_until_ready(true).await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_dies_is_seen_and_the_outage_still_ends() {
    let rig = rig(Scripted::playing([]), CommitConfig::default());
    rig.sink.set_down(true);
    let waiting = rig.send("a.").await;
    rig.wait_until_ready(false).await;
    *rig.sink.pings_panic.lock().unwrap() = true;
    let mut states = rig.parts.readiness().follow();
    let part = NotReady::PartDown("watch of the database");
    states.wait_for(|state| state.why_not().as_ref() == Some(&part)).await.unwrap();
    rig.sink.set_down(false);
    rig.wait_until_ready(true).await;
    waiting.await.unwrap().unwrap();
}

#[test]
fn small_rows_are_sent_together_and_large_ones_as_they_are() {
    let budget = budget();
    let mut batch = Batch::default();
    let large = vec![b'L'; 20 << 10];
    for rows in [&b"a"[..], b"b", &large, b"c"] {
        batch.push(
            Entry::new(
                Table::Tickets,
                Bytes::copy_from_slice(rows),
                1,
                reserve(&budget, 0),
                &WaitingLine::default(),
            )
            .0,
        );
    }
    let chunks = batch.chunks();
    assert_eq!(chunks, [&b"ab"[..], &large, b"c"]);
    assert_eq!(batch.chunks().concat(), chunks.concat(), "the second reading says the same");
    let (first, second) = batch.halve();
    assert_eq!((first.len(), second.len()), (2, 2));
    assert_eq!((first.bytes(), first.rows()), (2, 2));
}

/// What `/metrics` says of the line before the commit: requests, rows and seconds.
fn waits(rig: &Rig) -> [f64; 3] {
    let text = rig.metrics.prometheus();
    ["requests", "rows", "oldest_seconds"].map(|of| {
        let name = format!("ticketlens_commit_queue_{of} ");
        text.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
    })
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_measured_until_answered_and_tries_again_are_counted() {
    let rig = rig(Scripted::playing([Act::Fail, Act::Fail]), CommitConfig::default());
    assert_eq!(waits(&rig), [0.0, 0.0, 0.0]);
    let first = rig.send("a.").await;
    tokio::time::sleep(5 * MS).await;
    let second = rig.send("b.").await;
    assert_eq!(waits(&rig), [2.0, 2.0, 0.005]);
    // In the insert, which fails twice: they wait on.
    tokio::time::sleep(45 * MS).await;
    assert_eq!(waits(&rig), [2.0, 2.0, 0.05]);
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(waits(&rig), [0.0, 0.0, 0.0]);
    let text = rig.metrics.prometheus();
    assert!(text.contains("ticketlens_insert_retries_total 2\n"), "{text}");
    assert!(text.contains("ticketlens_insert_failures_total 2\n"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn who_is_told_to_come_again_waits_no_more() {
    let rig = rig(Scripted::playing([Act::Hang]), CommitConfig::default());
    let waiting = rig.send("a.").await;
    tokio::time::sleep(9_000 * MS).await;
    assert_eq!(waits(&rig), [1.0, 1.0, 9.0]);
    assert_eq!(waiting.await.unwrap(), Err(Refusal::StoreUnavailable));
    assert_eq!(waits(&rig), [0.0, 0.0, 0.0]);
}
