//! Tickets out of the receiver and into a file: a page after the other, none held longer than it takes
//! to write it.

mod cells;
mod format;
mod line;
mod partial;

pub use format::Format;
pub use partial::{Going, Partial, PartialError};
