//! What must hold when things break between a client and the database, with a Collector among
//! them: every ticket that its sender was told is taken is stored, once.

use std::{thread, time::Duration, time::Instant};

use nix::sys::signal::Signal;
use ticketlens::Lens;
use ticketlens_tests::signal;

use crate::rig::{
    GIVEN_UP, NOT_QUEUED, Rig, STUCK, assert_all_sent, large_tickets, tickets, wait_until,
};

const TICKETS: usize = 10_000;
/// How long the database does not answer.
const OUTAGE: Duration = Duration::from_secs(20);

/// The faults, each once so many tickets are acknowledged.
const FAULTS: [(u64, Fault); 6] = [
    (1_000, Fault::ReceiverKilled),
    (2_500, Fault::ReceiverRestarted),
    (4_000, Fault::CollectorKilled),
    (5_000, Fault::DatabaseStopped),
    (7_000, Fault::CollectorKilled),
    (8_500, Fault::CollectorRestarted),
];

#[derive(Clone, Copy)]
enum Fault {
    ReceiverKilled,
    ReceiverRestarted,
    CollectorKilled,
    CollectorRestarted,
    DatabaseStopped,
}

/// Where the flow stands.
struct Flow {
    rig: Rig,
    /// When the database stopped answering.
    stopped: Option<Instant>,
}

impl Flow {
    fn meet(&mut self, fault: Fault) {
        match fault {
            Fault::ReceiverKilled => self.rig.receiver.kill_and_restart(),
            Fault::ReceiverRestarted => self.rig.receiver.restart(),
            Fault::DatabaseStopped => {
                signal(self.engine(), Signal::SIGSTOP);
                self.stopped = Some(Instant::now());
            }
            Fault::CollectorKilled => {
                self.look_at_the_collector();
                self.rig.collector.kill_and_restart();
            }
            Fault::CollectorRestarted => {
                self.look_at_the_collector();
                let status = self.rig.collector.restart();
                assert!(status.success(), "{status}\n{}", self.rig.collector.log());
            }
        }
    }

    /// Its counters go with it, so they are looked at before.
    fn look_at_the_collector(&self) {
        self.rig.assert_nothing_lost();
        if self.stopped.is_some() {
            // What is on disk alone is what this is about.
            let waiting = self.rig.collector.metric("otelcol_exporter_queue_size");
            assert!(waiting > 0, "nothing waits in the queue");
        }
    }

    fn engine(&self) -> u32 {
        self.rig.database.pid().expect("the engine runs")
    }

    /// The outage lasts its time: that is the fault, not a wait for something.
    fn end_the_outage(&mut self) {
        let stopped = self.stopped.take().expect("the database stands still");
        thread::sleep(OUTAGE.saturating_sub(stopped.elapsed()));
        signal(self.engine(), Signal::SIGCONT);
    }
}

fn emit(lens: &Lens, flow: &mut Flow) {
    let mut faults = FAULTS.into_iter().peekable();
    for (n, ticket) in tickets(TICKETS).enumerate() {
        lens.emit(ticket);
        if let Some((_, fault)) = faults.next_if(|(at, _)| lens.stats().sent > *at) {
            flow.meet(fault);
        }
        // Spread over many requests, so that faults meet some of them on their way.
        if n % 50 == 0 {
            lens.flush(Duration::from_millis(200));
        }
    }
    let started = Instant::now();
    for (at, fault) in faults {
        while lens.stats().sent <= at {
            assert!(started.elapsed() < STUCK, "{:?}", lens.stats());
            lens.flush(Duration::from_millis(200));
        }
        flow.meet(fault);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_tickets_are_stored_once_whatever_is_killed() {
    let mut flow = Flow { rig: Rig::start("agent.yaml", "").await, stopped: None };
    let lens = flow.rig.lens();
    let report = tokio::task::block_in_place(|| {
        emit(&lens, &mut flow);
        flow.end_the_outage();
        lens.shutdown(STUCK)
    });
    assert_all_sent(&report, TICKETS as u64);
    let rig = flow.rig;
    tokio::task::block_in_place(|| rig.await_stored(TICKETS as u64));
    let executions = "SELECT uniqExact(execution_id) FROM ticketlens.tickets";
    assert_eq!(rig.number(executions), TICKETS as u64);
    assert_eq!(rig.number("SELECT uniqExact(ticket_id) FROM ticketlens.tickets"), TICKETS as u64);
    assert_eq!(
        rig.text("SELECT count(), sum(received), sum(missing) FROM ticketlens.ledger"),
        format!("1\t{TICKETS}\t0")
    );
    assert_eq!(rig.text("SELECT count() FROM ticketlens.rejections"), "0");
}

/// A queue that is full is no loss either: senders hold what they have and come again.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_holds_its_senders_back() {
    // Room for one of the client's batches: a request larger than the queue would never get in.
    let changes = "exporters: {otlp_grpc/ticketlens: {sending_queue: {queue_size: 4_000_000}}}";
    let rig = Rig::start("agent.yaml", changes).await;
    let engine = rig.database.pid().expect("the engine runs");
    signal(engine, Signal::SIGSTOP);
    let lens = rig.lens();
    let report = tokio::task::block_in_place(|| {
        for ticket in large_tickets(600, 20 << 10) {
            lens.emit(ticket);
        }
        wait_until("the queue is full", &rig.collector, || rig.collector.metric(NOT_QUEUED) > 0);
        signal(engine, Signal::SIGCONT);
        lens.shutdown(STUCK)
    });
    assert_all_sent(&report, 600);
    assert!(lens.stats().retries > 0, "{:?}", lens.stats());
    wait_until("tickets are stored", &rig.collector, || rig.stored() == 600);
    assert_eq!(rig.collector.metric(GIVEN_UP), 0, "{}", rig.collector.log());
}
