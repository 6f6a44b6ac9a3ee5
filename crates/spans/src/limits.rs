//! What the spans of one execution may take. What is left out is counted, and told on the ticket.

/// Bytes of memory that the spans of one [`crate::Spans`] may take, about: each span, attribute and
/// value is counted with what holding and reading it takes. A span that no longer fits is left out whole.
pub const SPANS_BYTES: usize = 64 * 1024 * 1024;
/// Levels of nested lists and maps in an attribute's value; what is deeper is left out.
pub const DEPTH: usize = 24;
/// Attributes of an unknown span that its step keeps.
pub(crate) const OTHER_ATTRIBUTES: usize = 32;
/// Bytes of a name (a tool's, an agent's, a scope's); the rest is cut off. Names of agents and scopes
/// are told at many steps.
pub(crate) const NAME_BYTES: usize = 256;
/// Bytes of a text that is looked into for structure (JSON, a Python object's repr); a longer one is
/// kept as the text it is.
pub(crate) const STRUCTURE_BYTES: usize = 1024 * 1024;
