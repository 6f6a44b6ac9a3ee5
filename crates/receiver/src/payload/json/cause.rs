//! Why records are none: names of the schema, places and counts, and nothing of what stood there.

use std::fmt;

/// Different causes that are told one by one.
const TOLD: usize = 4;

/// What is wrong with a value: its field's name and what it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: &'static str,
    pub(super) what: &'static str,
}

/// Where in the request it stands. `scope` and `record` are what it stands in, if anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) group: usize,
    pub(super) scope: Option<usize>,
    pub(super) record: Option<usize>,
    /// How many bytes of the request stand before it.
    pub(super) byte: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "resourceLogs[{}]", self.group)?;
        if let Some(scope) = self.scope {
            write!(f, ".scopeLogs[{scope}]")?;
        }
        if let Some(record) = self.record {
            write!(f, ".logRecords[{record}]")?;
        }
        write!(f, " at byte {}", self.byte)
    }
}

/// The first few different faults, each with its first place and how often it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Causes {
    first: Vec<(Fault, Position, u64)>,
    others: u64,
}

impl Causes {
    pub(super) fn add(&mut self, fault: Fault, position: Position) {
        if let Some((_, _, count)) = self.first.iter_mut().find(|(known, ..)| *known == fault) {
            *count += 1;
        } else if self.first.len() < TOLD {
            self.first.push((fault, position, 1));
        } else {
            self.others += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
}

impl fmt::Display for Causes {
    /// `traceId: not 32 hex digits, in resourceLogs[0].scopeLogs[0].logRecords[1] at byte 312; …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (Fault { field, what }, position, count)) in self.first.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {what}, ")?;
            match count {
                1 => write!(f, "in {position}")?,
                _ => write!(f, "{count} times, first in {position}")?,
            }
        }
        if self.others > 0 {
            write!(f, "; and {} more", self.others)?;
        }
        Ok(())
    }
}
