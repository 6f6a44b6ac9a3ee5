use std::{collections::VecDeque, sync::Mutex};

use ticketlens_ticket::{Capture, Status, Ticket, encode::Request};
use tokio::sync::watch;

use super::*;

/// Answers as it is told to, and notes when it was asked and how much it was given.
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    /// Largest request it takes.
    limit: usize,
    /// From now on.
    panics: bool,
    calls: Mutex<Vec<(Instant, usize)>>,
}

impl Export for Script {
    async fn export(&self, body: Bytes) -> Answer {
        self.calls.lock().unwrap().push((Instant::now(), body.len()));
        assert!(!self.panics, "what a ticket said");
        if body.len() > self.limit {
            return Answer::TooLarge { why: "too large".into() };
        }
        let taken = Answer::Taken { rejected: 0, message: String::new() };
        self.answers.lock().unwrap().pop_front().unwrap_or(taken)
    }
}

struct Scene {
    script: Arc<Script>,
    handoff: Arc<Handoff>,
    delivery: Delivery<Script>,
    hurry: watch::Sender<bool>,
}

fn scene(answers: impl Into<VecDeque<Answer>>, limit: usize) -> Scene {
    let answers = Mutex::new(answers.into());
    let script = Arc::new(Script { answers, limit, panics: false, calls: Mutex::default() });
    let handoff = Arc::new(Handoff::open(1 << 20, Capture::FullTrace));
    let (hurry, hurried) = watch::channel(false);
    let delivery = Delivery {
        exporter: Arc::clone(&script),
        handoff: Arc::clone(&handoff),
        retry_for: Duration::from_secs(300),
        hurry: hurried,
    };
    Scene { script, handoff, delivery, hurry }
}

impl Scene {
    /// Puts that many tickets through the hand-off, so that counts and bytes are real.
    fn batch(&self, records: usize) -> Batch {
        let resource = Arc::default();
        let gate = ticketlens_redact::Gate::new(Default::default()).unwrap();
        let mut request = Request::new();
        let mut held: Option<crate::handoff::Held> = None;
        for n in 0..records {
            let ticket = Ticket::new(format!("t{n}"), Status::Success, Duration::ZERO);
            self.handoff.put(ticket.into(), &resource);
            let waiting = self.handoff.take().unwrap();
            let mut record = Vec::new();
            let crate::handoff::Item::Ticket(ticket) = waiting.item else { panic!("feedback") };
            let redacted = ticket.redact(&gate);
            ticketlens_ticket::encode::log_record(&redacted, usize::MAX, &mut record);
            request.push(&waiting.resource.redact(&gate), &record);
            match &mut held {
                Some(held) => held.join(waiting.held),
                None => held = Some(waiting.held),
            }
        }
        Batch { body: request.finish().into(), records: records as u64, held: held.unwrap() }
    }

    fn calls(&self) -> Vec<(Instant, usize)> {
        self.script.calls.lock().unwrap().clone()
    }
}

fn later(after: Option<u64>) -> Answer {
    Answer::Later { after: after.map(Duration::from_secs), why: "busy".into() }
}

#[tokio::test(start_paused = true)]
async fn a_partial_success_is_counted_and_not_sent_again() {
    let message = "1 missing_status".to_owned();
    let scene = scene([Answer::Taken { rejected: 1, message: message.clone() }], usize::MAX);
    scene.delivery.clone().deliver(scene.batch(3)).await;
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.sent, stats.rejected, stats.left), (2, 1, 0));
    assert_eq!(stats.messages, [message]);
    assert_eq!(scene.calls().len(), 1);
    assert_eq!(scene.handoff.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn more_rejected_than_sent_is_not_believed() {
    let scene = scene([Answer::Taken { rejected: 99, message: String::new() }], usize::MAX);
    scene.delivery.clone().deliver(scene.batch(3)).await;
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.sent, stats.rejected, stats.left), (0, 3, 0));
}

#[tokio::test(start_paused = true)]
async fn the_receivers_own_wait_is_kept() {
    let scene = scene([later(Some(20)), later(None)], usize::MAX);
    scene.delivery.clone().deliver(scene.batch(2)).await;
    let calls = scene.calls();
    assert_eq!(calls.len(), 3);
    assert!(calls[1].0 - calls[0].0 >= Duration::from_secs(20));
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.sent, stats.retries), (2, 2));
    assert_eq!(scene.handoff.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_take_for_ever_is_not_begun() {
    let scene = scene([later(Some(u64::MAX))], usize::MAX);
    scene.delivery.clone().deliver(scene.batch(1)).await;
    assert_eq!(scene.handoff.counters.snapshot().dropped.retries_exhausted, 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_given_up_after_its_time_and_counted() {
    let answers: Vec<_> = (0..1000).map(|_| later(None)).collect();
    let scene = scene(answers, usize::MAX);
    let started = Instant::now();
    scene.delivery.clone().deliver(scene.batch(2)).await;
    assert!(started.elapsed() <= Duration::from_secs(300));
    assert!(started.elapsed() > Duration::from_secs(200));
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.dropped.retries_exhausted, stats.left), (2, 0));
    assert_eq!(stats.last_error.as_deref(), Some("busy"));
    assert_eq!(scene.handoff.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final() {
    let scene = scene([Answer::Refused { why: "Unauthenticated: no such key".into() }], usize::MAX);
    scene.delivery.clone().deliver(scene.batch(2)).await;
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.dropped.refused, stats.left), (2, 0));
    assert_eq!(stats.messages, ["Unauthenticated: no such key"]);
    assert_eq!(scene.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_small_limit_is_met_in_pieces() {
    let scene = scene([], 1000);
    let batch = scene.batch(50);
    let whole = batch.body.len();
    scene.delivery.clone().deliver(batch).await;
    assert!(whole > 1000, "the batch is too small to show anything");
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.sent, stats.left), (50, 0));
    assert_eq!(scene.handoff.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_made_smaller_is_refused() {
    let scene = scene([], 10);
    scene.delivery.clone().deliver(scene.batch(5)).await;
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.dropped.refused, stats.left), (5, 0));
    assert_eq!(scene.handoff.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_cuts_one_wait_short() {
    let scene = scene([later(Some(200))], usize::MAX);
    let started = Instant::now();
    let delivering = tokio::spawn(scene.delivery.clone().deliver(scene.batch(1)));
    while scene.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    scene.hurry.send_replace(true);
    delivering.await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(scene.handoff.counters.snapshot().sent, 1);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_panics_gives_its_bytes_back_and_counts_its_records() {
    let scene = scene([], 1000);
    let script =
        Script { answers: Mutex::default(), limit: 1000, panics: true, calls: Mutex::default() };
    let panicking = Delivery {
        exporter: Arc::new(script),
        handoff: Arc::clone(&scene.handoff),
        retry_for: Duration::from_secs(300),
        hurry: scene.hurry.subscribe(),
    };
    let (lost, sent) = (scene.batch(3), scene.batch(2));
    assert!(scene.handoff.held() > 0);
    assert!(tokio::spawn(panicking.deliver(lost)).await.unwrap_err().is_panic());
    scene.delivery.clone().deliver(sent).await;
    let stats = scene.handoff.counters.snapshot();
    assert_eq!((stats.dropped.panicked, stats.sent, stats.left), (3, 2, 0));
    assert!(stats.last_error.unwrap().contains("panicked"));
    assert_eq!(scene.handoff.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_is_dropped_gives_its_bytes_back_and_leaves_its_records() {
    let scene = scene([later(Some(200))], usize::MAX);
    let delivering = tokio::spawn(scene.delivery.clone().deliver(scene.batch(2)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    delivering.abort();
    assert!(delivering.await.unwrap_err().is_cancelled());
    assert_eq!(scene.handoff.counters.snapshot().left, 2);
    assert_eq!(scene.handoff.held(), 0);
}
