//! The commit loop: gathers rows into batches and starts their inserts, as many as there are slots.

use std::sync::Arc;

use tokio::{
    sync::{OwnedMutexGuard, mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    batch::Batch,
    config::CommitConfig,
    entry::Entry,
    insert::Inserter,
    queue::{self, BatchQueue},
};
use crate::{readiness, sink::Sink};

/// What outlives a loop that dies.
pub(super) struct Lasting {
    arriving: mpsc::UnboundedReceiver<Entry>,
    inserts: JoinSet<()>,
    /// Held by each insert for tenants with little in flight.
    light: Arc<()>,
}

impl Lasting {
    pub(super) fn new(arriving: mpsc::UnboundedReceiver<Entry>) -> Self {
        Self { arriving, inserts: JoinSet::new(), light: Arc::default() }
    }

    /// How many inserts are under way for tenants with little in flight.
    fn light_under_way(&self) -> usize {
        Arc::strong_count(&self.light) - 1
    }
}

/// One life of the commit loop.
pub(super) struct Scheduler<S> {
    config: CommitConfig,
    inserter: Arc<Inserter<S>>,
    /// Rows of tenants with much in flight, and of those with little.
    heavy: BatchQueue,
    light: BatchQueue,
    lasting: OwnedMutexGuard<Lasting>,
    /// No insert begins before: one has panicked.
    resting: Option<Instant>,
    closing: bool,
}

impl<S: Sink> Scheduler<S> {
    pub(super) fn new(
        config: CommitConfig,
        inserter: Arc<Inserter<S>>,
        lasting: OwnedMutexGuard<Lasting>,
    ) -> Self {
        let (heavy, light) = (BatchQueue::default(), BatchQueue::default());
        // The loop before this one may have died while it rested.
        inserter.breaker.go_on();
        Self { config, inserter, heavy, light, lasting, resting: None, closing: false }
    }

    pub(super) async fn run(
        mut self,
        mut closing: watch::Receiver<bool>,
        mut states: watch::Receiver<readiness::State>,
    ) {
        let mut open = true;
        loop {
            let now = Instant::now();
            self.expire(now);
            self.go_on(now);
            self.send_what_is_ready(now);
            if !open && self.is_empty() && self.lasting.inserts.is_empty() {
                return;
            }
            let wake_at = self.wake_at(now);
            let Lasting { arriving, inserts, .. } = &mut *self.lasting;
            tokio::select! {
                entry = arriving.recv(), if open => match entry {
                    Some(entry) => self.gather(entry),
                    None => { open = false; self.closing = true; }
                },
                _ = closing.wait_for(|closing| *closing), if !self.closing => {
                    self.closing = true;
                    // What was sent before is still received.
                    self.lasting.arriving.close();
                }
                Some(ended) = inserts.join_next() => {
                    if ended.is_err_and(|error| error.is_panic()) {
                        self.rest();
                    }
                }
                Ok(()) = states.changed() => {}
                () = sleep_until(wake_at.unwrap_or(now)), if wake_at.is_some() => {}
            }
        }
    }

    /// An insert has panicked: its requests were told to come again when its batch was dropped.
    fn rest(&mut self) {
        if let Some(pause) = self.inserter.breaker.panicked() {
            self.resting = self.resting.max(Some(Instant::now() + pause));
        }
    }

    fn go_on(&mut self, now: Instant) {
        if self.resting.is_some_and(|until| now >= until) {
            self.resting = None;
            self.inserter.breaker.go_on();
        }
    }

    fn is_empty(&self) -> bool {
        self.heavy.is_empty() && self.light.is_empty()
    }

    fn gather(&mut self, entry: Entry) {
        #[cfg(test)]
        super::tests::die_of(&entry);
        let has_little = entry.reservation.bytes_of_tenant() <= queue::LITTLE;
        let queue = if has_little { &mut self.light } else { &mut self.heavy };
        queue.push(entry, &self.config);
    }

    /// Starts inserts while there are slots and batches that should leave.
    fn send_what_is_ready(&mut self, now: Instant) {
        while self.has_a_slot(true) {
            let under_way = self.lasting.light_under_way();
            let Some(batch) = self.light.next(now, under_way, self.closing, &self.config) else {
                break;
            };
            let light = Arc::clone(&self.lasting.light);
            self.insert(batch, Some(light));
        }
        while self.has_a_slot(false) {
            let under_way = self.heavy_under_way();
            let Some(batch) = self.heavy.next(now, under_way, self.closing, &self.config) else {
                return;
            };
            self.insert(batch, None);
        }
    }

    fn insert(&mut self, batch: Batch, light: Option<Arc<()>>) {
        let inserter = Arc::clone(&self.inserter);
        self.lasting.inserts.spawn(async move {
            let _light = light;
            inserter.insert(batch).await;
        });
    }

    fn heavy_under_way(&self) -> usize {
        self.lasting.inserts.len().saturating_sub(self.lasting.light_under_way())
    }

    /// Where every slot is taken by tenants with much in flight, there is one more for the others.
    fn has_a_slot(&self, is_light: bool) -> bool {
        let under_way = self.lasting.inserts.len();
        let all_heavy = self.lasting.light_under_way() == 0;
        let slots = self.config.inserters + usize::from(is_light && all_heavy);
        under_way < slots && self.inserter.breaker.lets_out(under_way)
    }

    /// When there is something to do although nothing happens.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let ready = |queue: &BatchQueue, is_light, under_way| {
            let ready_at = queue.ready_at(under_way, &self.config)?;
            (self.has_a_slot(is_light) && ready_at > now).then_some(ready_at)
        };
        let light = ready(&self.light, true, self.lasting.light_under_way());
        let heavy = ready(&self.heavy, false, self.heavy_under_way());
        let oldest = [self.light.oldest(), self.heavy.oldest()].into_iter().flatten().min();
        let expiry = oldest.map(|arrived| arrived + self.config.deadline);
        [light, heavy, expiry, self.resting].into_iter().flatten().min()
    }

    /// Answers those that have waited for a slot until their deadline.
    fn expire(&mut self, now: Instant) {
        let Some(than) = now.checked_sub(self.config.deadline) else { return };
        self.light.expire(than);
        self.heavy.expire(than);
    }
}
