//! From a file of ticket logs to the receiver: bounded lines, one ticket a line, paced delivery.

pub mod lines;

mod parse;

mod delivery;

mod piped;

pub use delivery::{QUEUE_BYTES, Tally, Watch, deliver};
pub use lines::{Line, Lines};
pub use parse::{LineError, parse};
pub use piped::Piped;
