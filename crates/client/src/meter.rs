//! The counters as OpenTelemetry metrics, where the application has a meter.

use std::sync::{Arc, Weak};

use opentelemetry::{KeyValue, metrics::Meter};

use crate::stats::Counters;

/// Registers `ticketlens.client.tickets`: tickets by `outcome`. What is still waiting has none.
pub(crate) fn observe(meter: &Meter, counters: &Arc<Counters>) {
    // The meter outlives the lens: it must not keep the counters alive.
    let counters: Weak<Counters> = Arc::downgrade(counters);
    let _registered = meter
        .u64_observable_counter("ticketlens.client.tickets")
        .with_description("Tickets handed to the TicketLens client, by what became of them")
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
}
