//! What a server says of itself and of what it holds, for whoever looks after it. Only reads, and judges
//! nothing: what is too much, too old or missing is the caller's to say.
//!
//! Each question stands alone: a login that may not see one thing is told the rest.

mod arrivals;
mod rights;
mod server;

pub use arrivals::{Copies, Gaps, OpenLeft, Rejected};
pub use rights::{NEEDED_RIGHTS, NeededRight};
pub use server::{DetachedParts, Parts, ServerSettings};
