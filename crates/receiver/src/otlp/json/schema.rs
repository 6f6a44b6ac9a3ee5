//! The messages of an `ExportLogsServiceRequest`, as far as the reader reads them.

/// One field of a message: its JSON name, its number, what it holds.
pub(super) type Field = (&'static str, u32, Kind);

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Bool,
    Int64,
    Double,
    Fixed64,
    Hex,
    Base64,
    Message(&'static [Field]),
    Repeated(&'static [Field]),
    /// One `LogRecord` after the other.
    Records,
    /// An `AnyValue`: the one message that holds itself.
    Any,
    /// Several of them.
    AnyList,
}

// Numbers from opentelemetry/proto/{collector/logs,logs,resource,common}/v1/*.proto.
pub(super) static REQUEST: &[Field] = &[("resourceLogs", 1, Kind::Repeated(RESOURCE_LOGS))];
static RESOURCE_LOGS: &[Field] =
    &[("resource", 1, Kind::Message(RESOURCE)), ("scopeLogs", 2, Kind::Repeated(SCOPE_LOGS))];
static RESOURCE: &[Field] = &[("attributes", 1, Kind::Repeated(KEY_VALUE))];
static SCOPE_LOGS: &[Field] = &[("logRecords", 2, Kind::Records)];
pub(super) static LOG_RECORD: &[Field] = &[
    ("timeUnixNano", 1, Kind::Fixed64),
    ("observedTimeUnixNano", 11, Kind::Fixed64),
    ("eventName", 12, Kind::Text),
    ("body", 5, Kind::Any),
    ("attributes", 6, Kind::Repeated(KEY_VALUE)),
    ("traceId", 9, Kind::Hex),
    ("spanId", 10, Kind::Hex),
];
static KEY_VALUE: &[Field] = &[("key", 1, Kind::Text), ("value", 2, Kind::Any)];
/// The number of `doubleValue` in an `AnyValue`.
pub(super) const ANY_DOUBLE: u32 = 4;
pub(super) static ANY: &[Field] = &[
    ("stringValue", 1, Kind::Text),
    ("boolValue", 2, Kind::Bool),
    ("intValue", 3, Kind::Int64),
    ("doubleValue", ANY_DOUBLE, Kind::Double),
    ("arrayValue", 5, Kind::Message(ARRAY)),
    ("kvlistValue", 6, Kind::Message(KEY_VALUE_LIST)),
    ("bytesValue", 7, Kind::Base64),
];
static ARRAY: &[Field] = &[("values", 1, Kind::AnyList)];
static KEY_VALUE_LIST: &[Field] = &[("values", 1, Kind::Repeated(KEY_VALUE))];
