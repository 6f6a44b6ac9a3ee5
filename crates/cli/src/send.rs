//! From a file of ticket logs to the receiver: bounded lines, one ticket a line, paced delivery.

mod hints;
mod lines;

mod delivery;

mod input;
mod piped;

mod summary;

pub use delivery::{QUEUE_BYTES, REPORTED, Tally, Unread, Watch, deliver, read};
pub use hints::Hints;
pub use input::open;
pub use lines::Lines;
pub use summary::Summary;
