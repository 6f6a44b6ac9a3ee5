//! Whether the process is in maintenance: every line tells it.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static MAINTENANCE: AtomicBool = AtomicBool::new(false);

/// Says in every line from now on whether the process is in maintenance.
pub fn set_maintenance(on: bool) {
    MAINTENANCE.store(on, Relaxed);
}

/// Whether it is.
pub fn is_maintenance() -> bool {
    MAINTENANCE.load(Relaxed)
}
