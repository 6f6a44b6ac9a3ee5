//! What the sender of a request in JSON should know of it.

use std::fmt;

use super::cause::{Causes, Fault, Position};

/// Different hints that are given.
const HINTS: usize = 4;

/// What the sender of a request in JSON should know of it. Bounded, whatever was sent, and without
/// a word of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// Records that could not be written, and are not in the protobuf.
    rejected: u64,
    causes: Causes,
    /// Values outside of records that were left out.
    left_out: Causes,
    /// Names that are written otherwise.
    spelled: Vec<&'static str>,
    /// What stands where it is not read.
    misplaced: Vec<&'static str>,
    /// Values that stand under no name that is read.
    nameless: u64,
    /// Texts with half a character in them.
    mended: u64,
    /// Records seen, good or bad.
    records: u64,
    /// Something unknown stands where records might have been meant.
    has_unknown: bool,
}

impl Diagnostics {
    /// Records that are not in the protobuf, because a value in them is of the wrong kind.
    pub const fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Why, in JSON's words, each cause with its first place.
    pub fn causes(&self) -> impl fmt::Display + '_ {
        &self.causes
    }

    /// Whether nothing is to be said but why records were rejected.
    pub fn is_empty(&self) -> bool {
        self.left_out.is_empty()
            && self.spelled.is_empty()
            && self.misplaced.is_empty()
            && self.nameless == 0
            && self.mended == 0
            && !self.is_lost()
    }

    /// No record was seen, and something else was.
    const fn is_lost(&self) -> bool {
        self.records == 0 && self.has_unknown
    }

    pub(super) fn record(&mut self) {
        self.records += 1;
    }

    pub(super) fn rejected_for(&mut self, fault: Fault, position: Position) {
        self.rejected += 1;
        self.causes.add(fault, position);
    }

    pub(super) fn left_out_for(&mut self, fault: Fault, position: Position) {
        self.left_out.add(fault, position);
    }

    pub(super) fn spelled(&mut self, name: &'static str) {
        remember(&mut self.spelled, name);
    }

    pub(super) fn misplaced(&mut self, what: &'static str) {
        self.has_unknown = true;
        remember(&mut self.misplaced, what);
    }

    pub(super) fn unknown(&mut self) {
        self.has_unknown = true;
    }

    pub(super) fn nameless(&mut self) {
        self.nameless += 1;
    }

    pub(super) fn mended(&mut self) {
        self.mended += 1;
    }
}

fn remember(known: &mut Vec<&'static str>, hint: &'static str) {
    if known.len() < HINTS && !known.contains(&hint) {
        known.push(hint);
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            write!(f, "{}{text}", std::mem::replace(&mut separator, "; "))
        };
        if self.is_lost() {
            part(
                f,
                format_args!(
                    "there is no record in the request; records stand in \
                     resourceLogs[].scopeLogs[].logRecords[]"
                ),
            )?;
        }
        for what in &self.misplaced {
            part(f, format_args!("{what}"))?;
        }
        for name in &self.spelled {
            part(f, format_args!("a field is misspelt: in JSON it is {name}"))?;
        }
        if !self.left_out.is_empty() {
            part(f, format_args!("left out: {}", self.left_out))?;
        }
        if self.nameless > 0 {
            let nameless = self.nameless;
            part(
                f,
                format_args!(
                    "{nameless} values are not read: an attribute's value and a body stand under \
                     stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue or \
                     bytesValue"
                ),
            )?;
        }
        if self.mended > 0 {
            let mended = self.mended;
            part(
                f,
                format_args!("{mended} texts with half a character in them, replaced by U+FFFD"),
            )?;
        }
        Ok(())
    }
}
