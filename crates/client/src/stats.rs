//! What became of the tickets and the feedback: each that was emitted is counted exactly once.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use ticketlens_ticket::{encode::Fit, limits};

/// What became of the tickets and the feedback so far. Once nothing is in the making,
/// `emitted == sent + rejected + dropped.total() + left`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Begun ([`Lens::ticket`](crate::Lens::ticket)) and not finished. Of a process that is killed
    /// these are lost, as nothing of them has been sent.
    pub open: u64,
    /// Handed over by the workflow, tickets and feedback.
    pub emitted: u64,
    /// Of these, the feedback. It has no place in the tickets' sequence.
    pub feedback: u64,
    /// Taken by the receiver; with the application's own pipeline, handed to it.
    pub sent: u64,
    /// Refused by the receiver one by one (partial success).
    pub rejected: u64,
    /// Given up, and why.
    pub dropped: Dropped,
    /// Waiting or under way; after a shutdown, lost.
    pub left: u64,
    /// Sent with less than they had, because they were too large.
    pub degraded: Degraded,
    /// Values the gate removed.
    pub redactions: u64,
    /// Tickets and feedback the gate could not read in full; what it could not read did not leave.
    pub gate_failures: u64,
    /// Requests that were tried again.
    pub retries: u64,
    /// The last thing that went wrong, in a few words and without anyone's text.
    pub last_error: Option<String>,
    /// What the receiver said about tickets it did not take; the latest [`Stats::MESSAGES`].
    pub messages: Vec<String>,
}

impl Stats {
    /// How many of the receiver's messages are kept.
    pub const MESSAGES: usize = 16;
}

/// Tickets and feedback given up, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The queue was full.
    pub queue_full: u64,
    /// Emitted after the shutdown.
    pub shut_down: u64,
    /// The lens is turned off.
    pub disabled: u64,
    /// The receiver could not be reached, or was overloaded, for too long.
    pub retries_exhausted: u64,
    /// The receiver refused the request for good.
    pub refused: u64,
    /// The gate could make nothing of it.
    pub unredactable: u64,
    /// Feedback that can't be sent: [`Stats::last_error`] names its field. It is about no ticket, has a
    /// score that is none (a `csat` is from 1 to 5), or says nothing that may leave.
    pub invalid: u64,
    /// Sending it panicked: a bug in this library.
    pub panicked: u64,
}

impl Dropped {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.queue_full
            + self.shut_down
            + self.disabled
            + self.retries_exhausted
            + self.refused
            + self.unredactable
            + self.invalid
            + self.panicked
    }

    /// Each reason as a label, with its count.
    pub const fn by_reason(&self) -> [(&'static str, u64); 8] {
        [
            ("queue_full", self.queue_full),
            ("shut_down", self.shut_down),
            ("disabled", self.disabled),
            ("retries_exhausted", self.retries_exhausted),
            ("refused", self.refused),
            ("unredactable", self.unredactable),
            ("invalid", self.invalid),
            ("panicked", self.panicked),
        ]
    }
}

/// Tickets that were too large, by what is left of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Degraded {
    /// Their longest texts were cut.
    pub shortened: u64,
    /// Their timeline.
    pub timeline: u64,
    /// Their attributes.
    pub metrics_only: u64,
}

/// What became of some tickets or feedback that had been taken into the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent,
    Rejected,
    RetriesExhausted,
    Refused,
    Unredactable,
    Invalid,
    Panicked,
}

/// The counters behind [`Stats`]. Relaxed throughout: they order nothing.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    begun: AtomicU64,
    /// Of these, those that are over.
    over: AtomicU64,
    /// Tickets handed over: the last number of their sequence.
    pub(crate) tickets: AtomicU64,
    /// Feedback handed over.
    pub(crate) feedback: AtomicU64,
    /// Taken into the queue.
    pub(crate) accepted: AtomicU64,
    /// Of these, those with an outcome.
    settled: AtomicU64,
    sent: AtomicU64,
    rejected: AtomicU64,
    pub(crate) queue_full: AtomicU64,
    pub(crate) shut_down: AtomicU64,
    pub(crate) disabled: AtomicU64,
    retries_exhausted: AtomicU64,
    refused: AtomicU64,
    unredactable: AtomicU64,
    invalid: AtomicU64,
    panicked: AtomicU64,
    shortened: AtomicU64,
    timeline: AtomicU64,
    metrics_only: AtomicU64,
    pub(crate) redactions: AtomicU64,
    pub(crate) gate_failures: AtomicU64,
    pub(crate) retries: AtomicU64,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    last_error: Option<String>,
    messages: VecDeque<String>,
}

impl Counters {
    pub(crate) fn begin(&self) {
        self.begun.fetch_add(1, Relaxed);
    }

    pub(crate) fn end(&self) {
        self.over.fetch_add(1, Relaxed);
    }

    /// Tickets begun and not finished.
    pub(crate) fn open(&self) -> u64 {
        // In this order: one that begins and ends meanwhile must not make it negative.
        let over = self.over.load(Relaxed);
        self.begun.load(Relaxed).saturating_sub(over)
    }

    pub(crate) fn settle(&self, count: u64, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Sent => &self.sent,
            Outcome::Rejected => &self.rejected,
            Outcome::RetriesExhausted => &self.retries_exhausted,
            Outcome::Refused => &self.refused,
            Outcome::Unredactable => &self.unredactable,
            Outcome::Invalid => &self.invalid,
            Outcome::Panicked => &self.panicked,
        };
        counter.fetch_add(count, Relaxed);
        self.settled.fetch_add(count, Relaxed);
    }

    pub(crate) fn fitted(&self, fit: Fit) {
        let counter = match fit {
            Fit::Whole => return,
            Fit::Shortened => &self.shortened,
            Fit::Timeline => &self.timeline,
            Fit::MetricsOnly => &self.metrics_only,
        };
        counter.fetch_add(1, Relaxed);
    }

    /// Remembers what went wrong; `why` must hold nobody's text.
    pub(crate) fn failed(&self, why: &str) {
        self.said().last_error = Some(short(why));
    }

    /// Remembers what the receiver said about tickets it did not take. Said again, it is not
    /// listed again.
    pub(crate) fn told(&self, message: &str) {
        let message = short(message);
        let mut said = self.said();
        if said.messages.contains(&message) {
            return;
        }
        if said.messages.len() == Stats::MESSAGES {
            said.messages.pop_front();
        }
        said.messages.push_back(message);
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        // Before `accepted`: one that is settled meanwhile must not turn `left` negative.
        let settled = read(&self.settled);
        let accepted = read(&self.accepted);
        let feedback = read(&self.feedback);
        let said = self.said();
        Stats {
            open: self.open(),
            sent: read(&self.sent),
            rejected: read(&self.rejected),
            dropped: Dropped {
                queue_full: read(&self.queue_full),
                shut_down: read(&self.shut_down),
                disabled: read(&self.disabled),
                retries_exhausted: read(&self.retries_exhausted),
                refused: read(&self.refused),
                unredactable: read(&self.unredactable),
                invalid: read(&self.invalid),
                panicked: read(&self.panicked),
            },
            left: accepted.saturating_sub(settled),
            emitted: read(&self.tickets) + feedback,
            feedback,
            degraded: Degraded {
                shortened: read(&self.shortened),
                timeline: read(&self.timeline),
                metrics_only: read(&self.metrics_only),
            },
            redactions: read(&self.redactions),
            gate_failures: read(&self.gate_failures),
            retries: read(&self.retries),
            last_error: said.last_error.clone(),
            messages: said.messages.iter().cloned().collect(),
        }
    }
}

/// Bytes of one message that are kept.
const MESSAGE_BYTES: usize = 512;

fn short(text: &str) -> String {
    limits::cut(text.trim(), MESSAGE_BYTES).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_few_short_and_not_repeated() {
        let counters = Counters::default();
        for n in 0..40 {
            counters.told(&format!("reason {n}"));
            counters.told(&format!("reason {n}"));
        }
        counters.told(&"é".repeat(MESSAGE_BYTES));
        let messages = counters.snapshot().messages;
        assert_eq!(messages.len(), Stats::MESSAGES);
        assert_eq!(messages[0], "reason 25");
        assert_eq!(messages[15].len(), MESSAGE_BYTES);
    }

    #[test]
    fn every_outcome_leaves_what_is_left_smaller() {
        let counters = Counters::default();
        counters.tickets.store(8, Relaxed);
        counters.feedback.store(2, Relaxed);
        counters.accepted.store(10, Relaxed);
        let outcomes = [
            Outcome::Sent,
            Outcome::Rejected,
            Outcome::RetriesExhausted,
            Outcome::Refused,
            Outcome::Unredactable,
            Outcome::Invalid,
            Outcome::Panicked,
        ];
        for outcome in outcomes {
            counters.settle(1, outcome);
            let stats = counters.snapshot();
            let known = stats.sent + stats.rejected + stats.dropped.total() + stats.left;
            assert_eq!(known, stats.emitted, "{outcome:?}");
        }
        assert_eq!(counters.snapshot().left, 3);
    }
}
