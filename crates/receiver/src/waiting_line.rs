//! Who waits for a commit, as it is measured: how many requests, what their rows are, and since when the
//! first of them waits. Who is answered has left it, also where the rows are still in an insert.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Everyone who waits. Clones share it. A short lock when a request comes and when it goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct WaitingLine(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    /// When each came, in the order they came.
    waiting: BTreeMap<u64, Instant>,
    came: u64,
    length: Length,
}

/// How long the line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) requests: u64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// How long the first of them has waited; nothing where nobody waits.
    pub(crate) oldest: Duration,
}

impl WaitingLine {
    /// Lines up with so many rows; leaves when the place is dropped.
    pub(crate) fn join(&self, arrived: Instant, rows: u64, bytes: usize) -> WaitingPlace {
        let bytes = bytes as u64;
        let mut line = self.lock();
        line.came += 1;
        let number = line.came;
        line.waiting.insert(number, arrived);
        line.length.rows += rows;
        line.length.bytes += bytes;
        WaitingPlace { line: self.clone(), number, rows, bytes }
    }

    pub(crate) fn length(&self, now: Instant) -> Length {
        let line = self.lock();
        let first = line.waiting.first_key_value();
        let oldest = first.map_or(Duration::ZERO, |(_, arrived)| now.duration_since(*arrived));
        Length { requests: line.waiting.len() as u64, oldest, ..line.length }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // Sums and list change together, and nothing between can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's place in the line.
#[derive(Debug)]
pub(crate) struct WaitingPlace {
    line: WaitingLine,
    number: u64,
    rows: u64,
    bytes: u64,
}

impl Drop for WaitingPlace {
    fn drop(&mut self) {
        let mut line = self.line.lock();
        line.waiting.remove(&self.number);
        line.length.rows -= self.rows;
        line.length.bytes -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_to_leave_leaves_the_next_the_oldest() {
        let line = WaitingLine::default();
        let second = Duration::from_secs(1);
        assert_eq!(line.length(Instant::now()), Length::default());
        let first = line.join(Instant::now(), 2, 100);
        tokio::time::advance(3 * second).await;
        let last = line.join(Instant::now(), 1, 10);
        let all = Length { requests: 2, rows: 3, bytes: 110, oldest: 3 * second };
        assert_eq!(line.length(Instant::now()), all);
        drop(first);
        tokio::time::advance(second).await;
        let rest = Length { requests: 1, rows: 1, bytes: 10, oldest: second };
        assert_eq!(line.length(Instant::now()), rest);
        drop(last);
        assert_eq!(line.length(Instant::now()), Length::default());
    }
}
