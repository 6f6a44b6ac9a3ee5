//! The hand-off: where the workflow's thread ends and the library's own begins.
//!
//! In the usual path there is no lock, no allocation and no system call: the sending thread wakes
//! by itself, and is rung for only when the queue is half full. (Waking a thread costs whoever
//! does it more than the rest of the hand-off; on a busy machine the woken one takes its core.)
//! What does not fit is not freed here either (freeing a large ticket is hundreds of calls of the
//! allocator) but goes into a small lane that the sending thread empties. With that full too, as
//! it is when tickets are dropped faster than a core can free them, the caller frees.
//!
//! Invariant: queue, lane and everything under way together hold no more than the configured
//! bytes, by the weight of tickets and feedback. Bytes are given back when a ticket's outcome is known, and by
//! [`Held`]'s drop: no panic keeps them.

mod budget;
mod held;
mod item;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::*},
};

use crossbeam_queue::ArrayQueue;
use ticketlens_ticket::{Capture, Feedback, Resource, Ticket};
use tokio::sync::Notify;

use budget::Budget;

pub(crate) use held::Held;
pub(crate) use item::Item;

use crate::{Finished, stats::Counters};

/// A ticket or feedback in the queue, and who it is from.
struct Waiting {
    item: Item,
    weight: usize,
    resource: Arc<Resource>,
}

/// A ticket or feedback out of the queue, with its bytes.
pub(crate) struct Taken {
    pub(crate) item: Item,
    pub(crate) resource: Arc<Resource>,
    pub(crate) held: Held,
}

const OPEN: u8 = 0;
const DISABLED: u8 = 1;
const SHUT_DOWN: u8 = 2;

pub(crate) struct Handoff {
    state: AtomicU8,
    capture: Capture,
    queue: ArrayQueue<Waiting>,
    /// Bytes of what waits and what is under way.
    budget: Arc<Budget>,
    /// Bytes of what waits.
    waiting: AtomicUsize,
    /// Bytes waiting at which the sending thread is rung for.
    pressing: usize,
    /// What is to be freed, with its weight.
    lane: ArrayQueue<(usize, Item)>,
    lane_budget: Budget,
    bell: Notify,
    /// Set once the sending thread was rung for, until it has taken what waits.
    rung: AtomicBool,
    pub(crate) counters: Arc<Counters>,
}

impl Handoff {
    pub(crate) fn open(bytes: usize, capture: Capture) -> Self {
        let lane_bound = bytes / 8;
        let bound = bytes - lane_bound;
        Self {
            state: AtomicU8::new(OPEN),
            capture,
            queue: ArrayQueue::new(places(bound)),
            budget: Arc::new(Budget::new(bound)),
            waiting: AtomicUsize::new(0),
            pressing: bound / 2,
            lane: ArrayQueue::new(places(lane_bound)),
            lane_budget: Budget::new(lane_bound),
            bell: Notify::new(),
            rung: AtomicBool::new(false),
            counters: Arc::default(),
        }
    }

    /// Rings for every ticket: whoever emits pays for it, and nothing waits for the next look.
    pub(crate) fn ring_at_once(self) -> Self {
        Self { pressing: 0, ..self }
    }

    /// One that takes nothing and counts what it is given.
    pub(crate) fn disabled() -> Self {
        let handoff = Self::open(0, Capture::MetricsOnly);
        handoff.state.store(DISABLED, Relaxed);
        handoff
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.state.load(Relaxed) == DISABLED
    }

    pub(crate) fn close(&self) {
        let _ = self.state.compare_exchange(OPEN, SHUT_DOWN, Relaxed, Relaxed);
    }

    /// How much of a ticket, or of feedback, may leave at most.
    pub(crate) fn capture(&self) -> Capture {
        self.capture
    }

    /// The workflow's side. Never waits; what can't be taken is counted.
    pub(crate) fn put(&self, finished: Finished, resource: &Arc<Resource>) {
        let Finished { mut ticket, weight } = finished;
        // One number for both: a ticket that is then dropped leaves a gap in the sequence, and the
        // receiver's ledger shows the loss.
        ticket.sequence = Some(self.counters.tickets.fetch_add(1, Relaxed) + 1);
        // What a process had open when it died is known from the last ticket it sent.
        ticket.open = Some(self.counters.open());
        ticket.capture = ticket.capture.min(self.capture);
        self.put_item(Item::Ticket(ticket), weight, resource);
    }

    /// The same for feedback. It has no number: the ledger is of tickets, and would show gaps.
    pub(crate) fn put_feedback(&self, feedback: Box<Feedback>, resource: &Arc<Resource>) {
        count(&self.counters.feedback);
        let weight = item::weight_of(&feedback);
        self.put_item(Item::Feedback(feedback), weight, resource);
    }

    fn put_item(&self, item: Item, weight: usize, resource: &Arc<Resource>) {
        match self.state.load(Relaxed) {
            OPEN => {}
            DISABLED => return count(&self.counters.disabled),
            _ => return count(&self.counters.shut_down),
        }
        if !self.budget.reserve(weight) {
            count(&self.counters.queue_full);
            return self.discard(item, weight);
        }
        let waiting = self.waiting.fetch_add(weight, Relaxed) + weight;
        let next = Waiting { item, weight, resource: Arc::clone(resource) };
        if let Err(next) = self.queue.push(next) {
            return self.turn_away(next);
        }
        count(&self.counters.accepted);
        if waiting >= self.pressing {
            self.ring();
        }
    }

    /// Bytes were free and no place was: there are fewer places than the smallest tickets need.
    fn turn_away(&self, next: Waiting) {
        self.waiting.fetch_sub(next.weight, Relaxed);
        self.budget.release(next.weight);
        count(&self.counters.queue_full);
        self.discard(next.item, next.weight);
    }

    fn discard(&self, item: Item, weight: usize) {
        // With the lane full too, it is freed here.
        if self.lane_budget.reserve(weight) && self.lane.push((weight, item)).is_err() {
            self.lane_budget.release(weight);
        }
    }

    fn ring(&self) {
        if !self.rung.load(Relaxed) && !self.rung.swap(true, AcqRel) {
            self.bell.notify_one();
        }
    }

    /// The sending thread's side: until there is something that should not wait.
    pub(crate) async fn rings(&self) {
        self.bell.notified().await;
    }

    /// The next, first in first out, with its bytes.
    pub(crate) fn take(&self) -> Option<Taken> {
        let Waiting { item, weight, resource } = self.queue.pop()?;
        self.waiting.fetch_sub(weight, Relaxed);
        Some(Taken { item, resource, held: Held::new(&self.budget, weight) })
    }

    /// Frees what waits: nobody will send it. It stays counted as left.
    pub(crate) fn clear(&self) {
        while self.take().is_some() {}
        self.empty_lane();
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The queue was emptied, or as much of it as can be under way: from here on a queue that is
    /// half full rings again.
    pub(crate) fn listen(&self) {
        self.rung.store(false, Release);
        // What came after the last look, and before that, found it rung already.
        if self.waiting.load(Relaxed) > self.pressing {
            self.ring();
        }
    }

    /// Frees what could not be taken; whether there was any. Nobody rings for that (waking a
    /// thread costs the one that drops more than it saves): it is for the sending thread to look.
    pub(crate) fn empty_lane(&self) -> bool {
        let used = self.lane_budget.held() > 0;
        while let Some((weight, item)) = self.lane.pop() {
            drop(item);
            self.lane_budget.release(weight);
        }
        used
    }

    /// Bytes held now: what waits and what is under way.
    pub(crate) fn held(&self) -> usize {
        self.budget.held() + self.lane_budget.held()
    }
}

/// Places for so many bytes: a ticket weighs at least its own size. They are allocated at once, 40
/// bytes each, so there is a limit.
fn places(bytes: usize) -> usize {
    (bytes / size_of::<Ticket>()).clamp(1, 1 << 18)
}

fn count(counter: &std::sync::atomic::AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

#[cfg(test)]
#[path = "handoff/tests.rs"]
mod tests;
