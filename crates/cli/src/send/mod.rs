//! From a file of ticket logs to tickets: bounded lines, then one ticket a line.

pub mod lines;
pub mod parse;

pub use lines::{Line, Lines};
pub use parse::{LineError, Parsed, parse};
