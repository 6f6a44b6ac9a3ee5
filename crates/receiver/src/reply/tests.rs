use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;

use super::{
    accepted::MESSAGE_BYTES,
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
        TooLarge(super::TooLarge::Request { limit: 64 << 20 }),
        TooLarge(super::TooLarge::Share { limit: 64 << 20 }),
        TooLarge(super::TooLarge::Grown { part: "a trace", times: 32 }),
        TooLarge(super::TooLarge::Packed { limit: 16 << 20 }),
        TooLarge(super::TooLarge::Slow { part: "a trace", seconds: 20 }),
        Malformed { expected: "an ExportLogsServiceRequest in protobuf" },
        BrokenJson { line: 3, byte: 7, expected: "a comma or ]" },
        UnknownEncoding,
        UnknownMediaType,
        TooSlow,
        BrokenOff,
        Overloaded,
        OverLimit { limit: Limit::RecordsPerDay, after: Duration::from_secs(60) },
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
        let json = status_json(&status);
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["details"][0]["retryDelay"], format!("{seconds}s"));
    }
}

#[test]
fn an_http_error_is_a_google_rpc_status() {
    for refusal in all() {
        let said = Status::from(&refusal);
        let bytes = status_protobuf(&said);
        let status = tonic_types::pb::Status::decode(bytes.as_slice()).expect("a Status");
        assert_eq!(status.code, refusal.code() as i32);
        assert_eq!(status.message, refusal.to_string());
        let is_bad = matches!(refusal, Refusal::Malformed { .. } | Refusal::BrokenJson { .. });
        let details = usize::from(refusal.is_retryable() || is_bad);
        assert_eq!(status.details.len(), details, "{refusal:?}");
        let json: serde_json::Value = serde_json::from_slice(&status_json(&said)).expect("JSON");
        assert_eq!(json["message"], refusal.to_string());
        assert_eq!(json["details"].as_array().map_or(0, Vec::len), details, "{refusal:?}");
    }
}

/// OTLP specification, "Bad Data".
#[test]
fn bad_data_is_described_in_every_encoding() {
    let refusal = Refusal::Malformed { expected: "an ExportLogsServiceRequest in JSON" };
    let said = Status::from(&refusal);
    let bad = said.get_details_bad_request().expect("a BadRequest");
    let described = "this is not an ExportLogsServiceRequest in JSON";
    assert_eq!(bad.field_violations[0].description, described);
    let json: serde_json::Value = serde_json::from_slice(&status_json(&said)).expect("JSON");
    assert_eq!(json["details"][0]["@type"], "type.googleapis.com/google.rpc.BadRequest");
    assert_eq!(json["details"][0]["fieldViolations"][0]["description"], described);
}

/// OTLP specification, "OTLP/gRPC Request" and "OTLP/HTTP Request".
#[test]
fn what_is_too_large_is_resource_exhausted_for_good() {
    let refusal = Refusal::TooLarge(TooLarge::Request { limit: 64 << 20 });
    assert_eq!(refusal.code(), Code::ResourceExhausted);
    assert!(Status::from(&refusal).get_details_retry_info().is_none());
    assert_eq!(refusal.http_status(), StatusCode::PAYLOAD_TOO_LARGE);
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
    let encoded = accepted_protobuf(&partial);
    let decoded = ExportLogsServiceResponse::decode(encoded.as_slice()).expect("theirs");
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
