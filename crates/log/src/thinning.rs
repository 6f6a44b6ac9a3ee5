//! Thinning: where one kind of line floods, some are left out, and how many is told.
//!
//! A kind is an event at a level of a component, with the same message, error, route and status, about
//! the same part of the program. Of each kind ten lines are written at once, and then one a second (`info`) or
//! one every ten seconds (`warn` and `error`); the next that is written says how many were left out.
//! Finer lines are never left out: somebody asked for them.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::line::{Level, Line};

/// Lines of a kind at once.
const BURST: f64 = 10.0;
/// Kinds that are told apart; what is beyond shares one.
const MOST_KINDS: usize = 512;
/// A kind of which nothing came for so long starts anew; what was left out of it is told.
const IDLE: Duration = Duration::from_secs(10);

/// Decides which lines are written.
#[derive(Debug, Default)]
pub struct Thinning(Mutex<HashMap<u64, Kind>>);

#[derive(Debug)]
struct Kind {
    left: f64,
    at: Instant,
    left_out: u64,
    of: Of,
}

/// What lines of a kind have in common, and are told by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Of {
    pub(crate) level: Level,
    pub(crate) component: String,
    pub(crate) event: String,
    pub(crate) route: Option<String>,
    pub(crate) status_code: Option<u64>,
    pub(crate) error_code: Option<String>,
}

/// Lines of one kind that were left out, and after which nothing more came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) of: Of,
    pub(crate) lines: u64,
}

impl Thinning {
    /// How many lines like this one were left out before it; `None` where it is left out, too.
    pub(crate) fn passes(&self, line: &Line<'_>, now: Instant) -> Option<u64> {
        let every = match line.level {
            Level::Error | Level::Warn => 10.0,
            Level::Info => 1.0,
            Level::Debug | Level::Trace => return Some(0),
        };
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = key(line);
        if kinds.len() >= MOST_KINDS && !kinds.contains_key(&key) {
            key = 0;
        }
        let kind = kinds.entry(key).or_insert_with(|| Kind::new(line, now));
        let waited = now.duration_since(kind.at).as_secs_f64();
        kind.left = (kind.left + waited / every).min(BURST);
        kind.at = now;
        if kind.left < 1.0 {
            kind.left_out += 1;
            return None;
        }
        kind.left -= 1.0;
        Some(std::mem::take(&mut kind.left_out))
    }

    /// Forgets kinds of which nothing came any more, and tells what was left out of them.
    pub(crate) fn settled(&self, now: Instant) -> Vec<LeftOut> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left_out = Vec::new();
        kinds.retain(|_, kind| {
            let is_idle = now.duration_since(kind.at) >= IDLE;
            if is_idle && kind.left_out > 0 {
                left_out.push(kind.told());
            }
            !is_idle
        });
        left_out
    }

    /// The same of all: nothing comes after this.
    pub(crate) fn all(&self) -> Vec<LeftOut> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.drain().filter(|(_, kind)| kind.left_out > 0).map(|(_, kind)| kind.told()).collect()
    }
}

impl Kind {
    fn new(line: &Line<'_>, now: Instant) -> Self {
        let of = Of {
            level: line.level,
            component: line.component.to_string(),
            event: line.event.to_string(),
            route: line.route.as_deref().map(str::to_owned),
            status_code: line.status_code,
            error_code: line.error_code.as_deref().map(str::to_owned),
        };
        Self { left: BURST, at: now, left_out: 0, of }
    }

    fn told(&self) -> LeftOut {
        LeftOut { of: self.of.clone(), lines: self.left_out }
    }
}

fn key(line: &Line<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let by = (line.level, &line.component, &line.event, &line.error_code, &line.route);
    (by, line.status_code, &line.message).hash(&mut hasher);
    line.extra.get("part").and_then(|part| part.as_str()).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(level: Level, event: &'static str, message: &str) -> Line<'static> {
        let mut line = Line::of(level, "receiver.test", event);
        line.message = message.to_owned().into();
        line
    }

    #[test]
    fn a_flood_of_one_kind_is_thinned_and_the_rest_is_told() {
        let thinning = Thinning::default();
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let flood = line(Level::Info, "request.done", "");
        let written = |range: std::ops::Range<u64>| {
            range.filter_map(|ms| thinning.passes(&flood, after(ms))).collect::<Vec<_>>()
        };
        assert_eq!(written(0..1000), [0; 10], "a burst");
        assert_eq!(written(1000..3000), [990, 999], "then one a second");
        assert_eq!(thinning.passes(&line(Level::Info, "other", ""), after(3000)), Some(0));
        assert_eq!(thinning.settled(after(9_000)), []);
        let [told] = &thinning.settled(after(13_000))[..] else { panic!("one kind") };
        assert_eq!((told.of.event.as_str(), told.lines), ("request.done", 999));
        assert_eq!(thinning.settled(after(13_000)), []);
        assert_eq!(thinning.passes(&flood, after(14_000)), Some(0));
    }

    #[test]
    fn lines_collapse_by_what_they_say_and_finer_ones_never() {
        let thinning = Thinning::default();
        let now = Instant::now();
        let passed = |line: &Line<'_>| (0..100).filter_map(|_| thinning.passes(line, now)).count();
        assert_eq!(passed(&line(Level::Warn, "w", "one")), 10);
        assert_eq!(passed(&line(Level::Warn, "w", "two")), 10);
        assert_eq!(passed(&line(Level::Debug, "w", "one")), 100);
        let later = now + Duration::from_secs(10);
        assert_eq!(thinning.passes(&line(Level::Warn, "w", "one"), later), Some(90));
        assert_eq!(thinning.passes(&line(Level::Warn, "w", "one"), later), None);
        let all = thinning.all();
        assert_eq!(all.iter().map(|kind| kind.lines).sum::<u64>(), 90 + 1);
    }

    #[test]
    fn kinds_are_so_many_and_no_more() {
        let thinning = Thinning::default();
        let now = Instant::now();
        for n in 0..10 * MOST_KINDS {
            thinning.passes(&line(Level::Warn, "w", &n.to_string()), now);
        }
        assert_eq!(thinning.0.lock().unwrap().len(), MOST_KINDS + 1);
    }
}
