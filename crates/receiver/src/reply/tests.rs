use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use prost::Message;

use super::{
    accepted::{ExportResponse, MESSAGE_BYTES},
    web::{Format, http_refused, status_json, status_protobuf},
    *,
};

/// Every refusal once.
fn all() -> Vec<Refusal> {
    use Refusal::*;
    vec![
        NoKey,
        MalformedKey,
        WrongKey,
        RevokedKey,
        ExpiredKey,
        TenantRemoved,
        WrongScope { needed: "ingest", has: "read" },
        TooLarge { limit: 64 << 20 },
        Malformed { expected: "an ExportLogsServiceRequest in protobuf" },
        UnknownEncoding,
        UnknownMediaType,
        TooSlow,
        BrokenOff,
        Overloaded,
        KeysUnavailable,
        StoreUnavailable,
        StoreRefused,
        ShuttingDown,
        Internal,
    ]
}

/// OTLP's two tables of retryable answers.
fn a_sender_comes_again(refusal: &Refusal) -> (bool, bool) {
    let grpc = match refusal.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::ResourceExhausted => refusal.retry_after().is_some(),
        _ => false,
    };
    (grpc, matches!(refusal.http_status().as_u16(), 429 | 502 | 503 | 504))
}

#[test]
fn both_protocols_agree_on_what_is_sent_again() {
    for refusal in all() {
        let expected = (refusal.is_retryable(), refusal.is_retryable());
        assert_eq!(a_sender_comes_again(&refusal), expected, "{refusal:?}");
    }
}

#[test]
fn nothing_is_answered_with_out_of_range() {
    assert!(all().iter().all(|refusal| refusal.code() != Code::OutOfRange));
}

#[test]
fn what_can_be_sent_again_says_when_in_every_encoding() {
    for refusal in all().iter().filter(|refusal| refusal.is_retryable()) {
        let delay = refusal.retry_after();
        let status = Status::from(refusal);
        let info = status.get_details_retry_info().expect("RetryInfo");
        assert_eq!(info.retry_delay, delay);

        let seconds = delay.expect("a delay").as_secs();
        let response = http_refused(refusal, Format::Protobuf);
        assert_eq!(response.headers()[RETRY_AFTER], seconds.to_string());
        let json = status_json(refusal.code(), "m", delay);
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["details"][0]["retryDelay"], format!("{seconds}s"));
    }
}

#[test]
fn an_http_error_is_a_google_rpc_status() {
    for (retry, details) in [(None, 0), (Some(Duration::from_secs(5)), 1)] {
        let bytes = status_protobuf(Code::Unavailable, "away", retry);
        let status = tonic_types::pb::Status::decode(bytes.as_slice()).expect("a Status");
        assert_eq!((status.code, status.message.as_str()), (14, "away"));
        assert_eq!(status.details.len(), details);
    }
}

#[test]
fn a_plain_success_is_empty_in_both_encodings() {
    let plain = Accepted::default();
    assert!(accepted_protobuf(&plain).is_empty());
    assert_eq!(accepted_json(&plain), b"{}");
}

#[test]
fn a_partial_success_counts_and_explains() {
    let partial = Accepted::new(3, "2 missing_status; 1 malformed");
    let decoded = ExportResponse::decode(accepted_protobuf(&partial).as_slice()).expect("ours");
    let inner = decoded.partial_success.expect("a partial success");
    assert_eq!(inner.rejected_log_records, 3);
    assert_eq!(inner.error_message, partial.message);
    let json = String::from_utf8(accepted_json(&partial)).expect("UTF-8");
    assert_eq!(
        json,
        r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"2 missing_status; 1 malformed"}}"#
    );
}

#[test]
fn a_long_message_is_cut_at_a_character() {
    let accepted = Accepted::new(1, &"ä".repeat(2000));
    assert_eq!(accepted.message.len(), MESSAGE_BYTES);
}

#[test]
fn a_wrong_key_over_http_names_the_scheme() {
    let response = http_refused(&Refusal::WrongKey, Format::Json);
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers().contains_key(WWW_AUTHENTICATE));
}
