//! JSON as senders write it: read token by token, borrowed, without a tree and without recursion.
//!
//! What is JSON is read as RFC 8259 has it. What is nearly JSON is read too, because nobody's trace
//! should be lost over it: Python's `NaN`, `Infinity` and `-Infinity`, numbers beyond a double
//! (`1e999`), halves of a cut emoji (`"\ud83d"`), control characters and bytes that are no UTF-8
//! within a text, a byte order mark, and any depth. Whoever reads decides what becomes of each. What
//! is neither ends with its place and what was expected there, and never with what stood there.

pub(crate) mod transcript;

mod number;
mod reader;
mod text;

pub use number::Number;
pub use reader::{Broken, Reader, Token};
pub use text::Text;
