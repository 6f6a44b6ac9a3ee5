//! What calls of models cost: the installation's list of prices, held in memory for every request.
//!
//! Every two seconds a cheap question tells whether the list has changed, and only then it is read
//! anew; after a change that was made here it is read at once. Whatever is priced by a list carries
//! its version, so an answer may come from the last list for that long, and says so.
//!
//! A list that can't be read is none: the one before stays in force, which the log says once.

use std::{error::Error, sync::Arc, time::Duration};

use ticketlens_prices::PriceBook;
use ticketlens_store::{PriceList, PricesError, Store};
use ticketlens_ticket::Timestamp;
use tokio::{
    sync::{Mutex, watch},
    time::sleep,
};

/// Between two looks: how long a change made elsewhere takes to be in force here.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Looks in a row that ClickHouse does not answer before it is said: one alone is a restart, or bad luck.
const SAID_AFTER: u32 = 2;

/// A list of prices, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct PricesInForce {
    /// Its entries. Empty: nothing has a price.
    pub(crate) book: PriceBook,
    /// Its version. `None` where there never was an entry.
    pub(crate) as_of: Option<Timestamp>,
}

/// Where lists come from.
pub(crate) trait PriceSource: Send + Sync {
    /// A number that differs once a reading would give something else.
    fn mark(&self) -> impl Future<Output = Result<u64, PricesError>> + Send;

    /// Reads the list.
    fn load(&self) -> impl Future<Output = Result<PriceList, PricesError>> + Send;
}

impl PriceSource for Store {
    async fn mark(&self) -> Result<u64, PricesError> {
        Ok(self.prices_mark().await?)
    }

    async fn load(&self) -> Result<PriceList, PricesError> {
        self.prices().await
    }
}

/// Holds the list in force.
#[derive(Debug, Default)]
pub(crate) struct Prices {
    current: watch::Sender<Arc<PricesInForce>>,
    /// One reading at a time.
    seen: Mutex<Seen>,
    /// Held while the list is changed from here: each change knows the one before.
    pub(crate) changing: Mutex<()>,
}

/// What the last look came to.
#[derive(Debug, Default)]
struct Seen {
    /// The source's mark before the reading; `None` where none has ended.
    mark: Option<u64>,
    /// Why the list of that mark is none.
    unreadable: Option<PricesError>,
    /// Looks that have failed in a row.
    failures: u32,
    /// Whether that was said.
    is_said: bool,
}

impl Prices {
    /// Reads the first list. Tickets are taken without one, too.
    pub(crate) async fn open(source: &impl PriceSource) -> Self {
        let prices = Self::default();
        // What is wrong is said by it.
        let _ = prices.look(source).await;
        prices
    }

    /// The list in force: one look at it for each request, so that all of a ticket has one version.
    pub(crate) fn current(&self) -> Arc<PricesInForce> {
        Arc::clone(&self.current.borrow())
    }

    /// Looks again and again. Never ends.
    pub(crate) async fn keep(&self, source: &impl PriceSource) {
        loop {
            sleep(LOOK_EVERY).await;
            let _ = self.look(source).await;
        }
    }

    /// Puts the list in force if it has changed.
    ///
    /// # Errors
    /// When it can't be read; the one before stays in force.
    pub(crate) async fn look(&self, source: &impl PriceSource) -> Result<(), PricesError> {
        let mut seen = self.seen.lock().await;
        let outcome = self.read(&mut seen, source).await;
        seen.told(&outcome);
        outcome
    }

    async fn read(&self, seen: &mut Seen, source: &impl PriceSource) -> Result<(), PricesError> {
        // Before the reading: what changes meanwhile is seen by the next look.
        let found = source.mark().await?;
        if seen.mark == Some(found) {
            return seen.unreadable.clone().map_or(Ok(()), Err);
        }
        // Where it is broken off, the next look reads again.
        seen.mark = None;
        let read = source.load().await.and_then(PricesInForce::try_from);
        match read {
            Ok(list) => {
                self.put(list);
                *seen = Seen { mark: Some(found), unreadable: None, ..*seen };
                Ok(())
            }
            Err(error) => {
                if !error.is_retryable() {
                    // Read again when it has changed, and not before.
                    seen.mark = Some(found);
                    seen.unreadable = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    fn put(&self, list: PricesInForce) {
        let (entries, as_of) = (list.book.entries().len(), list.as_of);
        let before = self.current.send_replace(Arc::new(list));
        // Rows that were merged are the same list.
        if before.as_of != as_of {
            tracing::info!(name: "prices.in_force", entries, "a list of prices is in force");
        }
    }
}

impl TryFrom<PriceList> for PricesInForce {
    type Error = PricesError;

    fn try_from(PriceList { entries, as_of }: PriceList) -> Result<Self, PricesError> {
        Ok(Self { book: PriceBook::new(entries)?, as_of })
    }
}

impl Seen {
    /// Says what the log has to know of a look, once.
    fn told(&mut self, outcome: &Result<(), PricesError>) {
        let Err(error) = outcome else {
            if self.is_said {
                tracing::info!(name: "prices.read_again", "prices are read again");
            }
            (self.failures, self.is_said) = (0, false);
            return;
        };
        self.failures = self.failures.saturating_add(1);
        if !self.is_said && (!error.is_retryable() || self.failures >= SAID_AFTER) {
            let fault = error.source().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(
                name: "prices.read_failed", %error, fault,
                "the list of prices cannot be read; the last known one remains in force"
            );
            self.is_said = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex as StdMutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    };

    use ticketlens_prices::{InvalidBook, PriceEntry, start_list};
    use ticketlens_store::Fault;
    use tokio::time::{Instant, sleep_until};

    use super::*;

    type Answer = Result<Vec<PriceEntry>, PricesError>;

    /// A list with a number, which is its mark and its version, and how often it was read.
    struct Source {
        list: StdMutex<(u64, Answer)>,
        readings: AtomicU32,
    }

    impl Source {
        fn new(number: u64, answer: Answer) -> Arc<Self> {
            Arc::new(Self { list: StdMutex::new((number, answer)), readings: AtomicU32::new(0) })
        }

        fn put(&self, number: u64, answer: Answer) {
            *self.list.lock().unwrap() = (number, answer);
        }
    }

    impl PriceSource for Source {
        async fn mark(&self) -> Result<u64, PricesError> {
            Ok(self.list.lock().unwrap().0)
        }

        async fn load(&self) -> Result<PriceList, PricesError> {
            self.readings.fetch_add(1, Relaxed);
            let (number, answer) = self.list.lock().unwrap().clone();
            Ok(PriceList { entries: answer?, as_of: Some(Timestamp::from_unix_nanos(number)) })
        }
    }

    fn some(count: usize) -> Answer {
        Ok(start_list().unwrap().into_iter().take(count).collect())
    }

    fn unreadable() -> Answer {
        Err(PricesError::Unreadable { entry: "openai gpt-4o".to_owned(), field: "currency" })
    }

    /// How many entries are in force, and since when.
    fn in_force(prices: &Prices) -> (usize, Option<u64>) {
        let current = prices.current();
        (current.book.entries().len(), current.as_of.map(Timestamp::as_unix_nanos))
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_made_elsewhere_is_in_force_with_the_next_look_and_read_once() {
        let source = Source::new(1, some(3));
        let prices = Arc::new(Prices::open(&*source).await);
        let before = prices.current();
        let began = Instant::now();
        let (kept, looked_at) = (Arc::clone(&prices), Arc::clone(&source));
        tokio::spawn(async move { kept.keep(&*looked_at).await });
        tokio::task::yield_now().await;
        source.put(2, some(5));
        assert_eq!(in_force(&prices), (3, Some(1)));
        sleep_until(began + LOOK_EVERY + Duration::from_millis(1)).await;
        assert_eq!(in_force(&prices), (5, Some(2)));
        sleep_until(began + 100 * LOOK_EVERY).await;
        assert_eq!(source.readings.load(Relaxed), 2);
        // Who began with the list before goes on with it.
        assert_eq!(before.as_of.map(Timestamp::as_unix_nanos), Some(1));
    }

    #[tokio::test]
    async fn a_list_that_is_none_leaves_the_one_before_and_is_read_when_it_changed() {
        let source = Source::new(1, some(3));
        let prices = Prices::open(&*source).await;
        let twice = vec![start_list().unwrap()[0].clone(); 2];
        for (number, answer, readings) in [(2, unreadable(), 2), (3, Ok(twice), 3)] {
            source.put(number, answer);
            let error = prices.look(&*source).await.unwrap_err();
            assert_eq!(prices.look(&*source).await, Err(error));
            assert_eq!(in_force(&prices), (3, Some(1)));
            assert_eq!(source.readings.load(Relaxed), readings);
        }
        let invalid = InvalidBook::Twice { at: 1, first: 0 };
        assert_eq!(prices.look(&*source).await, Err(invalid.into()));
        source.put(4, some(0));
        prices.look(&*source).await.unwrap();
        assert_eq!(in_force(&prices), (0, Some(4)));
    }

    #[tokio::test]
    async fn without_an_answer_it_is_asked_again_and_a_start_needs_none() {
        let source = Source::new(1, Err(Fault::TimedOut.into()));
        let prices = Prices::open(&*source).await;
        assert_eq!(in_force(&prices), (0, None));
        assert!(prices.look(&*source).await.is_err());
        assert_eq!(source.readings.load(Relaxed), 2);
        source.put(1, some(3));
        prices.look(&*source).await.unwrap();
        assert_eq!(in_force(&prices), (3, Some(1)));
    }
}
