//! TLS on both ports.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use rcgen::generate_simple_self_signed;
use ticketlens_receiver::{Receiver, TlsConfig};
use tokio::time::Instant;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

use crate::{
    records::{request, ticket},
    rig::{self, Rig, with_key},
};

/// Writes a new certificate and its key, and gives the certificate in PEM.
fn write(files: &TlsConfig) -> String {
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    made.cert.pem()
}

/// A new connection of who trusts that certificate and no other.
async fn connect(rig: &Rig, trusted: &str) -> Option<LogsServiceClient<Channel>> {
    let trust = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(trusted))
        .domain_name("localhost");
    let endpoint = Channel::from_shared(format!("https://{}", rig.grpc)).unwrap();
    endpoint.tls_config(trust).unwrap().connect().await.ok().map(LogsServiceClient::new)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_trusts_the_certificate_is_served_and_plain_text_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let tls = TlsConfig {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
        client_ca: None,
    };
    let certificate = write(&tls);
    let rig = rig::start_with("tls_served", |config| config.tls = Some(tls)).await;

    let call = with_key(request(vec![ticket("a")]), &rig.ingest);
    connect(&rig, &certificate).await.unwrap().export(call).await.unwrap();
    assert_eq!(rig.count().await, 1);
    let plain = Channel::from_shared(format!("http://{}", rig.grpc)).unwrap().connect_lazy();
    let call = with_key(request(vec![ticket("b")]), &rig.ingest);
    LogsServiceClient::new(plain).export(call).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_certificate_is_for_new_connections_and_a_broken_one_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let tls = TlsConfig {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
        client_ca: None,
    };
    let old = write(&tls);
    let files = tls.clone();
    let rig = rig::start_with("tls_replaced", |config| config.tls = Some(tls)).await;
    let mut stands = connect(&rig, &old).await.unwrap();

    let new = write(&files);
    rig.certificate.as_ref().unwrap().look();
    let deadline = Instant::now() + rig::PATIENCE;
    let mut fresh = loop {
        if let Some(client) = connect(&rig, &new).await {
            break client;
        }
        assert!(Instant::now() < deadline, "the new certificate is never shown");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(connect(&rig, &old).await.is_none());
    for (client, id) in [(&mut stands, "a"), (&mut fresh, "b")] {
        let call = with_key(request(vec![ticket(id)]), &rig.ingest);
        client.export(call).await.unwrap();
    }
    std::fs::write(&files.key, "half a key").unwrap();
    rig.certificate.as_ref().unwrap().look();
    for _ in 0..10 {
        assert!(connect(&rig, &new).await.is_some());
    }
    assert_eq!(rig.count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_certificate_is_named_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nothing.pem");
    std::fs::write(&file, "secret text that is no PEM").unwrap();
    let config = tokio::task::spawn_blocking(|| rig::store_config("tls_bad")).await.unwrap();
    let mut config = ticketlens_receiver::Config::new(config);
    config.tls = Some(TlsConfig { certificate: file.clone(), key: file, client_ca: None });
    let error = Receiver::bind(config).await.unwrap_err().to_string();
    assert!(error.contains("nothing.pem") && !error.contains("secret text"), "{error}");
}
