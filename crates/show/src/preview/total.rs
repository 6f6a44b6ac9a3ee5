//! What was found over all tickets.

use std::collections::BTreeMap;

use ticketlens_ticket::encode::Fit;

use super::{Preview, lost};
use crate::{
    listing::{Column, Listing, Room},
    paint::{BOLD, RED, YELLOW, paint},
    quantity::count,
    safe,
};

/// Sums over the tickets of a file.
#[derive(Debug, Default)]
pub struct Total {
    tickets: u64,
    changed: u64,
    gate_failed: u64,
    cut: BTreeMap<&'static str, u64>,
    /// By detector: values, and tickets they were in.
    found: BTreeMap<&'static str, (u64, u64)>,
    malformed: u64,
    /// Malformed lines by reason.
    reasons: BTreeMap<String, u64>,
}

impl Total {
    /// Counts a ticket.
    pub fn add(&mut self, preview: &Preview) {
        self.tickets += 1;
        self.changed += u64::from(preview.is_changed());
        self.gate_failed += u64::from(preview.gate_failed);
        if let (true, Some(what)) = (preview.fit != Fit::Whole, lost(preview.fit)) {
            *self.cut.entry(what).or_default() += 1;
        }
        for (detector, values) in preview.found.iter() {
            let (all, tickets) = self.found.entry(detector).or_default();
            *all += u64::from(values);
            *tickets += 1;
        }
    }

    /// Counts a line that is no ticket log; how many there are by now.
    pub fn add_malformed(&mut self, why: String) -> u64 {
        *self.reasons.entry(why).or_default() += 1;
        self.malformed += 1;
        self.malformed
    }

    /// How many tickets there were.
    pub fn tickets(&self) -> u64 {
        self.tickets
    }

    /// How many lines were no ticket logs.
    pub fn malformed(&self) -> u64 {
        self.malformed
    }

    /// The summary, for a terminal of that many columns.
    pub fn text(&self, width: usize) -> String {
        let values: u64 = self.found.values().map(|(values, _)| values).sum();
        let head = format!(
            "{}, {} changed, {} taken out",
            many(self.tickets, "ticket"),
            count(self.changed),
            many(values, "value"),
        );
        let mut out = format!("{}\n", paint(BOLD, head));
        if !self.found.is_empty() {
            let mut found: Vec<_> = self.found.iter().collect();
            found.sort_by_key(|(name, (values, _))| (std::cmp::Reverse(*values), **name));
            let mut listing = Listing::new([
                Column::new("detector"),
                Column::new("values").keep().right(),
                Column::new("tickets").keep().right(),
            ]);
            for (detector, (values, tickets)) in found {
                listing.row([detector.into(), count(*values).into(), count(*tickets).into()]);
            }
            out.push_str(&listing.render(Room::Columns(width)).text);
        }
        if self.gate_failed > 0 {
            let says = "the gate could not read in full";
            out.push_str(&format!(
                "{}\n",
                paint(RED, format!("{} {says}", many(self.gate_failed, "ticket")))
            ));
        }
        for (what, tickets) in &self.cut {
            let says = format!("{} too large for one record: {what} cut", many(*tickets, "ticket"));
            out.push_str(&format!("{}\n", paint(YELLOW, says)));
        }
        for (why, lines) in &self.reasons {
            let says = format!("{} malformed: {}", many(*lines, "line"), safe::line(why));
            out.push_str(&format!("{}\n", paint(RED, says)));
        }
        out
    }
}

fn many(number: u64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {what}{s}", count(number))
}
