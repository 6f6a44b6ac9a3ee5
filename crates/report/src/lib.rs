//! What a month's tickets were worth, as one HTML file that a provider sends to a client. Pure: the
//! query API's message in, a document out.
//!
//! The document needs nothing: no script, no picture, no font, no style from anywhere, and its
//! Content-Security-Policy allows none. It is right on a telephone, on a screen in light and dark, on
//! paper, and for who can't tell its colours apart or hears it read. Everything that others wrote goes
//! through `text.rs` and is escaped by the templates; what is missing or makes no sense leaves a gap,
//! never a guess. Its length is proportional to the message's.
#![forbid(unsafe_code)]

mod number;
mod text;

mod money;
mod month;

mod change;
mod figures;

mod chart;
mod table;
mod worth;

mod page;

pub use change::FEWEST;
pub use month::Progress;
pub use page::{html, progress};
