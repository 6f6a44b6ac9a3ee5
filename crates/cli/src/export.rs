//! Tickets out of the receiver and into a file: a page after the other, none held longer than it takes
//! to write it.

mod advice;
mod cells;
mod columns;
mod format;
mod line;
mod partial;
mod said;

pub use advice::{again, anew, failure, unbegun, unwritten};
pub use format::Format;
use partial::PartialError;
pub use partial::{Going, Partial};
