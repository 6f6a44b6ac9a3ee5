use std::collections::BTreeMap;

use proptest::prelude::*;
use secrecy::SecretString;

use super::*;

fn settings(vars: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    settings.read_vars(&map(vars));
    settings
}

fn map(vars: &[(&str, &str)]) -> BTreeMap<String, String> {
    vars.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn checked(vars: &[(&str, &str)]) -> Config {
    settings(vars).check(true).unwrap()
}

fn problems(vars: &[(&str, &str)]) -> Vec<String> {
    let error = settings(vars).check(true).err().expect("an error");
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn without_any_variable_it_sends_grpc_to_this_machine() {
    let config = checked(&[]);
    let destination = config.destination.unwrap();
    assert_eq!(destination.protocol, Protocol::Grpc);
    assert_eq!(destination.url, "http://localhost:4317");
    assert!(destination.headers.is_empty());
    assert_eq!(destination.compression, None);
    assert_eq!(destination.timeout, Duration::from_secs(10));
    assert_eq!(config.capture, Capture::FullTrace);
    assert!(config.resource.workflow.starts_with("unknown_service"));
    assert!(config.resource.instance.is_some());
}

#[test]
fn endpoints_follow_the_exporter_specification() {
    const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const LOGS: &str = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";
    const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
    const INSECURE: &str = "OTEL_EXPORTER_OTLP_INSECURE";
    let http = (PROTOCOL, "http/protobuf");
    let insecure = (INSECURE, "true");
    type Case<'a> = (&'a [(&'a str, &'a str)], Protocol, &'a str);
    let table: [Case<'_>; 10] = [
        (&[http], Protocol::HttpProtobuf, "http://localhost:4318/v1/logs"),
        (&[(BASE, "http://c:4317")], Protocol::Grpc, "http://c:4317"),
        (&[(BASE, "http://c:4318")], Protocol::HttpProtobuf, "http://c:4318/v1/logs"),
        (&[(BASE, "http://c:4318"), (PROTOCOL, "grpc")], Protocol::Grpc, "http://c:4318"),
        (&[(BASE, "http://c/otlp/"), http], Protocol::HttpProtobuf, "http://c/otlp/v1/logs"),
        (&[(BASE, "http://c/v1/logs"), http], Protocol::HttpProtobuf, "http://c/v1/logs"),
        (&[(LOGS, "http://c/in"), http], Protocol::HttpProtobuf, "http://c/in"),
        (&[(LOGS, "http://a/"), (BASE, "http://b/"), http], Protocol::HttpProtobuf, "http://a/"),
        (&[(BASE, "c:4317"), insecure], Protocol::Grpc, "http://c:4317"),
        (&[(BASE, " http://[::1]:4317 ")], Protocol::Grpc, "http://[::1]:4317"),
    ];
    for (vars, protocol, url) in table {
        let destination = checked(vars).destination.unwrap();
        assert_eq!(destination.protocol, protocol, "{vars:?}");
        assert_eq!(destination.url, url, "{vars:?}");
    }
}

#[test]
fn an_address_of_ours_takes_nothing_that_is_meant_for_another() {
    let others = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://elsewhere:4318"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://elsewhere:4318/v1/logs"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=theirs"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere"),
    ];
    for (ours, protocol, url) in [
        ("https://t:4317", Protocol::Grpc, "https://t:4317"),
        ("http://t:4318", Protocol::HttpProtobuf, "http://t:4318/v1/logs"),
    ] {
        let vars = [&others[..], &[("TICKETLENS_ENDPOINT", ours)]].concat();
        let destination = checked(&vars).destination.unwrap();
        assert_eq!(destination.protocol, protocol);
        assert_eq!(destination.url, url);
        assert!(destination.headers.is_empty(), "{} headers", destination.headers.len());
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_no_value_is() {
    let wrong = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://SHOWN"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "SHOWN"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "SHOWN"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "SHOWN"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "SHOWN"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "SHOWN"),
        ("OTEL_RESOURCE_ATTRIBUTES", "SHOWN"),
        // A line's end is trimmed from a key; one within it is not.
        ("TICKETLENS_KEY", "SHO\nWN"),
        ("TICKETLENS_CAPTURE", "SHOWN"),
        ("TICKETLENS_DROP_MESSAGES", "SHOWN"),
        ("TICKETLENS_SUBJECT", "SHOWN"),
        ("TICKETLENS_HASH_KEY", "SHOWN"),
    ];
    let problems = problems(&wrong);
    assert_eq!(problems.len(), wrong.len(), "{problems:#?}");
    for (name, _) in wrong {
        let told = problems.iter().filter(|problem| problem.starts_with(name)).count();
        assert_eq!(told, 1, "{name} in {problems:#?}");
    }
    assert!(!problems.concat().contains("SHO"), "{problems:#?}");
}

#[test]
fn the_key_wins_over_a_header_of_its_name_and_code_over_both() {
    let vars = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20abc,x-team=a%2Cb"),
        ("TICKETLENS_KEY", "tl_env"),
    ];
    let headers = checked(&vars).destination.unwrap().headers;
    assert_eq!(headers["authorization"], "Bearer tl_env");
    assert_eq!(headers["x-team"], "a,b");
    assert!(headers["authorization"].is_sensitive());

    let mut settings = Settings {
        key: Some(Setting::new("key", SecretString::from("tl_code"))),
        ..Settings::default()
    };
    settings.read_vars(&map(&vars));
    let headers = settings.check(true).unwrap().destination.unwrap().headers;
    assert_eq!(headers["authorization"], "Bearer tl_code");
}

#[test]
fn a_key_over_plain_http_to_another_host_is_warned_of() {
    let warned = |endpoint: &str| {
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("TICKETLENS_KEY", "tl_x"),
            ("TICKETLENS_HASH_KEY", "0123456789abcdef"),
        ];
        checked(&vars).warnings.len()
    };
    assert_eq!(warned("http://collector:4317"), 1);
    for local in ["http://localhost:4317", "http://127.0.0.1:4317", "http://[::1]:4317"] {
        assert_eq!(warned(local), 0, "{local}");
    }
}

#[test]
fn the_resource_is_read_and_claims_of_a_tenant_are_left_out() {
    let attributes = "service.name=a,service.version=2,deployment.environment=old,\
                      service.instance.id=i-1,team=caf%C3%A9,tenant.id=other";
    let vars = [("OTEL_RESOURCE_ATTRIBUTES", attributes), ("OTEL_SERVICE_NAME", "b")];
    let resource = checked(&vars).resource;
    assert_eq!(resource.workflow, "b");
    assert_eq!(resource.version.as_deref(), Some("2"));
    assert_eq!(resource.environment.as_deref(), Some("old"));
    assert_eq!(resource.instance.as_deref(), Some("i-1"));
    assert_eq!(resource.other, [("team".to_owned(), "café".to_owned())]);
}

#[test]
fn it_can_be_turned_off_by_either_variable() {
    let enabled = |vars: &[(&str, &str)]| settings(vars).is_enabled();
    assert!(enabled(&[]).unwrap());
    assert!(!enabled(&[("TICKETLENS_ENABLED", "False")]).unwrap());
    assert!(!enabled(&[("OTEL_SDK_DISABLED", "TRUE")]).unwrap());
    // The specification: any other value is false.
    assert!(enabled(&[("OTEL_SDK_DISABLED", "yes")]).unwrap());
    assert!(enabled(&[("TICKETLENS_ENABLED", "")]).unwrap());
    assert!(enabled(&[("TICKETLENS_ENABLED", "maybe")]).is_err());
}

#[test]
fn certificates_are_read_and_what_is_wrong_with_them_is_said() {
    const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
    let absent = problems(&[(CERTIFICATE, "/nowhere/ca.pem")]);
    assert_eq!(
        absent,
        [
            "OTEL_EXPORTER_OTLP_CERTIFICATE names /nowhere/ca.pem, which can't be read: entity not found"
        ]
    );
    let not_pem = problems(&[(CERTIFICATE, concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))]);
    assert_eq!(not_pem.len(), 1);
    assert!(not_pem[0].contains("PEM certificate"), "{not_pem:?}");
    let half = problems(&[("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/nowhere/key.pem")]);
    assert!(half[0].contains("needs both"), "{half:?}");
}

#[test]
fn secrets_do_not_print() {
    let settings = settings(&[
        ("TICKETLENS_KEY", "tl_SHOWN"),
        ("TICKETLENS_HASH_KEY", "SHOWN-SHOWN-SHOWN-SHOWN"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=SHOWN"),
    ]);
    assert!(!format!("{settings:?}").contains("SHOWN"));
}

proptest! {
    #[test]
    fn no_environment_makes_it_panic(values in prop::collection::vec(".{0,40}", 10)) {
        let names = [
            "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TIMEOUT",
            "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME", "TICKETLENS_KEY",
            "TICKETLENS_CAPTURE", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "TICKETLENS_ENDPOINT",
        ];
        let vars: Vec<_> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        let outcome = settings(&vars).check(true);
        // What is accepted can be sent to.
        prop_assert!(outcome.is_err() || outcome.is_ok_and(|config| config.destination.is_some()));
    }
}

#[test]
fn no_linger_is_no_poll_without_a_pause() {
    let looks = |linger| {
        let config = Settings { linger, ..settings(&[]) }.check(true).unwrap();
        (config.sends_at_once(), config.poll_every())
    };
    assert_eq!(looks(None), (false, LINGER));
    assert_eq!(looks(Some(Duration::ZERO)), (true, LINGER));
    assert_eq!(looks(Some(Duration::from_millis(1))), (true, LINGER));
    assert_eq!(looks(Some(AT_ONCE)), (false, AT_ONCE));
}
