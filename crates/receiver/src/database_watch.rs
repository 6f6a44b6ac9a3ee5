//! What our tables weigh on the database: asked now and then, and kept for whoever reads the metrics.

use std::time::Duration;

use ticketlens_store::Store;
use tokio::time::sleep;

use crate::metrics::Metrics;

/// Between two looks. Disks fill and parts grow in minutes.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Looks again and again. Never ends.
pub(crate) async fn keep(store: &Store, metrics: &Metrics) {
    loop {
        // What was true a while ago would hide that it can't be seen now.
        metrics.table_load(store.table_load().await.ok());
        sleep(LOOK_EVERY).await;
    }
}
