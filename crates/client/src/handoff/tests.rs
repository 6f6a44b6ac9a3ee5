use std::{thread, time::Duration};

use ticketlens_ticket::{FeedbackSource, Status};

use super::*;

fn ticket(id: &str, bytes: usize) -> Finished {
    let mut ticket = Ticket::new(id, Status::Success, Duration::ZERO);
    ticket.trace.output = Some("x".repeat(bytes).into());
    ticket.into()
}

/// The next that waits, which is a ticket.
fn take(handoff: &Handoff) -> Option<Box<Ticket>> {
    match handoff.take()?.item {
        Item::Ticket(ticket) => Some(ticket),
        Item::Feedback(_) => panic!("feedback"),
    }
}

fn feedback(id: &str, comment: usize) -> Box<Feedback> {
    let mut feedback = Feedback::new(id, "csat", FeedbackSource::Human);
    feedback.comment = Some("x".repeat(comment));
    Box::new(feedback)
}

fn resource() -> Arc<Resource> {
    Arc::default()
}

const BOUND: usize = 64 * 1024;

#[test]
fn what_is_held_never_exceeds_the_bound_and_every_ticket_is_counted() {
    let handoff = Arc::new(Handoff::open(BOUND, Capture::FullTrace));
    let resource = resource();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..500 {
                    handoff.put(ticket("t", 100 + n * 7), &resource);
                    assert!(handoff.held() <= BOUND);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..200 {
                drop(handoff.take());
                handoff.empty_lane();
                thread::yield_now();
            }
        });
    });
    handoff.clear();
    assert_eq!(handoff.held(), 0);
    let stats = handoff.counters.snapshot();
    assert_eq!(stats.emitted, 2000);
    assert_eq!(stats.left + stats.dropped.queue_full, 2000);
    assert!(stats.dropped.queue_full > 0);
}

#[test]
fn a_dropped_ticket_leaves_a_gap_in_the_sequence() {
    let handoff = Arc::new(Handoff::open(BOUND, Capture::FullTrace));
    handoff.put(ticket("a", 10), &resource());
    handoff.put(ticket("too large", 2 * BOUND), &resource());
    handoff.put(ticket("c", 10), &resource());
    let sequence = || take(&handoff).and_then(|ticket| ticket.sequence);
    assert_eq!((sequence(), sequence(), sequence()), (Some(1), Some(3), None));
}

#[test]
fn feedback_has_no_place_in_the_sequence_and_every_one_is_counted() {
    let handoff = Handoff::open(BOUND, Capture::FullTrace);
    handoff.put(ticket("a", 10), &resource());
    handoff.put_feedback(feedback("a", 10), &resource());
    handoff.put_feedback(feedback("too large", 2 * BOUND), &resource());
    handoff.put(ticket("b", 10), &resource());
    assert_eq!(take(&handoff).unwrap().sequence, Some(1));
    let Some(Taken { item: Item::Feedback(next), .. }) = handoff.take() else { panic!("none") };
    assert_eq!(next.ticket_id, "a");
    assert_eq!(take(&handoff).unwrap().sequence, Some(2));
    let stats = handoff.counters.snapshot();
    assert_eq!((stats.emitted, stats.feedback, stats.dropped.queue_full), (4, 2, 1));
}

#[test]
fn as_much_feedback_waits_as_its_bytes_are_held() {
    let handoff = Handoff::open(BOUND, Capture::FullTrace);
    for _ in 0..BOUND {
        handoff.put_feedback(feedback("a", 0), &resource());
        assert!(handoff.held() <= BOUND);
    }
    handoff.empty_lane();
    let smallest = item::weight_of(&feedback("a", 0));
    let stats = handoff.counters.snapshot();
    assert_eq!(stats.left, (BOUND - BOUND / 8) as u64 / smallest as u64, "a place for each");
    assert_eq!(stats.left + stats.dropped.queue_full, BOUND as u64);
    handoff.clear();
    assert_eq!(handoff.held(), 0);
}

#[test]
fn the_bell_rings_once_for_a_half_full_queue_and_not_before() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let handoff = Arc::new(Handoff::open(BOUND, Capture::FullTrace));
    let rang = || {
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = handoff.rings() => true,
                () = std::future::ready(()) => false,
            }
        })
    };
    handoff.put(ticket("small", 10), &resource());
    assert!(!rang());
    handoff.put(ticket("large", BOUND / 2), &resource());
    assert!(rang());
    handoff.put(ticket("small", 10), &resource());
    assert!(!rang(), "the thread knows already");
    handoff.listen();
    handoff.put(ticket("small", 10), &resource());
    assert!(rang());
}

#[test]
fn the_stricter_capture_level_holds() {
    for (lens, own, held) in [
        (Capture::Timeline, Capture::FullTrace, Capture::Timeline),
        (Capture::FullTrace, Capture::MetricsOnly, Capture::MetricsOnly),
    ] {
        let handoff = Arc::new(Handoff::open(BOUND, lens));
        let mut ticket = Ticket::new("t", Status::Success, Duration::ZERO);
        ticket.capture = own;
        handoff.put(ticket.into(), &resource());
        assert_eq!(take(&handoff).unwrap().capture, held);
    }
}

#[test]
fn a_closed_or_disabled_hand_off_counts_what_it_is_given() {
    let closed = Handoff::open(BOUND, Capture::FullTrace);
    closed.close();
    closed.put(ticket("t", 10), &resource());
    assert_eq!(closed.counters.snapshot().dropped.shut_down, 1);
    let disabled = Handoff::disabled();
    disabled.close();
    disabled.put(ticket("t", 10), &resource());
    assert_eq!(disabled.counters.snapshot().dropped.disabled, 1);
    assert_eq!(closed.held() + disabled.held(), 0);
}

#[test]
fn what_is_held_is_given_back_whatever_becomes_of_it() {
    let handoff = Arc::new(Handoff::open(BOUND, Capture::FullTrace));
    for n in 0..4 {
        handoff.put(ticket("t", 100 * n), &resource());
    }
    let all = handoff.held();
    let mut first = handoff.take().unwrap().held;
    first.join(handoff.take().unwrap().held);
    let half = first.halve();
    assert_eq!(handoff.held(), all, "moving it about changes nothing");
    let mut encoded = handoff.take().unwrap().held;
    let before = encoded.bytes();
    encoded.exchange(10);
    assert_eq!(handoff.held(), all - before + 10);
    let panicked = thread::spawn(move || {
        let _held = (first, encoded);
        panic!("a bug of ours");
    });
    assert!(panicked.join().is_err());
    drop(half);
    handoff.clear();
    assert_eq!(handoff.held(), 0);
}

#[test]
fn one_that_rings_at_once_does_so_for_every_ticket() {
    let handoff = Handoff::open(BOUND, Capture::FullTrace).ring_at_once();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..3 {
        handoff.put(ticket("small", 10), &resource());
        runtime.block_on(handoff.rings());
        handoff.listen();
    }
}
