//! What a server says of itself and of what it holds, for whoever looks after it. Only reads, and judges
//! nothing: what is too much, too old or missing is the caller's to say.
//!
//! Each question stands alone: a login that may not see one thing is told the rest. Every answer is
//! bounded in size.

mod arrivals;
mod rights;
mod schema;
mod server;
mod turned_away;

mod answers;

pub use answers::Checkup;
pub use arrivals::{Copies, Gaps, OpenLeft, Rejected};
pub use rights::MissingRight;
pub use schema::{PendingMigration, SchemaState};
pub use server::{ClockReading, DetachedParts, Parts, ServerSettings};
pub use turned_away::{RefusedKey, Throttled};
