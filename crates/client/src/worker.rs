//! The library's own thread: it takes from the queue, packs, sends, and ends in time.
//!
//! A thread with a small runtime of its own works the same with tokio, with another runtime and
//! with none. It does not survive a fork: the child's lens takes tickets and sends none.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, atomic::Ordering::Relaxed, mpsc as blocking},
    thread,
    time::Duration,
};

use tokio::{
    runtime,
    sync::{mpsc, watch},
    task::{self, JoinSet, yield_now},
    time::{Instant, sleep, sleep_until},
};

use crate::{
    batch::Batch,
    config::Config,
    delivery::Delivery,
    export::Exporter,
    handoff::Handoff,
    packing::{OpenBatch, PackedRecord, Packing, RecordSink},
    poll_interval::PollInterval,
    stats::Outcome,
};

/// What the thread is told.
pub(crate) enum Command {
    /// Say when everything that was emitted before has its outcome.
    Flush { done: blocking::SyncSender<()> },
    /// Send what there is until then, and end.
    ShutDown { by: std::time::Instant, done: Option<blocking::SyncSender<()>> },
}

/// Where packed records go.
pub(crate) enum Outlet {
    /// Over the wire, in batches.
    Wire(Arc<Exporter>),
    /// Into the application's own pipeline, one by one.
    Application(RecordSink),
}

/// Requests under way at once: one travels while the next is packed.
const IN_FLIGHT: usize = 2;
/// Bytes packed before the runtime gets its turn, so that answers are read meanwhile.
const BYTES_PER_TURN: usize = 256 * 1024;
/// For what is left when the last lens is dropped without a shutdown.
const FAREWELL: Duration = Duration::from_secs(5);

/// Starts the thread; returns when it runs.
pub(crate) fn start(
    config: Config,
    outlet: Outlet,
    handoff: Arc<Handoff>,
) -> io::Result<mpsc::UnboundedSender<Command>> {
    let (commands, inbox) = mpsc::unbounded_channel();
    let (ready, running) = blocking::sync_channel(1);
    let body = move || {
        let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(ready.send(Err(error))),
        };
        let _ = ready.send(Ok(()));
        let worker = Worker::new(config, outlet, handoff);
        let done = runtime.block_on(worker.run(inbox));
        // Not a drop: that would wait for a name lookup that hangs.
        runtime.shutdown_background();
        drop(done);
    };
    thread::Builder::new().name("ticketlens".to_owned()).spawn(body)?;
    running.recv().map_err(|_| io::Error::from(io::ErrorKind::Other))??;
    Ok(commands)
}

struct Worker {
    handoff: Arc<Handoff>,
    packing: Packing,
    sending: Sending,
    batch_bytes: usize,
    poll_every: Duration,
    /// Tickets and feedback taken from the queue so far.
    taken: u64,
    /// Their bytes.
    bytes_taken: usize,
    flushes: Vec<Flush>,
    closing: Option<Closing>,
    /// Closes and clears the hand-off when the thread ends, however it ends.
    _closes: ClosesHandoff,
}

/// The outlet, with what is under way.
enum Sending {
    Wire {
        delivery: Delivery<Exporter>,
        hurry: watch::Sender<bool>,
        in_flight: JoinSet<()>,
        /// For each batch under way the number of its first, as it was taken, by its task.
        firsts: HashMap<task::Id, u64>,
        /// Packed, and did not fit into the last batch.
        held_over: Option<PackedRecord>,
    },
    Application(RecordSink),
}

struct Flush {
    /// Number of the last it waits for.
    last: u64,
    done: blocking::SyncSender<()>,
}

struct Closing {
    by: Instant,
    done: Option<blocking::SyncSender<()>>,
}

struct ClosesHandoff(Arc<Handoff>);

impl Drop for ClosesHandoff {
    fn drop(&mut self) {
        self.0.close();
        // What nobody will send any more is freed, also where a panic ended the thread.
        self.0.clear();
        if thread::panicking() {
            self.0.counters.failed("the sending thread panicked");
        }
    }
}

impl Worker {
    fn new(config: Config, outlet: Outlet, handoff: Arc<Handoff>) -> Self {
        let poll_every = config.poll_every();
        let sending = match outlet {
            Outlet::Application(sink) => Sending::Application(sink),
            Outlet::Wire(exporter) => {
                let (hurry, hurried) = watch::channel(false);
                let delivery = Delivery {
                    exporter,
                    handoff: Arc::clone(&handoff),
                    retry_for: config.retry_for,
                    hurry: hurried,
                };
                let (in_flight, firsts) = (JoinSet::new(), HashMap::new());
                Sending::Wire { delivery, hurry, in_flight, firsts, held_over: None }
            }
        };
        Self {
            packing: Packing::new(Arc::clone(&handoff), config.gate, config.drop_messages),
            sending,
            batch_bytes: config.batch_bytes,
            poll_every,
            taken: 0,
            bytes_taken: 0,
            flushes: Vec::new(),
            closing: None,
            _closes: ClosesHandoff(Arc::clone(&handoff)),
            handoff,
        }
    }

    /// Until the shutdown. Who asked for it is answered when the returned sender is dropped.
    async fn run(
        mut self,
        mut inbox: mpsc::UnboundedReceiver<Command>,
    ) -> Option<blocking::SyncSender<()>> {
        let mut interval = PollInterval::default();
        let handoff = Arc::clone(&self.handoff);
        loop {
            let by = self.closing.as_ref().map(|closing| closing.by);
            tokio::select! {
                command = inbox.recv(), if by.is_none() => self.obey(command),
                () = handoff.rings() => {}
                () = sleep(interval.current(self.poll_every)) => {}
                () = self.sending.next_answer() => {}
                () = until(by) => break,
            }
            let dropped = handoff.empty_lane();
            let before = self.bytes_taken;
            self.send_what_waits().await;
            interval.note(dropped, self.bytes_taken - before);
            self.answer_flushes();
            if self.closing.is_some() && self.is_idle() {
                break;
            }
        }
        self.end()
    }

    fn obey(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Flush { done }) => {
                let last = self.handoff.counters.accepted.load(Relaxed);
                self.flushes.push(Flush { last, done });
            }
            Some(Command::ShutDown { by, done }) => self.close(by.into(), done),
            None => self.close(Instant::now() + FAREWELL, None),
        }
    }

    fn close(&mut self, by: Instant, done: Option<blocking::SyncSender<()>>) {
        self.closing = Some(Closing { by, done });
        if let Sending::Wire { hurry, .. } = &self.sending {
            hurry.send_replace(true);
        }
    }

    async fn send_what_waits(&mut self) {
        while self.sending.has_room() {
            let first = self.taken + 1;
            if !self.send_some(first).await {
                break;
            }
        }
        if self.sending.has_room() {
            self.handoff.listen();
        }
    }

    /// One batch, or one turn of the application's pipeline; `false` if nothing waits.
    async fn send_some(&mut self, first: u64) -> bool {
        let mut open = OpenBatch::default();
        let mut packed = 0;
        let mut name = first;
        if let Some(record) = self.sending.held_over() {
            // It was taken last, just before `first`.
            name -= 1;
            open.push(record);
        }
        while let Some(taken) = self.handoff.take() {
            self.taken += 1;
            self.bytes_taken += taken.held.bytes();
            self.handoff.empty_lane();
            packed += taken.held.bytes();
            let Some(record) = self.packing.pack(taken) else { continue };
            match &mut self.sending {
                Sending::Application(sink) => {
                    sink(&record);
                    self.handoff.counters.settle(1, Outcome::Sent);
                }
                Sending::Wire { held_over, .. } => {
                    if !open.has_room_for(&record, self.batch_bytes) {
                        *held_over = Some(record);
                        break;
                    }
                    open.push(record);
                }
            }
            if packed >= BYTES_PER_TURN {
                packed = 0;
                yield_now().await;
                if self.is_out_of_time() {
                    break;
                }
            }
        }
        let Some(batch) = open.close() else { return false };
        self.sending.spawn(name, batch);
        true
    }

    fn is_out_of_time(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| Instant::now() >= closing.by)
    }

    fn is_idle(&self) -> bool {
        self.handoff.is_empty() && self.sending.is_idle()
    }

    fn answer_flushes(&mut self) {
        let oldest = self.sending.oldest();
        let taken = self.taken;
        // Whoever waited may be gone; its channel has room for the one answer.
        self.flushes.retain(|flush| {
            let over = taken >= flush.last && oldest.is_none_or(|oldest| oldest > flush.last);
            over.then(|| flush.done.try_send(())).is_none()
        });
    }

    /// Frees what could not be sent, with all that is ours; it stays counted as left.
    fn end(self) -> Option<blocking::SyncSender<()>> {
        self.closing.and_then(|closing| closing.done)
    }
}

impl Sending {
    fn has_room(&self) -> bool {
        match self {
            Self::Wire { in_flight, .. } => in_flight.len() < IN_FLIGHT,
            Self::Application(_) => true,
        }
    }

    fn held_over(&mut self) -> Option<PackedRecord> {
        match self {
            Self::Wire { held_over, .. } => held_over.take(),
            Self::Application(_) => None,
        }
    }

    fn spawn(&mut self, first: u64, batch: Batch) {
        if let Self::Wire { delivery, in_flight, firsts, .. } = self {
            let delivery = delivery.clone();
            let task = in_flight.spawn(async move { delivery.deliver(batch).await });
            firsts.insert(task.id(), first);
        }
    }

    /// Until one more batch has its outcome; for ever, where none is under way.
    async fn next_answer(&mut self) {
        if let Self::Wire { in_flight, firsts, .. } = self
            && let Some(answered) = in_flight.join_next_with_id().await
        {
            // One that panicked is over too: a flush must not wait for it.
            let task = answered.map_or_else(|error| error.id(), |(id, ())| id);
            firsts.remove(&task);
            return;
        }
        std::future::pending().await
    }

    fn oldest(&self) -> Option<u64> {
        match self {
            Self::Wire { firsts, .. } => firsts.values().min().copied(),
            Self::Application(_) => None,
        }
    }

    fn is_idle(&self) -> bool {
        match self {
            Self::Wire { in_flight, held_over, .. } => in_flight.is_empty() && held_over.is_none(),
            Self::Application(_) => true,
        }
    }
}

async fn until(by: Option<Instant>) {
    match by {
        Some(by) => sleep_until(by).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
#[path = "worker/tests.rs"]
mod tests;
