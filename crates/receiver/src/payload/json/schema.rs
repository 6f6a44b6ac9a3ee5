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
    /// An id of so many hex digits.
    Hex(usize),
    Base64,
    Message(&'static [Field]),
    Repeated(&'static [Field]),
    /// The groups and the scopes that records stand in, and the records.
    Groups,
    Scopes,
    Records,
    /// A resource: what is wrong in it costs no record.
    Resource,
    /// An `AnyValue`: the one message that holds itself.
    Any,
    /// Several of them.
    AnyList,
    /// Known and not read.
    Unread,
}

// Numbers from opentelemetry/proto/{collector/logs,logs,resource,common}/v1/*.proto.
pub(super) static REQUEST: &[Field] = &[("resourceLogs", 1, Kind::Groups)];
pub(super) static RESOURCE_LOGS: &[Field] = &[
    ("resource", 1, Kind::Resource),
    ("scopeLogs", 2, Kind::Scopes),
    ("schemaUrl", 3, Kind::Unread),
];
pub(super) static RESOURCE: &[Field] = &[
    ("attributes", 1, Kind::Repeated(KEY_VALUE)),
    ("droppedAttributesCount", 2, Kind::Unread),
    ("entityRefs", 3, Kind::Unread),
];
pub(super) static SCOPE_LOGS: &[Field] =
    &[("scope", 1, Kind::Unread), ("logRecords", 2, Kind::Records), ("schemaUrl", 3, Kind::Unread)];
pub(super) static LOG_RECORD: &[Field] = &[
    ("timeUnixNano", 1, Kind::Fixed64),
    ("observedTimeUnixNano", 11, Kind::Fixed64),
    ("severityNumber", 2, Kind::Unread),
    ("severityText", 3, Kind::Unread),
    ("eventName", 12, Kind::Text),
    ("body", 5, Kind::Any),
    ("attributes", 6, Kind::Repeated(KEY_VALUE)),
    ("droppedAttributesCount", 7, Kind::Unread),
    ("flags", 8, Kind::Unread),
    ("traceId", 9, Kind::Hex(32)),
    ("spanId", 10, Kind::Hex(16)),
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

/// Names of what is no request for logs, or only a part of one, where a request should stand; and
/// what to say to each.
pub(super) static MISPLACED: &[(&str, &str)] = &[
    ("resourceSpans", "resourceSpans are traces, and only logs are taken here (resourceLogs)"),
    ("resourceMetrics", "resourceMetrics are metrics, and only logs are taken here (resourceLogs)"),
    (
        "resourceProfiles",
        "resourceProfiles are profiles, and only logs are taken here (resourceLogs)",
    ),
    (
        "instrumentationLibraryLogs",
        "instrumentationLibraryLogs are called scopeLogs since OTLP 0.19",
    ),
    ("resourceLogs", "resourceLogs stands at the top of a request"),
    ("scopeLogs", "scopeLogs stands in resourceLogs[]"),
    ("logRecords", "logRecords stands in resourceLogs[].scopeLogs[]"),
    ("eventName", BARE),
    ("timeUnixNano", BARE),
    ("observedTimeUnixNano", BARE),
    ("body", BARE),
    ("attributes", BARE),
];
const BARE: &str = "a record stands in resourceLogs[].scopeLogs[].logRecords[]";
