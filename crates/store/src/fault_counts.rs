//! How often ClickHouse failed us, by what it was: for whoever measures it.
//!
//! The kinds are a fixed list. What a server calls its errors is not taken from its answer, which may
//! be a proxy's: only names that stand here are counted by, and every other code is `other`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::{
    Fault,
    fault::{BAD_DATA, LASTING, TRANSIENT},
};

/// What is no error of ClickHouse's own.
const OURS: [&str; 8] = [
    "unreachable",
    "handshake",
    "no_tls",
    "interrupted",
    "timed_out",
    "gateway",
    "unreadable",
    "other",
];
const KINDS: usize = OURS.len() + TRANSIENT.len() + BAD_DATA.len() + LASTING.len();

/// Faults since the start, by kind. Clones of a store share one.
#[derive(Debug)]
pub struct FaultCounts([AtomicU64; KINDS]);

impl Default for FaultCounts {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; KINDS])
    }
}

impl FaultCounts {
    pub(crate) fn add(&self, fault: &Fault) {
        let kind = kind(fault);
        if let Some((_, count)) = self.all().find(|(name, _)| *name == kind) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Every kind, also those that did not occur: ClickHouse's name of an error (`TOO_MANY_PARTS`), or
    /// ours in small letters where it gave none.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.all().map(|(name, count)| (name, count.load(Relaxed)))
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, &AtomicU64)> {
        OURS.into_iter().chain(named().map(|(_, name)| *name)).zip(&self.0)
    }
}

fn named() -> impl Iterator<Item = &'static (u32, &'static str)> {
    TRANSIENT.iter().chain(BAD_DATA).chain(LASTING)
}

fn kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unreachable(_) => "unreachable",
        Fault::Handshake => "handshake",
        Fault::NoTls => "no_tls",
        Fault::Interrupted => "interrupted",
        Fault::TimedOut => "timed_out",
        Fault::Gateway(_) => "gateway",
        Fault::Unreadable => "unreadable",
        Fault::Refused { code, .. } => {
            named().find(|(known, _)| known == code).map_or("other", |(_, name)| name)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_fault_counts_under_its_own_name_and_no_servers_text_becomes_one() {
        let counts = FaultCounts::default();
        let kinds: BTreeSet<_> = counts.iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds.len(), KINDS, "no kind is there twice");
        counts.add(&Fault::TimedOut);
        counts.add(&Fault::Gateway(Some(502)));
        counts.add(&Fault::Refused { code: 252, name: "SOMETHING_ELSE".into() });
        counts.add(&Fault::Refused { code: 497, name: "ACCESS_DENIED".into() });
        for code in [4_000_000_000, 0] {
            counts.add(&Fault::Refused { code, name: "MADE_UP".into() });
        }
        let seen: BTreeSet<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
        let expected = [
            ("ACCESS_DENIED", 1),
            ("TOO_MANY_PARTS", 1),
            ("gateway", 1),
            ("other", 2),
            ("timed_out", 1),
        ];
        assert_eq!(seen, expected.into());
    }
}
