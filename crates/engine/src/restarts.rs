//! How often, and how soon, an engine that went down by itself is started again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How often, and how soon, an engine that went down by itself is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restarts {
    /// So many crashes within `window` are recovered from; one more is for good. 0 = never restart.
    pub most: usize,
    /// The time over which crashes are counted.
    pub window: Duration,
    /// Pause before the first restart; doubled with each crash within the window.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
}

impl Default for Restarts {
    fn default() -> Self {
        Self {
            most: 5,
            window: Duration::from_secs(120),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl Restarts {
    fn pause(&self, crashes: usize) -> Duration {
        let doublings = u32::try_from(crashes.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        (self.first_pause * (1 << doublings)).min(self.longest_pause)
    }
}

/// The crashes within the window.
#[derive(Debug, Default)]
pub(crate) struct Crashes(VecDeque<Instant>);

impl Crashes {
    /// One more, now: the pause before the next start, or `None` when it was one too many.
    pub(crate) fn add(&mut self, now: Instant, restarts: &Restarts) -> Option<Duration> {
        self.0.push_back(now);
        self.0.retain(|crash| now.duration_since(*crash) <= restarts.window);
        (self.0.len() <= restarts.most).then(|| restarts.pause(self.0.len()))
    }

    /// What comes next starts from none.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let restarts = Restarts::default();
        let pauses: Vec<u128> = [1, 2, 3, 6, 7, 1000].map(|n| restarts.pause(n).as_millis()).into();
        assert_eq!(pauses, [100, 200, 400, 3200, 5000, 5000]);
    }

    #[test]
    fn one_crash_too_many_within_the_window_is_for_good() {
        let restarts = Restarts { most: 2, ..Restarts::default() };
        let (mut crashes, start) = (Crashes::default(), Instant::now());
        let mut at = |seconds| crashes.add(start + Duration::from_secs(seconds), &restarts);
        assert_eq!(at(0), Some(Duration::from_millis(100)));
        assert_eq!(at(60), Some(Duration::from_millis(200)));
        assert_eq!(at(120), None, "three within two minutes");
        assert_eq!(at(400), Some(Duration::from_millis(100)), "the others are long ago");
        let never = Restarts { most: 0, ..restarts };
        assert_eq!(Crashes::default().add(start, &never), None);
    }
}
