//! From a file of ticket logs to the receiver: bounded lines, one ticket or feedback a line, paced
//! delivery.

mod hints;
mod lines;

mod delivery;

mod input;
mod lens;
mod piped;

mod summary;

pub use delivery::{QUEUE_BYTES, REPORTED, Tally, Unread, Watch, deliver, read};
pub use hints::Hints;
pub use input::open;
pub use lens::lens_to;
pub use lines::Lines;
pub use summary::{Summary, is_about_the_key, says};
