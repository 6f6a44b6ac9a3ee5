use std::collections::BTreeMap;

use super::*;

fn no_env() -> BTreeMap<String, String> {
    BTreeMap::new()
}

const LEAST: &str = "[clickhouse]\nurl = \"http://127.0.0.1:8123\"\n";

fn problems(file: &str) -> Vec<String> {
    Config::parse(file, &no_env()).unwrap_err().problems
}

#[test]
fn the_least_is_a_url() {
    let config = Config::parse(LEAST, &no_env()).unwrap();
    assert_eq!(config.grpc_listen.port(), 4317);
    assert_eq!(config.http_listen.port(), 4318);
    assert_eq!(config.intake, IntakeConfig::default());
    assert_eq!(config.commit, CommitConfig::default());
    assert!(config.migrate);
}

#[test]
fn everything_can_be_set() {
    let digest = "ab".repeat(32);
    let file = format!(
        r#"
        grpc_listen = "127.0.0.1:1"
        http_listen = "[::1]:2"
        hash_key = "0123456789abcdef0123456789abcdef"
        admin_key_sha256 = ["{digest}", "{digest}"]
        other_events = "ignore"
        migrate = false
        start_timeout_seconds = 3
        shutdown_deadline_seconds = 40
        key_refresh_seconds = 4
        [clickhouse]
        url = "http://db:8123"
        database = "logs"
        user = "writer"
        password = "hunter2"
        compression = "lz4"
        fsync = true
        search_index = false
        connect_timeout_seconds = 6
        query_timeout_seconds = 7
        [tls]
        certificate = "cert.pem"
        key = "key.pem"
        client_ca = "ca.pem"
        [limits]
        max_request_mib = 8
        budget_mib = 9
        tenant_share_mib = 8
        max_connections = 10
        body_timeout_seconds = 11
        [commit]
        window_ms = 12
        inserters = 13
        max_mib = 14
        max_rows = 15
        deadline_seconds = 16
        [gate]
        secret_keys = ["pin"]
        personal_keys = ["pnr"]
        exempt_keys = ["token_count"]
        ip_addresses = true
        [metrics]
        listen = "127.0.0.1:17"
        key_sha256 = "{digest}"
        tenants = 18
        "#
    );
    let config = Config::parse(&file, &no_env()).unwrap();
    assert_eq!(config.http_listen.to_string(), "[::1]:2");
    assert_eq!(config.admin_keys.len(), 2);
    assert_eq!(config.store.user, "writer");
    assert!(!config.store.search_index);
    assert_eq!(config.intake.max_request_bytes, 8 << 20);
    assert!(config.intake.ignore_other_events && !config.migrate && config.gate.hash_key.is_some());
    assert_eq!(config.commit.max_rows, 15);
    assert_eq!(config.commit.deadline, Duration::from_secs(16));
    let tls = config.tls.unwrap();
    assert_eq!(tls.key, PathBuf::from("key.pem"));
    assert_eq!(tls.client_ca, Some(PathBuf::from("ca.pem")));
    assert_eq!(config.gate.personal_keys, ["pnr"]);
    let metrics = config.metrics;
    assert_eq!((metrics.listen.unwrap().port(), metrics.tenants), (17, 18));
    assert_eq!(metrics.keys.len(), 1);
}

#[test]
fn the_environment_wins() {
    let env = BTreeMap::from(
        [
            ("TICKETLENS_CLICKHOUSE_URL", "http://other:8123"),
            ("TICKETLENS_GRPC_LISTEN", "127.0.0.1:9"),
            ("TICKETLENS_HTTP_LISTEN", ""),
            ("TICKETLENS_METRICS_LISTEN", "127.0.0.1:10"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let config = Config::parse(LEAST, &env).unwrap();
    assert!(config.store.url.as_str().contains("other"));
    assert_eq!(config.grpc_listen.port(), 9);
    assert_eq!(config.http_listen.port(), 4318, "empty is unset");
    assert_eq!(config.metrics.listen.unwrap().port(), 10);
    Config::parse("", &env).unwrap();
}

#[test]
fn every_problem_is_told_at_once() {
    let file = r#"
        grpc_listen = "localhost"
        hash_key = "short"
        admin_key_sha256 = "zz"
        other_events = "drop"
        shutdown_deadline_seconds = 5
        [clickhouse]
        database = "Robert'); DROP TABLE"
        [limits]
        max_request_mib = 0
    "#;
    let problems = problems(file);
    let settings: Vec<_> =
        problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    let expected = [
        "clickhouse.url",
        "clickhouse.database",
        "grpc_listen",
        "admin_key_sha256",
        "other_events",
        "hash_key",
        "limits.max_request_mib",
        "shutdown_deadline_seconds",
    ];
    assert_eq!(settings, expected, "{problems:#?}");
}

#[test]
fn an_unknown_name_hides_no_other_problem() {
    let file = "migrate = 1\n[clickhouse]\npasword = \"hunter2\"\n[limits]\nbudget_mib = 0\n[tls]\nkey = \"k\"\n";
    let problems = problems(file);
    let expected = [
        "clickhouse.pasword: no such setting; did you mean password? (line 3)",
        "migrate: must be a boolean (line 1)",
        "tls.certificate: is missing; [tls] needs certificate and key",
        "clickhouse.url: is missing; e.g. \"http://127.0.0.1:8123\"",
        "limits.budget_mib: must be from 8 to 65536",
    ];
    assert_eq!(problems, expected);
}

#[test]
fn digests_are_texts_and_not_of_nothing() {
    let nothing = KeyDigest::of("");
    let file =
        format!("admin_key_sha256 = \"{nothing}\"\n{LEAST}\n[metrics]\nkey_sha256 = 77345112\n");
    let problems = problems(&file);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("metrics.key_sha256: must be a text, or a list of texts"));
    assert_eq!(problems[1], "admin_key_sha256: is the SHA-256 of nothing; hash the key itself");
}

#[test]
fn no_message_and_no_debug_holds_a_secret() {
    for file in [
        "hash_key = 77345112",
        "hash_key = [\"77345112\"]",
        "[clickhouse]\npassword = 77345112",
        "[clickhouse]\npassword = \"77345112",
        "[clickhouse]\nurl = \"http://user:77345112@host\"",
        "admin_key_sha256 = \"77345112\"",
        "hash_key = \"77345112\"",
    ] {
        let error = Config::parse(file, &no_env()).unwrap_err();
        assert!(!error.to_string().contains("77345112"), "{file}: {error}");
        assert!(!format!("{error:?}").contains("77345112"), "{file}");
    }
    let file = format!("hash_key = \"7734511277345112\"\n{LEAST}password = \"77345112\"");
    let config = Config::parse(&file, &no_env()).unwrap();
    assert!(!format!("{config:?}").contains("77345112"));
}

#[test]
fn two_listeners_on_one_port_are_refused() {
    let file = format!("grpc_listen = \"127.0.0.1:1\"\nhttp_listen = \"127.0.0.1:1\"\n{LEAST}");
    assert_eq!(problems(&file), ["http_listen: must differ from grpc_listen"]);
}

#[test]
fn the_metrics_have_a_port_of_their_own_and_no_other() {
    let of = |section: &str| problems(&format!("http_listen = \"127.0.0.1:9\"\n{LEAST}{section}"));
    let taken = ["metrics.listen: must differ from grpc_listen and http_listen"];
    assert_eq!(of("[metrics]\nlisten = \"127.0.0.1:9\""), taken);
    assert_eq!(of("[metrics]\nlisten = \"0.0.0.0:4317\""), taken);
    // On all addresses is on that one, too.
    assert_eq!(of("[metrics]\nlisten = \"0.0.0.0:9\""), taken);
    assert_eq!(of("[metrics]\nlisten = \"127.0.0.1:4317\""), taken);
    assert_eq!(of("[metrics]\ntenants = 101"), ["metrics.tenants: must be from 0 to 100"]);
    let wrong = of("[metrics]\nlisten = \"here\"\nkey_sha256 = \"zz\"");
    let settings: Vec<_> = wrong.iter().map(|one| one.split(':').next().unwrap()).collect();
    assert_eq!(settings, ["metrics.listen", "metrics.key_sha256"], "{wrong:?}");
}
