//! Prices between files, the program and a receiver: for the commands, and for a `dev`'s first start.

mod file;

mod wire;

pub use file::PricesFile;
pub use wire::{Listed, brought_along, entries, entry, import, message, seconds};
