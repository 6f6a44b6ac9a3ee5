//! Through the real OpenTelemetry Collector: each file of `collector-config/`, as it is shipped,
//! between the real client and the real receiver.
#![expect(clippy::expect_used)]

mod answers;
mod configs;
mod faults;
mod records;
mod rig;
mod sizes;
