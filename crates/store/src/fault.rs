//! What went wrong between us and ClickHouse, and whether trying again can help.
//!
//! ClickHouse quotes SQL and data in its messages. Nothing of them goes further than this file:
//! a [`Fault`] keeps the code and its name.

use std::io;

use clickhouse::error::Error as ClientError;

/// What went wrong between us and ClickHouse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No connection could be made.
    #[error("clickhouse cannot be reached ({0})")]
    Unreachable(io::ErrorKind),
    /// TLS could not be agreed on, most often for a certificate this system does not trust.
    #[error(
        "no TLS with clickhouse; is its certificate one that this system trusts, and for that host?"
    )]
    Handshake,
    /// The URL asks for TLS and the system's trusted certificates can't be read.
    #[error(
        "clickhouse cannot be reached by TLS: this system's trusted certificates cannot be read"
    )]
    NoTls,
    /// The connection broke; what was sent may have arrived.
    #[error("the connection to clickhouse broke")]
    Interrupted,
    /// No answer in time; what was sent may have arrived.
    #[error("clickhouse did not answer in time")]
    TimedOut,
    /// A proxy or load balancer answered in ClickHouse's place.
    #[error("something between here and clickhouse answered in its place{}", status(.0))]
    Gateway(Option<u16>),
    /// ClickHouse refused.
    #[error("clickhouse refused with code {code} ({name})")]
    Refused {
        /// ClickHouse's error code.
        code: u32,
        /// Its name, e.g. `UNKNOWN_TABLE`.
        name: String,
    },
    /// The answer is not what this version expects.
    #[error("the answer of clickhouse cannot be read")]
    Unreadable,
}

fn status(code: &Option<u16>) -> String {
    code.map(|code| format!(" (HTTP {code})")).unwrap_or_default()
}

/// ClickHouse's codes that pass: the server is busy, restarting, full, failing over, or a table is
/// being swapped. Every other code stays until a person changes something.
/// Source: `src/Common/ErrorCodes.cpp`.
pub const TRANSIENT: &[(u32, &str)] = &[
    (32, "ATTEMPT_TO_READ_AFTER_EOF"), // our body broke off
    (60, "UNKNOWN_TABLE"),             // being swapped, or not migrated yet
    (81, "UNKNOWN_DATABASE"),          // the same
    (159, "TIMEOUT_EXCEEDED"),
    (160, "TOO_SLOW"),
    (173, "CANNOT_ALLOCATE_MEMORY"),
    (198, "DNS_ERROR"),
    (201, "QUOTA_EXCEEDED"), // quotas are per interval
    (202, "TOO_MANY_SIMULTANEOUS_QUERIES"),
    (203, "NO_FREE_CONNECTION"),
    (209, "SOCKET_TIMEOUT"),
    (210, "NETWORK_ERROR"),
    (225, "NO_ZOOKEEPER"),
    (236, "ABORTED"), // shutting down
    (241, "MEMORY_LIMIT_EXCEEDED"),
    (242, "TABLE_IS_READ_ONLY"),
    (243, "NOT_ENOUGH_SPACE"),
    (244, "UNEXPECTED_ZOOKEEPER_ERROR"),
    (252, "TOO_MANY_PARTS"), // merges catch up
    (279, "ALL_CONNECTION_TRIES_FAILED"),
    (285, "TOO_FEW_LIVE_REPLICAS"),
    (286, "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE"),
    (289, "REPLICA_IS_NOT_IN_QUORUM"),
    (319, "UNKNOWN_STATUS_OF_INSERT"),
    (364, "RECEIVED_ERROR_TOO_MANY_REQUESTS"),
    (394, "QUERY_WAS_CANCELLED"),
    (425, "SYSTEM_ERROR"),
    (439, "CANNOT_SCHEDULE_TASK"),
    (473, "DEADLOCK_AVOIDED"),
    (499, "S3_ERROR"),
    (517, "CANNOT_ASSIGN_ALTER"),
    (529, "NOT_A_LEADER"),
    (722, "ASYNC_LOAD_WAIT_FAILED"), // starting up
    (745, "SERVER_OVERLOADED"),
    (999, "KEEPER_EXCEPTION"),
];

/// ClickHouse's codes that say the bytes themselves are bad: sending them again, to whomever,
/// gives the same answer.
pub const BAD_DATA: &[(u32, &str)] = &[
    (6, "CANNOT_PARSE_TEXT"),
    (27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED"),
    (33, "CANNOT_READ_ALL_DATA"),
    (53, "TYPE_MISMATCH"),
    (69, "ARGUMENT_OUT_OF_BOUND"),
    (117, "INCORRECT_DATA"),
    (128, "TOO_LARGE_ARRAY_SIZE"),
    (131, "TOO_LARGE_STRING_SIZE"),
    (349, "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN"),
    (691, "UNKNOWN_ELEMENT_OF_ENUM"),
];

/// Codes of mistakes in a set-up that are common enough to be counted by name. They stay until a person
/// changes something, as every code does that is in none of these lists.
pub const LASTING: &[(u32, &str)] = &[
    (16, "NO_SUCH_COLUMN_IN_TABLE"),
    (40, "CHECKSUM_DOESNT_MATCH"),
    (47, "UNKNOWN_IDENTIFIER"),
    (49, "LOGICAL_ERROR"),
    (62, "SYNTAX_ERROR"),
    (75, "CANNOT_WRITE_TO_FILE_DESCRIPTOR"),
    (76, "CANNOT_OPEN_FILE"),
    (115, "UNKNOWN_SETTING"),
    (158, "TOO_MANY_ROWS"),
    (164, "READONLY"),
    (246, "CORRUPTED_DATA"),
    (307, "TOO_MANY_BYTES"),
    (452, "SETTING_CONSTRAINT_VIOLATION"),
    (497, "ACCESS_DENIED"),
    (516, "AUTHENTICATION_FAILED"),
    (1001, "STD_EXCEPTION"),
];

fn holds(table: &[(u32, &str)], code: u32) -> bool {
    table.iter().any(|(known, _)| *known == code)
}

/// ClickHouse's code for a right that our user does not have: `ACCESS_DENIED`.
const DENIED: u32 = 497;
/// `NOT_ENOUGH_SPACE`.
const NO_SPACE: u32 = 243;

impl Fault {
    /// Whether our user may not do this.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Refused { code: DENIED, .. })
    }

    /// Whether the same request may succeed in a while. An insert is tried again with the same
    /// token, so that what did arrive is not stored twice.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Interrupted | Self::TimedOut | Self::Gateway(_) => true,
            Self::Refused { code, .. } => holds(TRANSIENT, *code),
            Self::Handshake | Self::NoTls | Self::Unreadable => false,
        }
    }

    /// Whether its disk is full: reading works, and writing does once there is room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Refused { code: NO_SPACE, .. })
    }

    /// Whether the rows are to blame. Anything else that is final (a wrong password, a missing
    /// grant) is the operator's to mend: the sender should keep its data and come back.
    pub fn blames_the_data(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if holds(BAD_DATA, *code))
    }

    /// Whether a database or table is missing: the migrations have not run.
    pub(crate) fn is_not_migrated(&self) -> bool {
        matches!(self, Self::Refused { code: 60 | 81, .. })
    }
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        match &error {
            ClientError::Network(source) => of_network(source.as_ref()),
            ClientError::TimedOut => Self::TimedOut,
            // The plain connector was asked for https.
            ClientError::Unsupported(_) => Self::NoTls,
            ClientError::BadResponse(text) => of_answer(text),
            // An answer that breaks off in the middle.
            ClientError::NotEnoughData | ClientError::Decompression(_) => Self::Interrupted,
            _ => Self::Unreadable,
        }
    }
}

fn of_network(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Fault {
    let connecting = error
        .downcast_ref::<hyper_util::client::legacy::Error>()
        .is_some_and(hyper_util::client::legacy::Error::is_connect);
    if !connecting {
        return Fault::Interrupted;
    }
    // The deepest one says it: those around it are `Other`.
    let mut kind = io::ErrorKind::Other;
    let mut source = error.source();
    while let Some(cause) = source {
        source = cause.source();
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            kind = io.kind();
            // An I/O error's source is what its content says, not its content.
            source = io.get_ref().map(|inner| inner as &dyn std::error::Error).or(source);
        }
    }
    match kind {
        io::ErrorKind::InvalidData => Fault::Handshake,
        kind => Fault::Unreachable(kind),
    }
}

/// Reads code and name out of ClickHouse's message,
/// `Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version 26.7.2.1 (official build))`.
pub(crate) fn of_answer(text: &str) -> Fault {
    // Mid-stream the message stands behind data: the last one counts, unless it starts the text.
    let message = if text.starts_with("Code: ") {
        Some(text)
    } else {
        text.rfind("Code: ").map(|at| &text[at..])
    };
    if let Some(code) = message.and_then(|m| leading_number(&m["Code: ".len()..])) {
        return Fault::Refused { code, name: name_of(text) };
    }
    // Without a body the client's text is the status line.
    Fault::Gateway(leading_number(text).and_then(|n| u16::try_from(n).ok()))
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}

fn name_of(text: &str) -> String {
    let before_version = text.rfind(" (version").map_or(text, |at| &text[..at]);
    let name = before_version
        .rfind('(')
        .and_then(|at| before_version[at + 1..].trim_end().strip_suffix(')'))
        .filter(|name| {
            !name.is_empty()
                && name.len() <= 64
                && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        });
    name.unwrap_or("unnamed").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Fault {
        Fault::from(ClientError::BadResponse(text.to_owned()))
    }

    #[test]
    fn a_refusal_keeps_code_and_name_and_nothing_else() {
        let fault = answer(
            "Code: 60. DB::Exception: Table a.b does not exist: while executing 'secret'. \
             (UNKNOWN_TABLE) (version 26.7.2.1 (official build))",
        );
        assert_eq!(fault.to_string(), "clickhouse refused with code 60 (UNKNOWN_TABLE)");
        assert!(fault.is_retryable() && fault.is_not_migrated());
    }

    #[test]
    fn text_in_brackets_that_is_no_name_is_not_shown() {
        let fault = answer("Code: 33. DB::Exception: Cannot read (jane@example.com)");
        assert_eq!(fault.to_string(), "clickhouse refused with code 33 (unnamed)");
        assert!(fault.blames_the_data() && !fault.is_retryable());
    }

    #[test]
    fn a_message_behind_data_is_found() {
        let fault = answer("some,rows\nCode: 241. DB::Exception: x. (MEMORY_LIMIT_EXCEEDED)");
        assert_eq!(fault, Fault::Refused { code: 241, name: "MEMORY_LIMIT_EXCEEDED".to_owned() });
    }

    #[test]
    fn a_proxys_answer_is_tried_again() {
        assert_eq!(answer("502 Bad Gateway"), Fault::Gateway(Some(502)));
        assert_eq!(answer("<html>busy</html>"), Fault::Gateway(None));
        assert!(Fault::Gateway(None).is_retryable());
    }

    #[test]
    fn a_wrong_password_is_final_and_not_the_datas_fault() {
        let fault = answer("Code: 516. DB::Exception: x. (AUTHENTICATION_FAILED)");
        assert!(!fault.is_retryable() && !fault.blames_the_data());
    }

    #[test]
    fn no_code_is_both_transient_and_the_datas_fault() {
        assert!(TRANSIENT.iter().all(|(code, _)| !holds(BAD_DATA, *code)));
        assert!(TRANSIENT.is_sorted() && BAD_DATA.is_sorted() && LASTING.is_sorted());
    }
}
