//! What became of a request's records, counted, and said to their sender.

use std::fmt;

use ticketlens_redact::Counts;

use crate::{Rejections, body::Changes, json::Broken};

/// What became of a request's records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records handed to the sink.
    pub accepted: u64,
    /// Of these, feedback.
    pub feedback: u64,
    /// Records rejected, by reason.
    pub rejections: Rejections,
    /// Logs that are no tickets, where the policy ignores them.
    pub ignored: u64,
    /// What the gate found here in accepted records, beside what a client's gate had found.
    pub found: Counts,
    /// What was accepted with a little less.
    pub warnings: Warnings,
}

/// What was accepted with a little less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Attributes and metrics over the limits.
    pub attributes_dropped: u64,
    /// Metrics that are NaN or infinite, or no numbers.
    pub metrics_dropped: u64,
    /// Bodies over [`limits::BODY_BYTES`](crate::limits::BODY_BYTES), or that the gate could not walk.
    pub bodies_dropped: u64,
    /// Bodies left out because there were more attributes than are read: the level may be among them.
    pub bodies_behind_attributes: u64,
    /// Levels that are none: taken for the strictest.
    pub levels_unknown: u64,
    /// Bodies that begin like JSON and are none: kept as text.
    pub bodies_not_json: u64,
    /// Where the first of them breaks, and what was expected there.
    pub first_broken: Option<Broken>,
    /// Steps beyond [`limits::STEPS`](crate::limits::STEPS): in the trace, not on the timeline.
    pub steps_beyond: u64,
    /// Keys given twice: the last of them is kept.
    pub keys_doubled: u64,
    /// Lists and maps nested deeper than [`limits::BODY_DEPTH`](crate::limits::BODY_DEPTH).
    pub values_too_deep: u64,
    /// Numbers in bodies that are NaN or infinite: null.
    pub numbers_lost: u64,
    /// Texts in bodies with half a character, or with bytes that are no UTF-8.
    pub texts_mended: u64,
    /// Costs that are no amounts, or in no currency.
    pub costs_dropped: u64,
    /// Records from before the year 2000.
    pub early: u64,
}

impl Warnings {
    pub(super) fn add(&mut self, other: &Self) {
        self.attributes_dropped += other.attributes_dropped;
        self.metrics_dropped += other.metrics_dropped;
        self.bodies_dropped += other.bodies_dropped;
        self.bodies_behind_attributes += other.bodies_behind_attributes;
        self.levels_unknown += other.levels_unknown;
        self.bodies_not_json += other.bodies_not_json;
        self.first_broken = self.first_broken.or(other.first_broken);
        self.steps_beyond += other.steps_beyond;
        self.keys_doubled += other.keys_doubled;
        self.values_too_deep += other.values_too_deep;
        self.numbers_lost += other.numbers_lost;
        self.texts_mended += other.texts_mended;
        self.costs_dropped += other.costs_dropped;
        self.early += other.early;
    }

    /// Takes in what a body was changed by.
    pub(super) fn changed(&mut self, changes: &Changes) {
        self.bodies_not_json += u64::from(changes.broken.is_some());
        self.first_broken = self.first_broken.or(changes.broken);
        self.steps_beyond += u64::from(changes.steps_beyond);
        self.keys_doubled += changes.keys;
        self.values_too_deep += changes.deep;
        self.numbers_lost += changes.numbers;
        self.texts_mended += changes.texts;
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let broken = self.first_broken.map(|broken| format!(" (the first: {broken})"));
        let not_json = format!(
            "traces are no JSON and kept as text under message{}",
            broken.unwrap_or_default()
        );
        for (count, what) in [
            (
                self.early,
                "records have a time before the year 2000; is time_unix_nano (timeUnixNano) in \
                 nanoseconds?",
            ),
            (
                self.bodies_behind_attributes,
                "traces dropped (of more attributes than 16384, or 512 of a resource, the capture \
                 level may be among those that are not read)",
            ),
            (
                self.levels_unknown,
                "unknown ticket.capture, taken for METRICS_ONLY (there are METRICS_ONLY, TIMELINE \
                 and FULL_TRACE)",
            ),
            (self.bodies_dropped, "traces dropped (over 16 MiB, or the gate could not walk them)"),
            (self.bodies_not_json, &not_json),
            (
                self.attributes_dropped,
                "attributes dropped (a record keeps 256 of at most 256 bytes' key, and of its resource's 4 KiB)",
            ),
            (self.metrics_dropped, "metrics dropped (they must be finite numbers, at most 128)"),
            (
                self.costs_dropped,
                "costs dropped (ticket.cost is an amount from 0 to 999999999, ticket.cost.currency \
                 three capitals of ISO 4217, e.g. EUR)",
            ),
            (self.steps_beyond, "steps are in the trace and not on the timeline, which has 16384"),
            (self.keys_doubled, "keys given twice, of which the last is kept"),
            (
                self.values_too_deep,
                "lists and maps nested deeper than 64 levels, replaced by a mark",
            ),
            (self.numbers_lost, "numbers that JSON does not have (NaN, Infinity, 1e999), now null"),
            (self.texts_mended, "texts with half a character or no UTF-8, mended with U+FFFD"),
        ] {
            if count > 0 {
                write!(f, "{separator}{count} {what}")?;
                separator = "; ";
            }
        }
        Ok(())
    }
}
