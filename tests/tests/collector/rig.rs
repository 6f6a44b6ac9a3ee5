//! Database, receiver and a Collector before it.

use std::time::{Duration, Instant};

use ticketlens::{Lens, LensBuilder, ShutdownReport, Status, Ticket};
use ticketlens_store::Scope;
use ticketlens_tests::{Collector, Database, Receiver, load};
use ticketlens_ticket::ExecutionId;

/// Longest a flow may take before it counts as stuck.
pub const STUCK: Duration = Duration::from_secs(120);

/// Records the exporter gave up for good.
pub const GIVEN_UP: &str = "otelcol_exporter_send_failed_log_records";
/// Records the queue did not take.
pub const NOT_QUEUED: &str = "otelcol_exporter_enqueue_failed_log_records";
/// Records the exporter was told are taken.
pub const SENT: &str = "otelcol_exporter_sent_log_records";

pub struct Rig {
    pub collector: Collector,
    pub receiver: Receiver,
    pub database: Database,
}

impl Rig {
    /// A Collector with a file of `collector-config/` and the key of tenant `acme`.
    pub async fn start(file: &str, changes: &str) -> Self {
        Self::with(file, changes, "", |key| key).await
    }

    /// The same, with settings of the receiver's, and a key that `spoil` may change.
    pub async fn with(
        file: &str,
        changes: &str,
        settings: &str,
        spoil: impl FnOnce(String) -> String,
    ) -> Self {
        let database = Database::start();
        let receiver = Receiver::start(&database, settings);
        let key = spoil(database.tenant_key("acme", Scope::Ingest).await);
        let endpoint = endpoint(&receiver, file == "otlphttp.yaml");
        let environment = [("TICKETLENS_ENDPOINT", endpoint.as_str()), ("TICKETLENS_KEY", &key)];
        let collector = Collector::start(file, &environment, changes);
        Self { collector, receiver, database }
    }

    /// A client that sends to the Collector, which asks for no key.
    pub fn lens(&self) -> Lens {
        self.lens_with(|lens| lens)
    }

    /// The same, with settings of its own.
    pub fn lens_with(&self, set: impl FnOnce(LensBuilder) -> LensBuilder) -> Lens {
        let lens = Lens::builder().workflow("support-agent").endpoint(self.collector.grpc());
        set(lens).build().expect("a lens")
    }

    /// Tickets that readers see.
    pub fn stored(&self) -> u64 {
        self.number("SELECT count() FROM ticketlens.tickets")
    }

    /// One number, asked from the database.
    pub fn number(&self, sql: &str) -> u64 {
        self.text(sql).parse().expect("a number")
    }

    /// One text, asked from the database.
    pub fn text(&self, sql: &str) -> String {
        self.database.query(sql).trim().to_owned()
    }

    /// One of the receiver's counters.
    pub fn counter(&self, name: &str) -> u64 {
        let page = self.receiver.exchange("GET /metrics HTTP/1.0\r\n\r\n");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.expect("the counter").parse().expect("a number")
    }

    /// Waits until `stored` tickets are there, and fails where more are, or the Collector gave any up.
    pub fn await_stored(&self, stored: u64) {
        wait_until("tickets are stored", &self.collector, || self.stored() >= stored);
        wait_until("the queue is empty", &self.collector, || {
            self.collector.metric("otelcol_exporter_queue_size") == 0
        });
        assert_eq!(self.stored(), stored);
        self.assert_nothing_lost();
    }

    /// What the Collector itself says of losses.
    pub fn assert_nothing_lost(&self) {
        let lost = [GIVEN_UP, NOT_QUEUED].map(|name| self.collector.metric(name));
        assert_eq!(lost, [0, 0], "{}", self.collector.log());
    }
}

/// As the Collector's two exporters want it.
pub fn endpoint(receiver: &Receiver, http: bool) -> String {
    if http { format!("http://{}", receiver.http()) } else { receiver.grpc() }
}

/// Asks again and again, for as long as a flow may take.
pub fn wait_until(what: &str, collector: &Collector, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < STUCK, "not so: {what}; the Collector:\n{}", collector.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Emits tickets and sends them all; what became of them.
pub fn send(lens: &Lens, tickets: impl IntoIterator<Item = Ticket>) -> ShutdownReport {
    for ticket in tickets {
        lens.emit(ticket);
    }
    lens.shutdown(STUCK)
}

/// Plain tickets, numbered.
pub fn tickets(count: usize) -> impl Iterator<Item = Ticket> {
    (0..count)
        .map(|n| Ticket::new(format!("T-{n}"), Status::Success, Duration::from_millis(n as u64)))
}

/// Tickets of about that many bytes, each an execution of its own.
pub fn large_tickets(count: usize, bytes: usize) -> impl Iterator<Item = Ticket> {
    let model = load::ticket(bytes);
    (0..count).map(move |n| {
        let mut ticket = model.clone();
        (ticket.id, ticket.execution_id) = (format!("T-{n}"), ExecutionId::fresh());
        ticket
    })
}

/// Every one was taken by whoever it was sent to.
pub fn assert_all_sent(report: &ShutdownReport, emitted: u64) {
    assert!(report.complete, "{report:?}");
    assert_eq!(report.sent, emitted, "{report:?}");
    assert_eq!((report.rejected, report.dropped.total(), report.left), (0, 0, 0), "{report:?}");
}
