//! OTLP spans of one agent run → one ticket. No I/O, no async.
//!
//! Frameworks and instrumentations tell what an agent did as spans, each in words of its own. This
//! crate reads them from OTLP's wire ([`Spans`]), finds what belongs to one execution ([`Group`]), and
//! makes one [`ticketlens_ticket::Ticket`] of it ([`Run::ticket`]): a timeline of nodes, iterations,
//! model calls, tools, searches and messages, with tokens counted once. What the workflow says itself
//! wins over what was seen ([`told`]).
//!
//! Understood are OpenTelemetry's semantic conventions for generative AI (names of all versions),
//! OpenInference, OpenLLMetry (Traceloop), the AI SDK (Vercel, 6 and 7), Pydantic AI, Strands and
//! Google ADK. A span of anything else becomes a step of kind `other`, except where it only encloses an
//! agent's run (a web request), or lies within a model call (how the call travels).
//!
//! Nothing here can fail on what a span holds, and what it takes is bounded by what was sent
//! ([`limits`]). A ticket made here is raw: it goes through the gate like any other.

mod error;
pub mod limits;

mod content;
mod python;
mod span;

mod seen;

mod exception;
mod messages;

mod dialect;
mod read;

mod tree;

mod calls;
mod duplicates;
mod graphs;
mod iterations;
mod outcome;

mod step;
mod turns;

mod timeline;

mod talk;

mod found;

mod run;
mod runs;
mod spans;
mod told;

pub use error::SpansError;
pub use run::Run;
pub use runs::Group;
pub use spans::Spans;
pub use told::told;
