//! The counters as OpenTelemetry metrics, where the application has a meter.

use std::sync::{Arc, Weak};

use opentelemetry::{KeyValue, metrics::Meter};

use crate::stats::Counters;

/// Registers `ticketlens.client.tickets`, tickets and feedback by `outcome` (what is still waiting has
/// none), and
/// `ticketlens.client.tickets.open`, those begun and not finished.
pub(crate) fn observe(meter: &Meter, counters: &Arc<Counters>) {
    // The meter outlives the lens: it must not keep the counters alive.
    let counters: Weak<Counters> = Arc::downgrade(counters);
    let open = Weak::clone(&counters);
    let _registered = meter
        .u64_observable_counter("ticketlens.client.tickets")
        .with_description(
            "Tickets and feedback handed to the TicketLens client, by what became of them",
        )
        .with_unit("{ticket}")
        .with_callback(move |observer| {
            let Some(stats) = counters.upgrade().map(|counters| counters.snapshot()) else {
                return;
            };
            let outcome = |label: &'static str| [KeyValue::new("outcome", label)];
            observer.observe(stats.sent, &outcome("sent"));
            observer.observe(stats.rejected, &outcome("rejected"));
            for (reason, count) in stats.dropped.by_reason() {
                observer.observe(count, &outcome(reason));
            }
        })
        .build();
    let _registered = meter
        .i64_observable_up_down_counter("ticketlens.client.tickets.open")
        .with_description("Tickets that were begun and are not finished")
        .with_unit("{ticket}")
        .with_callback(move |observer| {
            if let Some(counters) = open.upgrade() {
                observer.observe(i64::try_from(counters.open()).unwrap_or(i64::MAX), &[]);
            }
        })
        .build();
}
