//! What a record may hold. The client keeps to these, the receiver enforces them.

/// Bytes of `ticket.id`; longer is rejected.
pub const TICKET_ID_BYTES: usize = 256;
/// Bytes of a short text (category, model, error type, workflow, version, environment,
/// instance); the rest is cut off.
pub const LABEL_BYTES: usize = 256;
/// Attributes of a record that are read; the rest is dropped and counted, and the record is degraded
/// to METRICS_ONLY, as its capture level may be among them. Empty ones take two bytes to send and
/// sixteen times that to hold.
pub const RECORD_ATTRIBUTES_READ: usize = 16_384;
/// The same of a resource.
pub const RESOURCE_ATTRIBUTES_READ: usize = 512;
/// Bytes of a resource's attributes and metrics outside the contract, keys and values and a little
/// for each; what no longer fits is dropped and counted. They are stored with each of its records:
/// without an end to them a request would become the square of its size.
pub const RESOURCE_BYTES: usize = 4096;
/// Bytes of one such attribute's value; the rest is cut off.
pub const RESOURCE_VALUE_BYTES: usize = 1024;
/// Attributes outside the contract that are kept; the rest is dropped and counted.
pub const ATTRIBUTES: usize = 256;
/// Bytes of an attribute's key; an attribute with a longer one is dropped and counted.
pub const ATTRIBUTE_KEY_BYTES: usize = 256;
/// Bytes of an attribute's value; the rest is cut off.
pub const ATTRIBUTE_VALUE_BYTES: usize = 4096;
/// `ticket.metrics.*` that are kept.
pub const METRICS: usize = 128;
/// Detectors counted in one record; more than there are.
pub const DETECTORS: usize = 128;
/// Bytes of a feedback's id; longer is rejected.
pub const FEEDBACK_ID_BYTES: usize = 256;
/// Bytes of a feedback's comment; the rest is cut off.
pub const COMMENT_BYTES: usize = 16 * 1024;
/// Levels of nested maps and lists in a body. Protobuf readers refuse a *whole request* that is
/// nested deeper than 100 messages, and one level of a body takes up to three of them
/// (`AnyValue` → `KeyValueList` → `KeyValue`): what is deeper than this is replaced by a mark.
pub const DEPTH: usize = 24;
/// Levels of nested maps and lists in a body that are read, whatever it came as: what is deeper is
/// replaced by the same mark. Other senders may nest deeper than our client does.
pub const BODY_DEPTH: usize = 64;
/// The mark for what is nested deeper than that.
pub(crate) const TOO_DEEP: &str = "[too deep]";
/// Bytes of a body as it travels; a larger one is degraded to METRICS_ONLY.
pub const BODY_BYTES: usize = 16 * 1024 * 1024;
/// Steps kept on a timeline; the trace itself keeps all, and how many there are beyond is told.
pub const STEPS: usize = 16_384;
/// Bytes of one encoded record the client sends: gRPC's usual message limit of 4 MiB, with room
/// for the envelope. A larger record is degraded.
pub const RECORD_BYTES: usize = 3 * 1024 * 1024;

/// Cuts `text` to at most `bytes`, at a character's boundary.
pub fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    &text[..text.floor_char_boundary(bytes)]
}
