//! The tables that detectors look things up in, made with the first gate.
//!
//! Made where they are first needed, they would be made on whatever thread cleans a ticket: a process
//! that forks meanwhile has a child that waits for them for ever.

use crate::{base64, national, places, provider, spoken};

/// Makes them, once per process.
pub(crate) fn make() {
    base64::make_tables();
    national::make_tables();
    places::make_tables();
    provider::make_tables();
    spoken::make_tables();
}
