//! What our programs log: one schema for every line, whoever wrote it and in whichever form it is read.
//!
//! A line is an event of `tracing`. Its `event` is the name in its macro (`info!(name: "…", …)`), which
//! is fixed when the program is built; what it is about comes from the spans it stands in and from its
//! own fields. A field with a name of the schema and a value of its type is the schema's; a span's is
//! never replaced by an event's; all the rest is under `extra`.
//!
//! Lines at `info` and above are thinned where one kind floods ([`Thinning`]).

mod fields;
mod layer;
mod line;
mod maintenance;
mod text;
mod thinning;

pub use layer::{Format, Lines};
pub use line::{Level, Line, WorkerState, schema};
pub use maintenance::{is_maintenance, set_maintenance};
pub use thinning::Thinning;
