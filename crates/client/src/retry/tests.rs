use tonic_types::ErrorDetails;

use super::*;

#[test]
fn grpc_answers_follow_otlps_table() {
    let retryable = [1, 4, 10, 11, 14, 15];
    for code in 1..=16 {
        let status = Status::new(Code::from_i32(code), "said");
        let answer = Answer::from_grpc(&status);
        let later = matches!(answer, Answer::Later { after: None, .. });
        assert_eq!(later, retryable.contains(&code), "{:?}", status.code());
        assert!(later || matches!(answer, Answer::Refused { .. }), "{:?}", status.code());
    }
}

#[test]
fn resource_exhausted_is_later_only_with_retry_info() {
    let delay = Duration::from_secs(7);
    let details = ErrorDetails::with_retry_info(Some(delay));
    for code in [Code::ResourceExhausted, Code::Unavailable] {
        let status = Status::with_error_details(code, "busy", details.clone());
        let why = format!("{code:?}: busy");
        assert_eq!(Answer::from_grpc(&status), Answer::Later { after: Some(delay), why });
    }
    let quota = Status::resource_exhausted("quota");
    assert!(matches!(Answer::from_grpc(&quota), Answer::Refused { .. }));
}

#[test]
fn a_message_over_a_servers_limit_is_told_from_the_rest() {
    let too_large = [
        // tonic, grpc-go, our receiver (`tests/tests/limits.rs` meets the real one), and another.
        Status::out_of_range(
            "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes",
        ),
        Status::resource_exhausted("grpc: received message larger than max (5 vs. 4)"),
        Status::resource_exhausted("the request is larger than 4194304 bytes (decompressed)"),
        Status::invalid_argument("the request is larger than 4194304 bytes; send smaller batches"),
    ];
    for status in too_large {
        assert!(matches!(Answer::from_grpc(&status), Answer::TooLarge { .. }), "{status:?}");
    }
    let other = Status::invalid_argument("not a protobuf message");
    assert!(matches!(Answer::from_grpc(&other), Answer::Refused { .. }));
    let other = Status::unavailable("the backlog is larger than it should be");
    assert!(matches!(Answer::from_grpc(&other), Answer::Later { .. }));
}

#[test]
fn a_failure_on_this_side_is_tried_again() {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let status = Status::from_error(Box::new(broken));
    assert_eq!(status.code(), Code::Unknown);
    assert!(matches!(Answer::from_grpc(&status), Answer::Later { after: None, .. }));
}

#[test]
fn http_answers_follow_otlps_table() {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, "3".parse().unwrap());
    let after = Some(Duration::from_secs(3));
    for code in 400..600 {
        let status = StatusCode::from_u16(code).unwrap();
        let answer = Answer::from_http(status, &headers, "said");
        let expected = match code {
            429 | 502 | 503 | 504 => matches!(answer, Answer::Later { after: a, .. } if a == after),
            413 => matches!(answer, Answer::TooLarge { .. }),
            _ => matches!(answer, Answer::Refused { .. }),
        };
        assert!(expected, "{code}: {answer:?}");
    }
    headers.insert(RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT".parse().unwrap());
    let answer = Answer::from_http(StatusCode::SERVICE_UNAVAILABLE, &headers, "");
    assert!(matches!(answer, Answer::Later { after: None, .. }), "{answer:?}");
}

#[test]
fn waits_double_to_a_limit_and_never_undercut_what_was_asked() {
    let mut backoff = Backoff::new();
    let waits: Vec<_> = (0..12).map(|_| backoff.wait(None)).collect();
    for (n, wait) in waits.iter().enumerate() {
        let base = Duration::from_millis(500 << n.min(6)).min(Backoff::LONGEST);
        assert!(*wait >= base / 2 && *wait <= base * 3 / 2, "{n}: {wait:?}");
    }
    let asked = Duration::from_secs(90);
    assert!(backoff.wait(Some(asked)) >= asked);
}

#[test]
fn a_receiver_that_asks_for_ages_does_not_end_the_thread() {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, u64::MAX.into());
    let answer = Answer::from_http(StatusCode::SERVICE_UNAVAILABLE, &headers, "");
    let Answer::Later { after, .. } = answer else { panic!("{answer:?}") };
    assert!(Backoff::new().wait(after) >= Duration::from_secs(u64::MAX));
}

#[test]
fn what_went_wrong_names_its_request() {
    let mut status = Status::internal("broken");
    status.metadata_mut().insert("x-request-id", "01a2-7.x".parse().unwrap());
    let Answer::Refused { why } = Answer::from_grpc(&status) else { panic!("final") };
    assert_eq!(why, "Internal: broken (request 01a2-7.x)");
    let named = |id: &str| {
        let headers =
            HeaderMap::from_iter([("x-request-id".parse().unwrap(), id.parse().unwrap())]);
        match Answer::from_http(StatusCode::BAD_REQUEST, &headers, "odd") {
            Answer::Refused { why } => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(named("abc"), "HTTP 400 Bad Request: odd (request abc)");
    for none in ["", "two words", "a@b.example", &"a".repeat(65)] {
        assert_eq!(named(none), "HTTP 400 Bad Request: odd");
    }
}
