//! How often the sending thread polls the queue, since hardly anything wakes it.

use std::time::Duration;

/// The time until the next poll, by what the last ones found.
#[derive(Default)]
pub(crate) struct PollInterval {
    /// Polls left that are to come soon.
    soon: u32,
    /// Until each of those.
    short: Duration,
}

impl PollInterval {
    /// After a ticket was dropped: the lane is to have room for the next.
    const DROPPING: Duration = Duration::from_millis(1);
    /// After that many bytes were taken at once: there is load, and a queue that runs half full
    /// would have to ring.
    const LOAD: usize = 512 * 1024;
    const LOADED: Duration = Duration::from_millis(10);
    /// How many polls in a row find nothing of the kind before it is over.
    const POLLS: u32 = 20;

    /// What a poll found.
    pub(crate) fn note(&mut self, dropped: bool, bytes_taken: usize) {
        self.soon = self.soon.saturating_sub(1);
        if dropped || bytes_taken >= Self::LOAD {
            self.soon = Self::POLLS;
            self.short = if dropped { Self::DROPPING } else { Self::LOADED };
        }
    }

    /// The time until the next poll, which is `linger` where there is no load.
    pub(crate) fn current(&self, linger: Duration) -> Duration {
        if self.soon > 0 { self.short.min(linger) } else { linger }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_polls_soon_while_there_is_load_and_calms_down() {
        let linger = Duration::from_millis(100);
        let mut interval = PollInterval::default();
        assert_eq!(interval.current(linger), linger);
        interval.note(false, PollInterval::LOAD);
        assert_eq!(interval.current(linger), PollInterval::LOADED);
        interval.note(true, 0);
        assert_eq!(interval.current(linger), PollInterval::DROPPING);
        for _ in 0..PollInterval::POLLS {
            interval.note(false, PollInterval::LOAD - 1);
        }
        assert_eq!(interval.current(linger), linger);
        interval.note(false, PollInterval::LOAD);
        assert_eq!(interval.current(Duration::ZERO), Duration::ZERO, "never later than it lingers");
    }
}
