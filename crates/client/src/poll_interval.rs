//! How often the sending thread looks at the queue by itself, since hardly anything wakes it.

use std::time::Duration;

/// The pause before the next look, by what the last ones found.
#[derive(Default)]
pub(crate) struct Pace {
    /// Looks left that are to come soon.
    soon: u32,
    pause: Duration,
}

impl Pace {
    /// After a ticket was dropped: the lane is to have room for the next.
    const DROPPING: Duration = Duration::from_millis(1);
    /// After that many bytes were taken at once: there is load, and a queue that runs half full
    /// would have to ring.
    const LOAD: usize = 512 * 1024;
    const LOADED: Duration = Duration::from_millis(10);
    /// How many looks in a row find nothing of the kind before it is over.
    const LOOKS: u32 = 20;

    pub(crate) fn note(&mut self, dropped: bool, bytes_taken: usize) {
        self.soon = self.soon.saturating_sub(1);
        if dropped || bytes_taken >= Self::LOAD {
            self.soon = Self::LOOKS;
            self.pause = if dropped { Self::DROPPING } else { Self::LOADED };
        }
    }

    pub(crate) fn pause(&self, linger: Duration) -> Duration {
        if self.soon > 0 { self.pause.min(linger) } else { linger }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_soon_while_there_is_load_and_calms_down() {
        let linger = Duration::from_millis(100);
        let mut pace = Pace::default();
        assert_eq!(pace.pause(linger), linger);
        pace.note(false, Pace::LOAD);
        assert_eq!(pace.pause(linger), Pace::LOADED);
        pace.note(true, 0);
        assert_eq!(pace.pause(linger), Pace::DROPPING);
        for _ in 0..Pace::LOOKS {
            pace.note(false, Pace::LOAD - 1);
        }
        assert_eq!(pace.pause(linger), linger);
        pace.note(false, Pace::LOAD);
        assert_eq!(pace.pause(Duration::ZERO), Duration::ZERO, "never later than it lingers");
    }
}
