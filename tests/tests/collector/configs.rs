//! Each file does what its header says.

use std::{fs, time::Duration};

use serde_json::json;
use ticketlens::{Lens, Status, Ticket};
use ticketlens_store::Scope;
use ticketlens_tests::{Collector, Database, Receiver, collector_config, free_port, validate};

use crate::{
    records,
    rig::{GIVEN_UP, Rig, SENT, assert_all_sent, endpoint, send, tickets, wait_until},
};

/// What the files ask of the environment.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("TICKETLENS_ENDPOINT", "https://ticketlens.example.com:4317"),
    ("TICKETLENS_KEY", "tl_acme_key"),
    ("ACME_TICKETLENS_KEY", "tl_acme_key"),
    ("ACME_TOKEN", "secret of acme"),
    ("GLOBEX_TICKETLENS_KEY", "tl_globex_key"),
    ("GLOBEX_TOKEN", "secret of globex"),
    ("BEFORE_ENDPOINT", "logs.example.com:4317"),
];

/// A Collector that shows what it gets.
fn shown_collector() -> String {
    format!("{}/tests/collector/before.yaml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_file_is_valid_and_none_starts_without_a_key() {
    let keys = ["TICKETLENS_KEY", "ACME_TICKETLENS_KEY", "GLOBEX_TICKETLENS_KEY"];
    let keyless: Vec<_> =
        ENVIRONMENT.into_iter().filter(|(name, _)| !keys.contains(name)).collect();
    let files = fs::read_dir(collector_config("")).expect("the folder");
    let files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        validate(&file, &ENVIRONMENT).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        let why = validate(&file, &keyless).expect_err("no key is set");
        assert!(why.contains("no bearer token provided"), "{}: {why}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_sends_tickets_alone_and_masks_what_the_client_names() {
    let rig = Rig::start("agent.yaml", "").await;
    let lens = rig.lens();
    let mut told = Ticket::new("T-told", Status::Success, Duration::from_millis(5));
    told.trace.output = Some(json!({"notes": [{"said": "ask EMP-204416 on db7.corp.example"}]}));
    told.attributes.push(("internal_note".into(), "left hand".into()));
    lens.emit(told);
    assert_all_sent(&send(&lens, tickets(100)), 101);
    let other = [
        records::line("starting up"),
        records::other_event(),
        records::ticket("T-other", r#"{"output": {"response": "done"}}"#),
    ];
    let answer = rig.collector.post("/v1/logs", &records::logs(&other));
    assert!(answer.contains("200 OK"), "{answer}");

    rig.await_stored(102);
    assert_eq!(rig.collector.metric("otelcol_processor_filter_logs_filtered"), 2);
    assert_eq!(rig.counter("ticketlens_records_accepted_total"), 102);
    assert_eq!(rig.counter("ticketlens_records_rejected_total"), 0);
    let told = rig.text(
        "SELECT trace_json, attributes['internal_note'] FROM ticketlens.tickets \
         WHERE ticket_id = 'T-told'",
    );
    assert!(told.contains("ask **** on ****") && told.ends_with("\t****"), "{told}");
    let other =
        rig.text("SELECT workflow, trace_json FROM ticketlens.tickets WHERE ticket_id = 'T-other'");
    assert!(other.starts_with("other-agent\t") && other.contains("done"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_gives_each_tenant_its_own_and_lets_in_who_shows_its_token() {
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let ports = [free_port(), free_port()];
    let listen = ports.map(|port| format!("127.0.0.1:{port}"));
    let mut keys = Vec::new();
    for tenant in ["acme", "globex"] {
        keys.push(database.tenant_key(tenant, Scope::Ingest).await);
    }
    let environment = [
        ("TICKETLENS_ENDPOINT", endpoint(&receiver, false)),
        ("ACME_LISTEN", listen[0].clone()),
        ("ACME_TICKETLENS_KEY", keys[0].clone()),
        ("ACME_TOKEN", "secret-of-acme".to_owned()),
        ("GLOBEX_LISTEN", listen[1].clone()),
        ("GLOBEX_TICKETLENS_KEY", keys[1].clone()),
        ("GLOBEX_TOKEN", "secret-of-globex".to_owned()),
        // Connections end again and again while tickets are under way.
        ("MAX_CONNECTION_AGE", "200ms".to_owned()),
    ];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    let collector = Collector::start("gateway.yaml", &environment, "");
    let rig = Rig { collector, receiver, database };
    let lens = |workflow: &str, tenant: usize, token: &str| {
        let endpoint = format!("http://{}", listen[tenant]);
        Lens::builder().workflow(workflow).endpoint(endpoint).key(token).build().expect("a lens")
    };

    let (triage, refunds) =
        (lens("triage", 0, "secret-of-acme"), lens("refunds", 0, "secret-of-acme"));
    for round in 0..20 {
        for ticket in tickets(10) {
            triage.emit(ticket);
        }
        let flushed = triage.flush(Duration::from_secs(30));
        // A round takes a linger of 100 ms or so: several connections come and go.
        assert!(flushed.complete, "round {round}: {flushed:?}");
    }
    assert_all_sent(&send(&triage, []), 200);
    assert_all_sent(&send(&refunds, tickets(30)), 30);
    assert_all_sent(&send(&lens("triage", 1, "secret-of-globex"), tickets(50)), 50);
    for token in ["secret-of-globex", "guessed"] {
        let report = send(&lens("triage", 0, token), tickets(7));
        assert_eq!((report.sent, report.dropped.refused), (0, 7), "{report:?}");
    }

    rig.await_stored(280);
    let by_tenant = "SELECT tenant, workflow, count() FROM ticketlens.tickets \
                     GROUP BY tenant, workflow ORDER BY tenant, workflow";
    assert_eq!(rig.text(by_tenant), "acme\trefunds\t30\nacme\ttriage\t200\nglobex\ttriage\t50");
    assert_eq!(rig.number("SELECT sum(missing) FROM ticketlens.ledger"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fanout_takes_tickets_out_and_leaves_the_rest_where_it_went() {
    let before = Collector::start(&shown_collector(), &[], "");
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let endpoint = endpoint(&receiver, false);
    let environment = [
        ("TICKETLENS_ENDPOINT", endpoint.as_str()),
        ("TICKETLENS_KEY", &key),
        ("BEFORE_ENDPOINT", before.grpc().trim_start_matches("http://")),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    let collector = Collector::start("fanout.yaml", &environment, "");
    let rig = Rig { collector, receiver, database };

    assert_all_sent(&send(&rig.lens(), tickets(60)), 60);
    let mixed = [
        records::line("starting up"),
        records::ticket("T-mixed", "{}"),
        records::other_event(),
        records::line("going down"),
    ];
    for (path, body) in [
        ("/v1/logs", records::logs(&mixed)),
        ("/v1/traces", records::span()),
        ("/v1/metrics", records::metric()),
    ] {
        let answer = rig.collector.post(path, &body);
        assert!(answer.contains("200 OK"), "{path}: {answer}");
    }

    rig.await_stored(61);
    let counts = || {
        ["log_records", "spans", "metric_points"]
            .map(|what| before.metric(&format!("otelcol_receiver_accepted_{what}")))
    };
    wait_until("the rest has arrived", &rig.collector, || counts() == [3, 1, 1]);
    let seen = before.log();
    assert!(seen.contains("going down") && seen.contains("ticket.opened"), "{seen}");
    assert!(!seen.contains("ticket.completed"), "{seen}");
    assert_eq!(rig.counter("ticketlens_records_rejected_total"), 0);
}

/// Feedback is no ticket, and goes the same way; what evaluates something else goes where it went.
#[tokio::test(flavor = "multi_thread")]
async fn feedback_on_tickets_gets_through_every_file() {
    let before = Collector::start(&shown_collector(), &[], "");
    let database = Database::start();
    let receiver = Receiver::start(&database, "");
    let key = database.tenant_key("acme", Scope::Ingest).await;
    let files = ["agent.yaml", "otlphttp.yaml", "fanout.yaml", "gateway.yaml"];
    for file in files {
        let endpoint = endpoint(&receiver, file == "otlphttp.yaml");
        let (listen, token) = (free_port(), "secret-of-acme");
        let environment = [
            ("TICKETLENS_ENDPOINT", endpoint.clone()),
            ("TICKETLENS_KEY", key.clone()),
            ("BEFORE_ENDPOINT", before.grpc().trim_start_matches("http://").to_owned()),
            ("ACME_LISTEN", format!("127.0.0.1:{listen}")),
            ("ACME_TICKETLENS_KEY", key.clone()),
            ("ACME_TOKEN", token.to_owned()),
            ("GLOBEX_LISTEN", format!("127.0.0.1:{}", free_port())),
            ("GLOBEX_TICKETLENS_KEY", key.clone()),
            ("GLOBEX_TOKEN", "secret-of-globex".to_owned()),
        ];
        let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
        let collector = Collector::start(file, &environment, "");
        let at = match file {
            "gateway.yaml" => format!("http://127.0.0.1:{listen}"),
            _ => collector.grpc(),
        };
        let lens = Lens::builder().workflow("desk").endpoint(at).key(token).build();
        let lens = lens.expect("a lens");
        lens.feedback(file).csat(4).comment("ask amelia@example.com").send();
        assert_all_sent(&send(&lens, []), 1);
        let other = [records::evaluation(Some("T-9")), records::evaluation(None)];
        if file != "gateway.yaml" {
            collector.post("/v1/logs", &records::logs(&other));
        }
        let stored = format!(
            "SELECT score, comment FROM ticketlens.ticket_feedback WHERE ticket_id = '{file}'"
        );
        wait_until("it is stored", &collector, || !database.query(&stored).trim().is_empty());
        assert_eq!(database.query(&stored).trim(), "4\task [email]", "{file}");
    }
    let of_others = "SELECT count() FROM ticketlens_store.feedback WHERE ticket_id = 'T-9'";
    wait_until("each has passed it on", &before, || database.query(of_others).trim() == "3");
    wait_until("the rest has arrived", &before, || {
        before.metric("otelcol_receiver_accepted_log_records") == 1
    });
    let counters = receiver.exchange("GET /metrics HTTP/1.0\r\n\r\n");
    assert!(counters.contains("\nticketlens_records_rejected_total 0\n"), "{counters}");
}

/// The tests above send in plain text, on loopback. Left alone, the files speak TLS.
#[tokio::test(flavor = "multi_thread")]
async fn agent_speaks_tls_and_asks_for_a_certificate_it_can_trust() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| folder.path().join(name));
    fs::write(&certificate, made.cert.pem()).expect("it is written");
    fs::write(&key, made.signing_key.serialize_pem()).expect("it is written");
    let tls = format!(
        "receivers: {{otlp: {{protocols: {{grpc: {{tls: {{cert_file: {}, key_file: {}}}}}}}}}}}",
        certificate.display(),
        key.display()
    );
    let there = Collector::start(&shown_collector(), &[], &tls);
    let endpoint = there.grpc().trim_start_matches("http://").to_owned();
    let start = |trusted: &str| {
        let environment = [
            ("TICKETLENS_ENDPOINT", endpoint.as_str()),
            ("TICKETLENS_KEY", "tl_acme_key"),
            ("TICKETLENS_INSECURE", ""),
            ("TICKETLENS_CA_FILE", trusted),
        ];
        Collector::start("agent.yaml", &environment, "")
    };
    let send_through = |collector: &Collector| {
        let lens = Lens::builder().workflow("support-agent").endpoint(collector.grpc());
        assert_all_sent(&send(&lens.build().expect("a lens"), tickets(5)), 5);
    };

    let strict = start("");
    send_through(&strict);
    wait_until("the certificate is refused", &strict, || {
        strict.log().contains("certificate signed by unknown authority")
    });
    assert_eq!((strict.metric(SENT), strict.metric(GIVEN_UP)), (0, 0), "{}", strict.log());

    let trusting = start(certificate.to_str().expect("a path"));
    send_through(&trusting);
    wait_until("tickets arrive", &trusting, || {
        there.metric("otelcol_receiver_accepted_log_records") == 5
    });
    assert!(there.log().contains("ticket.completed"), "{}", there.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn otlphttp_sends_the_same_over_http() {
    let rig = Rig::start("otlphttp.yaml", "").await;
    assert_all_sent(&send(&rig.lens(), tickets(100)), 100);
    let mixed = [records::line("starting up"), records::ticket("T-other", "{}")];
    rig.collector.post("/v1/logs", &records::logs(&mixed));
    rig.await_stored(101);
    assert_eq!(rig.collector.metric_of(SENT, "otlp_http/ticketlens"), 101);
    assert_eq!(rig.collector.metric_of(GIVEN_UP, "otlp_http/ticketlens"), 0);
    assert_eq!(rig.counter("ticketlens_records_rejected_total"), 0);
}
