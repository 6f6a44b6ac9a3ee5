//! What tickets look like in a terminal. Pure: messages of the query API in, text out.

mod iteration;
mod moment;
mod nest;
mod overview;
mod page;
mod quantity;
mod text;
mod timeline;

#[cfg(test)]
mod page_tests;

pub use overview::overview;
pub use page::page;
pub use quantity::{count, duration_ms, millis, time, timestamp};
pub use text::View;
